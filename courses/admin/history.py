"""Who changed a course and its lessons, and when: the audit log's rows about them."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import AuditAction, AuditLog
from courses.admin.pages import find_course, names_of, show
from courses.content import lessons
from courses.models import Course
from learnflow.mongo import ContentUnavailable, Document

MOST_SHOWN = 100
ABOUT_THE_COURSE = [
    AuditAction.COURSE_CREATED,
    AuditAction.COURSE_CHANGED,
    AuditAction.COURSE_PUBLISHED,
    AuditAction.COURSE_UNPUBLISHED,
    AuditAction.LESSON_MOVED,
    AuditAction.IMPORT_DONE,
]
ABOUT_A_LESSON = [AuditAction.LESSON_CREATED, AuditAction.LESSON_CHANGED, AuditAction.LESSON_DELETED]


@require_safe
def history(request: HttpRequest, course_id: int) -> HttpResponse:
    """The newest acts of authoring in this course."""
    course = find_course(request, course_id)
    placed = list(course.placements.values_list("lesson_id", flat=True))
    about_course = Q(resource_type="course", resource_id=str(course_id), action__in=ABOUT_THE_COURSE)
    about_lessons = Q(resource_type="lesson", resource_id__in=placed, action__in=ABOUT_A_LESSON)
    rows = list(AuditLog.objects.filter(about_course | about_lessons).order_by("-id")[:MOST_SHOWN])
    names, titles = names_of(row.user_id for row in rows), _titles(placed)
    context = {
        "title": course.title,
        "course": course,
        "tab": "history",
        "rows": [{"row": row, "who": names[row.user_id], "what": _what(course, row, titles)} for row in rows],
        "most_shown": MOST_SHOWN,
    }
    return show(request, "course/history", context)


def _titles(placed: list[str]) -> dict[str, Document]:
    try:
        return lessons.get_outline(placed)
    except ContentUnavailable:
        return {}


def _what(course: Course, row: AuditLog, titles: dict[str, Document]) -> dict[str, str]:
    """What the row is about: a lesson, with the way to its versions, or the course."""
    if row.resource_type != "lesson":
        return {"title": course.title, "url": ""}
    title = titles.get(row.resource_id, {}).get("title", "")
    return {"title": title, "url": reverse("admin:lesson_revisions", args=[course.pk, row.resource_id])}
