"""Days from one to another, and the steps in which a chart goes through them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.formats import date_format

DAY = timedelta(days=1)
# Beyond as many days a chart shows weeks.
MOST_SINGLE_DAYS = 92


def today() -> date:
    """The day it is on the site's own clock."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def monday_of(day: date) -> date:
    """The first day of its week, wherever weeks begin on Monday."""
    return day - day.weekday() * DAY


@dataclass(frozen=True, order=True)
class Period:
    """From `first` to `last`, both of them included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """Days."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """As many days, up to the one before the first."""
        return Period(self.first - self.length * DAY, self.first - DAY)

    @property
    def label(self) -> str:
        """ "Oct. 22, 2026 – Nov. 20, 2026" """
        days = dict.fromkeys((self.first, self.last))
        return " – ".join(date_format(day, "DATE_FORMAT") for day in days)

    @property
    def is_by_week(self) -> bool:
        """Whether its steps are weeks."""
        return self.length > MOST_SINGLE_DAYS

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        return (self.first + number * DAY for number in range(self.length))

    def steps(self) -> "list[Period]":
        """Its days, or beyond 92 of them its weeks from Monday to Sunday, the first and the last cut to its days."""
        if not self.is_by_week:
            return [Period(day, day) for day in self.days()]
        monday = monday_of(self.first)
        mondays = (monday + number * DAY for number in range(0, (self.last - monday).days + 1, 7))
        return [Period(max(each, self.first), min(each + 6 * DAY, self.last)) for each in mondays]
