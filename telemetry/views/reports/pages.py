"""The administrators' reports: what there is, each of them as a page and as a file for spreadsheets."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import AuditAction
from accounts.services import audit
from courses.models import Course
from telemetry.durations import time_label
from telemetry.forms.reports import ReportForm
from telemetry.models import CourseFigures
from telemetry.models.report_rows import site_totals
from telemetry.views.reports.growth import GROWTH, Growth
from telemetry.views.reports.of_courses import CATEGORIES, COURSES, ENROLLMENTS, LESSONS
from telemetry.views.reports.of_people import ACTIVITY, LEARNERS, PROGRESS
from telemetry.views.reports.report import Asked, Report

QUESTIONS = (ENROLLMENTS, PROGRESS, LESSONS)
OTHERS = (COURSES, CATEGORIES, LEARNERS, ACTIVITY)
PAGES = [each.name for each in (*QUESTIONS, *OTHERS)]
REPORTS = {each.name: each for each in (*QUESTIONS, *OTHERS, GROWTH)}
COURSES_TO_CHOOSE = 50

View = Callable[..., HttpResponse]


def administrators_only(view: View) -> View:
    """A visitor is asked to sign in; for anybody else but an administrator the page doesn't exist."""

    @wraps(view)
    def inner(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        if not request.user.is_admin:
            raise Http404
        return view(request, *arguments, **options)

    return login_required(inner)


@require_safe
@administrators_only
def reports(request: HttpRequest) -> HttpResponse:
    """How the site stands, what came to it, and the way to all reports."""
    form = ReportForm(request.GET)
    growth = Growth(form.period)
    totals = site_totals()
    context = {
        "range_form": form,
        "totals": totals,
        "time": time_label(totals.seconds_spent),
        "table": GROWTH.table(Asked(form), [cells for _key, cells in growth.lines()]),
        "charts": growth.charts(),
        "questions": QUESTIONS,
        "others": OTHERS,
        "query": form.query,
    }
    return render(request, "telemetry/reports.html", context, status=200 if form.is_valid() else 422)


@require_safe
@administrators_only
def report(request: HttpRequest, name: str) -> HttpResponse:
    """One report, a page of it; where it is of one course and none is chosen, the courses there are."""
    found = REPORTS[name]
    form = ReportForm(request.GET, sorts=found.sorts, has_range=found.has_range)
    status = 200 if form.is_valid() else 422
    if found.needs_course and not form.asked_course:
        return render(request, "telemetry/report_choice.html", _choice(found, form), status=status)
    asked = _asked(found, form)
    table, next_url = found.page(asked)
    context = {
        "report": found,
        "course": asked.course,
        "range_form": form,
        "table": table,
        "next_url": next_url,
        "first_url": form.first_url if form.asked_after else "",
        "as_of": _as_of() if found.has_as_of else None,
    }
    return render(request, "telemetry/report.html", context, status=status)


@require_safe
@administrators_only
def report_csv(request: HttpRequest, name: str) -> HttpResponse:
    """The same report, all pages of it. Whoever takes figures of people away leaves a row in the audit log."""
    found = REPORTS[name]
    form = ReportForm(request.GET, sorts=found.sorts, has_range=found.has_range)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")
    asked = _asked(found, form)
    audit.record(
        actor=request.user,
        action=AuditAction.DATA_EXPORTED,
        resource=asked.course or ("report", found.name),
        details={"report": found.name, "filter": form.asked_plainly},
    )
    return found.everything(asked).csv(f"{found.name}-{asked.course.slug}" if asked.course else found.name)


def _asked(found: Report, form: ReportForm) -> Asked:
    """Raises Http404 where a report is of one course, and none or no such one was named."""
    if not found.needs_course:
        return Asked(form)
    return Asked(form, get_object_or_404(Course.objects.only("slug", "title"), slug=form.asked_course))


def _choice(found: Report, form: ReportForm) -> dict[str, Any]:
    """The courses that most people take, or those in which all words asked for occur."""
    words = form.cleaned_data.get("q")
    courses = Course.objects.matching(words) if words else Course.objects.all()
    chosen = courses.most_enrolled().values("slug", "title", "is_published", "enrollment_count")
    return {"report": found, "form": form, "courses": list(chosen[:COURSES_TO_CHOOSE]), "is_search": bool(words)}


def _as_of() -> Any:
    """When the worker last made figures anew; None when it never did."""
    return CourseFigures.objects.aggregate(at=Max("computed_at"))["at"]
