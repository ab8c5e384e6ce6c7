"""Letting learners see a course, and taking it back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.admin.pages import find_course, show
from courses.models import Course
from courses.services import publishing as service
from courses.services.publishing import NotReady
from learnflow.mongo import ContentUnavailable


@require_safe
def publishing(request: HttpRequest, course_id: int) -> HttpResponse:
    """The check list, and the one button."""
    return _show(request, find_course(request, course_id))


@require_POST
def publish(request: HttpRequest, course_id: int) -> HttpResponse:
    """Let everybody see the course, if its check list is met."""
    course = find_course(request, course_id)
    try:
        service.publish(actor=request.user, course=course)
    except NotReady:
        messages.error(request, _("The course isn't published yet: see what is missing."))
        return _show(request, course, status=422)
    except ContentUnavailable:
        return _show(request, course, status=503)
    messages.success(request, _("The course is published: everybody can find it now."))
    return redirect("admin:course_publishing", course_id)


@require_POST
def unpublish(request: HttpRequest, course_id: int) -> HttpResponse:
    """Make the course a draft again."""
    course = find_course(request, course_id)
    service.unpublish(actor=request.user, course=course)
    messages.success(request, _("The course is a draft again. What its learners did is kept."))
    return redirect("admin:course_publishing", course_id)


def _show(request: HttpRequest, course: Course, *, status: int = 200) -> HttpResponse:
    try:
        checks = service.check_list(course)
    except ContentUnavailable:
        checks, status = [], 503
    context = {
        "title": course.title,
        "course": course,
        "tab": "publish",
        "checks": checks,
        "missing_count": sum(not check.is_met and not check.is_hint for check in checks),
        "is_unavailable": status == 503,
    }
    return show(request, "course/publishing", context, status=status)
