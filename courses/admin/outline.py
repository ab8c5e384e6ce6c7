"""The outline of a course: its sections and lessons in one list, and everything one does to them there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.admin.pages import READ_AND_WRITE, find_course, find_section, sent, show
from courses.content import lessons
from courses.content.lesson_types import get_type, known_types
from courses.forms.outline import OrderForm, SectionForm, StepForm
from courses.models import Course
from courses.models.card import duration_label
from courses.services import moving
from courses.services import outline as service
from courses.services.outline import OutlineConflict
from learnflow.mongo import ContentUnavailable


@require_safe
def outline(request: HttpRequest, course_id: int) -> HttpResponse:
    """The whole outline."""
    course = find_course(request, course_id)
    return show_outline(request, course)


@require_POST
def arrange(request: HttpRequest, course_id: int) -> HttpResponse:
    """Put everything in the order that was dragged; 409 when the outline isn't what was seen."""
    course = find_course(request, course_id)
    form = OrderForm(request.POST)
    if not form.is_valid():
        return show_outline(request, course, problem=form.errors["order"][0], status=422)
    try:
        service.arrange(actor=request.user, course=course, order=form.cleaned_data["order"])
    except OutlineConflict:
        return show_outline(request, course, problem=conflict_sentence(), status=409)
    return answer(request, course, _("The new order is saved."))


@require_POST
def add_section(request: HttpRequest, course_id: int) -> HttpResponse:
    """Add a section at the end."""
    course = find_course(request, course_id)
    form = SectionForm(request.POST)
    if not form.is_valid():
        return show_outline(request, course, section_form=form, status=422)
    section = service.add_section(actor=request.user, course=course, title=form.cleaned_data["title"])
    return answer(request, course, _("The section is added."), at=f"section-{section.pk}")


@require_http_methods(READ_AND_WRITE)
def rename_section(request: HttpRequest, course_id: int, section_id: int) -> HttpResponse:
    """Give a section another title."""
    section = find_section(request, course_id, section_id)
    form = SectionForm(*sent(request), initial={"title": section.title})
    if request.method == "POST" and form.is_valid():
        service.rename_section(actor=request.user, section=section, title=form.cleaned_data["title"])
        return answer(request, section.course, _("The section is renamed."), at=f"section-{section_id}")
    context = {"title": _("Rename the section"), "course": section.course, "form": form, "tab": "outline"}
    return show(request, "outline/section", context, status=422 if form.is_bound else 200)


@require_POST
def delete_section(request: HttpRequest, course_id: int, section_id: int) -> HttpResponse:
    """Delete a section that has no lessons."""
    section = find_section(request, course_id, section_id)
    try:
        service.delete_section(actor=request.user, section=section)
    except OutlineConflict:
        sentence = _("“%(title)s” has lessons: move or remove them first.") % {"title": section.title}
        return show_outline(request, find_course(request, course_id), problem=sentence, status=409)
    return answer(request, section.course, _("The section is deleted."))


@require_POST
def move_section(request: HttpRequest, course_id: int, section_id: int) -> HttpResponse:
    """Move a section, with all it has, one place up or down."""
    section = find_section(request, course_id, section_id)
    form = StepForm(request.POST)
    if not form.is_valid():
        return show_outline(request, section.course, problem=form.errors["step"][0], status=422)
    step = form.cleaned_data["step"]
    try:
        moving.move(actor=request.user, course=section.course, placement=None, section=section, step=step)
    except OutlineConflict:
        return show_outline(request, section.course, problem=conflict_sentence(), status=409)
    sentence = _("“%(title)s” moved.") % {"title": section.title}
    return answer(request, section.course, sentence, at=f"section-{section_id}")


def answer(request: HttpRequest, course: Course, sentence: str, *, at: str = "outline") -> HttpResponse:
    """After an act: the list anew for htmx, which keeps the focus where it was; else back to the page."""
    if request.htmx:
        return show_outline(request, find_course(request, course.pk), done=sentence)
    messages.success(request, sentence)
    response = redirect("admin:course_outline", course.pk)
    response["Location"] += f"#{at}"
    return response


def show_outline(request: HttpRequest, course: Course, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page, or for htmx the list alone."""
    sections, has_titles = _sections(course)
    context = {
        "title": course.title,
        "course": course,
        "tab": "outline",
        "sections": sections,
        "has_titles": has_titles,
        "lesson_count": sum(len(section["entries"]) for section in sections),
        "kinds": known_types().values(),
        "section_form": SectionForm(),
        "problem": "",
        "done": "",
        **more,
    }
    return show(request, "outline/_list" if request.htmx else "outline/outline", context, status=status)


def conflict_sentence() -> str:
    return _("Somebody changed the outline meanwhile, so nothing was moved. This is how it stands now.")


def _sections(course: Course) -> tuple[list[dict[str, Any]], bool]:
    """Every section with its lessons, and whether their titles could be read."""
    sections = {
        section.pk: {"pk": section.pk, "title": section.title, "entries": []}
        for section in course.sections.order_by("position")
    }
    places = list(course.placements.order_by("position"))
    try:
        known, has_titles = lessons.get_outline(place.lesson_id for place in places), True
    except ContentUnavailable:
        known, has_titles = {}, False
    for place in (each for each in places if each.section_id in sections):
        document = known.get(place.lesson_id, {})
        kind = get_type(document.get("type", ""))
        entry = {
            "pk": place.pk,
            "lesson_id": place.lesson_id,
            "copy_id": lessons.new_lesson_id(),
            "position": place.position,
            "title": document.get("title") or _("Lesson %(n)d") % {"n": place.position},
            "icon": kind.icon if document else "",  # nobody knows which it would be
            "type_label": kind.label,
            "duration_label": duration_label(document.get("duration", 0)),
            "is_preview": place.is_preview,
            "is_published": place.is_published,
            "is_missing": has_titles and not document,
        }
        sections[place.section_id]["entries"].append(entry)
    return list(sections.values()), has_titles
