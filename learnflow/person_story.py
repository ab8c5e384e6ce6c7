"""One learner's whole story, for administrators: what several apps know of them, on one page."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from courses.content import lessons
from courses.models import Status
from discussions.models import Comment
from learnflow.mongo import ContentUnavailable
from telemetry.calendars import WEEKS, Calendar
from telemetry.durations import time_label
from telemetry.forms.reports import PlaceForm
from telemetry.models.days import days_of
from telemetry.models.story import CourseStory, courses_of
from telemetry.tables import Column, Kind, Link, Table
from telemetry.views.reports.pages import administrators_only

PAGE = 20  # courses


@require_safe
@administrators_only
def person_story(request: HttpRequest, username: str) -> HttpResponse:
    """Enrollments with progress, dates and time, their lessons, the days they learned on, how much they said."""
    person = get_object_or_404(_with_comment_count(), username=username)
    form = PlaceForm(request.GET)
    is_valid = form.is_valid()
    found = courses_of(person.pk, after=form.cleaned_data.get("after"), limit=PAGE + 1)
    today = timezone.localdate(timezone=person.zone)
    since = today - timedelta(weeks=WEEKS)
    days = days_of(person, time_since=since, measures_since=today, today=today)
    context = {
        "person": person,
        "stats": found[0] if found else None,
        "time": time_label(found[0].all_seconds) if found else "",
        "calendar": Calendar(days.seconds, today) if days.seconds else None,
        "courses": _courses(found[:PAGE]),
        "next_url": f"?after={found[PAGE - 1].id}" if len(found) > PAGE else "",
        "first_url": request.path if form.cleaned_data.get("after") else "",
    }
    return render(request, "telemetry/person_story.html", context, status=200 if is_valid else 422)


def _with_comment_count() -> Any:
    """People with `comment_count`, of what they wrote in discussions and didn't delete."""
    said = Comment.objects.filter(user=OuterRef("pk"), deleted_at=None).order_by().values("user")
    return User.objects.annotate(comment_count=Coalesce(Subquery(said.annotate(n=Count("pk")).values("n")), 0))


def _courses(found: list[CourseStory]) -> list[dict[str, Any]]:
    try:
        outline = lessons.get_outline({lesson.lesson_id for course in found for lesson in course.lessons})
    except ContentUnavailable:
        outline = {}
    return [
        {
            "course": course,
            "status": Status(course.status).label,
            "time": time_label(course.seconds),
            "table": _table(course, outline),
        }
        for course in found
    ]


def _table(course: CourseStory, outline: dict[str, Any]) -> Table:
    columns = [
        Column("lesson", _("Lesson"), Kind.LINK),
        Column("progress", _("Progress"), Kind.PERCENT, has_bar=True),
        Column("completed", _("Completed"), Kind.DATE),
        Column("time", _("Time"), Kind.DURATION),
    ]
    rows = []
    for lesson in course.lessons:
        title = outline.get(lesson.lesson_id, {}).get("title") or _("Lesson %(number)d") % {"number": lesson.position}
        link = Link(f"{lesson.position}. {title}", f"/courses/{course.slug}/lessons/{lesson.lesson_id}/")
        rows.append((link, lesson.percent, lesson.completed_at, lesson.seconds))
    empty = _("This course has no lessons yet.")
    return Table(f"course-{course.id}", _("Lessons of %(title)s") % {"title": course.title}, columns, rows, empty=empty)
