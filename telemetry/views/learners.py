"""The learners of a course, for those who teach it; everybody, also those who hide themselves from each other."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import AuditAction
from accounts.services import audit
from courses.models import Course, Status
from telemetry.forms.learners import LearnersForm
from telemetry.models.learners import LearnerRow, Learners, people_called
from telemetry.tables import Column, Kind, Link, Table

PAGE = 50
MOST_COUNTED = 1_000


@require_safe
@login_required
def learners(request: HttpRequest, slug: str) -> HttpResponse:
    """Who learns here, a page of them at a time."""
    form = LearnersForm(request.GET)
    is_valid = form.is_valid()
    course, found = _find(request, slug, form)
    rows = found.page(form.asked_after, PAGE + 1)
    count = "" if form.asked_after else _count(found.counted_up_to(MOST_COUNTED + 1))
    table = _table(course, form, rows[:PAGE], title=count)
    table.csv_url = f"{reverse('learners_csv', args=[slug])}?{form.query()}".removesuffix("?")
    context = {
        "course": course,
        "form": form,
        "table": table,
        "is_filtered": bool(form.asked),
        "is_empty": not (rows or form.asked or form.asked_after or form.errors),
        "first_url": f"?{form.query()}" if form.asked_after else "",
        "next_url": f"?{form.query(after=rows[PAGE - 1].id)}" if len(rows) > PAGE else "",
    }
    return render(request, "telemetry/learners.html", context, status=200 if is_valid else 422)


@require_safe
@login_required
def learners_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """All pages of the same list."""
    form = LearnersForm(request.GET)
    is_valid = form.is_valid()
    course, found = _find(request, slug, form)
    if not is_valid:
        return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")
    audit.record(
        actor=request.user,
        action=AuditAction.DATA_EXPORTED,
        resource=("learners", course.pk),
        details=form.asked_plainly,
    )
    return _table(course, form, found).csv(f"{slug}-learners")


def _find(request: HttpRequest, slug: str, form: LearnersForm) -> tuple[Course, Learners]:
    """The course of this address, if its reader may change it, with the learners asked for; else 404."""
    mine = Course.objects.editable_by(request.user).defer("search", "description", "description_html", "objectives")
    filters = form.filters
    course = get_object_or_404(mine.annotate(people=people_called(filters["words"])), slug=slug)
    return course, Learners(course.pk, people=course.people or (), **filters)


def _table(course: Course, form: LearnersForm, rows: Iterable[LearnerRow], *, title: str = "") -> Table:
    columns = (
        Column("learner", _("Learner"), Kind.LINK),
        Column("progress", _("Progress"), Kind.PERCENT, sort="progress", has_bar=True),
        Column("status", _("Status")),
        Column("time", _("Time"), Kind.DURATION, sort="time"),
        Column("active", _("Last active"), Kind.MOMENT, sort="active"),
        Column("enrolled", _("Enrolled"), Kind.DATE, sort="enrolled"),
        Column("completed", _("Completed"), Kind.DATE),
        Column("username", _("Username")),
    )
    return Table(
        "learners",
        title or _("Learners"),
        columns,
        _values(course, rows),
        empty=_("Nobody is like that. Try fewer words, or another filter."),
        sorted_by=form.asked_sort,
        asked=form.asked,
    )


def _values(course: Course, rows: Iterable[LearnerRow]) -> Iterator[tuple[Any, ...]]:
    here = reverse("learners", args=[course.slug])
    for row in rows:
        mark = _("Blocked") if row.is_blocked else "" if row.is_active else _("Closed account")
        yield (
            Link(row.full_name, f"{here}{row.username}/", mark),
            row.progress,
            Status(row.status).label,
            row.seconds_spent,
            row.last_activity,
            row.enrolled_at,
            row.completed_at,
            row.username,
        )


def _count(number: int) -> str:
    if number > MOST_COUNTED:
        return _("More than 1,000 learners")
    return ngettext("%(n)d learner", "%(n)d learners", number) % {"n": number}
