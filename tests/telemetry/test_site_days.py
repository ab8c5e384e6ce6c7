import random
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from accounts.models import User
from discussions.models import Comment
from telemetry.models import CourseDay, SiteDay, TimeSpent
from telemetry.models.site_day import SAMPLE
from telemetry.periods import DAY, Period
from telemetry.services.site_days import refresh_all_site_days, refresh_site_days
from telemetry.tasks import refresh_recent_days_of_the_site
from tests.factories import CommentFactory, CourseFactory, UserFactory

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 3, 10), date(2026, 3, 9)


@pytest.fixture(autouse=True)
def _at_noon(db):
    with time_machine.travel(NOON, tick=False):
        yield


def learn(person, course, day=TODAY, seconds=60, lesson="a" * 24):
    TimeSpent.objects.create(user=person, course=course, lesson_id=lesson, day=day, seconds_spent=seconds, events=1)


def joined(person, moment):
    User.objects.filter(pk=person.pk).update(created_at=moment)


def test_a_day_sums_up_what_courses_had_on_it(learner):
    for course in (CourseFactory(), CourseFactory()):
        CourseDay.objects.create(
            course=course, day=TODAY, enrollments=3, cancellations=1, completions=2, lessons_completed=7,
            seconds_spent=600, active_learners=2,
        )  # fmt: skip
    refresh_site_days(TODAY)
    day = SiteDay.objects.get(day=TODAY)
    counted = (day.enrollments, day.cancellations, day.completions, day.lessons_completed, day.seconds_spent)
    assert counted == (6, 2, 4, 14, 1200)


def test_whoever_learns_in_two_courses_is_one_person(learner, stranger, course):
    learn(learner, course)
    learn(learner, CourseFactory())
    learn(stranger, course, lesson="b" * 24)
    refresh_site_days(TODAY)
    assert SiteDay.objects.get(day=TODAY).active_people == 2


def test_who_was_there_on_several_days_is_counted_once(learner, stranger, course):
    learn(learner, course, YESTERDAY)
    learn(learner, course, TODAY)
    learn(stranger, course, TODAY)
    refresh_site_days(YESTERDAY)
    both, yesterday, none = SiteDay.objects.people_active(
        [Period(YESTERDAY, TODAY), Period(YESTERDAY, YESTERDAY), Period(date(2026, 1, 1), date(2026, 1, 2))]
    )
    assert (both.number, yesterday.number, none.number) == (2, 1, 0)
    assert both.is_exact


def test_of_many_people_the_number_follows_from_a_sample():
    """Twenty days of a site that 40,000 people come to now and then: within a tenth, three times what is expected."""
    dice = random.Random(5)
    everybody = set()
    for number in range(20):
        there = dice.sample(range(1, 40_000), 3_000)
        everybody |= set(there)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO site_days (day, sign_ups, enrollments, cancellations, completions, lessons_completed,"
                " active_people, seconds_spent, comments, marks, leaders, leader_seconds)"
                " SELECT %s, 0, 0, 0, 0, 0, 3000, 0, 0, (array_agg(mark ORDER BY mark))[1:%s], '{}', '{}'"
                " FROM (SELECT hashint8extended(person, 0) AS mark FROM unnest(%s::bigint[]) AS person) each",
                [TODAY - number * DAY, SAMPLE, there],
            )
    [people] = SiteDay.objects.people_active([Period(TODAY - 19 * DAY, TODAY)])
    assert not people.is_exact
    assert abs(people.number - len(everybody)) < len(everybody) / 10


def test_a_day_is_one_of_the_sites_own(settings, course):
    settings.TIME_ZONE = "Pacific/Auckland"  # thirteen hours ahead in March
    late, early = UserFactory(), UserFactory()
    joined(late, datetime(2026, 3, 9, 11, 0, tzinfo=UTC))
    joined(early, datetime(2026, 3, 9, 10, 59, tzinfo=UTC))
    User.objects.exclude(pk__in=[late.pk, early.pk]).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    Comment.objects.filter(pk=CommentFactory(course=course).pk).update(created_at=datetime(2026, 3, 9, 11, tzinfo=UTC))
    User.objects.exclude(pk__in=[late.pk, early.pk]).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    refresh_site_days(date(2026, 3, 9))
    days = dict(SiteDay.objects.values_list("day", "sign_ups"))
    assert days == {date(2026, 3, 9): 1, date(2026, 3, 10): 1, date(2026, 3, 11): 0, date(2026, 3, 12): 0}
    assert dict(SiteDay.objects.filter(comments__gt=0).values_list("day", "comments")) == {date(2026, 3, 10): 1}


def test_a_deleted_comment_is_not_counted(course):
    comment = CommentFactory(course=course)
    Comment.objects.filter(pk=comment.pk).update(created_at=NOON, deleted_at=NOON, content="", content_html="")
    refresh_site_days(TODAY)
    assert SiteDay.objects.get(day=TODAY).comments == 0


def test_the_first_time_all_days_are_made(learner, course):
    joined(learner, NOON - timedelta(days=70))
    User.objects.exclude(pk=learner.pk).update(created_at=NOON - timedelta(days=3))
    refresh_recent_days_of_the_site(0)
    days = list(SiteDay.objects.order_by("day").values_list("day", "sign_ups"))
    assert days[0] == (TODAY - 70 * DAY, 1)
    assert days[-1] == (TODAY + DAY, 0)
    assert len(days) == 72
    assert sum(sign_ups for _day, sign_ups in days) == User.objects.count()


def test_afterwards_only_the_last_days_are_made_anew(learner):
    refresh_site_days(TODAY - 10 * DAY)
    SiteDay.objects.update(comments=99, computed_at=NOON)
    assert refresh_site_days() == 3
    assert SiteDay.objects.filter(comments=99).count() == 9


def test_days_on_which_the_worker_was_away_are_made_up_for(learner):
    refresh_site_days(TODAY - 10 * DAY)
    SiteDay.objects.update(comments=99, computed_at=NOON - timedelta(days=5))
    refresh_site_days()
    assert SiteDay.objects.filter(comments=99, day__gt=TODAY - 5 * DAY).count() == 0


def test_a_day_made_twice_is_the_same(learner, course):
    learn(learner, course)
    refresh_all_site_days()
    before = list(SiteDay.objects.values("day", "active_people", "seconds_spent", "sign_ups", "marks", "leaders"))
    refresh_all_site_days()
    after = list(SiteDay.objects.values("day", "active_people", "seconds_spent", "sign_ups", "marks", "leaders"))
    assert before == after


def test_the_most_active_are_summed_over_the_days_asked_for(learner, stranger, course):
    other = CourseFactory()
    learn(learner, course, YESTERDAY, 100)
    learn(learner, other, TODAY, 50)
    learn(stranger, course, TODAY, 120)
    learn(stranger, course, TODAY - 9 * DAY, 999)
    refresh_site_days(TODAY - 9 * DAY)
    first, second = SiteDay.objects.most_active(Period(YESTERDAY, TODAY))
    assert (first.username, first.seconds, first.days, first.courses, first.last_day) == ("learner", 150, 2, 2, TODAY)
    assert (second.username, second.seconds) == ("stranger", 120)
