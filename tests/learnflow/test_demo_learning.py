"""What people of the demo have learned, in courses that are quicker made than the demo's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Course, Enrollment, LessonProgress, Status
from courses.services.enrollment import unenroll
from learnflow import mongo
from learnflow.demo import learning
from learnflow.management.commands.load_demo import FOLDER
from telemetry.models import AggregatedMetric, CourseFigures, SiteDay, TimeSpent
from tests.courses.consistency.conftest import look
from tests.factories import CourseFactory, EnrollmentFactory, InstructorFactory, UserFactory, lesson_ids
from tests.telemetry.times import rolled_up, spend

PLAN = learning.read(FOLDER / "learning.yaml")
COURSES = {"sql-for-builders": 9, "reading-the-night-sky": 8, "writing-clearly": 8}


SHORT = {
    "learner": [
        {"course": "writing-clearly", "from": 14, "until": 9, "lessons": 2},
        {"course": "sql-for-builders", "from": 8, "until": 0, "lessons": 1},
    ],
    "measures": PLAN["measures"],
}


@pytest.fixture
def people(db):
    author = InstructorFactory(username="author")
    for slug, lessons in COURSES.items():
        CourseFactory(slug=slug, instructor=author, lessons=lessons)
    return {name: UserFactory(username=name) for name in PLAN if name != "measures"}


@pytest.fixture
def learned(people):
    """The learner alone, for two weeks."""
    learning.spend_time(SHORT, people)
    return people


def standings():
    rows = Enrollment.objects.order_by("user__username", "course__slug")
    return list(rows.values_list("user__username", "course__slug", "progress", "seconds_spent", "completed_at"))


def test_everybody_has_learned_for_twelve_weeks_what_was_planned(people):
    learning.spend_time(PLAN, people)
    for name, person in people.items():
        for each in PLAN[name]:
            enrollment = Enrollment.objects.get(user=person, course__slug=each["course"])
            assert enrollment.lesson_progress.done().count() == each["lessons"]
            assert enrollment.seconds_spent > 600
            assert (enrollment.status == Status.COMPLETED) == (each["lessons"] == COURSES[each["course"]])
    days = TimeSpent.objects.values_list("day", flat=True).distinct()
    assert len(days) > 50 and timedelta(days=80) < timezone.now().date() - min(days) < timedelta(days=85)
    # Copies are written after the commit, which this test doesn't reach; other tests may have left files.
    assert set(look()) <= {"progress_waiting", "picture_unused", "upload_unused"}


def test_nothing_of_it_is_yet_to_come(learned):
    now = timezone.now()
    assert not TimeSpent.objects.filter(day__gt=now.date()).exists()
    assert not LessonProgress.objects.filter(completed_at__gt=now).exists()
    assert not Enrollment.objects.filter(last_activity__gt=now).exists()
    assert all(each.enrolled_at < each.last_activity for each in Enrollment.objects.all())


def test_the_learner_has_learned_on_each_of_the_last_days(learned):
    days = set(TimeSpent.objects.of(learned["learner"]).values_list("day", flat=True))
    assert {timezone.now().date() - timedelta(days=ago) for ago in (1, 2, 3, 4)} <= days


def test_figures_and_measures_stand_at_once(learned):
    assert CourseFigures.objects.filter(learners=1).count() == 2
    assert SiteDay.objects.filter(seconds_spent__gt=0).count() > 5
    assert AggregatedMetric.objects.filter(user=learned["learner"]).count() > 5


def test_doing_it_again_changes_nothing(learned):
    before, events = standings(), mongo.database().course_telemetry.count_documents({})
    learning.spend_time(SHORT, learned)
    assert standings() == before and mongo.database().course_telemetry.count_documents({}) == events


def test_what_broke_off_is_done_to_its_end(people, monkeypatch):
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(learning, "_sum_up", lambda courses: 1 / 0)
        learning.spend_time(SHORT, people)
    events = mongo.database().course_telemetry.count_documents({})
    learning.spend_time(SHORT, people)
    assert mongo.database().course_telemetry.count_documents({}) == events
    assert TimeSpent.objects.exists()
    assert max(AggregatedMetric.objects.values_list("values__count", flat=True)) == 1


def test_who_left_a_course_has_not_learned_in_it(people):
    course, learner = Course.objects.get(slug="sql-for-builders"), people["learner"]
    EnrollmentFactory(user=learner, course=course)
    unenroll(learner=learner, course=course)
    learning.spend_time(SHORT, people)
    assert not TimeSpent.objects.filter(user=learner, course=course).exists()
    assert TimeSpent.objects.of(learner).exists()


def test_whoever_has_learned_already_is_left_alone(people):
    course, learner = Course.objects.get(slug="sql-for-builders"), people["learner"]
    EnrollmentFactory(user=learner, course=course)
    spend(learner, course, lesson_ids(course)[0], began=timezone.now() - timedelta(hours=1), seconds=60)
    rolled_up()
    learning.spend_time(SHORT, people)
    assert Enrollment.objects.count() == 1


def test_without_a_plan_nobody_has_learned(people, tmp_path):
    learning.spend_time(learning.read(tmp_path / "learning.yaml"), people)
    assert not TimeSpent.objects.exists()
