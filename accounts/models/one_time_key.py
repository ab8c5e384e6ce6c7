"""Keys that make what is sent twice happen once."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

KEPT = timedelta(hours=48)


class OneTimeKeyQuerySet(models.QuerySet["OneTimeKey"]):
    def prune(self) -> int:
        """Delete keys that no browser sends again; returns how many."""
        return self.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


class OneTimeKey(models.Model):
    """The key of one form, and what the act it was sent for answered. Used by `accounts.services.one_time_keys`."""

    pk = models.CompositePrimaryKey("user_id", "key")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    key = models.UUIDField()
    request_hash = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = OneTimeKeyQuerySet.as_manager()

    class Meta:
        db_table = "one_time_keys"
        indexes = [models.Index(fields=["created_at"], name="one_time_keys_by_age")]

    def __str__(self) -> str:
        return str(self.key)
