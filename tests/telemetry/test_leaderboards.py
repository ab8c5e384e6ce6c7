"""Rungs of long leaderboards. Here a board is long with more than 8 learners, and has a rung each 4 places."""

import random
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from courses.models import Course, Enrollment
from courses.services.enrollment import unenroll
from telemetry.models import LeaderboardRung, WeeklyStanding
from telemetry.models.leaderboard import RANKS, Board, Standing
from telemetry.models.standing import week_of
from telemetry.services.leaderboards import make_rungs, refresh_rungs
from telemetry.tasks import refresh_rungs as every_minute
from tests.factories import CourseFactory
from tests.races import at_once
from tests.telemetry.standings import stand

pytestmark = pytest.mark.django_db

refresh = partial(refresh_rungs, long=8, step=4)


@pytest.fixture
def long_course(author):
    """A published course with 40 learners, of whom some share their standing."""
    course, chance = CourseFactory(instructor=author, lessons=1), random.Random(5)
    names = [f"learner_{number}" for number in range(40)]
    people = User.objects.bulk_create([User(username=name, email=f"{name}@example.org") for name in names])
    for number, person in enumerate(people):
        percent, seconds = chance.choice((20, 50, 50, 80)), chance.randrange(0, 120, 20)
        stand(course, percent, seconds, week=number % 5, person=person)
    rest(course)
    return Course.objects.get(pk=course.pk)


def rest(course):
    """As if nothing had happened in the course for a while."""
    Enrollment.objects.filter(course=course).update(last_activity=timezone.now() - timedelta(minutes=30))


def boards(course):
    return [Board(course.pk, course.outline_version, week) for week in (None, week_of(timezone.now()))]


def standings(board):
    """What stands on a board, best first."""
    sql = "SELECT {points}::numeric, {seconds} FROM {ranked} ORDER BY {standing}"
    with connection.cursor() as cursor:
        cursor.execute(board.sql(sql), board.arguments)
        return [Standing(*row) for row in cursor.fetchall()]


def ranks(board, asked):
    """What PostgreSQL answers for each of these standings."""
    sql = board.sql(RANKS, asked="unnest(%(points)s::numeric[], %(seconds)s::int[]) AS asked (points, seconds)")
    points, seconds = (list(column) for column in zip(*asked, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(sql, board.arguments | {"points": points, "seconds": seconds})
        return {Standing(*row[:2]): row[2] for row in cursor.fetchall()}


def counted(standing, board):
    return 1 + sum(each.key < standing.key for each in standings(board))


def assert_ranks_are_right(course):
    for board in boards(course):
        asked = {*standings(board), Standing(Decimal(100), 0), Standing(Decimal(1), 10**6)}
        assert ranks(board, asked) == {each: counted(each, board) for each in asked}


def rungs(course):
    return LeaderboardRung.objects.filter(course=course)


def test_ranks_are_the_same_with_rungs_and_without(long_course):
    assert_ranks_are_right(long_course)
    assert refresh() == 1
    assert rungs(long_course).count() > 8
    assert_ranks_are_right(long_course)


def test_no_more_than_a_step_is_counted_below_the_first_places(long_course):
    refresh()
    for board in boards(long_course):
        above = [0, *rungs(long_course).filter(board=board.name).order_by("above").values_list("above", flat=True)]
        for standing in set(standings(board)):
            rank = counted(standing, board) - 1
            assert rank < 8 + 4 or rank - max(each for each in above if each <= rank) < 4


def test_the_first_places_are_counted_as_they_are(long_course):
    refresh()
    assert rungs(long_course).filter(above__gt=0, above__lt=8).count() == 0
    stand(long_course, 99)
    assert ranks(boards(long_course)[0], [Standing(Decimal(80), 0)]) == {(80, 0): 2}


def test_those_who_share_one_standing_need_one_rung(author):
    course = CourseFactory(instructor=author, lessons=1)
    for _ in range(15):
        stand(course, 100, 60, week=1)
    stand(course, 50, week=0)
    rest(course)
    refresh()
    assert sorted(rungs(course).filter(board="").values_list("points", "above")) == [(50, 15), (99999, 0)]
    assert_ranks_are_right(Course.objects.get(pk=course.pk))


def test_a_board_at_rest_is_left_alone_and_made_anew_when_something_happens(long_course):
    assert refresh() == 1 and refresh() == 0
    LeaderboardRung.objects.update(made_at=timezone.now() - timedelta(minutes=2))
    assert refresh() == 0
    somebody = Enrollment.objects.filter(course=long_course).earliest("pk")
    Enrollment.objects.filter(pk=somebody.pk).update(progress=99, last_activity=timezone.now())
    assert refresh() == 1
    assert_ranks_are_right(long_course)


def test_a_board_hears_of_time_that_arrives_late(long_course):
    refresh()
    LeaderboardRung.objects.update(made_at=timezone.now() - timedelta(minutes=2))
    somebody = Enrollment.objects.filter(course=long_course).earliest("pk")
    heard_of_later = timezone.now() - timedelta(minutes=15)
    Enrollment.objects.filter(pk=somebody.pk).update(seconds_spent=1, last_activity=heard_of_later)
    assert refresh() == 1
    assert_ranks_are_right(long_course)


def test_a_board_is_looked_at_once_an_hour_for_who_hid_or_left(long_course):
    refresh()
    first = Enrollment.objects.filter(course=long_course).order_by("-progress", "seconds_spent").first()
    User.objects.filter(pk=first.user_id).update(leaderboard_visible=False)
    unenroll(learner=Enrollment.objects.filter(course=long_course, is_listed=True).first().user, course=long_course)
    assert refresh() == 0
    LeaderboardRung.objects.update(made_at=timezone.now() - timedelta(minutes=61))
    assert refresh() == 1
    assert_ranks_are_right(long_course)


def test_another_outline_has_rungs_of_its_own(long_course):
    refresh()
    Course.objects.filter(pk=long_course.pk).update(outline_version=7, settled_version=6)
    Enrollment.objects.filter(course=long_course, progress=50).update(progress=30)
    changed = Course.objects.get(pk=long_course.pk)
    assert_ranks_are_right(changed)
    assert refresh() == 0  # somebody is changing it
    Course.objects.filter(pk=long_course.pk).update(settled_version=7)
    assert refresh() == 1
    assert_ranks_are_right(changed)


def test_short_boards_have_no_rungs_and_boards_that_become_short_lose_theirs(long_course, course, learner):
    refresh()
    assert not rungs(course).exists() and rungs(long_course).exists()
    assert refresh_rungs(long=100) == 0
    assert not LeaderboardRung.objects.exists()


def test_rungs_of_a_past_week_go(long_course, time_machine):
    refresh()
    time_machine.move_to(timezone.now() + timedelta(days=7))
    week = week_of(timezone.now())
    assert refresh() == 1
    assert set(LeaderboardRung.objects.values_list("board", flat=True)) == {"", week.isoformat()}
    assert WeeklyStanding.objects.exists()


def test_a_course_that_is_gone_takes_its_rungs_along(long_course):
    refresh()
    long_course.delete()
    assert not LeaderboardRung.objects.exists()


def test_the_worker_does_it(long_course):
    every_minute(timestamp=0)
    assert not LeaderboardRung.objects.exists()  # a thousand learners make a long board


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_the_same_rungs(long_course):
    board = boards(long_course)[0]
    assert at_once([partial(make_rungs, board, long=8, step=4)] * 3) == [None] * 3
    assert_ranks_are_right(long_course)
    assert rungs(long_course).filter(above=0).count() == 1
