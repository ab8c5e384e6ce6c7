"""Twelve weeks of somebody's days, to be drawn as a calendar: a square the larger, the longer they learned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format, get_format
from django.utils.translation import get_language_bidi, gettext, ngettext

from telemetry.durations import time_label
from telemetry.scales import Unit, short_day, value_label

WEEKS = 12
# Minutes from which on a day is drawn one size larger, and the sides of the squares; they stand below the calendar.
SIZES = ((60, 18), (30, 14), (15, 10), (0, 6))
NOTHING = 3
PITCH, LEFT, TOP = 22, 34, 20  # pixels of the drawing
FRAME = 1  # what today's frame takes beyond its day


@dataclass(frozen=True)
class Day:
    """One square; `None` for `side` when the day is yet to come."""

    day: date
    seconds: int
    left: int
    top: int
    side: int
    is_today: bool

    @property
    def x(self) -> int:
        return self.left + (PITCH - self.side) // 2

    @property
    def y(self) -> int:
        return self.top + (PITCH - self.side) // 2

    @property
    def shown(self) -> str:
        return value_label(Unit.SECONDS, self.seconds)

    @property
    def says(self) -> str:
        return f"{date_format(self.day, 'DATE_FORMAT')}: {self.shown}"


@dataclass(frozen=True)
class Week:
    """Its days so far; `month` is written above where one begins."""

    first: date
    days: tuple[Day, ...]
    left: int
    month: str

    @property
    def label(self) -> str:
        return short_day(self.first)

    @property
    def missing(self) -> range:
        """One for each day of it that is yet to come."""
        return range(7 - len(self.days))


@dataclass(frozen=True)
class Calendar:
    """Seconds of the last twelve weeks by day, as that person counts days and weeks."""

    seconds: Mapping[date, int]
    today: date

    @property
    def first(self) -> date:
        return week_of(self.today) - timedelta(weeks=WEEKS - 1)

    @cached_property
    def weeks(self) -> list[Week]:
        starts = [self.first + timedelta(weeks=number) for number in range(WEEKS)]
        return [self._week(number, start) for number, start in enumerate(starts)]

    @property
    def weekdays(self) -> list[dict[str, str | int]]:
        order = [(self.first.weekday() + number) % 7 for number in range(7)]
        return [
            {
                "name": str(WEEKDAYS[each]),
                "short": str(WEEKDAYS_ABBR[each]),
                "y": TOP + number * PITCH + PITCH // 2,
                "is_written": number % 2 == 0,
            }
            for number, each in enumerate(order)
        ]

    @cached_property
    def total_label(self) -> str:
        return value_label(Unit.SECONDS, sum(day.seconds for day in self._days))

    @cached_property
    def days_note(self) -> str:
        count = sum(1 for day in self._days if day.seconds)
        return ngettext("On %(n)d day.", "On %(n)d days.", count) % {"n": count}

    @property
    def summary(self) -> str:
        """What the calendar shows, in a sentence."""
        facts = {"total": self.total_label, "days": self.days_note}
        return gettext("Time by day. Last 12 weeks: %(total)s. %(days)s") % facts

    @property
    def legend(self) -> list[dict[str, int | str]]:
        """The squares from small to large, and from how long on."""
        sides = [(NOTHING, gettext("none")), *((side, _from(minutes)) for minutes, side in reversed(SIZES))]
        return [{"side": side, "offset": (18 - side) // 2, "says": says} for side, says in sides]

    @property
    def width(self) -> int:
        return LEFT + WEEKS * PITCH + FRAME

    @property
    def height(self) -> int:
        return TOP + 7 * PITCH + FRAME

    @property
    def names_x(self) -> int:
        """Where the names of the weekdays begin: at the left, or at the right where one reads from there."""
        return self.width if get_language_bidi() else 0

    @property
    def _days(self) -> Iterator[Day]:
        return (day for week in self.weeks for day in week.days)

    def _week(self, number: int, first: date) -> Week:
        left = number * PITCH + LEFT
        if get_language_bidi():
            left = self.width - left - PITCH
        days = [first + timedelta(days=each) for each in range(7)]
        past = tuple(self._day(day, left) for day in days if day <= self.today)
        begins_month = (first.day <= 7 and number < WEEKS - 1) or (number == 0 and first.day < 22)
        return Week(first, past, left, date_format(first, "M") if begins_month else "")

    def _day(self, day: date, left: int) -> Day:
        seconds = self.seconds.get(day, 0)
        top = TOP + (day - week_of(day)).days * PITCH
        return Day(day, seconds, left, top, side_of(seconds), day == self.today)


def side_of(seconds: int) -> int:
    """How large the square of a day is."""
    return next((side for minutes, side in SIZES if seconds >= minutes * 60), NOTHING) if seconds else NOTHING


def week_of(day: date) -> date:
    """The first day of its week, by the language of whoever reads."""
    first_weekday = (get_format("FIRST_DAY_OF_WEEK") - 1) % 7  # Django counts from Sunday, Python from Monday
    return day - timedelta(days=(day.weekday() - first_weekday) % 7)


def _from(minutes: int) -> str:
    return gettext("%(time)s or more") % {"time": time_label(minutes * 60)} if minutes else gettext("less than 15 min")
