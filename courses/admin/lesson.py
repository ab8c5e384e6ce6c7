"""Writing a lesson: adding one, changing one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.admin.differences import differences
from courses.admin.drafts import resolver, typed
from courses.admin.pages import READ_AND_WRITE, find_course, find_lesson, find_placement, names_of, show
from courses.content import lessons
from courses.content.lesson_types import LessonType, get_type, known_types
from courses.content.lessons import EditConflict, LessonNotFound
from courses.forms.lesson_editor import LessonForm, PictureForm, form_of
from courses.markdown import MarkdownTooLong, render
from courses.models import Course, CourseLesson
from courses.services.lessons import add_lesson, change_lesson
from learnflow.mongo import ContentUnavailable, Document

SHOW_AGAIN = {"preview", "picture"}  # buttons that save nothing


@require_http_methods(READ_AND_WRITE)
def add(request: HttpRequest, course_id: int, kind: str) -> HttpResponse:
    """Write a new lesson. Its id comes with the form: sent twice, it is added once."""
    course = find_course(request, course_id)
    if kind not in known_types():
        raise Http404
    known = get_type(kind)
    if request.method != "POST":
        return _show(request, _first_form(request, course, known), course, known)
    if request.POST.get("act") in SHOW_AGAIN:
        return _show_as_typed(request, course, known)
    form = form_of(known)(request.POST, request.FILES, course=course, is_new=True)
    if not form.is_accepted():
        return _show(request, form, course, known, status=422)
    try:
        return _add(request, form, course, known)
    except ContentUnavailable:
        return _show(request, form, course, known, status=503)
    except LessonNotFound as error:
        raise Http404 from error


@require_http_methods(READ_AND_WRITE)
def edit(request: HttpRequest, course_id: int, lesson_id: str) -> HttpResponse:
    """Change a lesson; 409 with both versions when somebody else has saved it since it was opened."""
    course = find_placement(request, course_id, lesson_id).course
    try:
        lesson = find_lesson(lesson_id)
    except ContentUnavailable:
        return _show_unreadable(request, course, lesson_id)
    kind = get_type(lesson["type"])
    if request.method != "POST":
        form = form_of(kind)(initial=_initial(kind, lesson), course=course, is_new=False)
        return _show(request, form, course, kind, lesson=lesson, preview=lesson["content"].get("html", ""))
    if request.POST.get("act") in SHOW_AGAIN:
        return _show_as_typed(request, course, kind, lesson)
    initial = {"language": lesson["language"]}
    form = form_of(kind)(request.POST, request.FILES, initial=initial, course=course, is_new=False)
    if not form.is_accepted():
        return _show(request, form, course, kind, lesson=lesson, status=422)
    return _save(request, form, course, kind, lesson)


def _first_form(request: HttpRequest, course: Course, kind: LessonType) -> LessonForm:
    initial = {
        "lesson_id": lessons.new_lesson_id(),
        "kind": kind.slug,
        "duration": 10,
        "language": course.language,
        "section": request.GET.get("section") or course.sections.order_by("-position").values_list("pk").first(),
    }
    return form_of(kind)(initial=initial, course=course, is_new=True)


def _initial(kind: LessonType, lesson: Document) -> Document:
    """What the form of a lesson begins with."""
    common = ("title", "duration", "language", "notes", "resources", "version")
    return {**kind.initial(lesson["content"]), **{name: lesson[name] for name in common}, "kind": kind.slug}


def _add(request: HttpRequest, form: LessonForm, course: Course, kind: LessonType) -> HttpResponse:
    body, lesson_id = form.body(kind, {}), form.cleaned_data["lesson_id"]
    section = form.cleaned_data.get("section")  # a course's first section is made for its first lesson
    add_lesson(actor=request.user, course=course, body=body, lesson_id=lesson_id, section=section)
    standing = lessons.get_lesson(lesson_id)
    if lessons.body_of(standing) != body:
        # The same form was sent before with other words: neither may be lost.
        return _show_conflict(request, form, course, kind, standing)
    return _saved(request, course, lesson_id, _("The lesson is added."))


def _save(request: HttpRequest, form: LessonForm, course: Course, kind: LessonType, lesson: Document) -> HttpResponse:
    body, version = form.body(kind, lesson["content"]), form.cleaned_data["version"]
    if body == lessons.body_of(lesson):
        return _saved(request, course, lesson["id"], _("The lesson is saved already."))
    try:
        change_lesson(actor=request.user, lesson_id=lesson["id"], version=version, body=body)
    except EditConflict as conflict:
        return _show_conflict(request, form, course, kind, conflict.current)
    except ContentUnavailable:
        return _show(request, form, course, kind, lesson=lesson, status=503)
    except LessonNotFound as error:
        raise Http404 from error
    return _saved(request, course, lesson["id"], _("The lesson is saved."))


def _saved(request: HttpRequest, course: Course, lesson_id: str, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    if request.POST.get("act") == "finish":
        return redirect(reverse("admin:course_outline", args=[course.pk]))
    return redirect("admin:edit_lesson", course.pk, lesson_id)


def _show_conflict(
    request: HttpRequest, form: LessonForm, course: Course, kind: LessonType, current: Document
) -> HttpResponse:
    """Both versions, and the form with what was typed: saving it again, over the newer one, is a choice now."""
    data = form.data.copy()
    data["version"] = current["version"]
    again = form_of(kind)(data, initial={"language": current["language"]}, course=course, is_new=False)
    conflict = {
        "who": names_of([current["updated_by"]])[current["updated_by"]],
        "when": current["updated_at"],
        "differences": differences(lessons.body_of(current), form.body(kind, current["content"])),
    }
    return _show(request, again, course, kind, lesson=current, status=409, conflict=conflict)


def _show_as_typed(
    request: HttpRequest, course: Course, kind: LessonType, lesson: Document | None = None
) -> HttpResponse:
    """The form as it was typed, with the text rendered or a picture put into it; without script, that is."""
    initial, picture_form = typed(request)
    form = form_of(kind)(initial=initial, course=course, is_new=lesson is None)
    try:
        preview = render(initial.get("markdown", ""), resolve=resolver(lesson))
    except MarkdownTooLong as error:
        preview = ""
        messages.error(request, str(error))
    status = 422 if picture_form.is_bound and picture_form.errors else 200
    return _show(request, form, course, kind, lesson=lesson, preview=preview, picture_form=picture_form, status=status)


def _show_unreadable(request: HttpRequest, course: Course, lesson_id: str) -> HttpResponse:
    """MongoDB is away: nothing to show, but what was typed is still in the form."""
    lesson = {"id": lesson_id}
    if request.method != "POST":
        context = {"title": _("Lesson"), "course": course, "tab": "outline", "lesson": lesson}
        return show(request, "lesson/unreadable", context, status=503)
    kind = get_type(request.POST.get("kind", ""))
    initial = {"language": request.POST.get("language", "")}
    form = form_of(kind)(request.POST, request.FILES, initial=initial, course=course, is_new=False)
    form.is_accepted()
    return _show(request, form, course, kind, lesson=lesson, status=503)


def _show(
    request: HttpRequest,
    form: LessonForm,
    course: Course,
    kind: LessonType,
    *,
    lesson: Document | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    known = _("New lesson: %(kind)s") % {"kind": kind.label}
    context = {
        "title": known if lesson is None else lesson.get("title") or _("Lesson"),
        "course": course,
        "tab": "outline",
        "lesson": lesson,
        "kind": kind,
        "form": form,
        "picture_form": PictureForm(),
        "is_unavailable": status == 503,
        "other_courses": CourseLesson.objects.elsewhere(lesson["id"], course).count() if lesson else 0,
        **more,
    }
    return show(request, "lesson/edit", context, status=status)
