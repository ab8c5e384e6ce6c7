"""Documents that are to go, because what they belonged to is gone."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class PendingDeletionQuerySet(models.QuerySet["PendingDeletion"]):
    def due(self) -> "PendingDeletionQuerySet":
        return self.filter(due_at__lte=Now()).order_by("id")

    def of_lessons(self, lesson_ids: Sequence[str]) -> "PendingDeletionQuerySet":
        """Those that promise the deletion of one of these lessons."""
        lessons = self.model.Collection.LESSONS
        return self.filter(collection=lessons, filter__lesson_ids__has_any_keys=list(lesson_ids))


class PendingDeletion(models.Model):
    """One deletion in MongoDB, promised by the transaction that deleted the rows."""

    class Collection(models.TextChoices):
        LESSONS = "lessons", _("lessons")
        PROGRESS = "progress", _("progress")

    collection = models.CharField(max_length=20, choices=Collection.choices)
    filter: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    due_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PendingDeletionQuerySet.as_manager()

    class Meta:
        db_table = "pending_deletions"
        indexes = [models.Index(fields=["due_at"], name="pending_deletions_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(collection__in=["lessons", "progress"]), name="pending_deletion_names_a_collection"
            )
        ]

    def __str__(self) -> str:
        return f"{self.collection} {self.filter}"
