"""A discussion as a file for a spreadsheet."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import AuditAction
from accounts.services import audit
from courses.models import Course
from discussions.models import Comment
from learnflow.spreadsheets import csv_response

if TYPE_CHECKING:
    from accounts.models import User

BATCH = 500  # threads
COLUMNS = (
    "pk", "root_id", "parent_id", "lesson_id", "user__username", "created_at", "edited_at", "is_private", "is_pinned",
    "is_answer", "is_locked", "hidden_reason", "upvotes", "downvotes", "content",
)  # fmt: skip


@require_safe
@login_required
def discussion_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that the staff of the course see in its discussion, a comment a line, thread by thread."""
    course = get_object_or_404(Course.objects.editable_by(request.user).only("slug"), slug=slug)
    audit.record(actor=request.user, action=AuditAction.DATA_EXPORTED, resource=("discussion", course.pk))
    return csv_response(f"discussion-{course.slug}", _head(), _rows(course, request.user))


def _rows(course: Course, user: "User") -> Iterator[Iterable[Any]]:
    """Threads are read a batch at a time: no query lasts as long as the download."""
    roots = list(Comment.objects.filter(course=course, parent=None).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(roots), BATCH):
        visible = Comment.objects.visible_to(user).filter(root__in=roots[start : start + BATCH])
        yield from visible.order_by("root", "path").values_list(*COLUMNS)


def _head() -> list[str]:
    return [
        _("Comment"), _("Thread"), _("Reply to"), _("Lesson"), _("Author"), _("Written"), _("Edited"), _("Private"),
        _("Pinned"), _("Answer"), _("Locked"), _("Hidden because"), _("Up"), _("Down"), _("Words"),
    ]  # fmt: skip
