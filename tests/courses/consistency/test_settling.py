"""What the worker does by itself, and hasn't done."""

from datetime import timedelta

import pytest
from django.db.models import F

from accounts.models import AuditLog
from courses.content import lessons
from courses.content.consistency import inventory
from courses.models import Course, PendingDeletion
from courses.services.consistency import EXAMINATIONS, settling
from courses.services.deletions import work_off_deletions
from courses.services.outline import remove_lesson
from courses.services.settling import mark_outline_changed
from learnflow import consistency
from tests.courses.consistency.conftest import look
from tests.factories import lesson_ids, text_body

pytestmark = pytest.mark.django_db(transaction=True)
FUTURE = "2999-01-01T00:00Z"


def test_an_outline_that_nobody_settled_is_settled_with_its_audit_log(course, author, mends):
    """As if the process had died after the document was written."""
    mark_outline_changed([course.pk])
    changed = lesson_ids(course)[0]
    lessons.save_lesson(changed, version=1, body=text_body(title="Second", duration=60), author_id=author.pk)
    mends(outline_unsettled=1)
    course.refresh_from_db()
    assert (course.duration_minutes, course.settled_version) == (80, course.outline_version)
    row = AuditLog.objects.get(action="lesson_changed", resource_id=changed)
    assert (row.user_id, row.details["new"]) == (author.pk, {"version": 2, "title": "Second"})


def test_the_report_says_how_far_an_outline_is_behind(course):
    version = Course.objects.get().outline_version
    mark_outline_changed([course.pk])
    assert look()["outline_unsettled"].examples == [
        f"course {course.pk} “{course.title}”: its outline is at version {version + 1}, settled is {version}"
    ]


def test_a_course_that_is_changed_again_and_again_is_not_the_same_difference(course):
    """Each change has its own key: one that stays for the patience counts, many that come and go don't."""
    mark_outline_changed([course.pk])
    [first] = settling.UnsettledOutlines().find(grace=timedelta(0), advance=lambda number: None)
    mark_outline_changed([course.pk])
    [second] = settling.UnsettledOutlines().find(grace=timedelta(0), advance=lambda number: None)
    assert first.key != second.key


def test_what_the_worker_settles_meanwhile_is_no_difference(course, monkeypatch):
    mark_outline_changed([course.pk])
    monkeypatch.setattr(consistency, "LOOK_SECONDS", 0)
    settle = settling.UnsettledOutlines.find

    def find(self, **options):
        yield from list(settle(self, **options))
        Course.objects.update(settled_version=F("outline_version"))

    monkeypatch.setattr(settling.UnsettledOutlines, "find", find)
    assert look(patience=timedelta(seconds=60)) == {}


def test_a_due_deletion_is_done(course, author, mends):
    placement = course.placements.first()
    remove_lesson(actor=author, placement=placement)
    mends(deletion_due=1)
    assert inventory.missing_lessons([placement.lesson_id]) and not PendingDeletion.objects.exists()


def test_the_report_says_what_was_to_be_deleted():
    promise = PendingDeletion.objects.create(collection="progress", filter={"course_id": 7})
    promise.refresh_from_db()
    assert look()["deletion_due"].examples == [
        f"promise {promise.pk} of {promise.created_at:%F %T} UTC: progress {{'course_id': 7}}"
    ]


def test_a_deletion_whose_time_has_not_come_is_no_difference():
    PendingDeletion.objects.create(collection="progress", filter={"course_id": 7}, due_at=FUTURE)
    assert look() == {}


def test_a_promise_that_cannot_be_kept_is_left_and_the_others_are_kept(course, author):
    PendingDeletion.objects.create(collection="progress", filter={"whose": "nobody knows"})
    remove_lesson(actor=author, placement=course.placements.first())
    found = look(repair=True)["deletion_due"]
    assert (found.count, found.mended) == (2, 1)
    assert look()["deletion_due"].count == 1


def test_a_deletion_that_the_worker_does_meanwhile_is_not_counted(course, author):
    remove_lesson(actor=author, placement=course.placements.first())
    keys = [(each.pk,) for each in PendingDeletion.objects.all()]
    work_off_deletions()
    assert settling.DueDeletions.due.mend(keys) == 0


def test_what_the_worker_does_is_looked_at_last_of_its_kind():
    assert {each.is_passing for each in settling.EXAMINATIONS} == {True}
    assert set(settling.EXAMINATIONS) <= set(EXAMINATIONS)
