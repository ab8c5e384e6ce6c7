"""Do the stores agree? A second opinion beside `check_stores`, told from a picture of both."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from tests.faults.picture import Course, Picture, Row, word_of

HUNDREDTH = Decimal("0.01")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
A_DAY = timedelta(days=1) // MILLISECOND


def differences(picture: Picture, half_added: Collection[str]) -> Iterator[str]:
    """Sentences about all that isn't as it must be once nothing lags.

    Lessons that are `half_added`, by acts that nobody acknowledged, may have no place: a sweep takes them when they are
    older than a day.
    """
    for key, enrollment in picture.enrollments.items():
        yield from _progress(picture, key, enrollment)
    for key in picture.progress.keys() - picture.enrollments.keys():
        yield f"a progress document of user {key[0]} in course {key[1]} belongs to nobody"
    yield from _times(picture)
    for slug, course in picture.courses.items():
        yield from _course(picture, slug, course)
    for lesson in picture.lessons:
        yield from _versions(picture, lesson)
        if lesson not in picture.placed and lesson not in half_added:
            yield f"lesson {lesson} stands in no course"
    for lesson in picture.revisions.keys() - picture.lessons.keys():
        yield f"revisions of lesson {lesson} are left of a lesson that is gone"


def _progress(picture: Picture, key: tuple[int, int], enrollment: Row) -> Iterator[str]:
    who = f"user {key[0]} in course {key[1]}"
    home = {lesson: percent for lesson, percent in picture.percents[enrollment.id].items() if percent}
    copy = picture.progress.get(key)
    if copy is None:
        yield f"{who} has no progress document"
    else:
        if copy["version"] != enrollment.version:
            yield f"the progress of {who} is at version {enrollment.version}, its document at {copy['version']}"
        if copy["lessons"] != home:
            yield f"the document of {who} has other lessons than their home"
        if copy["completed_lessons"] != sorted(lesson for lesson, percent in home.items() if percent == 100):
            yield f"the document of {who} has other completed lessons than their home"
    if enrollment.projected_version != enrollment.version:
        yield f"{who} waits for the copy of version {enrollment.version}"
    if enrollment.progress != percent_of(picture, key[1], home):
        yield f"{who} stands at {enrollment.progress}, the lessons say {percent_of(picture, key[1], home)}"


def percent_of(picture: Picture, course_id: int, home: dict[str, int]) -> Decimal:
    """The mean over the course's lessons of today, cut to two digits."""
    lessons = next((each.lessons for each in picture.courses.values() if each.row.id == course_id), [])
    if not lessons:
        return Decimal(0)
    mean = Decimal(sum(home.get(each, 0) for each in lessons)) / len(lessons)
    return mean.quantize(HUNDREDTH, ROUND_DOWN)


def _course(picture: Picture, slug: str, course: Course) -> Iterator[str]:
    row = course.row
    if sorted(course.positions) != list(range(1, len(course.positions) + 1)) or course.positions != sorted(
        course.positions
    ):
        yield f"the lessons of {slug} are at {course.positions}"
    if course.section_positions != list(range(1, len(course.section_positions) + 1)):
        yield f"the sections of {slug} are at {course.section_positions}"
    for lesson in course.lessons:
        if lesson not in picture.lessons:
            yield f"{slug} places lesson {lesson}, which isn't there"
    minutes = sum(picture.lessons[each]["duration"] for each in course.lessons if each in picture.lessons)
    if row.duration_minutes != minutes:
        yield f"{slug} takes {row.duration_minutes} minutes, its lessons {minutes}"
    if row.settled_version != row.outline_version:
        yield f"{slug} isn't settled"
    standing = [
        each for each in picture.enrollments.values() if each.course_id == row.id and each.status != "cancelled"
    ]
    if row.enrollment_count != len(standing):
        yield f"{slug} counts {row.enrollment_count} learners and has {len(standing)}"


def _times(picture: Picture) -> Iterator[str]:
    """Every second of somebody's clock counts once, where they were then; all sums are made of these."""
    standing = {course.row.id for course in picture.courses.values()}
    seconds = {place: spent for place, spent in seconds_of(picture.events.values()).items() if place[1] in standing}
    for place in seconds.keys() | picture.seconds.keys():
        if seconds.get(place) != picture.seconds.get(place):
            yield f"the events of {place} come to {seconds.get(place)} s, its row says {picture.seconds.get(place)}"
    for key, enrollment in picture.enrollments.items():
        lessons: Counter[str] = Counter()
        for (user, course, lesson, _day), spent in seconds.items():
            if (user, course) == key:
                lessons[lesson] += spent
        who = f"user {key[0]} in course {key[1]}"
        if enrollment.seconds_spent != lessons.total():
            yield f"{who} took {lessons.total()} s, the enrollment says {enrollment.seconds_spent}"
        copy = picture.progress.get(key, {})
        if copy.get("lesson_times", {}) != lessons or copy.get("total_seconds_spent", 0) != lessons.total():
            yield f"the document of {who} says {copy.get('lesson_times')}, the events {dict(lessons)}"


def seconds_of(events: Collection[Any]) -> dict[tuple[int, int, str, date], int]:
    """Whole seconds by person, course, lesson and day. Each millisecond belongs to the event that began first."""
    counts: Counter[tuple[int, int, str, date]] = Counter()
    taken: dict[int, set[int]] = {}
    for event in sorted(events, key=lambda each: (each["started_at"], each["ended_at"], each["_id"])):
        ahead, person = timedelta(minutes=event["utc_offset"]), event["user_id"]
        begun, ended = ((event[end] + ahead - EPOCH) // MILLISECOND for end in ("started_at", "ended_at"))
        shift = ahead // MILLISECOND
        mine = set(range(begun - shift, ended - shift)) - taken.setdefault(person, set())
        taken[person] |= mine
        midnight = ended - ended % A_DAY  # of the day on which it ended, by the person's clock
        days = {(midnight - 1) // A_DAY: sum(each + shift < midnight for each in mine)}
        days[midnight // A_DAY] = len(mine) - days[(midnight - 1) // A_DAY]
        for day, ms in days.items():
            counts[person, event["course_id"], event["lesson_id"], EPOCH.date() + timedelta(days=day)] += ms
    return {place: ms // 1000 for place, ms in counts.items() if ms >= 1000}


def _versions(picture: Picture, lesson: str) -> Iterator[str]:
    """A revision equal to the lesson that stands is what a crash may leave; nothing else may be missing or too much."""
    standing, kept = picture.lessons[lesson], dict(picture.revisions.get(lesson, {}))
    equal = kept.pop(standing["version"], None)
    if equal and word_of(equal) != word_of(standing):
        yield f"lesson {lesson} has two texts of version {standing['version']}"
    if sorted(kept) != list(range(1, standing["version"])):
        yield f"lesson {lesson} is at version {standing['version']} and has the revisions {sorted(kept)}"
