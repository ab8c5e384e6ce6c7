"""Whatever somebody sends as beats: never a crash, and never more than the wall clock allows."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from learnflow import mongo
from telemetry.page_views import PageView, begin_page_view
from telemetry.services.beats import Beat, place
from tests.factories import EnrollmentFactory, UserFactory, lesson_ids

BEGINNING = datetime.now(UTC).replace(microsecond=0)
NUMBERS = st.one_of(
    st.floats(), st.integers(), st.floats(-60, 1_000), st.sampled_from([10**400, -(10**400), 2**63, 1e308, 5e-324, 30])
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=20)),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)
IDS = st.one_of(st.uuids().map(str), st.sampled_from(["6f1a3a52-0d8f-4d0b-9d3e-3f9a8c0d1b2e"]), ANYTHING)


def no_crash(examples):
    return hypothesis_settings(
        max_examples=examples, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )


@given(seconds=st.floats(allow_nan=False, allow_infinity=False), age=st.floats(allow_nan=False, allow_infinity=False))
@no_crash(300)
def test_an_interval_lies_between_the_beginning_of_its_page_and_now(seconds, age):
    beat = Beat("", PageView(1, 1, "a" * 24, 1_000_000, ""), seconds, age)
    for now in (900_000, 1_000_000, 1_000_001, 1_040_000, 2_000_000):
        interval = place(beat, now)
        assert interval is None or 1_000_000 <= interval.start < interval.end <= now
        assert interval is None or interval.end - interval.start <= 30_000
        assert interval is None or interval.start >= now - 930_000


@given(seconds=st.floats(0.001, 30), age=st.floats(0, 900))
@no_crash(100)
def test_what_an_honest_page_claims_is_placed_to_the_millisecond(seconds, age):
    start, end = place(Beat("", PageView(1, 1, "a" * 24, 0, ""), seconds, age), 10_000_000)
    assert end == pytest.approx(10_000_000 - age * 1000, abs=0.51)
    assert end - start == pytest.approx(seconds * 1000, abs=0.51)


@pytest.mark.django_db
def test_whatever_is_sent_the_server_keeps_its_head_and_its_clock(as_learner, learner, course):
    classmate = UserFactory()
    EnrollmentFactory(user=classmate, course=course)
    mine, other = lesson_ids(course)[:2]
    gone = "f" * 24
    with time_machine.travel(BEGINNING, tick=False) as clock:
        views = [begin_page_view(person=learner, course_id=course.pk, lesson_id=each) for each in (mine, other, gone)]
        views += [begin_page_view(person=classmate, course_id=course.pk, lesson_id=mine), views[0][:-1], "~"]
        view, number = st.sampled_from(views), NUMBERS | ANYTHING
        beats = st.one_of(
            st.fixed_dictionaries({"id": st.uuids().map(str), "view": view, "seconds": NUMBERS, "age": NUMBERS}),
            st.fixed_dictionaries({}, optional={"id": IDS, "view": view, "seconds": number, "age": number}),
        )

        @no_crash(80)
        @given(st.one_of(st.lists(st.one_of(beats, ANYTHING), max_size=65), ANYTHING), st.integers(0, 40))
        def anything(sent, later):
            clock.shift(timedelta(seconds=later))
            answer = as_learner.post("/telemetry/beats/", {"beats": json.dumps(sent)})
            assert answer.status_code in (200, 400, 404, 429)

        anything()
        now = datetime.now(UTC)
    with mongo.store() as db:
        found = list(db.course_telemetry.find())
    assert found, "something of it counted"
    for event in found:
        assert event["user_id"] == learner.pk and event["lesson_id"] in (mine, other)
        assert BEGINNING <= event["started_at"] < event["ended_at"] <= event["created_at"] <= now
        length = (event["ended_at"] - event["started_at"]).total_seconds()
        assert 0 < length <= 30 and event["seconds_spent"] == pytest.approx(length)
