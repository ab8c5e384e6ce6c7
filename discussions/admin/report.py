"""What people reported, thing by thing: admins see all of it, instructors what concerns comments in their courses."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

import discussions.urls  # noqa: F401 (registers the converter `report_kind`)
from accounts.admin import ForAdministrators
from courses.models import Course
from discussions.admin import reported
from discussions.forms.moderation import QueueForm
from discussions.models import Report
from discussions.models.report import TARGETS
from discussions.views.things import Thing, describe, things

PAGE = 30
KINDS = {
    "comment": gettext_lazy("Comments"),
    "post": gettext_lazy("Posts"),
    "post_comment": gettext_lazy("Comments on posts"),
    "message": gettext_lazy("Messages"),
    "person": gettext_lazy("People"),
}


@admin.register(Report)
class ReportAdmin(ForAdministrators):
    """The list and the page of one thing are our own; who may see which of it, `Report.objects.handled_by` says."""

    def get_urls(self) -> list[URLPattern]:
        guard, one = self.admin_site.admin_view, "<report_kind:target>/<int:target_id>/"
        return [
            path("", guard(queue), name="discussions_report_changelist"),
            path(one, guard(reported.reported), name="reported"),
            path(f"{one}dismiss/", guard(reported.dismiss), name="dismiss_reports"),
            path(f"{one}uphold/", guard(reported.uphold), name="uphold_reports"),
            path(f"{one}show/", guard(reported.show_again), name="show_reported_again"),
        ]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.is_staff


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What is reported and not decided, the latest first; or what was decided."""
    form = QueueForm(request.GET)
    state = form.asked("state") or Report.State.OPEN
    asked = {"state": state, "kind": form.asked("kind"), "course": form.asked("course")}
    mine = Report.objects.handled_by(request.user).listed(**asked, after=form.asked("after"))
    rows = list(mine[: PAGE + 1])
    context = {
        "title": _("Reported"),
        "state": state,
        "states": Report.State.choices,
        "kinds": _links(asked) if request.user.is_admin else [],
        "course": _course(request, asked["course"]),
        "rows": _with_things(rows[:PAGE]),
        "next_query": _query(asked | {"after": rows[PAGE - 1]["last"]}) if len(rows) > PAGE else "",
    }
    return render(request, "admin/discussions/reports.html", {**admin.site.each_context(request), **context})


def _course(request: HttpRequest, course_id: int | None) -> Course | None:
    mine = Course.objects.editable_by(request.user).only("title", "slug")
    return mine.filter(pk=course_id).first() if course_id else None


def _query(asked: dict[str, Any]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _links(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The ways to reports of one kind of thing, and to those of all."""
    everything = {"name": _("Everything"), "query": _query(asked | {"kind": ""}), "is_here": not asked["kind"]}
    return [
        everything,
        *(
            {"name": label, "query": _query(asked | {"kind": kind}), "is_here": asked["kind"] == kind}
            for kind, label in KINDS.items()
        ),
    ]


def _with_things(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with what it is about, one query a kind; what was deleted meanwhile is left out."""
    found: dict[tuple[str, int], Thing] = {}
    for name in TARGETS:
        if ids := [row[f"{name}_id"] for row in rows if row[f"{name}_id"]]:
            for target in things(name).filter(pk__in=ids):
                found[name, target.pk] = describe(target)
    listed = []
    for row in rows:
        name = next(name for name in TARGETS if row[f"{name}_id"])
        if thing := found.get((name, row[f"{name}_id"])):
            reasons = [Report.Reason(each).label for each in row["reasons"]]
            listed.append({**row, "thing": thing, "target_id": row[f"{name}_id"], "why": reasons})
    return listed
