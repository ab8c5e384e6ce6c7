"""Working off the deletions that transactions promised."""

import logging

from django.db import transaction

from courses.content import lessons, progress
from courses.models import CourseLesson, PendingDeletion
from courses.models.locks import hold_lessons
from learnflow.mongo import ContentUnavailable

logger = logging.getLogger(__name__)


def work_off_deletions(*, limit: int = 500) -> int:
    """Delete the documents whose time has come; how many promises were kept.

    The row goes last: a crash in between deletes again what is gone already. A promise that can't be kept is logged,
    stays, and doesn't hold up the others. Raises `ContentUnavailable`.
    """
    kept = 0
    for promise in PendingDeletion.objects.due()[:limit]:
        try:
            _keep(promise)
        except ContentUnavailable:
            raise
        except Exception:
            logger.exception("the promised deletion %d can't be done", promise.pk)
        else:
            kept += 1
    return kept


def _keep(promise: PendingDeletion) -> None:
    if promise.collection == PendingDeletion.Collection.LESSONS:
        _delete_unplaced(promise.filter["lesson_ids"])
    else:
        progress.delete_progress(**promise.filter)
    promise.delete()


def _delete_unplaced(lesson_ids: list[str]) -> None:
    """Delete those lessons that nobody has placed again since; nobody can while it is decided."""
    with transaction.atomic():
        hold_lessons(lesson_ids)
        placed = set(CourseLesson.objects.filter(lesson_id__in=lesson_ids).values_list("lesson_id", flat=True))
        lessons.delete_lessons(sorted(set(lesson_ids) - placed))
