"""Months of time spent and of measures: made ahead, and those of measures dropped when they are over.

The application's role owns no table; functions in the database do this, and only this, as the owner.
"""

from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

PARTITIONED = ("telemetry", "user_metrics")
BEFORE, AHEAD = timedelta(days=31), timedelta(days=100)
MEASURES_KEPT = timedelta(days=93)  # 90 days of a clock that may be a day away from ours, on either end

MAKE = "SELECT make_month_partitions(%s, %s, %s)"
# What came before its month was made, or is older: a restore, a clock that was wrong, sums rebuilt.
ASTRAY = {
    "telemetry": "SELECT DISTINCT date_trunc('month', day)::date FROM telemetry_of_other_months",
    "user_metrics": "SELECT DISTINCT date_trunc('month', recorded_at)::date FROM user_metrics_of_other_months",
}
LONGEST_AGO, FARTHEST_AHEAD = timedelta(days=3_650), timedelta(days=366)  # beyond is damage
DROP = "SELECT count(*) FROM drop_month_partitions(%s)"
DELETE = "DELETE FROM user_metrics WHERE recorded_at < %s"


def make_partitions() -> int:
    """Make the months from the last to three ahead, and those of what fell beside them; how many were made."""
    return sum(_make(parent) for parent in PARTITIONED)


def _make(parent: str) -> int:
    today = timezone.now().date()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(MAKE, [parent, today - BEFORE, today + AHEAD])
        (made,) = cursor.fetchone()
        cursor.execute(ASTRAY[parent])
        for (month,) in cursor.fetchall():
            if today - LONGEST_AGO < month < today + FARTHEST_AHEAD:
                cursor.execute(MAKE, [parent, month, month])
                made += cursor.fetchone()[0]
    return made


def drop_old_metrics() -> tuple[int, int]:
    """Drop the months of measures that are over, and delete what is as old elsewhere; how many months, and measures.

    What is in a month isn't counted.
    """
    first: date = (timezone.now() - MEASURES_KEPT).date()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DROP, [first])
        (months,) = cursor.fetchone()
        cursor.execute(DELETE, [first])
        return months, cursor.rowcount
