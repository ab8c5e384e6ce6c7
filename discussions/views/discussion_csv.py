"""A discussion as a file for a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.models import Course
from discussions.models import Comment

if TYPE_CHECKING:
    from accounts.models import User

BATCH = 500  # threads
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "pk", "root_id", "parent_id", "lesson_id", "user__username", "created_at", "edited_at", "is_private", "is_pinned",
    "is_answer", "is_locked", "hidden_reason", "upvotes", "downvotes", "content",
)  # fmt: skip


class Line:
    """What csv writes to: every line goes straight on to the browser."""

    def write(self, line: str) -> str:
        return line


@require_safe
@login_required
def discussion_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that the staff of the course see in its discussion, a comment a line, thread by thread."""
    course = get_object_or_404(Course.objects.editable_by(request.user).only("slug"), slug=slug)
    writer = csv.writer(Line())
    # The head is in the language of whoever asked, which nobody knows any more while the rows go out.
    lines = (writer.writerow(map(cell, row)) for row in chain([_head()], _rows(course, request.user)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="discussion-{course.slug}.csv"'
    return response


def cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


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
