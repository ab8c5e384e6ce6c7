"""What somebody wrote, whatever kind of thing it is, as pages of moderation show it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import Course
from discussions.markdown import words_of_html
from discussions.models import Comment, DirectMessage, Post, PostComment
from discussions.models.report import TARGETS, Target, target_name

# What is asked for with a thing of each kind, so that describing it, and what it answers, asks nothing more.
READ_WITH = {
    "comment": ("user", "course", "parent__user", "parent__course"),
    "post": ("user",),
    "post_comment": ("user", "post__user"),
    "message": ("sender",),
    "person": (),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """`words` is what was typed, `html` the same to be shown; `url` where it stands, for those who may see it there."""

    name: str
    label: str
    author: User | None
    words: str
    html: str
    url: str
    created_at: datetime
    picture_url: str = ""
    picture_alt: str = ""
    course: Course | None = None
    hidden_at: datetime | None = None
    hidden_reason: str = ""
    is_deleted: bool = False

    @property
    def plain_words(self) -> str:
        """What is read, without the marks that were typed, in one line."""
        return words_of_html(self.html) or self.words


def things(name: str) -> QuerySet:
    """All things of one kind, to be described."""
    return TARGETS[name].objects.select_related(*READ_WITH[name])


def describe(target: Target) -> Thing:
    """The thing in words; asks for its author, and of a comment for its course, unless it came from `things`."""
    if isinstance(target, User):
        return Thing("person", _("Person"), target, target.bio, "", target.url, target.created_at)
    if isinstance(target, DirectMessage):
        url = reverse("conversation", args=[target.sender.username])
        html = target.content_html
        return Thing("message", _("Message"), target.sender, target.content, html, url, target.created_at)
    if isinstance(target, Post):
        words = [_("Post"), target.user, target.caption, target.caption_html]
        picture = {"picture_url": target.image.url, "picture_alt": target.alt}
    else:
        words = [_("Comment"), target.user, target.content, target.content_html]
        picture = {}
    return Thing(
        target_name(target),
        *words,
        url=target.get_absolute_url(),
        created_at=target.created_at,
        hidden_at=target.hidden_at,
        hidden_reason=target.hidden_reason,
        **picture,
        **_of_discussion(target),
    )


def _of_discussion(target: Comment | Post | PostComment) -> dict:
    if not isinstance(target, Comment):
        return {}
    return {"course": target.course, "is_deleted": target.deleted_at is not None}
