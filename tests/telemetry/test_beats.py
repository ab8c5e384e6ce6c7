"""Beats: whoever learns is counted, by the server's clock; whoever claims more than the clock allows gets what it allows."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine

from courses.models import Course, Enrollment
from courses.services.enrollment import unenroll
from courses.services.outline import set_placement
from learnflow import mongo
from telemetry.page_views import begin_page_view
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.races import at_once

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)


def events(**which):
    """What was counted, in the order of time."""
    with mongo.store() as db:
        return list(db.course_telemetry.find(which).sort("started_at"))


def intervals(**which):
    """(seconds after nine at which it began, its length) of what was counted."""
    return [((each["started_at"] - MORNING).total_seconds(), each["seconds_spent"]) for each in events(**which)]


@pytest.fixture
def clock():
    """It is nine in the morning, and stays so."""
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def page(learner, course, clock):
    """The token of a lesson page that the learner opened at nine."""
    return begin_page_view(person=learner, course_id=course.pk, lesson_id=lesson_ids(course)[0])


def beat(view, seconds=20, age=0, **changed):
    return {"id": str(uuid4()), "view": view, "seconds": seconds, "age": age} | changed


def send(client, *beats):
    return client.post("/telemetry/beats/", {"beats": json.dumps(beats)})


def test_time_on_a_lesson_is_counted(as_learner, learner, course, page, clock):
    clock.shift(60)
    sent = beat(page, seconds=20, age=1.5)
    answer = send(as_learner, sent)
    assert answer.status_code == 200 and answer.json() == {"counted": [sent["id"]]}
    [event] = events()
    assert event.pop("arrived").time > 0, "MongoDB says itself when it arrived"
    assert event == {
        "_id": f"{learner.pk}:{sent['id']}",
        "user_id": learner.pk,
        "course_id": course.pk,
        "lesson_id": lesson_ids(course)[0],
        "started_at": MORNING + timedelta(seconds=38.5),
        "ended_at": MORNING + timedelta(seconds=58.5),
        "seconds_spent": 20.0,
        "utc_offset": 0,
        "claimed": {"seconds": 20.0, "age": 1.5},
        "session": event["session"],
        "created_at": MORNING + timedelta(seconds=60),
    }
    assert len(event["session"]) == 16
