"""`{{ moment|ago }}`: how long ago, in one unit: "8 hours ago", "3 days ago", "2 weeks ago"."""

from datetime import datetime, timedelta

from django import template
from django.contrib.humanize.templatetags.humanize import NaturalTimeFormatter, naturaltime
from django.utils import timezone
from django.utils.timesince import timesince

register = template.Library()

DAY = timedelta(days=1)


@register.filter
def ago(moment: datetime) -> str:
    """What Django says, without the second unit that it adds from a day on; the exact time stands in the title."""
    now = timezone.now()
    if now - moment < DAY:
        return str(naturaltime(moment))
    delta = timesince(moment, now, time_strings=NaturalTimeFormatter.past_substrings, depth=1)
    return NaturalTimeFormatter.time_strings["past-day"] % {"delta": delta}
