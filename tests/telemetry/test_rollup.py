"""Events become sums: rows by day, enrollments, standings of weeks, documents."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from bson import Timestamp
from django.conf import settings
from django.db import connection

from courses.content.progress import get_progress
from courses.models import Course, Enrollment
from courses.services.enrollment import unenroll
from learnflow import mongo
from learnflow.mongo import ContentUnavailable
from telemetry import events
from telemetry.models import Rollup, TimeSpent, WeeklyStanding
from telemetry.services import rollup
from telemetry.services.rollup import rebuild
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.telemetry.times import rolled_up, spend

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
MONDAY = date(2026, 11, 16)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def once(monkeypatch):
    """No round finds again what an earlier one found."""
    monkeypatch.setattr(rollup, "OVERLAP", timedelta(0))


@pytest.fixture(autouse=True)
def _wednesday(time_machine):
    time_machine.move_to(NOON + timedelta(hours=11), tick=False)


@pytest.fixture
def documents(db):
    """The documents as somebody sees them who may do anything to them."""
    owner = mongo.connect(settings.MONGO_OWNER_URL)
    yield owner.get_default_database()
    owner.close()


def times(person):
    """Seconds by number of the lesson and day of November."""
    rows = TimeSpent.objects.of(person).select_related("course").order_by("day", "course", "lesson_id")
    return [(lesson_ids(each.course).index(each.lesson_id) + 1, each.day.day, each.seconds_spent) for each in rows]


def documented(person, course):
    document = get_progress(user_id=person.pk, course_id=course.pk) or {}
    return document.get("lesson_times"), document.get("total_seconds_spent")


def at(hours, minutes=0, seconds=0, *, day=18):
    return datetime(2026, 11, day, hours, minutes, seconds, tzinfo=UTC)


def test_time_of_a_learner_is_summed_everywhere(learner, course):
    first, second, _ = lesson_ids(course)
    spend(learner, course, first, began=NOON, seconds=100)
    spend(learner, course, second, began=at(12, 5), seconds=45.5)
    summary = rolled_up()
    assert (summary.people, summary.events, summary.rows, summary.deleted) == (1, 6, 2, 0)
    assert times(learner) == [(1, 18, 100), (2, 18, 45)]
    assert Enrollment.objects.get(user=learner).seconds_spent == 145
    assert documented(learner, course) == ({first: 100, second: 45}, 145)


def test_a_day_is_that_of_the_learners_own_clock(learner, course):
    spend(learner, course, lesson_ids(course)[0], began=at(22, 59, 50), seconds=30, zone=BERLIN)
    rolled_up()
    assert times(learner) == [(1, 18, 10), (1, 19, 20)]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (MONDAY, 24)])
def test_a_day_on_which_clocks_change_is_as_long_as_it_was(learner, course, day, hours):
    """Somebody who learns from midnight to midnight, and a little longer."""
    begin = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    minutes = [begin + timedelta(minutes=number) for number in range(-10, hours * 60 + 10)]
    for each in (minutes[0], minutes[10], minutes[-11], minutes[-10], minutes[len(minutes) // 2]):
        spend(learner, course, lesson_ids(course)[0], began=each, seconds=20, zone=BERLIN)
    rolled_up()
    assert [each.seconds_spent for each in TimeSpent.objects.of(learner).order_by("day")] == [20, 60, 20]


def test_later_beats_of_a_day_come_to_what_was_there(learner, course, once):
    first, second, _ = lesson_ids(course)
    spend(learner, course, first, began=NOON, seconds=100)
    rolled_up()
    spend(learner, course, first, began=at(15), seconds=20)
    spend(learner, course, second, began=at(15, 1), seconds=20)
    rolled_up()
    assert times(learner) == [(1, 18, 120), (2, 18, 20)]
    assert documented(learner, course)[1] == 140


def test_what_reaches_over_midnight_is_read_when_only_the_next_day_gets_something(learner, course, once):
    first, second, _ = lesson_ids(course)
    spend(learner, course, first, began=at(23, 59, 50, day=17), seconds=30)
    rolled_up()
    spend(learner, course, second, began=at(0, 0, 10), seconds=30)
    rolled_up()
    assert times(learner) == [(1, 17, 10), (1, 18, 20), (2, 18, 20)]


def test_a_beat_that_comes_late_takes_its_time_from_those_after_it(learner, course, once):
    first, second, _ = lesson_ids(course)
    spend(learner, course, second, began=at(12, 0, 5), seconds=20)
    rolled_up()
    spend(learner, course, first, began=NOON, seconds=30)
    summary = rolled_up()
    assert times(learner) == [(1, 18, 30)]
    assert summary.deleted == 1
    assert documented(learner, course) == ({first: 30}, 30)


def test_two_tabs_in_two_courses_share_the_seconds(learner, course, once):
    other = CourseFactory(lessons=1)
    EnrollmentFactory(user=learner, course=other)
    spend(learner, other, lesson_ids(other)[0], began=at(12, 0, 5), seconds=20)
    rolled_up()
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rolled_up()
    assert times(learner) == [(1, 18, 30)]
    assert list(Enrollment.objects.order_by("pk").values_list("seconds_spent", flat=True)) == [30, 0]
    assert documented(learner, other) == ({}, 0)


def test_who_travels_between_two_beats_has_each_second_once(learner, course, once):
    """In Auckland it is tomorrow: what arrives there takes time from a beat of today."""
    first, second, _ = lesson_ids(course)
    spend(learner, course, second, began=at(12, 0, 5), seconds=20)
    rolled_up()
    spend(learner, course, first, began=NOON, seconds=15, zone=ZoneInfo("Pacific/Auckland"))
    rolled_up()
    assert times(learner) == [(2, 18, 10), (1, 19, 15)]


def test_who_travels_back_has_the_day_twice_as_long(learner, course, once):
    first, *_ = lesson_ids(course)
    spend(learner, course, first, began=at(13, day=17), seconds=20, zone=ZoneInfo("Pacific/Auckland"))
    rolled_up()
    spend(learner, course, first, began=at(20), seconds=20)
    rolled_up()
    assert times(learner) == [(1, 18, 40)]


def test_less_than_a_second_leaves_no_row(learner, course):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=0.9)
    rolled_up()
    assert times(learner) == []


def test_activity_is_the_last_beat_of_the_course(learner, course):
    Enrollment.objects.update(last_activity=at(11))
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=90)
    rolled_up()
    assert Enrollment.objects.get(user=learner).last_activity == at(12, 1, 30)


def test_activity_never_goes_back(learner, course):
    Enrollment.objects.update(last_activity=at(13))
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=90)
    rolled_up()
    assert Enrollment.objects.get(user=learner).last_activity == at(13)


# --- Weeks ----------------------------------------------------------------------------------------


def test_a_week_has_the_time_of_its_days(learner, course):
    lesson_id = lesson_ids(course)[0]
    spend(learner, course, lesson_id, began=at(12, day=15), seconds=20)
    spend(learner, course, lesson_id, began=at(12, day=16), seconds=30)
    spend(learner, course, lesson_id, began=NOON, seconds=40)
    rolled_up()
    weeks = WeeklyStanding.objects.filter(seconds_spent__gt=0).order_by("week").values_list("week", "seconds_spent")
    assert list(weeks) == [(MONDAY - timedelta(days=7), 20), (MONDAY, 70)]


def test_weeks_that_are_over_long_ago_get_no_standing(learner, course):
    spend(learner, course, lesson_ids(course)[0], began=NOON - timedelta(days=80), seconds=20)
    rolled_up()
    assert TimeSpent.objects.count() == 1
    assert not WeeklyStanding.objects.exists()


def test_a_week_whose_time_went_to_another_course_stands_at_nothing(learner, course, once):
    test_two_tabs_in_two_courses_share_the_seconds(learner, course, once)
    assert list(WeeklyStanding.objects.order_by("enrollment").values_list("seconds_spent", flat=True)) == [30, 0]


# --- Who is gone, and who never was ---------------------------------------------------------------


def test_time_before_an_unenrollment_is_kept(learner, course):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    unenroll(learner=learner, course=course)
    rolled_up()
    assert Enrollment.objects.get(user=learner).seconds_spent == 30


def test_events_of_somebody_who_is_gone_hold_nobody_up(learner, course):
    gone = UserFactory()
    spend(gone, course, lesson_ids(course)[0], began=NOON, seconds=30)
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    gone.delete()
    rolled_up()
    assert TimeSpent.objects.get().user_id == learner.pk


def test_events_of_a_course_that_is_gone_hold_nobody_up(learner, course):
    gone = CourseFactory(lessons=1)
    spend(learner, gone, lesson_ids(gone)[0], began=NOON, seconds=30)
    spend(learner, course, lesson_ids(course)[0], began=at(13), seconds=30)
    Course.objects.filter(pk=gone.pk).delete()
    rolled_up()
    assert times(learner) == [(1, 18, 30)]


def test_who_deletes_a_person_takes_their_rows(learner, course):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rolled_up()
    learner.delete()
    assert not TimeSpent.objects.exists()


def test_a_document_is_made_only_for_who_is_enrolled(stranger, course):
    spend(stranger, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rolled_up()
    assert times(stranger) == [(1, 18, 30)]
    assert documented(stranger, course) == (None, None)


# --- How far it came ------------------------------------------------------------------------------


def test_a_round_without_arrivals_looks_at_nobody(learner, course, once):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rolled_up()
    assert rolled_up().people == 0


def test_what_could_be_seen_only_late_is_found(learner, course):
    """An event has its place in the order of arrival a little before it can be read."""
    [late] = spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rolled_up()
    TimeSpent.objects.all().delete()
    assert rolled_up().rows == 1
    before = Rollup.objects.get().watermark - (3 * 60 << 32)
    moment = Timestamp(before >> 32, before & 0xFFFFFFFF)
    mongo.database().course_telemetry.update_one({"_id": late}, {"$set": {"arrived": moment}})
    assert rolled_up().people == 0


def test_mongodb_whose_clock_was_put_back_is_summed_anew(learner, course, once):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    ahead = 2**31 - 1 << 32
    Rollup.objects.update(watermark=ahead)
    assert rolled_up().rows == 1
    assert 0 < Rollup.objects.get().watermark < ahead


def test_an_outage_leaves_all_to_the_next_round(learner, course, mongodb_is_away):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    with mongodb_is_away(), pytest.raises(ContentUnavailable):
        rolled_up()
    assert Rollup.objects.get().held_until is None
    assert rolled_up().rows == 1


def test_the_row_of_the_roll_up_comes_back(learner, course):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    Rollup.objects.all().delete()
    assert rolled_up().rows == 1


# --- Rebuilding -----------------------------------------------------------------------------------


def test_a_rebuild_finds_what_rounds_found(learner, course):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=300)
    rolled_up()
    summary = rebuild()
    assert (summary.people, summary.events, summary.rows, summary.deleted) == (1, 10, 0, 0)


def test_a_rebuild_of_one_person_leaves_others_alone(learner, course, stranger):
    EnrollmentFactory(user=stranger, course=course)
    for person in (learner, stranger):
        spend(person, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rebuild(person=stranger)
    assert (times(learner), times(stranger)) == ([], [(1, 18, 30)])


def test_a_rebuild_leaves_days_alone_that_have_no_events_any_more(learner, course):
    lesson_id = lesson_ids(course)[0]
    for days in (398, 399):
        day = (NOON - timedelta(days=days)).date()
        TimeSpent.objects.create(user=learner, course=course, lesson_id=lesson_id, day=day, seconds_spent=9, events=1)
    assert rebuild().deleted == 1
    assert Enrollment.objects.get(user=learner).seconds_spent == 9
    assert documented(learner, course) == ({lesson_id: 9}, 9)


def test_a_rebuild_takes_small_steps(learner, course, monkeypatch):
    monkeypatch.setattr(rollup, "PEOPLE", 2)
    monkeypatch.setattr(rollup, "ROWS", 1)
    people = [EnrollmentFactory(course=course).user for _ in range(3)]
    for person in people:
        for lesson_id in lesson_ids(course):
            spend(person, course, lesson_id, began=NOON, seconds=30)
    assert rebuild().rows == 3
    assert all(times(person) == [(1, 18, 30)] for person in people)


def test_a_round_leaves_days_alone_that_have_no_events_any_more(learner, course, once):
    lesson_id = lesson_ids(course)[0]
    spend(learner, course, lesson_id, began=NOON, seconds=30)
    rolled_up()
    day = (NOON - timedelta(days=399)).date()
    TimeSpent.objects.create(user=learner, course=course, lesson_id=lesson_id, day=day, seconds_spent=9, events=1)
    spend(learner, course, lesson_id, began=NOON - timedelta(days=396), seconds=30)
    spend(learner, course, lesson_id, began=NOON - timedelta(days=399), seconds=30)
    rolled_up()
    assert [each.seconds_spent for each in TimeSpent.objects.order_by("day")] == [9, 30, 30]


@pytest.mark.parametrize(
    "damage",
    [
        {"lesson_id": "no lesson"},
        {"lesson_id": 7},
        {"lesson_id": ["a" * 24]},
        {"course_id": "x"},
        {"course_id": 2**63 - 1},
        {"course_id": 1.5},
        {"user_id": 1.5},
        {"started_at": "noon"},
        {"started_at": [NOON]},
        {"started_at": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)},
        {"ended_at": NOON + timedelta(days=1)},
        {"ended_at": NOON},
        {"ended_at": None},
        {"utc_offset": 10**9},
        {"utc_offset": float("nan")},
        {"utc_offset": 0.5},
        {"utc_offset": [0]},
    ],
)
@pytest.mark.parametrize("is_first", [True, False], ids=["first round", "later round"])
def test_a_damaged_event_counts_for_nothing_and_holds_nobody_up(learner, course, documents, damage, is_first):
    Rollup.objects.all().delete()
    if not is_first:
        rolled_up()
    spend(learner, course, lesson_ids(course)[1], began=at(13), seconds=30)
    [one] = spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    events = mongo.database().course_telemetry
    damaged = events.find_one_and_delete({"_id": one}) | {"arrived": Timestamp(0, 0)} | damage
    documents.course_telemetry.insert_one(damaged, bypass_document_validation=True)
    for rounds in (rolled_up, rolled_up, rebuild):
        rounds()
        assert times(learner) == [(2, 18, 30)]


def test_sums_are_read_from_the_index_alone(learner, course, documents):
    documents.course_telemetry.drop()  # its index may have met a damaged document
    events.set_up()
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=300)
    query = events._of([learner.pk], NOON, NOON + timedelta(days=1))
    found = mongo.database().course_telemetry.find(query, {"_id": 0, **dict.fromkeys(events.SUMMED, 1)})
    stats = found.sort([(name, 1) for name in events.SUMMED]).explain()["executionStats"]
    assert (stats["nReturned"], stats["totalDocsExamined"]) == (10, 0)


def test_the_database_deletes_rows_with_their_course(learner, course):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rolled_up()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM enrollments")
    Course.objects.filter(pk=course.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not TimeSpent.objects.exists()
