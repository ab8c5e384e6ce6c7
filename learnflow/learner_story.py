"""One learner in one course, for those who teach it: what several apps know of it, on one page."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import AuditAction
from accounts.services import audit
from courses.models import Course, Enrollment, LessonProgress
from courses.views.outline import Outline, get_outline
from discussions.models import Comment
from telemetry.calendars import Calendar
from telemetry.models import TimeSpent
from telemetry.scales import Unit, value_label
from telemetry.tables import Column, Kind, Link, Table


class Spent(NamedTuple):
    """Seconds of one lesson on one day."""

    lesson_id: str
    day: date
    seconds: int


@require_safe
@login_required
def learner_story(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    """When they enrolled, how far they are in each lesson, when they learned and how much they said."""
    enrollment = _find(request, slug, username)
    learner, course = enrollment.user, enrollment.course
    spent = _spent(enrollment)
    outline = get_outline(course, with_unpublished=True)
    days = Counter[date]()
    for each in spent:
        days[each.day] += each.seconds
    context = {
        "course": course,
        "learner": learner,
        "enrollment": enrollment,
        "calendar": Calendar(days, timezone.localdate(timezone=learner.zone)),
        "time": value_label(Unit.SECONDS, enrollment.seconds_spent),
        "days": sum(1 for seconds in days.values() if seconds),
        "table": _table(enrollment, outline, spent),
        "comments": Comment.objects.filter(course=course, user=learner, deleted_at=None).count(),
        "has_titles": outline.has_titles,
        "story_url": reverse("person_story", args=[username]) if request.user.is_admin else "",
        "is_self": learner.pk == request.user.pk,
    }
    return render(request, "telemetry/learner_story.html", context)


@require_safe
@login_required
def learner_story_csv(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    """Their lessons."""
    enrollment = _find(request, slug, username)
    table = _table(enrollment, get_outline(enrollment.course, with_unpublished=True), _spent(enrollment))
    audit.record(
        actor=request.user,
        action=AuditAction.DATA_EXPORTED,
        resource=("learner", enrollment.user_id),
        details={"course": enrollment.course_id},
    )
    return table.csv(f"{slug}-{username}")


def _find(request: HttpRequest, slug: str, username: str) -> Enrollment:
    """Somebody's enrollment, of whatever status, in a course that its reader may change; else 404."""
    mine = Enrollment.objects.filter(course__in=Course.objects.editable_by(request.user))
    unseen = ("search", "description", "description_html", "objectives")
    found = mine.select_related("user", "course").defer("user__search", *(f"course__{name}" for name in unseen))
    return get_object_or_404(found, course__slug=slug, user__username=username)


def _spent(enrollment: Enrollment) -> list[Spent]:
    mine = TimeSpent.objects.of(enrollment.user).filter(course_id=enrollment.course_id)
    return [Spent(*row) for row in mine.values_list("lesson_id", "day", "seconds_spent")]


def _table(enrollment: Enrollment, outline: Outline, spent: Iterable[Spent]) -> Table:
    columns = (
        Column("lesson", _("Lesson"), Kind.LINK),
        Column("progress", _("Progress"), Kind.PERCENT, has_bar=True),
        Column("completed", _("Completed"), Kind.DATE),
        Column("time", _("Time"), Kind.DURATION),
        Column("last", _("Last time there"), Kind.DATE),
    )
    username, slug = enrollment.user.username, enrollment.course.slug
    return Table(
        "lessons",
        _("Lessons"),
        columns,
        _rows(enrollment, outline, spent),
        empty=_("This course has no lessons yet."),
        csv_url=reverse("learner_story_csv", args=[slug, username]),
    )


def _rows(enrollment: Enrollment, outline: Outline, spent: Iterable[Spent]) -> list[tuple[Any, ...]]:
    """The lessons in order; last, as one, those that the course no longer has."""
    seconds, last = Counter[str](), dict[str, date]()
    for each in spent:
        key = each.lesson_id if each.lesson_id in outline.by_id else ""
        seconds[key] += each.seconds
        last[key] = max(last.get(key, each.day), each.day)
    progress = {each.lesson_id: each for each in LessonProgress.objects.filter(enrollment=enrollment)}
    rows: list[tuple[Any, ...]] = []
    for entry in outline.entries:
        mine = progress.get(entry.lesson_id)
        link = Link(f"{entry.position}. {entry.title}", entry.url, "" if entry.is_published else _("Not published"))
        so_far = (mine.progress_percent, mine.completed_at) if mine else (0, None)
        rows.append((link, *so_far, seconds[entry.lesson_id], last.get(entry.lesson_id)))
    if "" in last:
        rows.append((Link(_("Lessons that were removed"), ""), None, None, seconds[""], last[""]))
    return rows
