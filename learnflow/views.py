"""Pages that stitch the apps: home, dashboard, a person, and the face of a course."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.models import User
from courses.content import progress
from courses.faces import draw
from courses.models import Category, Course, Enrollment, Status
from courses.services.publishing import HOME_CACHE_KEY
from courses.views.my_learning import learning_row
from courses.views.outline import get_outline
from discussions.models import Post
from discussions.models.inbox import conversations_of
from discussions.models.people import with_standing
from discussions.services.messages import may_write
from discussions.views.message_cards import letter_of
from discussions.views.post_cards import follow_of, post_cards
from discussions.views.unread import unread_for
from learnflow.mongo import ContentUnavailable
from telemetry.views.learning_time import learning_time
from telemetry.views.reports.pages import QUESTIONS

HOME_SECONDS = 300
POPULAR, NEWEST, RECOMMENDED, IN_PROGRESS, TEACHING, SHOWN = 10, 4, 4, 12, 20, 6
LETTERS, LOOKED_THROUGH = 3, 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and the courses that most people take.

    Its lists are kept for five minutes, or until a course is published, unpublished or deleted.
    """
    return render(request, "home.html", cache.get_or_set(HOME_CACHE_KEY, _home_lists, HOME_SECONDS))


def _home_lists() -> dict[str, Any]:
    courses = Course.objects.published()
    categories = Category.objects.with_course_counts().values("name", "slug", "icon", "count")
    return {
        "popular": courses.most_enrolled()[:POPULAR].cards(),
        "newest": courses.newest()[:NEWEST].cards(),
        "categories": list(categories),
    }


@require_safe
@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """Where I was, how long I have learned, what else is in progress, who wrote, what I teach, what I might like."""
    user = request.user
    active = Enrollment.objects.for_my_learning(user).with_status(Status.ACTIVE)[: IN_PROGRESS + 1]
    enrollments = list(active.with_completed_lessons().with_completed_count(user))
    context = {
        "continue_card": _continue_card(user, enrollments[0]) if enrollments else None,
        "rows": [learning_row(each) for each in enrollments[1:]],
        "completed_count": _completed_count(user, enrollments),
        **learning_time(user),
        "letters": _unread_letters(user) if unread_for(request).messages else [],
        "recommended": Course.objects.recommended_to(user)[:RECOMMENDED].cards(),
        "teaching": list(Course.objects.taught_by(user)[:TEACHING]) if user.is_staff else [],
        "questions": QUESTIONS if user.is_admin else (),
    }
    return render(request, "dashboard.html", context)


def _completed_count(user: User, enrollments: Sequence[Any]) -> int:
    """Known from any enrollment in progress; asked for when there is none."""
    if enrollments:
        return enrollments[0].completed_count
    return Enrollment.objects.of(user).with_status(Status.COMPLETED).count()


def _unread_letters(user: User) -> list[Any]:
    """What was written last to this person and isn't read, among their latest conversations."""
    latest = conversations_of(user, most=LOOKED_THROUGH)
    return [letter_of(row) for row in latest if row.unread and not row.is_muted][:LETTERS]


def _continue_card(user: User, enrollment: Enrollment) -> dict[str, Any]:
    """The course used last: on to the lesson opened last, unless it is done, then to the first that is missing."""
    course = enrollment.course
    outline = get_outline(course)
    entry = outline.first_open(enrollment.completed)
    try:
        opened = progress.get_last_lessons(user_id=user.pk, course_ids=[course.pk]).get(course.pk)
    except ContentUnavailable:
        opened = None
    if opened in outline.by_id and opened not in enrollment.completed:
        entry = outline.by_id[opened]
    return {
        "course": course,
        "percent": enrollment.percent,
        "seconds_spent": enrollment.seconds_spent,
        "lesson_title": entry.title if entry else None,
        "url": entry.url if entry else course.url,
    }


@require_safe
def person(request: HttpRequest, username: str) -> HttpResponse:
    """Somebody's public page: who they are, what they teach and show, nothing private."""
    viewer = request.user
    found = get_object_or_404(with_standing(User.objects.filter(is_active=True), viewer), username=username)
    shown = Post.objects.visible_to(viewer).filter(user=found).newest_first().for_viewer(viewer)[: SHOWN + 1].rows()
    is_other = viewer.is_authenticated and viewer.pk != found.pk
    context = {
        "person": found,
        "teaching": Course.objects.published().filter(instructor=found).most_enrolled()[:TEACHING].cards(),
        "follow": follow_of(found, viewer),
        "posts": post_cards(shown[:SHOWN], viewer),
        "has_more_posts": len(shown) > SHOWN,
        "is_other": is_other,
        "may_write": is_other and may_write(sender=viewer, receiver=found),
    }
    return render(request, "accounts/person.html", context)


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def face(request: HttpRequest, category: str, slug: str) -> HttpResponse:
    """The picture of a course that has none, drawn from its category and address: always the same, no store asked."""
    return HttpResponse(draw(category, slug), content_type="image/svg+xml")
