"""The pieces of which a drawing and its table have many, joined without a template: that takes a tenth of the time."""

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from telemetry.calendars import PITCH, Calendar
from telemetry.charts import Bar, Chart


def draw_bars(bars: Iterable[Bar], css_class: str) -> SafeString:
    """A rectangle each, which says what it is when one points at it."""
    return mark_safe(
        "".join(
            f'<rect class="{css_class}" x="{bar.x}%" y="{bar.y}" width="{bar.width}%" height="{bar.height}">'
            f"<title>{escape(bar.says)}</title></rect>"
            for bar in bars
        )
    )


def write_rows(chart: Chart) -> SafeString:
    """The rows of a chart's table."""
    return mark_safe(
        "".join(
            f'<tr><th scope="row" dir="auto">{escape(point.label)}</th><td>{escape(point.shown)}</td></tr>'
            for point in chart.rows
        )
    )


def draw_days(calendar: Calendar) -> SafeString:
    """The squares of a calendar, today's in a frame, and the months above their first weeks."""
    pieces = []
    for week in calendar.weeks:
        if week.month:
            pieces.append(f'<text x="{week.left}" y="12">{escape(week.month)}</text>')
        for day in week.days:
            if day.is_today:
                frame = f'x="{day.left}" y="{day.top}" width="{PITCH}" height="{PITCH}" rx="4"'
                pieces.append(f'<rect class="lf-day-today" {frame}/>')
            square = f'x="{day.x}" y="{day.y}" width="{day.side}" height="{day.side}" rx="2"'
            pieces.append(f'<rect class="lf-day-{day.side}" {square}><title>{escape(day.says)}</title></rect>')
    return mark_safe("".join(pieces))


def write_weeks(calendar: Calendar) -> SafeString:
    """The rows of a calendar's table, a week each."""
    rows = []
    for week in calendar.weeks:
        cells = "".join(f"<td>{escape(day.shown)}</td>" for day in week.days) + "<td></td>" * len(week.missing)
        rows.append(f'<tr><th scope="row">{escape(week.label)}</th>{cells}</tr>')
    return mark_safe("".join(rows))
