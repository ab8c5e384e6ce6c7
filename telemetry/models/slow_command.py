"""Which commands took long, for which page or job."""

from datetime import timedelta

from django.db import models
from django.db.models import Max, Sum
from django.db.models.functions import Now
from django.utils import timezone

KEPT = timedelta(days=30)
MOST_KEPT = 5_000


class Store(models.TextChoices):
    POSTGRESQL = "postgresql", "PostgreSQL"
    MONGODB = "mongodb", "MongoDB"


class SlowCommandQuerySet(models.QuerySet["SlowCommand"]):
    def slowest(self) -> "SlowCommandQuerySet":
        """Those first which took longest, all their times together."""
        return self.order_by("-total_ms", "pk")

    def by_asker(self) -> "models.QuerySet[SlowCommand, dict[str, int | str]]":
        """Who asked, how often it was slow, and for how many milliseconds altogether."""
        sums = {"slow": Sum("times"), "waited_ms": Sum("total_ms"), "worst_ms": Max("longest_ms")}
        return self.values("asked_by").annotate(**sums).order_by("-waited_ms", "asked_by")

    def prune(self) -> int:
        """Delete what hasn't been slow for 30 days, and all but the latest 5,000; how many."""
        too_many = self.order_by("-last_at", "-pk").values("pk")[MOST_KEPT:]
        old = self.filter(models.Q(last_at__lt=timezone.now() - KEPT) | models.Q(pk__in=too_many))
        return old.delete()[0]


class SlowCommand(models.Model):
    """A command of one shape, without its values, as often as it was slow; kept for 30 days after the last time."""

    store = models.CharField(max_length=10, choices=Store.choices)
    asked_by = models.CharField(max_length=200)
    shape = models.CharField(max_length=4000)
    shape_hash = models.CharField(max_length=32)
    times = models.PositiveIntegerField(default=1)
    total_ms = models.BigIntegerField(default=0)
    longest_ms = models.PositiveIntegerField(default=0)
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())

    objects = SlowCommandQuerySet.as_manager()

    class Meta:
        db_table = "slow_commands"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "asked_by", "shape_hash"], name="one_row_per_store_asker_and_shape"
            ),
            models.CheckConstraint(condition=models.Q(store__in=Store.values), name="a_slow_command_has_a_store"),
        ]
        indexes = [models.Index(fields=["-last_at"], name="slow_commands_by_time")]

    def __str__(self) -> str:
        return f"{self.asked_by}: {self.shape}"
