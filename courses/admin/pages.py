"""What every authoring page begins and ends with: finding what this person may change, and the frame around it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from accounts.models import User
from courses.content import lessons
from courses.models import Course, CourseLesson, Section
from learnflow.errors import RETRY_AFTER_SECONDS
from learnflow.mongo import Document

READ_AND_WRITE = ["GET", "HEAD", "POST"]


def find_course(request: HttpRequest, course_id: int) -> Course:
    """A course that this person may change; 404 for any other."""
    return get_object_or_404(Course.objects.editable_by(request.user).for_page(), pk=course_id)


def find_section(request: HttpRequest, course_id: int, section_id: int) -> Section:
    mine = Section.objects.filter(course__in=Course.objects.editable_by(request.user))
    return get_object_or_404(mine.select_related("course__category"), course_id=course_id, pk=section_id)


def find_placement(request: HttpRequest, course_id: int, lesson_id: str) -> CourseLesson:
    """A lesson's place in a course that this person may change; 404 for any other."""
    mine = CourseLesson.objects.editable_by(request.user).select_related("course__category", "section")
    return get_object_or_404(mine.defer("course__search"), course_id=course_id, lesson_id=lesson_id)


def find_lesson(lesson_id: str) -> Document:
    """The document of a lesson whose place was found. Raises `ContentUnavailable`."""
    try:
        return lessons.get_lesson(lesson_id)
    except lessons.LessonNotFound as error:
        raise Http404 from error


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """What a form is bound to: nothing while it is only looked at."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def show(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the admin, inside its frame."""
    frame = admin.site.each_context(request)
    response = render(request, f"admin/courses/{page}.html", {**frame, **context}, status=status)
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def names_of(user_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Who these people are, in one query; a document may name somebody who is gone, or nobody."""
    ids = set(user_ids)
    people = User.objects.in_bulk([each for each in ids if each is not None])
    return {each: people[each].full_name if each in people else _("somebody") for each in ids}
