"""The page of a course, and why its progress is what it is."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.models import Course, Enrollment
from courses.views.outline import Entry, Outline, get_outline
from learnflow.prepared import Prepared

PUBLISHED = Prepared(lambda slug: Course.objects.published().for_page().filter(slug=slug), "?")
ENROLLMENT = Prepared(
    lambda user_id, course_id: (
        Enrollment.objects.filter(user_id=user_id, course_id=course_id)
        .standing()
        .defer("enrolled_at", "last_activity")
        .with_completed_lessons()
    ),
    -1,
    -2,
)


@require_safe
def course(request: HttpRequest, slug: str) -> HttpResponse:
    """What the course is, its curriculum with my ticks, and the one button that says what happens next."""
    course = find_course(request, slug)
    enrollment = enrollment_of(request, course)
    is_editor = may_edit(request, course)
    outline = get_outline(course, with_unpublished=is_editor)
    done = set(enrollment.completed) if enrollment else set()
    context = {
        "course": course,
        "objectives": tuple(course.objective_list),
        "outline": outline.curriculum(done=done, is_open=bool(enrollment) or is_editor),
        "content_available": outline.has_titles,
        "enrollment": enrollment,
        "percent": enrollment.percent if enrollment else 0,
        "action": _action(request, course, enrollment, outline, done),
        "not_open_reason": _not_open_reason(course, enrollment),
        "staff_links": _staff_links(course) if is_editor else [],
        "discussion_url": f"{course.url}discussion/" if enrollment or is_editor else "",
        "leaderboard_url": _leaderboard_url(course, enrollment, is_editor=is_editor),
    }
    return render(request, "courses/course.html", context)


@require_safe
@login_required
def learn(request: HttpRequest, slug: str) -> HttpResponse:
    """To the first lesson not yet completed."""
    course = find_course(request, slug)
    enrollment = enrollment_of(request, course)
    entry = get_outline(course).first_open(set(enrollment.completed) if enrollment else set())
    if entry is None or not (enrollment or may_edit(request, course)):
        return redirect(course.url)
    return redirect(entry.url)


@require_safe
@login_required
def course_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """Why 80 %: what is done, what is missing, what came since."""
    course = find_course(request, slug)
    enrollment = get_object_or_404(
        Enrollment.objects.of(request.user).standing().with_completed_lessons(), course=course
    )
    entries = get_outline(course).entries
    completed = set(enrollment.completed)
    missing = [_marked(entry, is_done=False) for entry in entries if entry.lesson_id not in completed]
    context = {
        "course": course,
        "enrollment": enrollment,
        "percent": enrollment.percent,
        "done": [_marked(entry, is_done=True) for entry in entries if entry.lesson_id in completed],
        "missing": missing,
        "new_since_completion": _new_since(enrollment, course) if enrollment.completed_at else 0,
    }
    return render(request, "courses/progress.html", context)


def find_course(request: HttpRequest, slug: str) -> Course:
    """The course of this address as far as this person may see it; else 404."""
    published = PUBLISHED.first(slug)
    return published or get_object_or_404(Course.objects.visible_to(request.user).for_page(), slug=slug)


def enrollment_of(request: HttpRequest, course: Course) -> Enrollment | None:
    """My standing enrollment in this course, with the ids of what I completed."""
    if not request.user.is_authenticated:
        return None
    return ENROLLMENT.first(request.user.pk, course.pk)


def may_edit(request: HttpRequest, course: Course) -> bool:
    """Whether this person may change the course; what `Course.objects.editable_by` says, of a course at hand."""
    user = request.user
    return user.is_authenticated and user.is_staff and (user.is_admin or course.instructor_id == user.pk)


def _marked(entry: Entry, *, is_done: bool) -> dict[str, Any]:
    return {
        "position": entry.position,
        "title": entry.title,
        "url": entry.url,
        "icon": entry.icon,
        "type_label": entry.type_label,
        "duration_label": entry.duration_label,
        "is_done": is_done,
    }


def _action(
    request: HttpRequest, course: Course, enrollment: Enrollment | None, outline: Outline, done: set[str]
) -> dict[str, str] | None:
    """The one button: what happens next for this person."""
    entry = outline.first_open(done)
    if enrollment and entry:
        if len(done.intersection(outline.by_id)) == len(outline.entries):
            return {"label": _("Review the course"), "url": entry.url, "method": "get"}
        if not done:
            return {"label": _("Start learning"), "url": entry.url, "method": "get"}
        label = _("Continue at lesson %(n)d") % {"n": entry.position}
        return {"label": label, "url": entry.url, "method": "get"}
    if enrollment or not course.is_published or not course.is_free:
        return None
    if request.user.is_authenticated:
        return {"label": _("Enroll for free"), "url": f"{course.url}enroll/", "method": "post"}
    return {"label": _("Sign in to enroll"), "url": f"{reverse('account_login')}?next={course.url}", "method": "get"}


def _not_open_reason(course: Course, enrollment: Enrollment | None) -> str:
    if enrollment or not course.is_published or course.is_free:
        return ""
    return _("This course costs %(price)s. An administrator can enroll you.") % {"price": course.price_label}


def _leaderboard_url(course: Course, enrollment: Enrollment | None, *, is_editor: bool) -> str:
    """Empty for whoever doesn't see it."""
    is_seen = is_editor or (enrollment and course.is_published and course.is_leaderboard_public)
    return f"{course.url}leaderboard/" if is_seen else ""


def _staff_links(course: Course) -> list[dict[str, str]]:
    return [
        {"label": _("Analytics"), "url": reverse("analytics", args=[course.slug])},
        {"label": _("Edit this course"), "url": reverse("admin:courses_course_change", args=[course.pk])},
        {"label": _("Edit the outline"), "url": reverse("admin:course_outline", args=[course.pk])},
    ]


def _new_since(enrollment: Enrollment, course: Course) -> int:
    """Lessons that the course was given after I finished it and that I haven't done."""
    newer = course.placements.filter(is_published=True, created_at__gt=enrollment.completed_at)
    return newer.exclude(lesson_id__in=enrollment.completed).count()
