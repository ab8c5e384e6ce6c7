"""Do the stores agree? A second opinion beside `check_stores`, told from a picture of both."""

from collections.abc import Collection, Iterator
from decimal import ROUND_DOWN, Decimal

from tests.faults.picture import Course, Picture, Row, word_of

HUNDREDTH = Decimal("0.01")


def differences(picture: Picture, half_added: Collection[str]) -> Iterator[str]:
    """Sentences about all that isn't as it must be once nothing lags.

    Lessons that are `half_added`, by acts that nobody acknowledged, may have no place: a sweep takes them when they are
    older than a day.
    """
    for key, enrollment in picture.enrollments.items():
        yield from _progress(picture, key, enrollment)
    for key in picture.progress.keys() - picture.enrollments.keys():
        yield f"a progress document of user {key[0]} in course {key[1]} belongs to nobody"
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


def _versions(picture: Picture, lesson: str) -> Iterator[str]:
    """A revision equal to the lesson that stands is what a crash may leave; nothing else may be missing or too much."""
    standing, kept = picture.lessons[lesson], dict(picture.revisions.get(lesson, {}))
    equal = kept.pop(standing["version"], None)
    if equal and word_of(equal) != word_of(standing):
        yield f"lesson {lesson} has two texts of version {standing['version']}"
    if sorted(kept) != list(range(1, standing["version"])):
        yield f"lesson {lesson} is at version {standing['version']} and has the revisions {sorted(kept)}"
