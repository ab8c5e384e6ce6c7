"""How a course is used, for those who teach it: figures that the worker makes, as of a moment that the page says."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.models import Course
from telemetry.forms.ranges import RangeForm
from telemetry.models import CourseFigures
from telemetry.scales import Unit, value_label
from telemetry.tables import Table
from telemetry.views.course_days import read_days
from telemetry.views.course_lessons import read_lessons


@require_safe
@login_required
def analytics(request: HttpRequest, slug: str) -> HttpResponse:
    """What happened in a course over some days, and how far its learners are."""
    course, figures = _find(request, slug)
    form = RangeForm(request.GET)
    context: dict[str, Any] = {
        "course": course,
        "figures": figures,
        "range_form": form,
        "learners_url": f"{course.url}analytics/learners/",
    }
    if figures and (figures.learners or figures.cancelled):
        days, lessons = read_days(course, form.period), read_lessons(course, form.period, figures.learners)
        context |= {
            "facts": _facts(figures),
            "days": days,
            "length": form.period.length,
            "day_table": _with_csv(days.table(), course, form),
            "lesson_tables": [_with_csv(each, course, form) for each in (lessons.table(), lessons.stops())],
            "has_titles": lessons.outline.has_titles,
        }
    return render(request, "telemetry/analytics.html", context, status=200 if form.is_valid() else 422)


@require_safe
@login_required
def analytics_csv(request: HttpRequest, slug: str, table: str) -> HttpResponse:
    """One of the tables, for the same days."""
    course, figures = _find(request, slug)
    form = RangeForm(request.GET)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")
    if table == "days":
        found = read_days(course, form.period).table()
    else:
        lessons = read_lessons(course, form.period, figures.learners if figures else 0)
        found = {"lessons": lessons.table, "stops": lessons.stops}[table]()
    return found.csv(f"{course.slug}-{table}")


def _find(request: HttpRequest, slug: str) -> tuple[Course, CourseFigures | None]:
    """The course of this address, if its reader may change it, and its figures, if it has any yet; else 404."""
    mine = Course.objects.editable_by(request.user).filter(slug=slug)
    figures = CourseFigures.objects.for_analytics(mine).first()
    if figures:
        return figures.course, figures
    return get_object_or_404(mine.defer("search", "description", "description_html", "objectives")), None


def _with_csv(table: Table, course: Course, form: RangeForm) -> Table:
    table.csv_url = f"{course.url}analytics/{table.name}.csv?{form.query}"
    return table


def _facts(figures: CourseFigures) -> list[dict[str, Any]]:
    """The course as it is now."""
    share = 100 * figures.completed // figures.learners if figures.learners else 0
    median = value_label(Unit.SECONDS, figures.median_seconds) if figures.median_seconds else ""
    left = value_label(Unit.NUMBER, figures.cancelled)
    return [
        {
            "label": _("Learners"),
            "value": value_label(Unit.NUMBER, figures.learners),
            "also": _("and %(n)s who left") % {"n": left} if figures.cancelled else "",
        },
        {
            "label": _("Active in 7 days"),
            "value": value_label(Unit.NUMBER, figures.active_in_7_days),
            "also": _("in 30 days: %(n)s") % {"n": value_label(Unit.NUMBER, figures.active_in_30_days)},
        },
        {
            "label": _("Average progress"),
            "value": f"{int(figures.mean_progress)}%",
            "also": _("%(n)s completed it (%(percent)d%%)")
            % {"n": value_label(Unit.NUMBER, figures.completed), "percent": share},
        },
        {
            "label": _("Time spent"),
            "value": value_label(Unit.SECONDS, figures.seconds_spent),
            "also": _("median per learner: %(time)s") % {"time": median} if median else "",
        },
    ]
