"""Outlines: positions count from one without gaps, and a course lasts as long as its lessons."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db import connection
from django.db.models import F

from courses.content import lessons
from courses.models import Course, CourseLesson
from courses.services.outline import close_gaps
from courses.services.settling import settle_outlines
from learnflow.consistency import Difference, Key, Kind

BATCH = 100  # courses: MongoDB answers for all their lessons as soon as for a page

COURSES_WITH_GAPS = """
WITH counted AS (
    SELECT course_id, position, row_number() OVER (PARTITION BY course_id ORDER BY position) AS wanted,
           'section' AS what
      FROM sections WHERE course_id = ANY(%(ids)s)
    UNION ALL
    SELECT cl.course_id, cl.position, row_number() OVER (PARTITION BY cl.course_id ORDER BY s.position, cl.position),
           'lesson'
      FROM course_lessons cl JOIN sections s ON s.id = cl.section_id WHERE cl.course_id = ANY(%(ids)s)
)
SELECT DISTINCT ON (c.id) c.id, c.title, counted.what, counted.wanted, counted.position
  FROM counted JOIN courses c ON c.id = counted.course_id
 WHERE counted.position <> counted.wanted
 ORDER BY c.id, counted.what DESC, counted.wanted
"""


def course_batches() -> Iterator[list[int]]:
    """The ids of all courses, in order."""
    last = 0
    ids = Course.objects.order_by("pk").values_list("pk", flat=True)
    while batch := list(ids.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1]


def _gaps(course_ids: Sequence[int]) -> list[tuple[int, str, str, int, int]]:
    """(course, its title, "section" or "lesson", the first place that is wrong, the position that stands there)."""
    with connection.cursor() as cursor:
        cursor.execute(COURSES_WITH_GAPS, {"ids": list(course_ids)})
        return cursor.fetchall()


def _close_gaps(keys: Sequence[Key]) -> int:
    mended = 0
    for course_id, *_ in _gaps([int(course_id) for (course_id,) in keys]):
        try:
            close_gaps(course=Course(pk=course_id))
        except Course.DoesNotExist:
            continue
        mended += 1
    return mended


class Positions:
    """Sections and lessons stand at 1, 2, 3 …, lessons in the order of their sections."""

    title = "Outlines"
    is_passing = False
    gap = Kind(
        name="outline_gap",
        title="the positions of an outline have gaps, or lessons aren't in the order of their sections",
        remedy="number sections and lessons anew, in the order in which pages show them",
        mend=_close_gaps,
    )
    kinds = (gap,)

    def size(self) -> int:
        return Course.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for batch in course_batches():
            for course_id, title, what, wanted, position in _gaps(batch):
                sentence = f"course {course_id} “{title}”: {what} {wanted} stands at position {position}"
                yield Difference(self.gap, (course_id,), sentence)
            advance(len(batch))


# --- Durations ------------------------------------------------------------------------------------


def _wrong_durations(course_ids: Sequence[int]) -> list[tuple[int, str, int, int]]:
    """(course, its title, its duration, the sum of its lessons) where both are known and differ.

    A course that somebody changes meanwhile, or with a lesson that is missing or damaged, is left out.
    """
    settled = Course.objects.filter(pk__in=course_ids, settled_version=F("outline_version"))
    states = {row[0]: row for row in settled.values_list("pk", "title", "duration_minutes", "outline_version")}
    placed: dict[int, list[str]] = defaultdict(list)
    places = CourseLesson.objects.filter(course__in=states, is_published=True)
    for course_id, lesson_id in places.values_list("course_id", "lesson_id"):
        placed[course_id].append(lesson_id)
    outline = lessons.get_outline({lesson_id for each in placed.values() for lesson_id in each})
    minutes = {lesson_id: each.get("duration") for lesson_id, each in outline.items()}
    wrong = []
    for course_id, (_, title, duration, _version) in states.items():
        known = [minutes.get(lesson_id) for lesson_id in placed[course_id]]
        numbers = [each for each in known if each is not None]
        if len(numbers) == len(known) and sum(numbers) != duration:
            wrong.append((course_id, title, duration, sum(numbers)))
    # Who changes a lesson marks its courses first and settles them last: equal versions, and nobody did.
    stable = set(settled.filter(pk__in=[each[0] for each in wrong]).values_list("pk", "outline_version"))
    return [each for each in wrong if (each[0], states[each[0]][3]) in stable]


def _settle_durations(keys: Sequence[Key]) -> int:
    wrong = [each[0] for each in _wrong_durations([int(course_id) for (course_id,) in keys])]
    settle_outlines(wrong)
    return len(wrong)


class Durations:
    """A course lasts as long as its published lessons together."""

    title = "Durations"
    is_passing = False
    wrong = Kind(
        name="wrong_duration",
        title="the minutes of a course aren't the sum of its lessons",
        remedy="add them up anew",
        mend=_settle_durations,
    )
    kinds = (wrong,)

    def size(self) -> int:
        return Course.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for batch in course_batches():
            for course_id, title, duration, minutes in _wrong_durations(batch):
                sentence = f"course {course_id} “{title}” lasts {duration} min, its lessons {minutes} min together"
                yield Difference(self.wrong, (course_id,), sentence)
            advance(len(batch))


EXAMINATIONS = (Positions(), Durations())
