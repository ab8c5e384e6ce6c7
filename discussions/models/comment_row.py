"""A comment as pages show it: a row of a few columns, for discussions are read far more often than written."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, Subquery

from accounts.search import prefix_query
from courses.models import CourseLesson
from discussions.models.comment import BEYOND_DIGITS, PLACE_DIGITS, Comment, CommentQuerySet
from discussions.models.comparisons import ComesAfter
from discussions.models.conversation import UserBlock

if TYPE_CHECKING:
    from accounts.models import User


class CommentRow(NamedTuple):
    """The columns of a comment and its author, and what it is to the viewer."""

    pk: int
    root_id: int
    parent_id: int | None
    depth: int
    path: str
    lesson_id: str
    content_html: str
    is_private: bool
    is_pinned: bool
    is_answer: bool
    root_is_locked: bool
    root_answered_at: datetime | None
    hidden_at: datetime | None
    hidden_reason: str
    edited_at: datetime | None
    deleted_at: datetime | None
    score: int
    downvotes: int
    reply_count: int
    created_at: datetime
    user_id: int | None
    username: str
    first_name: str
    last_name: str
    avatar: str
    avatar_url: str
    role: str
    author_is_blocked: bool
    author_is_active: bool
    is_legible: bool
    viewer_vote: int | None
    is_folded: bool  # the viewer blocked the author
    is_barred: bool  # or the author the viewer
    first_replies: list[int] | None = None
    lesson_position: int | None = None


COLUMNS = [
    *CommentRow._fields[: CommentRow._fields.index("root_is_locked")],
    "root__is_locked",
    "root__answered_at",
    *CommentRow._fields[CommentRow._fields.index("hidden_at") : CommentRow._fields.index("username")],
    *(f"user__{name}" for name in ("username", "first_name", "last_name", "avatar", "avatar_url", "role")),
    "user__is_blocked",
    "user__is_active",
    "is_legible",
    "viewer_vote",
    "is_folded",
    "is_barred",
]
FIRST_REPLIES = 3


def rows(comments: CommentQuerySet, viewer: "User", *, as_threads: bool = False) -> list[CommentRow]:
    """These comments, which come from `standing_for(viewer)`, in one query; the last thing to ask of a list.

    As threads each has the ids of the first places below it, as far as the viewer sees them, and its lesson's number.
    """
    return [CommentRow(*row) for row in for_rows(comments, viewer, as_threads=as_threads)]


def for_rows(comments: CommentQuerySet, viewer: "User", *, as_threads: bool = False) -> Any:
    """The query of `rows`."""
    mine = UserBlock.objects.filter(user=viewer, blocked_user=OuterRef("user"))
    theirs = UserBlock.objects.filter(user=OuterRef("user"), blocked_user=viewer)
    found = comments.with_vote_of(viewer).annotate(is_folded=Exists(mine), is_barred=Exists(theirs))
    if not as_threads:
        return found.values_list(*COLUMNS)
    below = Comment.objects.standing_for(viewer).filter(root=OuterRef("pk")).exclude(parent=None)
    first = ArraySubquery(below.order_by("path").values("pk")[:FIRST_REPLIES])
    found = found.annotate(first_replies=first, lesson_position=lesson_position())
    return found.values_list(*COLUMNS, "first_replies", "lesson_position")


def lesson_position(course: str = "course", lesson_id: Any = None) -> Subquery:
    """The number that learners see at the lesson of a row; None where the course doesn't show it."""
    here = CourseLesson.objects.filter(course=OuterRef(course), is_published=True).order_by()
    there = OuterRef(OuterRef(course))
    this = CourseLesson.objects.filter(course=there, lesson_id=lesson_id or OuterRef(OuterRef("lesson_id")))
    upto = here.filter(position__lte=Subquery(this.filter(is_published=True).values("position")))
    return Subquery(upto.values("course").annotate(number=Count("pk")).values("number"))


def after_thread(threads: CommentQuerySet, after: int | None, *, order: str) -> CommentQuerySet:
    """Threads in this order, pinned ones first, from the one after this id."""
    keys = ("is_pinned", "best", "pk") if order == "best" else ("is_pinned", "pk")
    in_order = threads.order_by(*(f"-{key}" for key in keys))
    return in_order if after is None else in_order.filter(ComesAfter(threads.filter(pk=after), *keys))


def of_thread(comments: CommentQuerySet, root_id: int, after: int | None = None) -> CommentQuerySet:
    """The places of one thread as they are read, each below what it answers, from the one after this id."""
    places = comments.filter(root=root_id).order_by("path")
    if after is None:
        return places
    return places.filter(path__gt=Subquery(Comment.objects.filter(root=root_id, pk=after).values("path")[:1]))


def around(comments: CommentQuerySet, comment: Comment, after: int | None = None) -> CommentQuerySet:
    """The way from the root to a comment, the comment, and everything below it."""
    way = [comment.path[:end] for end in range(PLACE_DIGITS, len(comment.path), PLACE_DIGITS)]
    below = Q(path__gte=comment.path, path__lt=comment.path + BEYOND_DIGITS)
    return of_thread(comments, comment.root_id, after).filter(Q(path__in=way) | below)


def matching(comments: CommentQuerySet, text: str) -> CommentQuerySet:
    """Comments in which every word occurs, as a word or as the beginning of one; of no words there are none."""
    query = prefix_query(text)
    return comments.filter(search=query) if query else comments.none()


def newest(comments: CommentQuerySet, viewer: "User", count: int) -> CommentQuerySet:
    """The newest of these, chosen before anything is joined to them: a common word is in very many."""
    chosen = comments.order_by("-pk").values("pk")[:count]
    return Comment.objects.standing_for(viewer).filter(pk__in=chosen).order_by("-pk")
