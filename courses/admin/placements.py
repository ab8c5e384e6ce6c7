"""What one does to a lesson's place in a course: move, mark, duplicate, reuse, remove."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from courses.admin.outline import answer, conflict_sentence, show_outline
from courses.admin.pages import READ_AND_WRITE, find_course, find_lesson, find_placement, show
from courses.content import lessons
from courses.content.lessons import LessonNotFound
from courses.forms.outline import DuplicateForm, PlacementForm, ReuseForm, SearchForm, StepForm
from courses.models import Course, CourseLesson
from courses.services import moving
from courses.services import outline as service
from courses.services.lessons import duplicate_lesson
from courses.services.outline import LessonNotReusable, OutlineConflict
from learnflow.mongo import ContentUnavailable

MOST_SHOWN = 50
MOST_SEARCHED = 2_000


@require_POST
def move(request: HttpRequest, course_id: int, lesson_id: str) -> HttpResponse:
    """Move a lesson one place up or down; from the edge of its section into the next."""
    placement = find_placement(request, course_id, lesson_id)
    course, form = placement.course, StepForm(request.POST)
    if not form.is_valid():
        return show_outline(request, course, problem=form.errors["step"][0], status=422)
    step = form.cleaned_data["step"]
    try:
        moving.move(actor=request.user, course=course, placement=placement, section=None, step=step)
    except OutlineConflict:
        return show_outline(request, course, problem=conflict_sentence(), status=409)
    place = course.placements.values_list("position", flat=True).get(pk=placement.pk)
    return answer(request, course, _("Moved to place %(n)d.") % {"n": place}, at=f"lesson-{placement.pk}")


@require_POST
def mark(request: HttpRequest, course_id: int, lesson_id: str) -> HttpResponse:
    """Say whether a lesson is a free preview, and whether learners see it."""
    placement = find_placement(request, course_id, lesson_id)
    form = PlacementForm(request.POST)
    form.is_valid()
    service.set_placement(actor=request.user, placement=placement, **form.cleaned_data)
    return answer(request, placement.course, _("The lesson's marks are saved."), at=f"lesson-{placement.pk}")


@require_POST
def duplicate(request: HttpRequest, course_id: int, lesson_id: str) -> HttpResponse:
    """Add a copy of a lesson to the same section."""
    placement = find_placement(request, course_id, lesson_id)
    form = DuplicateForm(request.POST)
    if not form.is_valid():
        return show_outline(request, placement.course, problem=form.errors["copy_id"][0], status=422)
    copy_id = form.cleaned_data["copy_id"]
    try:
        title = _("%(title)s (copy)") % {"title": find_lesson(lesson_id)["title"][:240]}
        copy = duplicate_lesson(actor=request.user, placement=placement, title=title, lesson_id=copy_id)
    except LessonNotFound as error:
        raise Http404 from error
    except ContentUnavailable:
        return show_outline(request, placement.course, problem=unavailable_sentence(), status=503)
    return answer(request, placement.course, _("The lesson is duplicated."), at=f"lesson-{copy.pk}")


@require_http_methods(READ_AND_WRITE)
def remove(request: HttpRequest, course_id: int, lesson_id: str) -> HttpResponse:
    """Say what goes, then take the lesson out of the course; again, as by a double click, it is out already."""
    course = find_course(request, course_id)
    placement = course.placements.filter(lesson_id=lesson_id).first()
    if request.method == "POST":
        if placement:
            service.remove_lesson(actor=request.user, placement=placement)
            messages.success(request, _("The lesson is removed."))
        return redirect("admin:course_outline", course_id)
    if placement is None:
        raise Http404
    context = {
        "title": _("Remove this lesson?"),
        "course": course,
        "tab": "outline",
        "lesson_title": _title(lesson_id, placement.position),
        "other_courses": CourseLesson.objects.elsewhere(lesson_id, course).count(),
    }
    return show(request, "outline/remove", context)


@require_http_methods(READ_AND_WRITE)
def reuse(request: HttpRequest, course_id: int) -> HttpResponse:
    """Choose a lesson of another course of mine, and place it here as well."""
    course = find_course(request, course_id)
    if request.method != "POST":
        return _show_reusable(request, course)
    form = ReuseForm(request.POST, course=course)
    if not form.is_valid():
        return _show_reusable(request, course, problem=_("Choose a lesson and a section."), status=422)
    try:
        placement = service.reuse_lesson(actor=request.user, course=course, **form.cleaned_data)
    except LessonNotReusable:
        sentence = _("This lesson is in the course already, or in none of yours any more.")
        return _show_reusable(request, course, problem=sentence, status=409)
    messages.success(request, _("The lesson is in this course, too."))
    response = redirect("admin:course_outline", course_id)
    response["Location"] += f"#lesson-{placement.pk}"
    return response


def unavailable_sentence() -> str:
    return _("The lessons can't be reached for the moment. Nothing was changed; try again in a minute.")


def _title(lesson_id: str, position: int) -> str:
    """A lesson's title, or its place while it can't be read."""
    try:
        return lessons.get_outline([lesson_id])[lesson_id]["title"]
    except (ContentUnavailable, KeyError):
        return _("Lesson %(n)d") % {"n": position}


def _show_reusable(request: HttpRequest, course: Course, *, problem: str = "", status: int = 200) -> HttpResponse:
    """Lessons of other courses of mine whose title has the words, each under one of its courses."""
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"].casefold().split() if form.is_valid() else []
    places = CourseLesson.objects.editable_by(request.user).reusable_in(course)[:MOST_SEARCHED]
    course_of = {place.lesson_id: place.course.title for place in reversed(places)}
    try:
        titles = lessons.get_outline(course_of)
    except ContentUnavailable:
        titles, problem, status = {}, unavailable_sentence(), 503
    found = [
        {"lesson_id": lesson_id, "title": titles[lesson_id]["title"], "course": course_of[lesson_id]}
        for lesson_id in course_of
        if "title" in titles.get(lesson_id, {}) and all(word in titles[lesson_id]["title"].casefold() for word in words)
    ]
    found.sort(key=lambda each: (each["course"].casefold(), each["title"].casefold()))
    context = {
        "title": _("Reuse a lesson"),
        "course": course,
        "tab": "outline",
        "form": form,
        "found": found[:MOST_SHOWN],
        "more": max(len(found) - MOST_SHOWN, 0),
        "sections": course.sections.order_by("position"),
        "problem": problem,
    }
    return show(request, "outline/reuse", context, status=status)
