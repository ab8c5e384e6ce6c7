"""Which commands took long, for which page or job."""

from django.db import models
from django.db.models.functions import Now


class Store(models.TextChoices):
    POSTGRESQL = "postgresql", "PostgreSQL"
    MONGODB = "mongodb", "MongoDB"


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
