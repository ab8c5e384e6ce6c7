"""Sums that aren't what they are summed from."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from courses.models import Enrollment
from courses.services.progress import complete_lesson
from telemetry.models import TimeSpent, WeeklyStanding
from telemetry.services import rollup
from telemetry.services.rounds import RoundUnderWay
from tests.courses.consistency.conftest import look
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.telemetry.times import rolled_up, spend

pytestmark = pytest.mark.django_db(transaction=True)


def test_time_that_agrees_is_left_in_peace(studious):
    assert TimeSpent.objects.exists()
    assert look() == {}
    assert look(repair=True) == {}


def test_a_row_that_says_more_than_its_events_is_summed_anew(studious):
    TimeSpent.objects.filter(seconds_spent=60).update(seconds_spent=7)
    Enrollment.objects.update(seconds_spent=sum(TimeSpent.objects.values_list("seconds_spent", flat=True)))
    found = look()
    assert found["time_of_day_wrong"].count == 2
    assert "2 events come to 60 s, its row says 7 s of 2" in found["time_of_day_wrong"].examples[0]
    look(repair=True)
    assert look() == {}
    assert Enrollment.objects.get(user=studious).seconds_spent == 180


def test_rows_that_are_gone_come_back(studious):
    TimeSpent.objects.all().delete()
    assert {"time_of_day_wrong", "time_of_enrollment_wrong", "times_wrong"} <= look().keys()
    look(repair=True)
    assert look() == {}
    assert sum(TimeSpent.objects.values_list("seconds_spent", flat=True)) == 180


def test_a_row_without_events_goes(studious, course):
    day = timezone.now().date() - timedelta(days=40)
    row = {"user": studious, "course": course, "lesson_id": "a" * 24, "seconds_spent": 0, "events": 1}
    TimeSpent.objects.create(**row, day=day)
    look(repair=True)
    assert not TimeSpent.objects.filter(day=day).exists()
    assert look() == {}


def test_days_that_lost_their_events_are_nobodys_difference(studious, course):
    day = timezone.now().date() - timedelta(days=420)
    lesson_id = lesson_ids(course)[0]
    TimeSpent.objects.create(user=studious, course=course, lesson_id=lesson_id, seconds_spent=9, events=1, day=day)
    assert look().keys() == {"time_of_enrollment_wrong", "times_wrong"}
    look(repair=True)
    assert look() == {}
    assert Enrollment.objects.get(user=studious).seconds_spent == 189


def test_an_enrollment_that_shows_another_time_is_summed_up(studious, mends):
    Enrollment.objects.update(seconds_spent=1)
    assert "shows 1 s, its days 180 s" in look()["time_of_enrollment_wrong"].examples[0]
    mends(time_of_enrollment_wrong=1)
    assert Enrollment.objects.get(user=studious).seconds_spent == 180


@pytest.mark.parametrize(
    "damage",
    [
        {"total_seconds_spent": 7},
        {"lesson_times": {}},
        {"lesson_times": {"a" * 24: 180}},
        {"total_seconds_spent": 7, "times_version": 2**50},
    ],
)
def test_a_document_that_shows_other_times_is_written_anew(studious, course, documents, damage, mends):
    before = documents.progress.find_one()
    documents.progress.update_one({}, {"$set": damage})
    mends(times_wrong=1)
    after = documents.progress.find_one()
    assert (after["lesson_times"], after["total_seconds_spent"]) == (before["lesson_times"], 180)


def test_a_document_that_lost_its_times_gets_them_back(studious, documents):
    documents.progress.delete_many({})
    look(repair=True)
    assert look() == {}
    assert documents.progress.find_one()["total_seconds_spent"] == 180


def test_what_has_just_arrived_is_the_workers(learner, course, transactional_db):
    spend(learner, course, lesson_ids(course)[0], began=timezone.now() - timedelta(minutes=5), seconds=30)
    assert look().keys() == {"time_of_day_wrong"}
    with ThreadPoolExecutor(1) as worker:
        done = worker.submit(lambda: (rolled_up(), connection.close()))
        assert look(patience=timedelta(seconds=20)) == {}
        done.result()


def test_while_a_round_is_at_work_mending_is_put_off(studious, monkeypatch):
    def never(**patience):
        raise RoundUnderWay

    Enrollment.objects.update(seconds_spent=1)
    monkeypatch.setattr("telemetry.services.consistency.sums.begun_round", never)
    assert "run it again" in look(repair=True)["time_of_enrollment_wrong"].obstacle


# --- Leaderboards ---------------------------------------------------------------------------------


def test_a_standing_of_this_week_is_counted_again(studious, course, mends):
    complete_lesson(learner=studious, course=course, lesson_id=lesson_ids(course)[0])
    right = list(WeeklyStanding.objects.values_list("week", "lessons_completed", "seconds_spent"))
    WeeklyStanding.objects.update(lessons_completed=3, seconds_spent=5)
    mends(standing_wrong=1)
    monday = max(week for week, _lessons, _seconds in right)
    now = WeeklyStanding.objects.get(week=monday)
    assert (monday, now.lessons_completed, now.seconds_spent) in right


def test_a_standing_that_is_gone_comes_back(studious, course, mends):
    complete_lesson(learner=studious, course=course, lesson_id=lesson_ids(course)[0])
    WeeklyStanding.objects.all().delete()
    mends(standing_wrong=1)
    assert WeeklyStanding.objects.get().lessons_completed == 1


@pytest.mark.parametrize("is_visible", [True, False])
def test_who_hides_themselves_is_listed_as_they_decided(learner, mends, is_visible):
    User.objects.filter(pk=learner.pk).update(leaderboard_visible=is_visible)
    list_anyway(is_listed=not is_visible)
    mends(listed_wrong=1)
    assert Enrollment.objects.get(user=learner).is_listed is is_visible


def list_anyway(*, is_listed):
    """Past the trigger, as only the owner can."""
    with psycopg.connect(settings.DATABASE_OWNER_URL) as owner:
        owner.execute("ALTER TABLE enrollments DISABLE TRIGGER take_whether_one_is_listed")
        owner.execute("UPDATE enrollments SET is_listed = %s", [is_listed])
        owner.execute("ALTER TABLE enrollments ENABLE TRIGGER take_whether_one_is_listed")


# --- A living site --------------------------------------------------------------------------------


def test_no_false_alarm_while_people_learn(transactional_db):
    """Beats, rounds and rebuilds at once, in two tabs and two courses; at the end all agrees."""
    courses = [CourseFactory(lessons=2) for _ in range(2)]
    learners = [UserFactory() for _ in range(4)]
    for learner in learners:
        for course in courses:
            EnrollmentFactory(user=learner, course=course)
    stopped = []

    def learn(seed):
        random = Random(seed)
        while not stopped:
            course = random.choice(courses)
            began = datetime.now(UTC) - timedelta(seconds=random.uniform(20, 900))
            lesson_id = random.choice(lesson_ids(course))
            spend(random.choice(learners), course, lesson_id, began=began, seconds=random.uniform(1, 20))

    def work(seed):
        while not stopped:
            try:
                [rolled_up, rollup.rebuild][Random(seed).random() < 0.2]()
            except RoundUnderWay:
                pass

    def keep(act, seed):
        try:
            act(seed)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        acting = [threads.submit(keep, act, seed) for seed, act in enumerate([learn, learn, work, work])]
        try:
            alarms = [look(grace=timedelta(days=1), patience=timedelta(seconds=30)) for _ in range(2)]
        finally:
            stopped.append(True)
        [each.result() for each in acting]
    assert alarms == [{}] * 2
    rolled_up()
    assert look() == {}
