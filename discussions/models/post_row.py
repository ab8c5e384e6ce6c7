"""Posts, comments on them, and people, as lists show them: rows of a few columns, for they are read far more often
than written."""

from datetime import datetime
from typing import NamedTuple

AUTHOR = ("username", "first_name", "last_name", "avatar", "avatar_url", "is_blocked")


class PostRow(NamedTuple):
    """The columns of a post and its author, and what it is to the viewer."""

    pk: int
    image: str
    width: int
    height: int
    alt: str
    caption_html: str
    like_count: int
    comment_count: int
    created_at: datetime
    edited_at: datetime | None
    hidden_at: datetime | None
    hidden_reason: str
    is_liked: bool
    is_folded: bool  # the viewer blocked the author
    is_apart: bool  # or the author the viewer
    user_id: int
    username: str
    first_name: str
    last_name: str
    avatar: str
    avatar_url: str
    author_is_blocked: bool


class PostCommentRow(NamedTuple):
    """The same of a comment on a post."""

    pk: int
    post_id: int
    content_html: str
    like_count: int
    created_at: datetime
    hidden_at: datetime | None
    hidden_reason: str
    is_liked: bool
    is_folded: bool
    is_apart: bool
    user_id: int
    username: str
    first_name: str
    last_name: str
    avatar: str
    avatar_url: str
    author_is_blocked: bool


class PersonRow(NamedTuple):
    """Somebody in a list of people; `place` is what the list is paged by."""

    pk: int
    username: str
    first_name: str
    last_name: str
    avatar: str
    avatar_url: str
    is_blocked: bool
    is_followed: bool
    is_apart: bool
    place: int


def columns_of(row: type[PostRow] | type[PostCommentRow]) -> list[str]:
    """What to ask of the table for such a row."""
    return [*row._fields[: row._fields.index("username")], *(f"user__{name}" for name in AUTHOR)]
