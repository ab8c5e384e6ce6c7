"""Posts, comments on them and people as pages show them: everything resolved beforehand, so that a feed is drawn fast.

Two that are equal look alike, so the HTML of one does for the other (`{% kept %}`).
"""

from typing import TYPE_CHECKING, NamedTuple

from django.core.files.storage import default_storage
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext

from discussions.markdown import words_of_html
from discussions.models.people import COUNTED
from discussions.models.post_row import PersonRow, PostCommentRow, PostRow
from discussions.views.comment_cards import Author, When, author_of, when

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

EXCERPT = 90


class Like(NamedTuple):
    """The button for liking, or only the count; `key` tells it from others on the page."""

    key: str
    url: str
    count: int
    is_liked: bool
    can_like: bool


class PostCard(NamedTuple):
    pk: int
    url: str
    author: Author
    when: When
    picture_url: str
    width: int
    height: int
    alt: str
    caption_html: str
    excerpt: str
    like: Like
    comment_count: int
    comments_label: str
    is_mine: bool
    is_edited: bool
    is_hidden: bool
    hidden_reason: str
    is_folded: bool
    can_comment: bool
    is_first: bool  # on its page: its picture is in sight, so it isn't waited with


class PostCommentCard(NamedTuple):
    pk: int
    url: str
    author: Author
    when: When
    content_html: str
    like: Like
    is_mine: bool
    is_hidden: bool
    hidden_reason: str
    is_folded: bool


class Follow(NamedTuple):
    """The button for following somebody, and, where the page shows them, how many do."""

    pk: int
    username: str
    name: str
    is_followed: bool
    can_follow: bool
    followers_label: str = ""
    followed_label: str = ""
    problem: str = ""


class Person(NamedTuple):
    """Somebody in a list of people."""

    author: Author
    follow: Follow


def post_card(row: PostRow, viewer: "User | AnonymousUser", *, is_first: bool = False) -> PostCard:
    """One post as this person sees it."""
    is_mine, url = row.user_id == viewer.pk, f"/posts/{row.pk}/"
    is_open = viewer.is_authenticated and row.hidden_at is None and not row.is_apart
    return PostCard(
        pk=row.pk,
        url=url,
        author=author_of(row, row.user_id, is_blocked=row.author_is_blocked),
        when=when(row.created_at),
        picture_url=default_storage.url(row.image),
        width=row.width,
        height=row.height,
        alt=row.alt,
        caption_html=row.caption_html,
        excerpt=Truncator(words_of_html(row.caption_html)).chars(EXCERPT),
        like=Like(f"post-{row.pk}", f"{url}like/", row.like_count, row.is_liked, is_open and not is_mine),
        comment_count=row.comment_count,
        comments_label=ngettext("%(n)d comment", "%(n)d comments", row.comment_count) % {"n": row.comment_count},
        is_mine=is_mine,
        is_edited=row.edited_at is not None,
        is_hidden=row.hidden_at is not None,
        hidden_reason=row.hidden_reason,
        is_folded=row.is_folded,
        can_comment=is_open,
        is_first=is_first,
    )


def post_cards(rows: list[PostRow], viewer: "User | AnonymousUser") -> list[PostCard]:
    return [post_card(row, viewer, is_first=number == 0) for number, row in enumerate(rows)]


def post_comment_card(row: PostCommentRow, viewer: "User | AnonymousUser", *, is_open: bool) -> PostCommentCard:
    """One comment as this person sees it, on a post that may be liked and commented on, or not."""
    is_mine, url = row.user_id == viewer.pk, f"/post-comments/{row.pk}/"
    is_liking = viewer.is_authenticated and not is_mine
    can_like = is_open and is_liking and row.hidden_at is None and not row.is_apart
    return PostCommentCard(
        pk=row.pk,
        url=url,
        author=author_of(row, row.user_id, is_blocked=row.author_is_blocked),
        when=when(row.created_at),
        content_html=row.content_html,
        like=Like(f"comment-{row.pk}", f"{url}like/", row.like_count, row.is_liked, can_like),
        is_mine=is_mine,
        is_hidden=row.hidden_at is not None,
        hidden_reason=row.hidden_reason,
        is_folded=row.is_folded,
    )


def person_card(row: PersonRow, viewer: "User") -> Person:
    author = author_of(row, row.pk, is_blocked=row.is_blocked)
    can_follow = row.pk != viewer.pk and not row.is_apart and not row.is_blocked
    return Person(author, Follow(row.pk, row.username, author.full_name, row.is_followed, can_follow))


def follow_of(person: "User", viewer: "User | AnonymousUser") -> Follow:
    """The button and the counts of somebody's own page; needs `with_standing`."""
    may = viewer.is_authenticated and viewer.pk != person.pk and person.can_sign_in and not person.is_apart
    count = person.follower_count
    return Follow(
        pk=person.pk,
        username=person.username,
        name=person.full_name,
        is_followed=person.is_followed,
        can_follow=may,
        followers_label=ngettext("%(n)s follower", "%(n)s followers", count) % {"n": _capped(count)},
        followed_label=gettext("follows %(n)s") % {"n": _capped(person.followed_count)},
    )


def _capped(count: int) -> str:
    return f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"
