"""What stands at the side of a chart and below it: round values, and how numbers, times and days are written."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import ceil, floor, isfinite, log10

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, pgettext

from telemetry.durations import time_label

Value = int | float | Decimal

MOST_STEPS, LEAST_SPAN, LARGEST_POWER = 4, 1e-9, 308
MINUTE, HOUR = 60, 3600
TIME_STEPS = [each * MINUTE for each in (1, 2, 5, 10, 15, 30)] + [each * HOUR for each in (1, 2, 3, 4, 6, 12)]


class Unit(StrEnum):
    NUMBER = "number"
    SECONDS = "duration"


def nice_steps(low: float, high: float, unit: Unit, *, is_whole: bool = False) -> list[float]:
    """Round values from at most `low` to at least `high`, a few of them, evenly spaced; 0 is among them."""
    span = high - low if high - low > LEAST_SPAN else 1.0
    for step in _round_steps(span, unit):
        if is_whole and step < 1:
            continue
        first, last = floor(low / step), ceil(high / step)
        last = max(last, first + 1)
        if last - first <= MOST_STEPS and isfinite(first * step) and isfinite(last * step):
            return [number * step for number in range(first, last + 1)]
    return [low, high]  # numbers so large that no step is between them


def _round_steps(span: float, unit: Unit) -> Iterator[float]:
    if unit is Unit.SECONDS:
        yield from TIME_STEPS
        span /= HOUR
    power = floor(log10(span / MOST_STEPS))
    for exponent in range(power, min(power + 3, LARGEST_POWER)):
        for factor in (1, 2, 5):
            step = factor * 10.0**exponent
            if unit is Unit.SECONDS:
                step *= HOUR
            if isfinite(step):
                yield step


def value_label(unit: Unit, value: Value) -> str:
    """A value as the table says it: "12,000", "3 h 20 min"."""
    if unit is Unit.SECONDS:
        return time_label(int(value)) if value else gettext("0 min")
    return str(number_format(value, decimal_pos=_digits(value), use_l10n=True, force_grouping=True))


def short_day(day: date) -> str:
    return date_format(day, pgettext("a day on an axis", "M j"))


def tick_label(unit: Unit, step: float) -> str:
    """A value at the side of a chart: "2 h", "8M"."""
    if unit is Unit.SECONDS:
        return time_label(int(step)) if step else "0"
    if abs(step) >= 1e15:
        return f"{step:.0e}"
    for size, words in ((1e9, gettext("%(n)sB")), (1e6, gettext("%(n)sM"))):
        if abs(step) >= size:
            return words % {"n": value_label(unit, step / size)}
    return value_label(unit, step)


def _digits(value: Value) -> int:
    """Digits after the point that a number is written with: two at most, none when it is whole."""
    return next((digits for digits in (0, 1) if round(value, digits) == round(value, 2)), 2)
