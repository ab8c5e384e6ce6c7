"""Lets people of the demo have learned for twelve weeks: events of time, completed lessons, some measures.

All of it is drawn by chance from the names of people and courses, and so the same for everybody who loads the demo.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.models import Course, Enrollment
from courses.services.enrollment import enroll
from courses.services.progress import complete_lesson
from telemetry import events
from telemetry.models import TimeSpent, UserMetric
from telemetry.services.figures import refresh_course
from telemetry.services.leaderboards import refresh_rungs
from telemetry.services.metrics import record_metric, sum_metrics
from telemetry.services.rollup import roll_up
from telemetry.services.rounds import RoundLost, RoundUnderWay
from telemetry.services.site_days import refresh_all_site_days

DAY, BEAT = timedelta(days=1), timedelta(seconds=30)
BEGAN = 90 * DAY  # so long ago the demo's courses were published and its people signed up
STEADY_DAYS = 5  # somebody who learns until today has learned on each of the last days
# Each course of somebody has its own hour, so that nobody sits over two at once.
FIRST_HOUR, HOURS_APART = 17, 2
PATIENCE = timedelta(seconds=10)

Plan = dict[str, Any]
People = dict[str, User]


@dataclass(frozen=True)
class Sitting:
    """Somebody sits over a lesson from one moment to another."""

    lesson_id: str
    began: datetime
    ended: datetime


def read(path: Path) -> Plan:
    """Who learned what; nothing when there is no such file."""
    return yaml.safe_load(path.read_text()) if path.exists() else {}


def spend_time(plan: Plan, people: People) -> None:
    """Let them have learned, unless one of them has any time already. Raises `ContentUnavailable`."""
    planned = {name: people[name] for name in plan if name in people}
    if not planned or TimeSpent.objects.filter(user__in=planned.values()).exists():
        return
    now = timezone.now()
    courses = {course.slug: course for course in Course.objects.published().filter(price=0)}
    for name, person in planned.items():
        for number, each in enumerate(plan[name]):
            if each["course"] in courses and person.can_sign_in:
                _learn(person, courses[each["course"]], each | {"hour": FIRST_HOUR + HOURS_APART * number}, now)
    for name, each in plan["measures"].items():
        if name in people:
            _measure(people[name], each, now)
    _make_it_twelve_weeks(list(people.values()), list(courses.values()), now)
    _sum_up(courses.values())


def _learn(person: User, course: Course, plan: Plan, now: datetime) -> None:
    """Events before what is noted of them: should this break off, it is done again, and makes the same ones."""
    lessons = list(course.placements.in_order().filter(is_published=True).values_list("lesson_id", flat=True))
    sittings = list(_sittings(person, course, lessons, plan, now))
    if not person.enrollments.filter(course=course).exists():
        enroll(learner=person, course=course)
    enrollment = person.enrollments.standing().filter(course=course).first()
    if enrollment is None or not sittings:
        return
    events.add_events([beat for sitting in sittings for beat in _beats(person, course, sitting)])
    done = dict.fromkeys(lessons[: plan["lessons"]], sittings[0].ended)
    done |= {sitting.lesson_id: sitting.ended for sitting in sittings if sitting.lesson_id in done}
    with transaction.atomic():
        for lesson_id, moment in done.items():
            complete_lesson(learner=person, course=course, lesson_id=lesson_id)
            enrollment.lesson_progress.filter(lesson_id=lesson_id).update(completed_at=moment, updated_at=moment)
        mine = Enrollment.objects.filter(pk=enrollment.pk)
        mine.update(enrolled_at=sittings[0].began, last_activity=sittings[-1].ended)
        mine.filter(completed_at__isnull=False).update(completed_at=max(done.values()))


def _sittings(person: User, course: Course, lessons: Sequence[str], plan: Plan, now: datetime) -> Iterator[Sitting]:
    """On about every other day, in the evening of that person, the lessons one after the other."""
    chance = Random(f"{person.username} {course.slug}")
    today = now.astimezone(person.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    is_steady = plan["until"] == 0
    ago = range(plan["from"], plan["until"] - 1, -1)
    days = [each for each in ago if chance.random() < 0.55 or (is_steady and 0 < each < STEADY_DAYS)]
    for number, each in enumerate(days):
        at = number * (plan["lessons"] + 1) // len(days)
        hour = timedelta(hours=plan["hour"], minutes=chance.randrange(40))
        began = (today - each * DAY + hour).astimezone(UTC)
        ended = began + timedelta(minutes=chance.choice((6, 9, 14, 18, 22, 27, 35, 48)), seconds=chance.randrange(60))
        if ended < now:
            yield Sitting(lessons[min(at, len(lessons) - 1)], began, ended)


def _beats(person: User, course: Course, sitting: Sitting) -> Iterator[dict[str, Any]]:
    """As a lesson page would have sent them."""
    session = uuid5(NAMESPACE_URL, f"{person.username}/{course.slug}/{sitting.began.date()}")
    offset = sitting.began.astimezone(person.zone).utcoffset() or timedelta()
    began, number = sitting.began, 0
    while began < sitting.ended:
        ended = min(began + BEAT, sitting.ended)
        seconds = (ended - began).total_seconds()
        yield {
            "_id": f"{person.pk}:{uuid5(session, str(number))}",
            "user_id": person.pk,
            "course_id": course.pk,
            "lesson_id": sitting.lesson_id,
            "started_at": began,
            "ended_at": ended,
            "seconds_spent": seconds,
            "utc_offset": offset // timedelta(minutes=1),
            "claimed": {"seconds": seconds, "age": 0.0},
            "session": str(session),
            "created_at": ended,
        }
        began, number = ended, number + 1


def _measure(person: User, plan: Plan, now: datetime) -> None:
    if UserMetric.objects.filter(user=person).exists():
        return
    chance = Random(plan["type"])
    for ago in range(plan["from"], 0, -1):
        if chance.random() < 0.8:
            minutes = chance.randint(plan["least"], plan["most"])
            record_metric(person=person, metric_type=plan["type"], value=minutes, at=now - ago * DAY)


def _make_it_twelve_weeks(people: Sequence[User], courses: Sequence[Course], now: datetime) -> None:
    """People and courses were there before what was learned."""
    then = now - BEGAN
    User.objects.filter(pk__in=[person.pk for person in people], created_at__gt=then).update(created_at=then)
    Course.objects.filter(pk__in=[course.pk for course in courses], published_at__gt=then).update(published_at=then)


def _sum_up(courses: Any) -> None:
    """What the worker would do in the next minutes, so that all pages show it at once."""
    with suppress(RoundUnderWay, RoundLost):  # a worker is at it
        roll_up(patience=PATIENCE)
    sum_metrics()
    for course in courses:
        refresh_course(course.pk)
    refresh_all_site_days()
    refresh_rungs()
