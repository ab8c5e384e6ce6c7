"""Private questions over all courses: for staff what they were asked, for learners what they asked."""

from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from discussions.forms.comment import QuestionsForm
from discussions.markdown import EXCERPT_LENGTH, words_of_html
from discussions.models import Comment
from discussions.models.comment import CommentQuerySet
from discussions.views.comment_cards import When, when

PAGE = 30
COLUMNS = (
    "pk", "course__slug", "course__title", "answered_at", "reply_count", "is_legible", "content_html", "created_at",
    "user__is_active", "user__username", "user__first_name", "user__last_name",
)  # fmt: skip


class Question(NamedTuple):
    pk: int
    course_title: str
    asker: str
    words: str
    is_answered: bool
    reply_count: int
    when: When
    url: str


@require_safe
@login_required
def questions(request: HttpRequest) -> HttpResponse:
    """Unanswered ones first, in each part the newest first."""
    form = QuestionsForm(request.GET)
    is_valid = form.is_valid()
    user = request.user
    received = user.is_staff and form.cleaned_data.get("show") != "asked"
    private = Comment.objects.standing_for(user).threads().private()
    mine = private.moderated_by(user) if received else private.filter(asker=user)
    found = _page(mine, form.asked_after)
    context = {
        "questions": [_question(row) for row in found[:PAGE]],
        "received": received,
        "has_both": user.is_staff,
        "next_url": _next_url(found, received, user) if len(found) > PAGE else "",
    }
    return render(request, "discussions/questions.html", context, status=200 if is_valid else 422)


def _page(questions: CommentQuerySet, after: int | None) -> list[tuple[Any, ...]]:
    """The next rows, and one more when there is another page.

    The unanswered are asked for first and by themselves: each part is read along its index, however long it is.
    """
    unanswered, answered = Q(answered_at=None), Q(answered_at__isnull=False)
    later = Q(pk__lt=after) if after else Q()
    last = questions.filter(pk=after).values_list("answered_at", flat=True)[:1] if after else []
    if any(last):  # the last page ended among the answered
        return _rows(questions.filter(answered, later), PAGE + 1)
    found = _rows(questions.filter(unanswered, later), PAGE + 1)
    if len(found) <= PAGE:
        found += _rows(questions.filter(answered), PAGE + 1 - len(found))
    return found


def _rows(questions: CommentQuerySet, limit: int) -> list[tuple[Any, ...]]:
    return list(questions.order_by("-pk").values_list(*COLUMNS)[:limit])


def _question(row: tuple[Any, ...]) -> Question:
    pk, _slug, title, answered_at, replies, is_legible, html, created_at, is_active, username, first, last = row
    words = Truncator(words_of_html(html)).chars(EXCERPT_LENGTH) if is_legible else _("Deleted by its author")
    asker = (f"{first} {last}".strip() or username) if is_active else _("Deleted account")
    return Question(
        pk, title, asker if is_legible else "", words, answered_at is not None, replies, when(created_at),
        f"/comments/{pk}/",
    )  # fmt: skip


def _next_url(found: list[tuple[Any, ...]], received: bool, user: User) -> str:
    show = "show=asked&" if user.is_staff and not received else ""
    return f"?{show}after={found[PAGE - 1][0]}"
