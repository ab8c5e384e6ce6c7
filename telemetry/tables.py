"""Tables of figures: one description, drawn on the page by `telemetry/_table.html` and sent as CSV, so both are equal.

A cell of CSV is the exact value of what the screen says: of "2 h 5 min" the seconds, of "3 days ago" the moment.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import StreamingHttpResponse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext

from learnflow.spreadsheets import csv_response
from learnflow.templatetags.ago import ago
from telemetry.durations import time_label

NOTHING = "–"


class Kind(StrEnum):
    """What the values of a column are, before they are drawn."""

    TEXT = "text"
    LINK = "link"  # a Link
    NUMBER = "number"
    PERCENT = "percent"  # 0 to 100, cut (not rounded) to `digits`: only what is done reads 100
    DURATION = "duration"  # seconds
    DATE = "date"  # of a moment its day in the zone of the viewer
    MOMENT = "moment"


RIGHT = {Kind.NUMBER, Kind.PERCENT, Kind.DURATION}


class Link(NamedTuple):
    """Somewhere to go. `mark` is a word beside it, such as "Not published"; in CSV it follows in parentheses."""

    label: str
    url: str
    mark: str = ""


@dataclass(frozen=True)
class Column:
    """`sort` is what the address says to order by it, with a minus before it for the largest first.

    A percent that `has_bar` is drawn as a bar, too.
    """

    key: str
    label: str
    kind: Kind = Kind.TEXT
    digits: int = 0
    sort: str = ""
    is_largest_first: bool = True
    has_bar: bool = False

    @property
    def exact_label(self) -> str:
        """The head in CSV, which says the unit that the screen says in each cell."""
        if self.kind == Kind.DURATION:
            return gettext("%(label)s (seconds)") % {"label": self.label}
        return f"{self.label} (%)" if self.kind == Kind.PERCENT else self.label


class Head(NamedTuple):
    """A column's head: where its link leads, and in which order the table stands by it (`aria-sort`)."""

    label: str
    is_right: bool
    url: str
    order: str


class Cell(NamedTuple):
    """What the screen says, and exactly; `exact` is what CSV says, `bar` the percent of a bar."""

    text: str
    exact: str
    is_right: bool = False
    url: str = ""
    mark: str = ""
    title: str = ""
    is_time: bool = False
    bar: str = ""


@dataclass
class Table:
    """`rows` are values in the order of the columns; an iterator can be drawn once.

    `name` is its id on the page, `caption` a sentence on what it counts, `empty` what is said without rows, `asked`
    what sort links keep of the address, `sorted_by` the column's `sort` by which the rows come, with its minus.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    caption: str = ""
    empty: str = ""
    csv_url: str = ""
    sorted_by: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)

    @property
    def heads(self) -> list[Head]:
        return [self._head(column) for column in self.columns]

    @property
    def lines(self) -> Iterator[list[Cell]]:
        """The rows as the screen draws them."""
        for row in self.rows:
            yield [cell(value, column) for value, column in zip(row, self.columns, strict=True)]

    def csv(self, name: str) -> StreamingHttpResponse:
        """The same table as a download named `<name>.csv`, sent while its rows are read."""
        lines = ([exact(value, column) for value, column in zip(row, self.columns, strict=True)] for row in self.rows)
        lines_as_here = as_here(lines, translation.get_language(), timezone.get_current_timezone())
        return csv_response(name, [column.exact_label for column in self.columns], lines_as_here)

    def _head(self, column: Column) -> Head:
        is_right = column.kind in RIGHT
        if not column.sort:
            return Head(column.label, is_right, "", "")
        upward, downward = column.sort, f"-{column.sort}"
        order = {upward: "ascending", downward: "descending"}.get(self.sorted_by, "")
        following = {"ascending": downward, "descending": upward}.get(order)
        following = following or (downward if column.is_largest_first else upward)
        return Head(column.label, is_right, f"?{urlencode({**self.asked, 'sort': following})}", order)


def as_here(lines: Iterator[Any], language: str | None, zone: tzinfo) -> Iterator[Any]:
    """Each line, made in this language and zone: nobody knows them any more while a download goes out."""
    while True:
        with translation.override(language), timezone.override(zone):
            line = next(lines, None)
        if line is None:
            return
        yield line


def exact(value: Any, column: Column) -> Any:
    """A value as CSV says it."""
    if value is None:
        return None
    match column.kind:
        case Kind.LINK:
            return f"{value.label} ({value.mark})" if value.mark else value.label
        case Kind.PERCENT:
            return _cut(value, column.digits)
        case Kind.DATE:
            return _day(value).isoformat()
        case Kind.MOMENT:
            return timezone.localtime(value)
        case Kind.TEXT:
            return str(value)
    return value


def cell(value: Any, column: Column) -> Cell:
    """A value as the screen says it."""
    is_right = column.kind in RIGHT
    if value is None:
        return Cell(NOTHING, "", is_right)
    precise = exact(value, column)
    match column.kind:
        case Kind.LINK:
            return Cell(value.label, precise, url=value.url, mark=value.mark)
        case Kind.NUMBER:
            return Cell(str(intcomma(value)), str(value), is_right)
        case Kind.PERCENT:
            return Cell(f"{precise}%", str(precise), is_right, bar=str(precise) if column.has_bar else "")
        case Kind.DURATION:
            return Cell(time_label(value), str(value), is_right)
        case Kind.DATE:
            return Cell(formats.date_format(_day(value), "DATE_FORMAT"), precise, is_time=True)
        case Kind.MOMENT:
            title = formats.date_format(precise, "DATETIME_FORMAT")
            return Cell(ago(value), precise.isoformat(timespec="seconds"), title=title, is_time=True)
    return Cell(precise, precise)


def _cut(value: Any, digits: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_DOWN)


def _day(value: date) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
