"""A text while it is being written: previews of it, and pictures put into it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from courses.admin.pages import find_course, find_lesson, find_placement
from courses.forms.lesson_editor import PictureForm
from courses.markdown import MarkdownTooLong
from courses.markdown import render as render_markdown
from courses.services.uploads import store_picture
from learnflow.mongo import ContentUnavailable, Document

Resolve = Callable[[str], str | None]


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The Markdown that was sent, as the page will show it."""
    return _preview(request)


@require_POST
def preview_lesson(request: HttpRequest, course_id: int, lesson_id: str) -> HttpResponse:
    """The same for a lesson, whose links may have come with an import."""
    find_placement(request, course_id, lesson_id)
    try:
        return _preview(request, resolver(find_lesson(lesson_id)))
    except ContentUnavailable:
        return _preview(request)


@require_POST
def upload_picture(request: HttpRequest, course_id: int) -> HttpResponse:
    """Store a picture; what to write into the text to show it."""
    find_course(request, course_id)
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return JsonResponse({"problems": form.errors}, status=422)
    try:
        return JsonResponse({"markdown": store_picture(form.cleaned_data["picture"], alt=form.cleaned_data["alt"])})
    except OSError:
        return JsonResponse({"problems": {"picture": [_("The picture could not be stored.")]}}, status=507)


def resolver(lesson: Document | None) -> Resolve | None:
    """Where the targets lead that an import put in place; None when there are none."""
    links = lesson["content"].get("links", []) if lesson else []
    return {link["href"]: link["to"] for link in links}.get if links else None


def typed(request: HttpRequest) -> tuple[dict[str, Any], PictureForm]:
    """What was typed into a lesson's form, not yet judged, with the picture put at the end of the text."""
    initial: dict[str, Any] = request.POST.dict()
    if initial.get("act") != "picture":
        return initial, PictureForm()
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return initial, form
    try:
        shown = store_picture(form.cleaned_data["picture"], alt=form.cleaned_data["alt"])
    except OSError:
        form.add_error("picture", _("The picture could not be stored."))
        return initial, form
    initial["markdown"] = f"{initial.get('markdown', '').rstrip()}\n\n{shown}\n"
    return initial, PictureForm()


def _preview(request: HttpRequest, resolve: Resolve | None = None) -> HttpResponse:
    source = request.POST.get(request.GET.get("field", "text"), "")
    try:
        context = {"html": render_markdown(source, resolve=resolve)}
    except MarkdownTooLong as error:
        return render(request, "admin/courses/_preview.html", {"problem": str(error)}, status=422)
    return render(request, "admin/courses/_preview.html", context)
