"""Comments as pages show them: everything resolved beforehand, so that a page of fifty is drawn fast.

Most cards differ only in their words, so what is around them is drawn once for all of a shape (`{% filled %}`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext

from accounts.models import Role
from courses.models import Course
from discussions.models.comment_row import CommentRow
from discussions.models.post_row import PersonRow, PostCommentRow, PostRow
from learnflow.templatetags.ago import ago
from learnflow.templatetags.filled import mark

if TYPE_CHECKING:
    from accounts.models import User

Row = CommentRow | PostCommentRow | PostRow | PersonRow

DEEPEST_LOOK = 3  # further replies stand in line with these
RECENTLY = timedelta(hours=1)


class Author(NamedTuple):
    pk: int
    url: str
    full_name: str
    initials: str
    picture_url: str
    is_blocked: bool
    is_staff_here: bool


class When(NamedTuple):
    words: str
    iso: str
    exact: str


class Vote(NamedTuple):
    """The buttons of a comment, or only its score; `downvotes` is None for those who mustn't know."""

    pk: int
    score: int
    downvotes: int | None
    mine: int
    can_vote: bool


class Card(NamedTuple):
    pk: int
    look: int  # how far it stands to the right
    is_root: bool
    author: Author | None
    when: When
    words_html: str
    vote: Vote
    is_mine: bool
    is_edited: bool
    is_private: bool
    is_pinned: bool
    is_answer: bool
    is_answered: bool
    is_locked: bool
    is_hidden: bool
    hidden_reason: str
    is_deleted: bool
    is_legible: bool
    is_folded: bool
    can_reply: bool
    is_staff: bool
    reply_to: str = ""
    reply_to_id: int = 0
    is_target: bool = False
    takes_focus: bool = False

    def as_shape(self) -> tuple["Card", dict[str, str]]:
        """The card with marks for its words, and the words as HTML (`{% filled %}`)."""
        words = {
            "pk": str(self.pk),
            "when.words": escape(self.when.words),
            "when.iso": self.when.iso,
            "when.exact": escape(self.when.exact),
            "words_html": self.words_html,
            "score": str(self.vote.score),
            "hidden_reason": escape(self.hidden_reason),
            "reply_to": escape(self.reply_to),
            "reply_to_id": str(self.reply_to_id),
        }
        author = self.author
        if author:
            words |= {f"author.{name}": escape(getattr(author, name)) for name in NAMES_OF_AN_AUTHOR}
            # Whoever has no picture has a color, by the last digit.
            picture_url = mark("author.picture_url") if author.picture_url else ""
            author = Author(author.pk % 10, *MARKS_OF_AN_AUTHOR, picture_url, author.is_blocked, author.is_staff_here)
        shape = self._replace(
            pk=mark("pk"),
            author=author,
            when=MARKS_OF_A_TIME,
            words_html=mark("words_html"),
            vote=self.vote._replace(pk=mark("pk"), score=mark("score")),
            hidden_reason=self.hidden_reason and mark("hidden_reason"),
            reply_to=self.reply_to and mark("reply_to"),
            reply_to_id=mark("reply_to_id"),
        )
        return shape, words


NAMES_OF_AN_AUTHOR = ("url", "full_name", "initials", "picture_url")
MARKS_OF_AN_AUTHOR = (mark("author.url"), mark("author.full_name"), mark("author.initials"))
MARKS_OF_A_TIME = When(mark("when.words"), mark("when.iso"), mark("when.exact"))


@dataclass(frozen=True, slots=True)
class Thread:
    """A root and what is shown below it."""

    cards: list[Card]
    more_label: str
    url: str
    lesson_url: str = ""
    lesson_label: str = ""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a discussion, and whether they look after it."""

    user: "User"
    course: Course
    is_staff: bool


def when(moment: datetime) -> When:
    """How long ago, and exactly when in the zone of whoever reads it."""
    minute = timezone.now().replace(second=0, microsecond=0)
    language, zone = get_language(), timezone.get_current_timezone_name()
    words = _ago(moment, minute, language) if moment < minute - RECENTLY else ago(moment)
    return When(words, *_exactly(moment, zone, language))


# Many read the same pages within the same minute, and telling times takes longer than all else about a comment.
@lru_cache(maxsize=8_192)
def _ago(moment: datetime, minute: datetime, language: str | None) -> str:
    return ago(moment)


@lru_cache(maxsize=8_192)
def _exactly(moment: datetime, zone: str, language: str | None) -> tuple[str, str]:
    local = timezone.localtime(moment)
    return local.isoformat(), date_format(local, "DATETIME_FORMAT")


def author_of(row: Row, pk: int, *, is_blocked: bool, is_staff_here: bool = False) -> Author:
    """What a page says of a person, from the columns of a row; as `User` says it."""
    names = (row.first_name, row.last_name)
    return Author(
        pk=pk,
        url=f"/people/{row.username}/",
        full_name=" ".join(names).strip() or row.username,
        initials="".join(name[0] for name in names if name).upper() or row.username[0].upper(),
        picture_url=default_storage.url(row.avatar) if row.avatar else row.avatar_url,
        is_blocked=is_blocked,
        is_staff_here=is_staff_here,
    )


def _author(row: CommentRow, course: Course) -> Author | None:
    """None of somebody whose account is deleted or closed: they have no page any more."""
    if row.user_id is None or not row.author_is_active:
        return None
    is_staff_here = row.user_id == course.instructor_id or row.role == Role.ADMIN
    return author_of(row, row.user_id, is_blocked=row.author_is_blocked, is_staff_here=is_staff_here)


def card_of(row: CommentRow, viewer: Viewer, **marks: object) -> Card:
    """One comment as this person sees it; of one they may not read, only its place."""
    is_mine = row.user_id == viewer.user.pk
    is_open = row.is_legible and not (row.is_folded or row.is_barred)
    is_root = row.parent_id is None
    downvotes = row.downvotes if viewer.is_staff else None
    can_vote = is_open and not is_mine and row.hidden_at is None
    return Card(
        pk=row.pk,
        look=min(row.depth, DEEPEST_LOOK),
        is_root=is_root,
        author=_author(row, viewer.course) if row.is_legible else None,
        when=when(row.created_at),
        words_html=row.content_html if row.is_legible else "",
        vote=Vote(row.pk, row.score, downvotes, row.viewer_vote or 0, can_vote),
        is_mine=is_mine,
        is_edited=row.edited_at is not None,
        is_private=row.is_private,
        is_pinned=row.is_pinned,
        is_answer=row.is_answer,
        is_answered=is_root and row.root_answered_at is not None,
        is_locked=is_root and row.root_is_locked,
        is_hidden=row.is_legible and row.hidden_at is not None,
        hidden_reason=row.hidden_reason if row.is_legible else "",
        is_deleted=row.deleted_at is not None,
        is_legible=row.is_legible,
        is_folded=row.is_folded,
        can_reply=is_open and (viewer.is_staff or not row.root_is_locked),
        is_staff=viewer.is_staff,
        **marks,  # type: ignore[arg-type]
    )


def cards_of(rows: Iterable[CommentRow], viewer: Viewer, *, target: int = 0) -> list[Card]:
    """The places of one thread, in order; where they stand in line, each says to whom it answers."""
    names: dict[int, str] = {}
    cards = []
    for row in rows:
        marks: dict[str, object] = {"is_target": row.pk == target}
        if row.depth > DEEPEST_LOOK and names.get(row.parent_id or 0):
            marks |= {"reply_to": names[row.parent_id or 0], "reply_to_id": row.parent_id}
        card = card_of(row, viewer, **marks)
        names[row.pk] = card.author.full_name if card.author else ""
        cards.append(card)
    return cards


def thread_of(root: CommentRow, replies: list[CommentRow], viewer: Viewer, *, lesson_label: str = "") -> Thread:
    """A thread of a list: its first replies, and how many there are."""
    hidden = root.reply_count > sum(reply.is_legible for reply in replies)
    return Thread(
        cards=cards_of([root, *replies], viewer),
        more_label=all_replies_label(root.reply_count) if hidden else "",
        url=f"/comments/{root.pk}/",
        lesson_url=f"{viewer.course.url}lessons/{root.lesson_id}/" if lesson_label else "",
        lesson_label=lesson_label,
    )


def all_replies_label(count: int) -> str:
    return ngettext("Show the reply", "Show all %(n)d replies", count) % {"n": count}


def lesson_label(position: int | None) -> str:
    """What a thread about a lesson says of it; the lesson's title is in the other store."""
    return gettext("Lesson %(n)d") % {"n": position} if position else ""
