"""What reports say of conversation: the apps of both know nothing of each other."""

from datetime import date, datetime, time

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from discussions.models import Comment
from telemetry.periods import DAY, Period


def comments_by_day(period: Period) -> dict[date, int]:
    """Comments written on each day of the site's time zone, but for those that were deleted."""
    zone = timezone.get_default_timezone()
    begin, end = (datetime.combine(day, time.min, zone) for day in (period.first, period.last + DAY))
    written = Comment.objects.filter(created_at__gte=begin, created_at__lt=end, deleted_at=None)
    days = written.annotate(day=TruncDate("created_at", tzinfo=zone)).order_by().values_list("day")
    return dict(days.annotate(Count("pk")))
