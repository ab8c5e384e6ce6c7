"""Measures of people: any number or JSON, recorded, and summed up by day."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

TYPE_LIMIT = 50


class UserMetric(models.Model):
    """One measure. The table is partitioned by month, and months that are 90 days old go as a whole.

    `day` is the person's own, in the time zone they had when it was recorded: no later change of it moves a measure.
    """

    pk = models.CompositePrimaryKey("recorded_at", "id")
    id = models.BigIntegerField(editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_index=False)
    metric_type = models.CharField(max_length=TYPE_LIMIT)
    metric_value = models.JSONField()
    day = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    is_summed = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "user_metrics"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(metric_type__regex=r"^[a-z][a-z0-9_]{0,49}$"),
                name="a_measure_has_a_name_of_small_letters",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "metric_type", "day"], name="measures_of_a_person"),
            models.Index(fields=["id"], name="measures_not_summed", condition=models.Q(is_summed=False)),
        ]

    def __str__(self) -> str:
        return f"{self.metric_type} of {self.user_id}"


class AggregatedMetric(models.Model):
    """One person's measures of one kind on one of their days: {"count", "sum", "min", "max", "list"}.

    Sum, least and most only where all of them are numbers; the list is of the latest hundred.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    metric_type = models.CharField(max_length=TYPE_LIMIT)
    values = models.JSONField()

    class Meta:
        db_table = "aggregated_metrics"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "day", "metric_type"], name="one_sum_per_person_day_and_kind_of_measure"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric_type} of {self.user_id} on {self.day}"
