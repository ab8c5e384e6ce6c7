"""`{% bar_chart chart %}`, `{% line_chart chart %}`, `{% row_chart chart %}` and `{% calendar calendar %}`."""

from typing import Any

from django import template

from telemetry.calendars import Calendar
from telemetry.charts import Chart

register = template.Library()


@register.inclusion_tag("telemetry/_bar_chart.html")
def bar_chart(chart: Chart) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag("telemetry/_line_chart.html")
def line_chart(chart: Chart) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag("telemetry/_row_chart.html")
def row_chart(chart: Chart) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag("telemetry/_calendar.html")
def calendar(calendar: Calendar) -> dict[str, Any]:
    return {"calendar": calendar}
