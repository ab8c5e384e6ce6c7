"""One process with one crowd: its jobs, and the pages of its leaderboard and its figures."""

import time
from functools import cache
from typing import TYPE_CHECKING, Any

from bench.crowding import FIRST
from bench.visiting import Answer, row, signed_in, visit

if TYPE_CHECKING:
    from django.test import Client

COURSE = "SELECT course_id, slug FROM enrollments e JOIN courses c ON c.id = e.course_id WHERE user_id > %s LIMIT 1"
LISTED = "FROM enrollments WHERE course_id = {course} AND status <> 'cancelled' AND is_listed"
ORDER = "ORDER BY progress {0}, seconds_spent {1}, id {1}"
OF_THE_WEEK = """
SELECT e.user_id FROM weekly_standings w JOIN enrollments e ON e.id = w.enrollment_id
 WHERE w.course_id = {course} AND w.is_listed ORDER BY w.lessons_completed DESC, w.seconds_spent
 OFFSET (SELECT count(*) / 2 FROM weekly_standings WHERE course_id = {course} AND is_listed) LIMIT 1
"""
BEST, MIDDLE, LAST, STAFF, ADMIN, WEEK = "best", "middle", "last", "staff", "admin", "middle of the week"


def work() -> dict[str, float]:
    """Do what the worker does, as often as it takes to be there: seconds of each job, the second time."""
    from telemetry.services import figures, leaderboards, site_days

    course, _slug = _course()
    jobs = {
        "figures of the course": lambda: figures.refresh_course(course),
        "rungs of leaderboards": _make_rungs,
        "days of the site": site_days.refresh_all_site_days,
    }
    leaderboards.refresh_rungs()
    return {name: [_timed(job) for _ in range(2)][1] for name, job in jobs.items()}


def _make_rungs() -> None:
    from django.utils import timezone

    from courses.models import Course
    from telemetry.models.leaderboard import Board
    from telemetry.models.standing import week_of
    from telemetry.services.leaderboards import make_rungs

    course = Course.objects.get(pk=_course()[0])
    for week in (None, week_of(timezone.now())):
        make_rungs(Board(course.pk, course.outline_version, week))


def _timed(job: Any) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def titles() -> list[str]:
    """The pages that can be asked for, in the order of the table."""
    return list(_pages())


def ask(title: str) -> Answer:
    """Ask for the page of this title once."""
    person, url = _pages()[title]
    return visit(_client(person), url)


@cache
def _course() -> tuple[Any, ...]:
    return row(COURSE % FIRST)


@cache
def _pages() -> dict[str, tuple[str, str]]:
    """Title: (who asks, address)."""
    course = f"/courses/{_course()[1]}/"
    board, analytics = f"{course}leaderboard/", f"{course}analytics/"
    return {
        "leaderboard, to the best": (BEST, board),
        "leaderboard, to the middle one": (MIDDLE, board),
        "leaderboard, to the last": (LAST, board),
        "leaderboard around the middle one": (MIDDLE, f"{board}?around=1"),
        "leaderboard around the last": (LAST, f"{board}?around=1"),
        "leaderboard of this week": (WEEK, f"{board}?week=1"),
        "leaderboard of this week, around me": (WEEK, f"{board}?week=1&around=1"),
        "analytics, 30 days": (STAFF, analytics),
        "analytics, 90 days": (STAFF, f"{analytics}?days=90"),
        "learners": (STAFF, f"{analytics}learners/"),
        "learners, longest time first": (STAFF, f"{analytics}learners/?sort=-time"),
        "learners, by name": (STAFF, f"{analytics}learners/?q=meyer"),
        "reports": (ADMIN, "/reports/"),
        "report on learners": (ADMIN, "/reports/learners/"),
        "report on progress": (ADMIN, "/reports/progress/"),
        "dashboard": (MIDDLE, "/dashboard/"),
        "course page": (MIDDLE, course),
    }


@cache
def _client(person: str) -> "Client":
    from accounts.models import User
    from accounts.models.user import Role

    course, listed = _course()[0], LISTED.format(course=_course()[0])
    if person == ADMIN:
        admin, _made = User.objects.get_or_create(
            email="admin@example.org", defaults={"username": "crowd_admin", "role": Role.ADMIN}
        )
        return signed_in(admin)
    which = {
        BEST: f"SELECT user_id {listed} {ORDER.format('DESC', 'ASC')} LIMIT 1",
        MIDDLE: f"SELECT user_id {listed} {ORDER.format('DESC', 'ASC')} OFFSET (SELECT count(*) / 2 {listed}) LIMIT 1",
        LAST: f"SELECT user_id {listed} {ORDER.format('ASC', 'DESC')} LIMIT 1",
        WEEK: OF_THE_WEEK.format(course=course),
        STAFF: f"SELECT instructor_id FROM courses WHERE id = {course}",
    }
    return signed_in(User.objects.get(pk=row(which[person])[0]))
