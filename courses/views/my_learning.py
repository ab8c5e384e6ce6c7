"""My courses by state."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.forms.my_learning import MyLearningForm
from courses.models import Course, Enrollment, Status

PAGE = 30


@require_safe
@login_required
def my_learning(request: HttpRequest) -> HttpResponse:
    """The courses I take, have completed or have left."""
    form = MyLearningForm(request.GET)
    is_valid = form.is_valid()
    status, after = form.asked_status, form.asked_after
    mine = Enrollment.objects.for_my_learning(request.user)
    rows = list(mine.after(after).with_status(status)[: PAGE + 1])
    counts = dict(mine.order_by().values_list("status").annotate(Count("pk")))
    context = {
        "status": status,
        "counts": counts,
        "rows": [learning_row(enrollment) for enrollment in rows[:PAGE]],
        "next_url": f"?status={status}&after={rows[PAGE - 1].pk}" if len(rows) > PAGE else None,
    }
    return render(request, "courses/my_learning.html", context, status=200 if is_valid else 422)


def learning_row(enrollment: Enrollment) -> dict[str, Any]:
    """What a list says of one enrollment; needs its course."""
    course: Course = enrollment.course
    is_standing = enrollment.status != Status.CANCELLED
    return {
        "course": course,
        "enrollment": enrollment,
        "percent": enrollment.percent,
        "continue_url": f"{course.url}learn/" if is_standing else course.url,
    }
