"""Deleting what has expired."""

from django.db import transaction
from django.utils import timezone

from accounts.models import AuditAction
from accounts.services import audit
from telemetry.models import SlowCommand, WeeklyStanding
from telemetry.models.standing import week_of
from telemetry.services.metrics import sum_metrics
from telemetry.services.partitions import drop_old_metrics
from telemetry.services.sums import WEEK, WEEKS_KEPT


def prune_what_expired() -> dict[str, int]:
    """Delete measures, standings and slow commands whose time is over; returns how many of each."""
    sum_metrics()
    with transaction.atomic():
        last_kept = week_of(timezone.now()) - WEEKS_KEPT * WEEK
        standings, _ = WeeklyStanding.objects.filter(week__lt=last_kept).delete()
        slow_commands = SlowCommand.objects.prune()
        months, measures = drop_old_metrics()  # last, for while a month goes nobody records a measure
        gone = {
            "months_of_measures": months,
            "measures": measures,
            "weekly_standings": standings,
            "slow_commands": slow_commands,
        }
        if any(gone.values()):
            audit.record(actor=None, action=AuditAction.PRUNED, resource=("telemetry", "expired"), details=gone)
    return gone
