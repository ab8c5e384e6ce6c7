"""What the worker does within a minute by itself: it counts only when it stays."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db.models import F, QuerySet

from courses.models import Course, PendingDeletion
from courses.services.deletions import work_off_deletions
from courses.services.settling import settle_late
from learnflow.consistency import Difference, Key, Kind


def _unsettled() -> "QuerySet[Course]":
    return Course.objects.filter(settled_version__lt=F("outline_version")).order_by("pk")


def _settle(keys: Sequence[Key]) -> int:
    ids = list(_unsettled().filter(pk__in=[course_id for course_id, _ in keys]).values_list("pk", flat=True))
    settle_late(ids)
    return len(ids) - _unsettled().filter(pk__in=ids).count()


class UnsettledOutlines:
    """Whoever changes an outline or a lesson settles what follows from it, or the worker does."""

    title = "Outlines to be settled"
    is_passing = True
    unsettled = Kind(
        name="outline_unsettled",
        title="what follows from a changed outline wasn't done: duration and audit log",
        remedy="do it now; look also whether the worker runs",
        mend=_settle,
    )
    kinds = (unsettled,)

    def size(self) -> int:
        return _unsettled().count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        rows = _unsettled().values_list("pk", "title", "outline_version", "settled_version")
        for course_id, title, version, settled in rows.iterator():
            sentence = f"course {course_id} “{title}”: its outline is at version {version}, settled is {settled}"
            yield Difference(self.unsettled, (course_id, version), sentence)
            advance(1)


def _delete(keys: Sequence[Key]) -> int:
    promises = PendingDeletion.objects.filter(pk__in=[promise for (promise,) in keys])
    before = promises.count()
    while promises.exists() and work_off_deletions():
        pass
    return before - promises.count()


class DueDeletions:
    """What was promised to the deletion goes when its time has come."""

    title = "Promised deletions"
    is_passing = True
    due = Kind(
        name="deletion_due",
        title="documents that were to be deleted are still there",
        remedy="delete them now; look also whether the worker runs",
        mend=_delete,
    )
    kinds = (due,)

    def size(self) -> int:
        return PendingDeletion.objects.due().count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for each in PendingDeletion.objects.due().iterator():
            sentence = f"promise {each.pk} of {each.created_at:%F %T} UTC: {each.collection} {each.filter}"
            yield Difference(self.due, (each.pk,), sentence if len(sentence) <= 200 else f"{sentence[:199]}…")
            advance(1)


EXAMINATIONS = (UnsettledOutlines(), DueDeletions())
