"""Charts as plain geometry, for templates to draw as SVG. Nothing here asks a store.

    chart = Chart(_("Enrollments"), Unit.NUMBER, [(date(2025, 11, 3), 12), (date(2025, 11, 4), 9)])
    chart = over_days(_("Time"), Unit.SECONDS, {day: seconds}, period)    # empty days are 0; long periods by week

    {% block page_css %}<link rel="stylesheet" href="{% static 'css/figures.css' %}">{% endblock %}
    {% load charts %}{% bar_chart chart %} {% line_chart chart %}

A point is (label, value) or (label, value, short label for the axis); a label is a date or text. Widths are percents,
so that text keeps its size; heights are pixels. In scripts that run from right to left, time does, too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language_bidi, gettext

from telemetry.periods import MOST_SINGLE_DAYS, Period
from telemetry.scales import Unit, Value, nice_steps, short_day, tick_label, value_label

__all__ = ["Chart", "Unit", "over_days", "over_steps"]

PLOT_HEIGHT, TOP, BELOW = 144, 10, 24  # pixels: the plot, the room above it for half a label, the room for labels below
NARROW, WIDE = 264, 540  # pixels that labels below share; figures.css knows from which width on which of the two
CHARACTER, BETWEEN, LONGEST_LABEL = 7, 10, 16
WIDEST_BAR = 6.0  # percent


@dataclass(frozen=True)
class Point:
    label: str
    value: Value
    shown: str
    short: str
    is_day: bool


@dataclass(frozen=True)
class Tick:
    """A line across the plot: `y` in pixels."""

    y: int
    label: str
    is_zero: bool


@dataclass(frozen=True)
class AxisLabel:
    """`x` in percent; `anchor` as SVG's text-anchor."""

    x: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Bar:
    """`x` and `width` in percent, `y` and `height` in pixels; `says` is what stands in the table."""

    x: str
    width: str
    y: str
    height: str
    says: str


@dataclass(frozen=True)
class Chart:
    """What is drawn. `adds_up` says whether a total makes sense."""

    title: str
    unit: Unit
    points: Sequence[tuple[Any, ...]]
    column: str = ""
    empty: str = ""
    sentence: str = ""
    adds_up: bool = True

    @cached_property
    def rows(self) -> list[Point]:
        return [_point(self.unit, *point) for point in self.points]

    @property
    def is_empty(self) -> bool:
        return not any(point.value for point in self.rows)

    @property
    def empty_sentence(self) -> str:
        return self.empty or gettext("Nothing to show yet.")

    @property
    def label_column(self) -> str:
        if self.column:
            return self.column
        return gettext("Day") if self.rows and self.rows[0].is_day else gettext("Name")

    @cached_property
    def summary(self) -> str:
        """The sentence that says what matters, for those who don't see the drawing, too."""
        if self.sentence or self.is_empty:
            return self.sentence or self.empty_sentence
        most = max(self.rows, key=lambda point: point.value)
        facts: dict[str, Any] = {"most": most.shown, "label": most.label, "n": len(self.rows)}
        if not self.adds_up:
            least = min(self.rows, key=lambda point: point.value)
            return gettext("Between %(least)s and %(most)s; most: %(label)s.") % {**facts, "least": least.shown}
        facts["total"] = value_label(self.unit, sum(point.value for point in self.rows))
        if most.is_day:
            return gettext("%(total)s in %(n)d days, most on %(label)s (%(most)s).") % facts
        return gettext("%(total)s in all, most: %(label)s (%(most)s).") % facts

    @cached_property
    def steps(self) -> list[float]:
        values = [float(point.value) for point in self.rows]
        is_whole = all(value.is_integer() for value in values)
        return nice_steps(min([0.0, *values]), max([0.0, *values]), self.unit, is_whole=is_whole)

    @property
    def height(self) -> int:
        return TOP + PLOT_HEIGHT + BELOW

    @property
    def plot_height(self) -> int:
        return TOP + PLOT_HEIGHT

    @property
    def label_y(self) -> int:
        return TOP + PLOT_HEIGHT + BELOW - 6

    @cached_property
    def ticks(self) -> list[Tick]:
        return [Tick(round(self._y(step)), tick_label(self.unit, step), step == 0) for step in self.steps]

    @property
    def axis_width(self) -> int:
        """Pixels that the widest label beside the plot takes."""
        return max(len(tick.label) for tick in self.ticks) * CHARACTER + 12

    @property
    def is_mirrored(self) -> bool:
        return get_language_bidi()

    @property
    def bars(self) -> list[Bar]:
        band = 100 / len(self.rows)
        width = min(band * (0.72 if len(self.rows) <= MOST_SINGLE_DAYS else 1), WIDEST_BAR)
        zero = self._y(0)
        bars = []
        for number, point in enumerate(self.rows):
            y = self._y(float(point.value))
            x, height = _mirrored(number * band + (band - width) / 2, width), abs(zero - y)
            # What is there at all is seen to be.
            height = max(height, 1) if point.value else 0
            bars.append(Bar(_text(x), _text(width), _text(min(y, zero)), _text(height), _says(point)))
        return bars

    @property
    def bands(self) -> list[Bar]:
        """Where the pointer finds a point of a line, from top to bottom."""
        band = 100 / len(self.rows)
        return [
            Bar(_text(_mirrored(number * band, band)), _text(band), "0", str(self.plot_height), _says(point))
            for number, point in enumerate(self.rows)
        ]

    @property
    def line(self) -> str:
        """The points of a polyline, `x` of 100 and `y` in pixels."""
        return " ".join(f"{_text(x)},{_text(y)}" for x, y in self._places())

    @property
    def area(self) -> str:
        """The same, closed along zero."""
        places, zero = list(self._places()), _text(self._y(0))
        return f"{_text(places[0][0])},{zero} {self.line} {_text(places[-1][0])},{zero}"

    @property
    def end(self) -> Bar:
        """The last point, to be marked; its `x` and `y` are the middle."""
        x, y = list(self._places())[-1]
        return Bar(_text(x), "0", _text(y), "0", "")

    @property
    def narrow_labels(self) -> list[AxisLabel]:
        return list(self._labels(NARROW))

    @property
    def wide_labels(self) -> list[AxisLabel]:
        return list(self._labels(WIDE))

    def _y(self, value: float) -> float:
        low, high = self.steps[0], self.steps[-1]
        return TOP + PLOT_HEIGHT * (high - value) / (high - low)

    def _places(self) -> Iterator[tuple[float, float]]:
        band = 100 / len(self.rows)
        for number, point in enumerate(self.rows):
            yield _mirrored(number * band + band / 2, 0), self._y(float(point.value))

    def _labels(self, room: int) -> Iterator[AxisLabel]:
        """As many labels as fit into so many pixels, evenly spread, the first and the last among them."""
        count, texts = len(self.rows), [point.short for point in self.rows]
        fitting = max(2, room // (max(map(len, texts)) * CHARACTER + BETWEEN))
        shown, band = min(fitting, count), 100 / count
        for number in sorted({round(each * (count - 1) / max(shown - 1, 1)) for each in range(shown)}):
            at, anchor = number * band + band / 2, "middle"
            if number in (0, count - 1) and len(texts[number]) * CHARACTER > room * band / 100:
                at, anchor = (0.0, "start") if number == 0 else (100.0, "end")
            yield AxisLabel(_text(_mirrored(at, 0)), anchor, texts[number])


def over_days(title: str, unit: Unit, values: Mapping[date, Value], period: Period, **also: Any) -> Chart:
    """Days without a value as 0; of a long period the sums of its weeks."""
    sums = [sum(values.get(day, 0) for day in step.days()) for step in period.steps()]
    return over_steps(title, unit, sums, period, **also)


def over_steps(title: str, unit: Unit, values: Iterable[Value], period: Period, **also: Any) -> Chart:
    """One value for each step of the period: its days, or its weeks."""
    valued = list(zip(period.steps(), values, strict=True))
    if not period.is_by_week:
        return Chart(title, unit, [(step.first, value) for step, value in valued], **also)
    points = [(_week_label(step.first), value, short_day(step.first)) for step, value in valued]
    return Chart(title, unit, points, column=gettext("Week"), **also)


def _week_label(day: date) -> str:
    return gettext("week of %(day)s") % {"day": date_format(day, "DATE_FORMAT")}


def _point(unit: Unit, label: Any, value: Value, short: str = "") -> Point:
    is_day = isinstance(label, date)
    text = date_format(label, "DATE_FORMAT") if is_day else str(label)
    short = short or (short_day(label) if is_day else text)
    if len(short) > LONGEST_LABEL:
        short = f"{short[: LONGEST_LABEL - 1].rstrip()}…"
    return Point(text, value, value_label(unit, value), short, is_day)


def _says(point: Point) -> str:
    return f"{point.label}: {point.shown}"


def _mirrored(x: float, width: float) -> float:
    return 100 - x - width if get_language_bidi() else x


def _text(number: float) -> str:
    """For an attribute of SVG, which knows no other decimal point."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
