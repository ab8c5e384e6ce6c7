"""`{{ seconds|spent }}`: time that was spent, "3 h 20 min"."""

from django import template

from telemetry.durations import time_label

register = template.Library()


@register.filter
def spent(seconds: int) -> str:
    """Hours and minutes, the rest cut; below a minute, seconds."""
    return time_label(int(seconds))
