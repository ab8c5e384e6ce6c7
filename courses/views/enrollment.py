"""Enrolling, unenrolling, beginning anew. What takes something away asks first."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from courses.forms.enrollment import ResetForm
from courses.models import Course, Enrollment
from courses.services import enrollment as service
from courses.services.enrollment import EnrollmentClosed


@require_POST
@login_required
def enroll(request: HttpRequest, slug: str) -> HttpResponse:
    """Enroll me, by one click."""
    course = get_object_or_404(Course.objects.published().for_page(), slug=slug)
    try:
        service.enroll(learner=request.user, course=course)
    except EnrollmentClosed:
        messages.error(request, _("This course isn't free; an administrator can enroll you."))
    return redirect(course.url)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def unenroll(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what happens, then end my enrollment and keep its progress."""
    enrollment = _my_enrollment(request, slug)
    course = enrollment.course
    if request.method != "POST":
        context = {"course": course, "enrollment": enrollment, "percent": enrollment.percent}
        return render(request, "courses/unenroll.html", context)
    service.unenroll(learner=request.user, course=course)
    messages.success(request, _("You left “%(title)s”. Your progress is kept.") % {"title": course.title})
    return redirect("my_learning")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reset_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """Say what is lost, ask twice, then begin the course anew."""
    enrollment = _my_enrollment(request, slug)
    course = enrollment.course
    form = ResetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        service.reset_progress(learner=request.user, course=course)
        messages.success(request, _("Your progress in “%(title)s” begins anew.") % {"title": course.title})
        return redirect(course.url)
    context = {"course": course, "enrollment": enrollment, "percent": enrollment.percent, "form": form}
    return render(request, "courses/reset_progress.html", context, status=422 if form.is_bound else 200)


def _my_enrollment(request: HttpRequest, slug: str) -> Enrollment:
    visible = Course.objects.visible_to(request.user)
    mine = Enrollment.objects.of(request.user).standing().select_related("course__category", "course__instructor")
    return get_object_or_404(mine, course__in=visible, course__slug=slug)
