"""Whatever comes in whatever order, rounds and rebuilds find what a plain count finds."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.models import Enrollment
from learnflow import mongo
from telemetry.events import add_events
from telemetry.models import TimeSpent, WeeklyStanding
from telemetry.services import rollup
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.telemetry.times import an_event, rolled_up

QUARTER = timedelta(milliseconds=250)
# Where people are, and a midnight there; in Berlin, of the day on which its clocks are put back.
PLACES = [
    (ZoneInfo("UTC"), datetime(2026, 10, 25, 0, tzinfo=UTC)),
    (ZoneInfo("Europe/Berlin"), datetime(2026, 10, 24, 22, tzinfo=UTC)),
    (ZoneInfo("Pacific/Auckland"), datetime(2026, 10, 24, 11, tzinfo=UTC)),
    (ZoneInfo("America/St_Johns"), datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
]

places = st.sampled_from(PLACES)
# Person, course, lesson; quarters of seconds from midnight, and as a length; now and then somewhere else.
beats = st.tuples(
    st.integers(0, 1),
    st.integers(0, 1),
    st.integers(0, 1),
    st.integers(-160, 160),
    st.one_of(st.integers(1, 120), st.integers(1, 12)),
    st.one_of(*[st.none()] * 15, places),
)
# Beats, some of them sent again, and rounds in between.
streams = st.lists(st.one_of(beats, beats, st.integers(0, 30), st.just("round")), max_size=30)


@pytest.fixture
def classes(db, monkeypatch, time_machine):
    """Two learners in two courses; what arrived before a round is not found again by the next."""
    time_machine.move_to(datetime(2026, 10, 27, tzinfo=UTC), tick=False)
    monkeypatch.setattr(rollup, "OVERLAP", timedelta(0))
    courses = [CourseFactory(lessons=2) for _ in range(2)]
    learners = [UserFactory() for _ in range(2)]
    for learner in learners:
        for course in courses:
            EnrollmentFactory(user=learner, course=course)
    return learners, [(course, lesson_ids(course)) for course in courses]


def arrive(number, beat, classes, home):
    learners, courses = classes
    person, course, lesson, begin, length, elsewhere = beat
    course, lessons = courses[course]
    zone = (elsewhere or home)[0]
    began = home[1] + begin * QUARTER
    event = an_event(learners[person], course, lessons[lesson], began, began + length * QUARTER, zone)
    event["_id"] = f"{learners[person].pk}:{UUID(int=number)}"
    add_events([event])
    return event


def counted(events):
    """Whole seconds by person, course, lesson and day. A quarter of a second is of the first event that has it."""
    taken, found = set(), Counter()

    def place(each):
        return each["started_at"], each["ended_at"], each["course_id"], each["lesson_id"], each["utc_offset"]

    for each in sorted(events, key=place):
        moment = each["started_at"]
        while moment < each["ended_at"]:
            if (each["user_id"], moment) not in taken:
                taken.add((each["user_id"], moment))
                day = (moment + timedelta(minutes=each["utc_offset"])).date()
                found[each["user_id"], each["course_id"], each["lesson_id"], day] += 1
            moment += QUARTER
    return {key: quarters // 4 for key, quarters in found.items() if quarters >= 4}


def summed_by(rows, *which):
    found = Counter()
    for key, seconds in rows.items():
        found[tuple(key[each] for each in which)] += seconds
    return found


def assert_sums(rows):
    """These rows, and nothing else than what follows from them."""
    fields = ("user_id", "course_id", "lesson_id", "day", "seconds_spent")
    assert {tuple(each[:4]): each[4] for each in TimeSpent.objects.values_list(*fields)} == rows
    totals = dict.fromkeys(Enrollment.objects.values_list("user_id", "course_id"), 0) | summed_by(rows, 0, 1)
    stored = Enrollment.objects.values_list("user_id", "course_id", "seconds_spent")
    assert {(user, course): seconds for user, course, seconds in stored} == totals
    lessons = summed_by(rows, 0, 1, 2)
    for document in mongo.database().progress.find():
        key = document["user_id"], document["course_id"]
        assert document["total_seconds_spent"] == totals[key]
        assert document["lesson_times"] == {each[2]: lessons[each] for each in lessons if each[:2] == key}
        del totals[key]
    assert not any(totals.values()), "these have no document"
    weeks = Counter()
    for (user, course, _lesson, day), seconds in rows.items():
        weeks[user, course, day - timedelta(days=day.weekday())] += seconds
    standings = WeeklyStanding.objects.filter(seconds_spent__gt=0)
    stored = standings.values_list("enrollment__user_id", "course_id", "week", "seconds_spent")
    assert {tuple(each[:3]): each[3] for each in stored} == weeks


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(stream=streams, home=places)
def test_rounds_and_rebuilds_find_what_a_plain_count_finds(classes, stream, home):
    TimeSpent.objects.all().delete()
    WeeklyStanding.objects.all().delete()
    Enrollment.objects.update(seconds_spent=0)
    mongo.database().course_telemetry.delete_many({})
    mongo.database().progress.delete_many({})
    arrived, sent = {}, []
    for step in stream:
        if step == "round":
            rolled_up()
        elif isinstance(step, int):
            if step < len(sent):
                arrive(step, sent[step], classes, home)
        else:
            arrived[len(sent)] = arrive(len(sent), step, classes, home)
            sent.append(step)
    rolled_up()
    expected = counted(arrived.values())
    assert_sums(expected)
    again = rollup.rebuild()
    assert (again.rows, again.deleted) == (0, 0)
    assert_sums(expected)
    TimeSpent.objects.all().delete()
    Enrollment.objects.update(seconds_spent=7)
    assert rollup.rebuild().rows == len(expected)
    assert_sums(expected)
