"""`{% bar_chart chart %}`, `{% line_chart chart %}` and `{% calendar calendar %}`."""

from typing import Any

from django import template

from telemetry.calendars import Calendar
from telemetry.charts import Chart
from telemetry.drawing import draw_bars, draw_days, write_rows, write_weeks

register = template.Library()


@register.inclusion_tag("telemetry/_bar_chart.html")
def bar_chart(chart: Chart) -> dict[str, Any]:
    if chart.is_empty:
        return {"chart": chart}
    return {"chart": chart, "bars_html": draw_bars(chart.bars, "lf-chart-bar"), "rows_html": write_rows(chart)}


@register.inclusion_tag("telemetry/_line_chart.html")
def line_chart(chart: Chart) -> dict[str, Any]:
    if chart.is_empty:
        return {"chart": chart}
    return {"chart": chart, "bands_html": draw_bars(chart.bands, "lf-chart-band"), "rows_html": write_rows(chart)}


@register.inclusion_tag("telemetry/_calendar.html")
def calendar(calendar: Calendar) -> dict[str, Any]:
    return {"calendar": calendar, "days_html": draw_days(calendar), "weeks_html": write_weeks(calendar)}
