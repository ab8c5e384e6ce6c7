"""What the bench measures on is what it says, and what it counts is what the system counts."""

import os
import subprocess
import sys
from datetime import timedelta
from itertools import islice, pairwise
from operator import itemgetter
from urllib.parse import parse_qs

import pytest

from bench.accounting import children_of, cpu_seconds, memory_of
from bench.beating import beats_of
from bench.summing import month_of
from bench.world import COURSES, LEARNERS, LESSONS_DONE, World
from telemetry.events import TimeEvent
from telemetry.forms.beats import BeatsForm
from telemetry.services.beats import record_beats
from tests.factories import lesson_ids


@pytest.fixture(scope="module")
def world():
    return World()


def test_the_world_has_its_size(world):
    assert len(world.courses) == COURSES == len({course.slug for course in world.courses})
    assert {enrollment.user for enrollment in world.enrollments} == set(range(1, LEARNERS + 1))
    assert sum(1 for enrollment in world.enrollments for _ in enrollment.lessons()) == LESSONS_DONE


def test_the_world_is_the_same_every_time(world):
    again = World()
    assert again.courses == world.courses
    assert again.enrollments[-1] == world.enrollments[-1]


def test_percents_are_the_mean_cut_to_two_digits(world):
    for enrollment in world.enrollments[:500]:
        percents = [percent for _lesson, percent, _when in enrollment.lessons()]
        mean = sum(percents) / len(enrollment.course.lessons)
        assert 0 <= mean - float(enrollment.percent) < 0.01


def test_time_of_children_counts_while_they_live_and_when_they_are_gone():
    before = cpu_seconds([os.getpid()])
    busy = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", busy], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        assert child.pid in children_of(os.getpid())
        assert cpu_seconds([os.getpid()]) - before > 0.25
        child.communicate(b"\n")
    assert cpu_seconds([os.getpid()]) - before > 0.25


def test_memory_of_a_process_is_in_megabytes():
    memory = memory_of(os.getpid())
    assert 10 < memory.proportional <= memory.resident < 2_000


def test_events_are_such_as_the_site_writes(world):
    user, courses = world.enrollments[0].user, [world.enrollments[0].course]
    events = list(islice(month_of(user, courses), 2_000))
    for each in events:
        TimeEvent.model_validate({key: value for key, value in each.items() if key != "_id"})
        assert each["ended_at"] - each["started_at"] == timedelta(seconds=each["seconds_spent"])
    assert len({each["_id"] for each in events}) == len(events)
    assert len({each["lesson_id"] for each in events}) > 5


def test_some_of_the_time_is_that_of_two_tabs(world):
    user, courses = world.enrollments[0].user, [world.enrollments[0].course]
    events = sorted(islice(month_of(user, courses), 2_000), key=itemgetter("started_at"))
    assert any(one["ended_at"] > next_one["started_at"] for one, next_one in pairwise(events))


def test_a_beat_of_the_bench_is_counted_by_the_site(learner, course):
    [lesson_id, *_] = lesson_ids(course)
    body = parse_qs(next(beats_of(learner.pk, course.pk, lesson_id)))
    form = BeatsForm({"beats": body["beats"][0]})
    assert form.is_valid(), form.errors
    assert len(record_beats(learner=learner, beats=form.cleaned_data["beats"])) == 1
