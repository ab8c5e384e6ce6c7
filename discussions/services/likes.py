"""Liking posts and comments on them: once each, and not one's own."""

from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from discussions.models import Like, Post, PostComment
from discussions.models.conversation import NOT_PARTED
from discussions.services.refusals import NotAllowed

if TYPE_CHECKING:
    from accounts.models import User

# One statement finds what may be liked, keeps it from being deleted meanwhile, and likes it. Who likes it already
# changes nothing. It answers whether there was something to like.
LIKE = """
WITH thing AS (
    SELECT t.id FROM {things}
     WHERE t.id = %(thing)s AND t.hidden_at IS NULL AND t.user_id <> %(person)s
       AND p.hidden_at IS NULL AND u.is_active
       AND {not_parted}
       FOR KEY SHARE OF t
), written AS (
    INSERT INTO likes (user_id, {column}) SELECT %(person)s, id FROM thing ON CONFLICT DO NOTHING
) SELECT EXISTS (SELECT FROM thing)
"""
NOT_PARTED_FROM_AUTHOR = NOT_PARTED.format(one="t.user_id", other="%(person)s")
LIKE_POST = LIKE.format(
    things="posts t JOIN posts p ON p.id = t.id JOIN users u ON u.id = t.user_id",
    column="post_id",
    not_parted=NOT_PARTED_FROM_AUTHOR,
)
LIKE_POST_COMMENT = LIKE.format(
    things="post_comments t JOIN posts p ON p.id = t.post_id JOIN users u ON u.id = p.user_id",
    column="post_comment_id",
    not_parted=NOT_PARTED_FROM_AUTHOR,
)


class Standing(NamedTuple):
    """What a button for liking shows, once this person has pressed it."""

    like_count: int
    is_liked: bool


def like_post(*, person: "User", post_id: int, on: bool) -> Standing:
    """Like a post, or take that back; the same again changes nothing.

    Raises `NotAllowed` for one's own post, for one that isn't seen, and when either has blocked the other. What one
    liked before can be taken back all the same.
    """
    if on:
        _like(LIKE_POST, person, post_id)
    else:
        Like.objects.filter(user=person, post=post_id).delete()
    found = Post.objects.visible_to(person).filter(pk=post_id).values_list("like_count", flat=True).first()
    return _standing(found, on)


def like_post_comment(*, person: "User", post_comment_id: int, on: bool) -> Standing:
    """Like a comment on a post, or take that back, as `like_post` does."""
    if on:
        _like(LIKE_POST_COMMENT, person, post_comment_id)
    else:
        Like.objects.filter(user=person, post_comment=post_comment_id).delete()
    comments = PostComment.objects.visible_to(person).filter(pk=post_comment_id)
    return _standing(comments.values_list("like_count", flat=True).first(), on)


def _like(statement: str, person: "User", thing_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"person": person.pk, "thing": thing_id})
        if not cursor.fetchone()[0]:
            raise NotAllowed


def _standing(count: int | None, is_liked: bool) -> Standing:
    if count is None:
        raise NotAllowed
    return Standing(count, is_liked)
