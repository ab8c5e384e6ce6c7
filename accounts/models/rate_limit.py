"""Counters of tries."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

LONGEST_WINDOW = timedelta(days=1)


class RateLimitQuerySet(models.QuerySet["RateLimit"]):
    def prune(self) -> int:
        """Delete counters whose window is surely over; returns how many."""
        return self.filter(window_start__lt=timezone.now() - LONGEST_WINDOW).delete()[0]


class RateLimit(models.Model):
    """How often something was tried since its window began. Counted by `accounts.rate_limits` in one statement."""

    key = models.CharField(max_length=100, primary_key=True)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField()

    objects = RateLimitQuerySet.as_manager()

    class Meta:
        db_table = "rate_limits"
        indexes = [models.Index(fields=["window_start"], name="rate_limits_by_age")]

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
