"""What a lesson was: every version, what changed since, and one click back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.admin.differences import differences
from courses.admin.pages import find_lesson, find_placement, names_of, show
from courses.content import lessons
from courses.content.lessons import EditConflict, LessonNotFound
from courses.forms.lesson_editor import RestoreForm
from courses.models import Course
from courses.services.lessons import restore_revision
from learnflow.mongo import ContentUnavailable, Document


@require_safe
def revisions(request: HttpRequest, course_id: int, lesson_id: str) -> HttpResponse:
    """Every version with who saved it and when, the newest first."""
    course = find_placement(request, course_id, lesson_id).course
    try:
        lesson, earlier = find_lesson(lesson_id), lessons.get_revisions(lesson_id)
    except ContentUnavailable:
        return _show_unreadable(request, course, lesson_id)
    current = {"author_id": lesson["updated_by"], "created_at": lesson["updated_at"], "is_current": True}
    # A save that died half-way leaves a revision of the version that still stands.
    earlier = [each for each in earlier if each["version"] < lesson["version"]]
    rows = [{**current, "version": lesson["version"], "title": lesson["title"]}, *earlier]
    names = names_of(row["author_id"] for row in rows)
    context = {
        **_frame(course, lesson),
        "title": _("Versions of “%(title)s”") % {"title": lesson["title"]},
        "rows": [{**row, "who": names[row["author_id"]]} for row in rows],
    }
    return show(request, "lesson/revisions", context)


@require_safe
def revision(request: HttpRequest, course_id: int, lesson_id: str, version: int) -> HttpResponse:
    """One earlier version beside the current one."""
    course = find_placement(request, course_id, lesson_id).course
    try:
        return _show_revision(request, course, lesson_id, version)
    except ContentUnavailable:
        return _show_unreadable(request, course, lesson_id)


@require_POST
def restore(request: HttpRequest, course_id: int, lesson_id: str, version: int) -> HttpResponse:
    """Bring an earlier version back, as the newest; 409 when somebody saved since this was looked at."""
    course = find_placement(request, course_id, lesson_id).course
    form = RestoreForm(request.POST)
    try:
        if not form.is_valid():
            return _show_revision(request, course, lesson_id, version, status=422)
        seen = form.cleaned_data["version"]
        restore_revision(actor=request.user, lesson_id=lesson_id, version=seen, revision=version)
    except EditConflict:
        problem = _("Somebody saved the lesson meanwhile, so nothing was brought back. Compare again.")
        return _show_revision(request, course, lesson_id, version, status=409, problem=problem)
    except LessonNotFound as error:
        raise Http404 from error
    except ContentUnavailable:
        return _show_unreadable(request, course, lesson_id)
    messages.success(request, _("Version %(n)d is back, as the newest version.") % {"n": version})
    return redirect("admin:edit_lesson", course_id, lesson_id)


def _show_revision(
    request: HttpRequest, course: Course, lesson_id: str, version: int, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    lesson = find_lesson(lesson_id)
    try:
        found = lessons.get_revision(lesson_id, version)
    except LessonNotFound as error:
        raise Http404 from error
    context = {
        **_frame(course, lesson),
        "title": _("Version %(n)d") % {"n": version},
        "revision": found,
        "who": names_of([found["author_id"]])[found["author_id"]],
        "differences": differences(found["body"], lessons.body_of(lesson)),
        "problem": problem,
    }
    return show(request, "lesson/revision", context, status=status)


def _frame(course: Course, lesson: Document) -> dict[str, Any]:
    return {"course": course, "tab": "outline", "lesson": lesson}


def _show_unreadable(request: HttpRequest, course: Course, lesson_id: str) -> HttpResponse:
    context = {**_frame(course, {"id": lesson_id}), "title": _("Lesson")}
    return show(request, "lesson/unreadable", context, status=503)
