"""Telling people: rows in the transaction of their cause, for those who may see it and want to know."""

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User
    from discussions.models import Comment, DirectMessage, Post, PostComment, Report


def tell_of_comment(*, comment: "Comment", mentioned: Collection[int]) -> None:
    """A reply to whom it answers, a private question to the staff and its answers to the asker, a mention to each."""


def tell_of_message(*, message: "DirectMessage") -> None:
    """The receiver, unless they muted the conversation; one row while they haven't looked."""


def tell_of_follower(*, follower: "User", followed: "User") -> None:
    """The followed person."""


def tell_of_post(*, post: "Post", mentioned: Collection[int]) -> None:
    """Those whom the caption mentions."""


def tell_of_post_comment(*, comment: "PostComment", mentioned: Collection[int]) -> None:
    """The author of the post, and those whom the comment mentions."""


def tell_of_hiding(*, thing: "Comment | Post | PostComment") -> None:
    """Its author, that it was hidden; the reason stands at the thing."""


def tell_of_decision(*, report: "Report") -> None:
    """The reporter, what became of the report."""
