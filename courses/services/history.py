"""The audit log's rows about changed lessons: one for each version after the first.

A document and its audit row can't be one transaction. The row is written after the document; a crash in between leaves
the course unsettled, and who settles it writes what is missing.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction

from accounts.models import AuditAction, AuditLog, User
from accounts.services import audit
from courses.content.versions import Version, get_changes
from courses.models.locks import hold_lessons


def record_versions(lesson_id: str, versions: Sequence[Version]) -> None:
    """Say in the audit log who made these versions of a lesson, each once however often this is called."""
    with transaction.atomic():
        hold_lessons([lesson_id])
        recorded = _recorded([lesson_id])
        for version in sorted(versions, key=lambda each: each.number):
            if (lesson_id, version.number) not in recorded:
                audit.record(
                    actor=User(pk=version.author_id) if version.author_id else None,
                    action=AuditAction.LESSON_CHANGED,
                    resource=("lesson", lesson_id),
                    details={
                        "old": {"version": version.number - 1},
                        "new": {"version": version.number, "title": version.title},
                    },
                )


def record_missing_versions(lesson_ids: Iterable[str]) -> None:
    """Write the rows that are missing of these lessons. Raises `ContentUnavailable`."""
    changes = get_changes(lesson_ids)
    recorded = _recorded(changes)
    for lesson_id, versions in changes.items():
        if missing := [each for each in versions if (lesson_id, each.number) not in recorded]:
            record_versions(lesson_id, missing)


def _recorded(lesson_ids: Iterable[str]) -> set[tuple[str, int]]:
    """(lesson, version) of the rows that are there."""
    rows = AuditLog.objects.filter(
        resource_type="lesson", resource_id__in=list(lesson_ids), action=AuditAction.LESSON_CHANGED
    )
    return set(rows.values_list("resource_id", "details__new__version"))
