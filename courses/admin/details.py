"""A course's own fields: adding, changing and deleting it, and what its Markdown will look like."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.admin.pages import READ_AND_WRITE, find_course, sent, show
from courses.forms.course import CourseForm
from courses.markdown import MarkdownTooLong, render
from courses.models import Course
from courses.services.courses import CourseHasLearners, delete_course, save_course


@require_http_methods(READ_AND_WRITE)
def add(request: HttpRequest) -> HttpResponse:
    """Begin a course: its fields now, its lessons on the next page."""
    form = CourseForm(*sent(request), actor=request.user)
    if _wants_preview(request):
        return _show_form(request, _unchecked(form), preview=_preview_of(request))
    if request.method == "POST":
        if form.is_valid() and _saved(request, form):
            messages.success(request, _("The course is begun as a draft. Now give it lessons."))
            return redirect("admin:course_outline", form.instance.pk)
        if list(form.errors) == ["slug"] and (twin := form.begun_just_now()):
            return redirect("admin:course_outline", twin.pk)
    return _show_form(request, form)


@require_http_methods(READ_AND_WRITE)
def change(request: HttpRequest, course_id: int) -> HttpResponse:
    """Change a course's fields."""
    course = find_course(request, course_id)
    form = CourseForm(*sent(request), instance=copy(course), actor=request.user)
    if _wants_preview(request):
        return _show_form(request, _unchecked(form), course=course, preview=_preview_of(request))
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        messages.success(request, _("The course is saved."))
        return redirect("admin:courses_course_change", course_id)
    return _show_form(request, form, course=course, preview=course.description_html)


@require_http_methods(READ_AND_WRITE)
def delete(request: HttpRequest, course_id: int) -> HttpResponse:
    """Say what goes with the course, then delete it; one that ever had learners can only be unpublished."""
    course = find_course(request, course_id)
    if request.method == "POST":
        try:
            delete_course(actor=request.user, course=course)
        except CourseHasLearners:
            return show(request, "course/delete", _deletion(course), status=409)
        messages.success(request, _("“%(title)s” is deleted.") % {"title": course.title})
        return redirect("admin:courses_course_changelist")
    return show(request, "course/delete", _deletion(course))


def _saved(request: HttpRequest, form: CourseForm) -> bool:
    """Whether the course could be saved; False when somebody took its address a moment ago."""
    try:
        save_course(actor=request.user, course=form.instance)
    except IntegrityError as error:
        if "slug" not in str(error):
            raise
        form.add_error("slug", _("Another course has this address."))
        return False
    return True


def _show_form(
    request: HttpRequest, form: CourseForm, *, course: Course | None = None, preview: str = ""
) -> HttpResponse:
    title = course.title if course else _("New course")
    context = {"title": title, "course": course, "form": form, "preview": preview, "tab": "details"}
    return show(request, "course/details", context, status=422 if form.is_bound else 200)


def _wants_preview(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get("act") == "preview"


def _unchecked(form: CourseForm) -> CourseForm:
    """The form with what was typed, not yet judged."""
    typed = {name: form[name].value() for name in form.fields if name != "thumbnail"}
    return CourseForm(initial=typed, instance=form.instance, actor=form.actor)


def _preview_of(request: HttpRequest) -> str:
    try:
        return render(request.POST.get("description", ""))
    except MarkdownTooLong as error:
        messages.error(request, str(error))
        return ""


def _deletion(course: Course) -> dict[str, Any]:
    return {
        "title": _("Delete “%(title)s”?") % {"title": course.title},
        "course": course,
        "has_learners": course.enrollments.exists(),
        "lesson_count": course.placements.count(),
    }
