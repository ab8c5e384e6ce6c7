"""Posts, and what is said of them, as a viewer may see them: read by queries that are put into SQL once.

They are for people who are signed in and aren't administrators, as nearly everybody is; for the others the same is
asked in the ordinary way.
"""

from typing import TYPE_CHECKING, Any

from accounts.models import User
from discussions.models import Post, PostComment
from discussions.models.post import NO_END, PostCommentQuerySet, PostQuerySet
from discussions.models.post_row import PostCommentRow, PostRow
from learnflow.prepared import Prepared

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    Viewer = User | AnonymousUser

FEED_PAGE, PAGE, COMMENTS = 10, 24, 30


def _newest(viewer: "Viewer", before: int) -> PostQuerySet:
    return Post.objects.visible_to(viewer).before(before).newest_first().for_viewer(viewer)[: PAGE + 1]


def _one(viewer: "Viewer", post_id: int) -> PostQuerySet:
    return Post.objects.visible_to(viewer).filter(pk=post_id).for_viewer(viewer)


def _said(viewer: "Viewer", post_id: int, after: int) -> PostCommentQuerySet:
    comments = PostComment.objects.visible_to(viewer).filter(post=post_id, pk__gt=after)
    return comments.order_by("pk").for_viewer(viewer)[: COMMENTS + 1]


def _prepared(build: Any, *stand_ins: int) -> Prepared[Any]:
    return Prepared(lambda viewer_id, *values: build(User(pk=viewer_id), *values).for_rows(), -1, *stand_ins)


FEED = _prepared(
    lambda viewer, before: Post.objects.feed_of(viewer, before=before, limit=FEED_PAGE + 1).for_viewer(viewer), -2
)
NEWEST, ONE, SAID = _prepared(_newest, -2), _prepared(_one, -2), _prepared(_said, -2, -3)


def feed_of(viewer: User, *, before: int | None) -> list[PostRow]:
    """A page of posts of those whom this person follows, and one more when there is one."""
    return [PostRow(*row) for row in FEED.rows(viewer.pk, before or NO_END)]


def newest_posts(viewer: "Viewer", *, before: int | None) -> list[PostRow]:
    """A page of everybody's posts, and one more when there is one."""
    if _is_like_most(viewer):
        return [PostRow(*row) for row in NEWEST.rows(viewer.pk, before or NO_END)]
    return _newest(viewer, before or NO_END).rows()


def post_of(viewer: "Viewer", post_id: int) -> PostRow | None:
    """One post; None when this person doesn't see it."""
    if _is_like_most(viewer) and post_id <= NO_END:
        return next((PostRow(*row) for row in ONE.rows(viewer.pk, post_id)), None)
    return next(iter(_one(viewer, post_id).rows()), None)


def comments_on(post_id: int, viewer: "Viewer", *, after: int | None) -> list[PostCommentRow]:
    """A page of what is said of a post, and one more when there is one."""
    if _is_like_most(viewer):
        return [PostCommentRow(*row) for row in SAID.rows(viewer.pk, post_id, after or 0)]
    return _said(viewer, post_id, after or 0).rows()


def _is_like_most(viewer: "Viewer") -> bool:
    return viewer.is_authenticated and not viewer.is_admin
