"""What happened, and how long it took: time spent, leaderboards, analytics, reports, measures of people."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TelemetryConfig(AppConfig):
    name = "telemetry"
    verbose_name = _("Time and figures")
