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
        changes = AuditLog.objects.filter(
            resource_type="lesson", resource_id=lesson_id, action=AuditAction.LESSON_CHANGED
        )
        recorded = set(changes.values_list("details__new__version", flat=True))
        for version in sorted(versions, key=lambda each: each.number):
            if version.number not in recorded:
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
    for lesson_id, versions in get_changes(lesson_ids).items():
        record_versions(lesson_id, versions)
