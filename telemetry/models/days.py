"""What the dashboard asks of somebody's days, in one query: how long they learned on each, and their measures."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from accounts.models import User

KINDS = 3

# Of measures the kinds recorded last, and of these the most often. Their lists can be long; nobody looks at them here.
DAYS = f"""
SELECT day, '' AS kind, to_jsonb(sum(seconds_spent)) FROM telemetry
 WHERE user_id = %(user)s AND day BETWEEN %(time_since)s AND %(today)s AND seconds_spent > 0
 GROUP BY day
 UNION ALL
SELECT day, metric_type, "values" - 'list' FROM aggregated_metrics
 WHERE user_id = %(user)s AND day BETWEEN %(measures_since)s AND %(today)s
   AND metric_type IN (SELECT metric_type FROM aggregated_metrics
                        WHERE user_id = %(user)s AND day BETWEEN %(measures_since)s AND %(today)s
                        GROUP BY metric_type ORDER BY max(day) DESC, count(*) DESC, metric_type LIMIT {KINDS})
 ORDER BY kind, day
"""


@dataclass(frozen=True)
class Days:
    """By day, where there were any: `seconds`; and of each kind of measure `count`, with `sum` where it has one."""

    seconds: dict[date, int] = field(default_factory=dict)
    measures: dict[str, dict[date, dict[str, Any]]] = field(default_factory=dict)


def days_of(user: "User", *, time_since: date, measures_since: date, today: date) -> Days:
    """Until today: a journey to the west can leave days that are yet to come. One query, over this person's rows."""
    asked = {"user": user.pk, "time_since": time_since, "measures_since": measures_since, "today": today}
    days = Days()
    with connection.cursor() as cursor:
        cursor.execute(DAYS, asked)
        for day, kind, value in cursor:
            if kind:
                days.measures.setdefault(kind, {})[day] = json.loads(value)
            else:
                days.seconds[day] = json.loads(value)
    return days
