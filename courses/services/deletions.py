"""Working off the deletions that transactions promised."""

from courses.content import lessons, progress
from courses.models import PendingDeletion


def work_off_deletions(*, limit: int = 500) -> int:
    """Delete the documents whose time has come; how many promises were kept.

    The row goes last: a crash in between deletes again what is gone already. Raises `ContentUnavailable`.
    """
    due = list(PendingDeletion.objects.due()[:limit])
    for promise in due:
        if promise.collection == PendingDeletion.Collection.LESSONS:
            lessons.delete_lessons(promise.filter["lesson_ids"])
        else:
            progress.delete_progress(**promise.filter)
        promise.delete()
    return len(due)
