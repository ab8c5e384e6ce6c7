"""How regularly somebody learns: this week beside the last one, and days in a row."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from telemetry.calendars import week_of
from telemetry.durations import time_label
from telemetry.scales import Unit, value_label

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True)
class Rhythm:
    """Seconds by that person's days until today."""

    seconds: Mapping[date, int]
    today: date

    @property
    def streak(self) -> int:
        return streak_until(self.seconds, self.today)

    @property
    def this_week(self) -> int:
        return self._between(week_of(self.today), self.today)

    @property
    def last_week(self) -> int:
        """Seconds of the same days of last week."""
        return self._between(week_of(self.today) - WEEK, self.today - WEEK)

    @property
    def this_week_label(self) -> str:
        return value_label(Unit.SECONDS, self.this_week)

    @property
    def comparison(self) -> str:
        """Beside the same days of last week: a week that has only begun isn't less than a whole one.

        Empty in the first week, which there is nothing to compare with.
        """
        difference = self.this_week - self.last_week
        facts = {"time": time_label(abs(difference)), "day": date_format(self.today, "l")}
        if not any(day < week_of(self.today) for day in self.seconds):
            return ""
        if not self.last_week:
            either = gettext("Nothing by %(day)s last week, either.")
            return (gettext("Nothing by %(day)s last week.") if self.this_week else either) % facts
        if abs(difference) < 60:
            return gettext("As much as by %(day)s last week.") % facts
        if difference > 0:
            return gettext("%(time)s more than by %(day)s last week.") % facts
        return gettext("%(time)s less than by %(day)s last week.") % facts

    @property
    def streak_label(self) -> str:
        return ngettext("%(n)d day", "%(n)d days in a row", self.streak) % {"n": self.streak}

    @property
    def streak_note(self) -> str:
        """The longest one, and whether today counts already."""
        longest = longest_streak(self.seconds)
        if self.streak and self.today not in self.seconds:
            return gettext("Today isn’t among them yet; your longest: %(n)d.") % {"n": longest}
        if self.streak == longest:
            return gettext("Your longest yet.")
        return gettext("Your longest: %(n)d.") % {"n": longest}

    def _between(self, first: date, last: date) -> int:
        return sum(seconds for day, seconds in self.seconds.items() if first <= day <= last)


def streak_until(days: Collection[date], today: date) -> int:
    """How many days in a row, up to today or, while today is young, to yesterday."""
    day = today if today in days else today - DAY
    length = 0
    while day in days:
        length, day = length + 1, day - DAY
    return length


def longest_streak(days: Iterable[date]) -> int:
    """The most days in a row."""
    known = set(days)
    starts = (day for day in known if day - DAY not in known)
    return max((_length_from(start, known) for start in starts), default=0)


def _length_from(day: date, known: Collection[date]) -> int:
    length = 0
    while day in known:
        length, day = length + 1, day + DAY
    return length
