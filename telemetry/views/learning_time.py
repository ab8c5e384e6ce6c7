"""What a learner's dashboard says of their time and measures."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import User
from telemetry.calendars import Calendar
from telemetry.charts import Chart, Unit, over_days
from telemetry.models.days import days_of
from telemetry.periods import Period
from telemetry.rhythm import Rhythm
from telemetry.scales import value_label

# As long as the events are kept: the longest streak looks no further back.
LOOKED_BACK = timedelta(days=400)
MEASURED = timedelta(days=27)
CLOSE_ENOUGH = 10  # from here on a mean has no digits after its point
DRAWABLE = 1e15  # beyond, a chart would have nothing to say


def learning_time(user: User) -> dict[str, Any]:
    """The calendar of twelve weeks and the rhythm, None without time; and their measures of four weeks as charts."""
    today = timezone.localdate(timezone=user.zone)
    first = today - MEASURED
    days = days_of(user, time_since=today - LOOKED_BACK, measures_since=first, today=today)
    return {
        "calendar": Calendar(days.seconds, today) if days.seconds else None,
        "rhythm": Rhythm(days.seconds, today) if days.seconds else None,
        "measures": [_measure(kind, by_day, first, today) for kind, by_day in days.measures.items()],
    }


def _measure(kind: str, by_day: Mapping[date, Mapping[str, Any]], first: date, today: date) -> Chart:
    """Sums by day, or how often there were any where some aren't numbers."""
    name = kind.replace("_", " ").capitalize()
    sums = {day: each["sum"] for day, each in by_day.items() if _is_drawable(each.get("sum"))}
    if len(sums) < len(by_day):
        counts = {day: each["count"] for day, each in by_day.items()}
        sentence = ngettext("Recorded on %(n)d day.", "Recorded on %(n)d days.", len(counts)) % {"n": len(counts)}
        return over_days(name, Unit.NUMBER, counts, Period(first, today), sentence=sentence)
    mean = sum(sums.values()) / len(sums)
    facts = {"mean": value_label(Unit.NUMBER, round(mean) if abs(mean) >= CLOSE_ENOUGH else mean), "n": len(sums)}
    sentence = ngettext("%(mean)s on %(n)d day.", "%(mean)s a day, on %(n)d days.", len(sums)) % facts
    return over_days(name, Unit.NUMBER, sums, Period(first, today), sentence=sentence)


def _is_drawable(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < DRAWABLE
