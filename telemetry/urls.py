"""Addresses of time, leaderboards, analytics and reports."""

from django.urls import path, register_converter

from telemetry.views import analytics, beats, leaderboard, learners
from telemetry.views.reports import pages


class FiguresTableConverter:
    """A table of a course's analytics."""

    regex = "days|lessons|stops"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FiguresTableConverter, "figures_table")

urlpatterns = [
    path("telemetry/beats/", beats.beats, name="beats"),
    path("courses/<slug:slug>/leaderboard/", leaderboard.leaderboard, name="leaderboard"),
    path("courses/<slug:slug>/analytics/", analytics.analytics, name="analytics"),
    path("courses/<slug:slug>/analytics/<figures_table:table>.csv", analytics.analytics_csv, name="analytics_csv"),
    path("courses/<slug:slug>/analytics/learners/", learners.learners, name="learners"),
    path("courses/<slug:slug>/analytics/learners.csv", learners.learners_csv, name="learners_csv"),
    path("reports/", pages.reports, name="reports"),
    path("reports/growth.csv", pages.report_csv, {"name": "growth"}, name="report_growth_csv"),
]

for name in pages.PAGES:
    urlpatterns += [
        path(f"reports/{name}/", pages.report, {"name": name}, name=f"report_{name}"),
        path(f"reports/{name}.csv", pages.report_csv, {"name": name}, name=f"report_{name}_csv"),
    ]
