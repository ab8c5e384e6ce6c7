"""Backups of a site at work: each holds both stores as they were at one point in time."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from courses.models import LessonProgress
from courses.services.progress import complete_lesson
from courses.services.restoration import catch_up
from learnflow.backup.folder import whole_backups
from learnflow.consistency import check
from learnflow.management.commands.check_stores import EXAMINATIONS
from tests.another_site import another_site
from tests.courses.consistency.acts import People, do
from tests.factories import CourseFactory, EnrollmentFactory, lesson_ids

BACKUPS = 4


@pytest.fixture
def sites(django_db_setup, django_db_blocker, tmp_path):
    """A site where people are at work, and an empty one to look at its backups in."""
    with (
        django_db_blocker.unblock(),
        another_site(tmp_path / "busy") as busy,
        another_site(tmp_path / "looking") as looking,
    ):
        yield busy, looking


class Load:
    """Learners, authors and the worker, each in a thread of their own, until `stop`."""

    def __init__(self) -> None:
        self.people, self.stopped = People(learners=6), False
        # Nobody but the diligent completes lessons of theirs, so that each can be looked for.
        self.course = CourseFactory(lessons=40)
        self.diligent = [EnrollmentFactory(course=self.course).user for _ in range(2)]
        self.done: list[tuple[float, float, int, str]] = []  # begun, acknowledged, person, lesson

    def run(self, threads: ThreadPoolExecutor) -> None:
        acts = [self.people.learn, self.people.learn, self.people.teach, work]
        self.acting = [threads.submit(self._keep, act, seed) for seed, act in enumerate(acts)]
        self.acting += [threads.submit(self._complete, person) for person in self.diligent]

    def stop(self) -> None:
        self.stopped = True
        for each in self.acting:
            each.result()

    def _keep(self, act, seed):
        random = Random(seed)
        try:
            while not self.stopped:
                with suppress(OperationalError):  # on a busy machine a lock may take too long; a page would say so
                    do(act, random, 1)
        finally:
            connection.close()

    def _complete(self, person):
        """One lesson after the other, with the time at which each was acknowledged."""
        try:
            for lesson_id in lesson_ids(self.course):
                if self.stopped:
                    return
                began = time.monotonic()
                complete_lesson(learner=person, course=self.course, lesson_id=lesson_id)
                self.done.append((began, time.monotonic(), person.pk, lesson_id))
                time.sleep(0.05)
        finally:
            connection.close()


def work(random):
    catch_up(begin=lambda title, size: None, advance=lambda number: None)


def test_what_is_saved_beside_a_load_agrees_and_holds_what_was_acknowledged_before(sites, tmp_path):
    busy, looking = sites
    backups, times = tmp_path / "backups", []
    with busy.entered(), ThreadPoolExecutor(6) as threads:
        load = Load()
        load.run(threads)
        try:
            for _ in range(BACKUPS):
                began = time.monotonic()
                call_command("backup", str(backups), stdout=StringIO())
                times.append((began, time.monotonic()))
        finally:
            load.stop()
    assert len(whole_backups(backups)) == BACKUPS
    with looking.entered():
        for backup, (began, ended) in zip(whole_backups(backups), times, strict=True):
            call_command("restore", str(backup), "--overwrite", stdout=StringIO())
            findings = check(EXAMINATIONS, grace=timedelta(0), patience=timedelta(0))
            assert [finding for finding in findings if finding.count] == []
            held = set(LessonProgress.objects.done().values_list("enrollment__user_id", "lesson_id"))
            before = {(person, lesson) for _, at, person, lesson in load.done if at < began}
            after = {(person, lesson) for at, _, person, lesson in load.done if at > ended}
            assert before <= held and not after & held
    assert len(load.done) > 0
