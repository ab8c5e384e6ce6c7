"""The lesson page, and what one does there: complete, reopen, remember where the video stopped."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from courses.content import progress
from courses.content.lesson_types import get_type
from courses.content.lessons import LessonNotFound, is_legible
from courses.forms.lesson import PositionForm
from courses.models import Course, Enrollment
from courses.models.card import duration_label
from courses.services.progress import NotEnrolled, complete_lesson, reopen_lesson
from courses.views.course import enrollment_of, find_course, may_edit
from courses.views.outline import Entry, Outline, get_lesson_and_outline, get_outline
from learnflow.errors import RETRY_AFTER_SECONDS
from learnflow.mongo import ContentUnavailable, Document
from learnflow.prepared import Prepared

RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ku", "ps", "sd", "syr", "ug", "ur", "yi"}

TAKEN = Prepared(
    lambda slug, user_id: Course.objects.published().for_page().enrolled(User(pk=user_id)).filter(slug=slug), "?", -1
)


@require_safe
def lesson(request: HttpRequest, slug: str, lesson_id: str) -> HttpResponse:
    """One lesson with the outline at its side. Who isn't enrolled is shown the course instead."""
    course = find_course(request, slug)
    enrollment, is_editor = enrollment_of(request, course), may_edit(request, course)
    try:
        document, outline = get_lesson_and_outline(course, lesson_id, with_unpublished=is_editor)
        entry = outline.by_id[lesson_id]
    except (LessonNotFound, KeyError) as error:
        raise Http404 from error
    if not (enrollment or is_editor or entry.is_preview):
        messages.info(request, _("Enroll to open this lesson."))
        return redirect(course.url)
    context = _page(request, course, enrollment, outline, entry)
    if document is None or not is_legible(document):
        context |= {"lesson": _lesson_without_text(course, entry), "content_available": False}
        response = render(request, "courses/lesson.html", context, status=503)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    context |= _content(document, entry, is_editor=is_editor)
    if enrollment:
        context["resume_seconds"] = _resume_at(request, course, lesson_id)
    return render(request, "courses/lesson.html", context)


@require_POST
@login_required
def complete(request: HttpRequest, slug: str, lesson_id: str) -> HttpResponse:
    """Mark a lesson complete and go on to the next one; after the last one, to the course."""
    course, outline, entry = _enrolled_lesson(request, slug, lesson_id)
    try:
        outcome = complete_lesson(learner=request.user, course=course, lesson_id=lesson_id)
    except NotEnrolled as error:
        raise Http404 from error  # the lesson went, or the enrollment did, between the two lines above
    following = outline.neighbours(entry)[1]
    if outcome.course_completed or following is None:
        return redirect(course.url)
    return redirect(following.url)


@require_POST
@login_required
def reopen(request: HttpRequest, slug: str, lesson_id: str) -> HttpResponse:
    """Take a completion back."""
    course, _outline, entry = _enrolled_lesson(request, slug, lesson_id)
    try:
        reopen_lesson(learner=request.user, course=course, lesson_id=lesson_id)
    except NotEnrolled as error:
        raise Http404 from error
    return redirect(entry.url)


@require_POST
@login_required
def position(request: HttpRequest, slug: str, lesson_id: str) -> HttpResponse:
    """Remember where the video of a lesson stopped; asked by the page, so it answers without one."""
    course, _outline, entry = _enrolled_lesson(request, slug, lesson_id)
    form = PositionForm(request.POST)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain")
    progress.remember_position(
        user_id=request.user.pk,
        course_id=course.pk,
        lesson_id=entry.lesson_id,
        seconds=form.cleaned_data["seconds"],
    )
    return HttpResponse(status=204)


def _enrolled_lesson(request: HttpRequest, slug: str, lesson_id: str) -> tuple[Course, Outline, Entry]:
    """The course and the lesson's place in it, for those who are enrolled; else 404."""
    course = TAKEN.first(slug, request.user.pk)
    if course is None:  # a draft that its author takes, or nothing
        courses = Course.objects.visible_to(request.user).for_page()
        course = get_object_or_404(courses.enrolled(request.user), slug=slug)
    outline = get_outline(course)
    if lesson_id not in outline.by_id:
        raise Http404
    return course, outline, outline.by_id[lesson_id]


def _page(
    request: HttpRequest, course: Course, enrollment: Enrollment | None, outline: Outline, entry: Entry
) -> dict[str, Any]:
    """All of the page that doesn't need the lesson's document."""
    done = set(enrollment.completed) if enrollment else set()
    previous, following = outline.neighbours(entry)
    is_open = bool(enrollment) or may_edit(request, course)
    return {
        "course": course,
        "enrollment": enrollment,
        "percent": enrollment.percent if enrollment else 0,
        "is_done": entry.lesson_id in done,
        "position": entry.position,
        "lesson_count": len(outline.entries),
        "previous": previous,
        "next": following,
        "outline_html": outline.html(done=done, current=entry.lesson_id, is_open=is_open),
        "complete_url": f"{entry.url}complete/",
        "reopen_url": f"{entry.url}reopen/",
        "position_url": f"{entry.url}position/" if enrollment else "",
        "discussion_url": f"{entry.url}discussion/" if is_open else "",
        "preview_notice": "" if enrollment else _preview_notice(course, entry, is_open),
        "content_available": True,
    }


def _content(document: Document, entry: Entry, *, is_editor: bool) -> dict[str, Any]:
    kind = get_type(document["type"])
    language = document.get("language") or ""
    return {
        "lesson": {
            **_facts(entry, document["title"], language),
            "type_label": kind.label,
            "duration_label": duration_label(document.get("duration", 0)),
            "notes_html": document.get("notes_html", ""),
            "resources": document.get("resources", []),
        },
        "body_template": kind.template,
        "body": kind.prepare(document["content"]),
        "unknown_fields": kind.unknown_fields(document["content"]) if is_editor else [],
    }


def _lesson_without_text(course: Course, entry: Entry) -> dict[str, Any]:
    facts = _facts(entry, entry.title, course.language)
    return {**facts, "type_label": entry.type_label, "duration_label": entry.duration_label}


def _facts(entry: Entry, title: str, language: str) -> dict[str, Any]:
    bidi = language.split("-")[0] in RIGHT_TO_LEFT if language else get_language_bidi()
    return {"id": entry.lesson_id, "title": title, "language": language, "direction": "rtl" if bidi else "ltr"}


def _preview_notice(course: Course, entry: Entry, is_open: bool) -> str:
    if is_open:
        return _("You see this lesson as its author; nothing is recorded.")
    return _("This lesson is a free preview.")


def _resume_at(request: HttpRequest, course: Course, lesson_id: str) -> int:
    """Where the video stopped; 0 when MongoDB went away just now."""
    try:
        return progress.open_lesson(user_id=request.user.pk, course_id=course.pk, lesson_id=lesson_id)
    except ContentUnavailable:
        return 0
