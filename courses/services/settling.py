"""What follows from a changed outline or lesson: pages that remember it, the course's duration, rows in the audit log.

An act marks its outlines before it changes anything, and settles them when it is done: `outline_version` minus
`settled_version` is the number of acts under way or dead. The worker settles what stays marked.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Least, Now

from courses.content import lessons
from courses.models import Course, CourseLesson
from courses.models.locks import hold_both_stores
from courses.services.history import record_missing_versions
from learnflow.mongo import ContentUnavailable

TRIES = 5
SETTLED_AT_ONCE = 50  # courses: MongoDB answers for all their lessons as soon as for a page


def mark_outline_changed(course_ids: Sequence[int]) -> int:
    """Say that what pages remember of these outlines, and the sum of durations, is old; how many there still are.

    Each mark is taken back by `settle_outlines` when its act is done; those that stay are of acts that died.
    """
    # In the order of ids, for a shared lesson marks several courses and its other authors may do so right now.
    in_order = Course.objects.filter(pk__in=course_ids).order_by("pk").select_for_update(no_key=True).values("pk")
    with transaction.atomic(savepoint=False):
        hold_both_stores()
        return Course.objects.filter(pk__in=in_order).update(
            outline_version=F("outline_version") + 1, outline_marked_at=Now()
        )


def settle_outlines(course_ids: Sequence[int]) -> None:
    """End an act that marked these outlines: bring up to date what follows from documents, the course's duration.

    Called after the commit. A crash before it leaves the mark, and the worker does it. When MongoDB is away, likewise.
    """
    # Two versions on, for the mark and for this, and the marks of others stay; but never beyond what there is.
    with suppress(ContentUnavailable):
        _settle(course_ids, Least(F("settled_version") + 2, F("outline_version") + 1))


def settle_lagging(*, limit: int = 500, resting: timedelta = timedelta(0)) -> int:
    """Settle the outlines that a dead process or store left behind; how many. Raises `ContentUnavailable`.

    Those marked within `resting` are let be: their acts may still be under way.
    """
    lagging = Course.objects.filter(settled_version__lt=F("outline_version"), outline_marked_at__lte=Now() - resting)
    ids = list(lagging.order_by("pk").values_list("pk", flat=True)[:limit])
    settle_late(ids)
    return len(ids)


def settle_late(course_ids: Sequence[int]) -> None:
    """Settle what somebody else began, their rows in the audit log included. Raises `ContentUnavailable`."""
    for first in range(0, len(course_ids), SETTLED_AT_ONCE):
        some = course_ids[first : first + SETTLED_AT_ONCE]
        placed = CourseLesson.objects.filter(course__in=some)
        record_missing_versions(placed.values_list("lesson_id", flat=True).distinct())
        _settle(some, F("outline_version") + 1)


def _settle(course_ids: Sequence[int], settled: Combinable) -> None:
    """Write durations of the same moment as the outlines' versions; what others change all the while stays marked."""
    waiting = list(course_ids)
    for _try in range(TRIES):
        versions = dict(Course.objects.filter(pk__in=waiting).values_list("pk", "outline_version"))
        placed = CourseLesson.objects.filter(course__in=waiting, is_published=True)
        pairs = list(placed.values_list("course_id", "lesson_id"))
        outline = lessons.get_outline({lesson_id for _, lesson_id in pairs})
        waiting = []
        for course_id, version in versions.items():
            # A lesson that is missing or damaged counts for nothing until it is mended.
            minutes = sum(outline.get(each, {}).get("duration", 0) for course, each in pairs if course == course_id)
            if not Course.objects.filter(pk=course_id, outline_version=version).update(
                duration_minutes=minutes, outline_version=F("outline_version") + 1, settled_version=settled
            ):
                waiting.append(course_id)
        if not waiting:
            return
