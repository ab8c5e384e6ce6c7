"""What a notification says, on the page as in an e-mail: a sentence, some of the words, and where it leads."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from discussions.markdown import excerpt
from discussions.models import Kind, Notification

ICONS = {
    Kind.REPLY: "reply",
    Kind.MENTION: "chat-quote",
    Kind.PRIVATE_QUESTION: "question-circle",
    Kind.MESSAGE: "envelope",
    Kind.POST_COMMENT: "chat-dots",
    Kind.FOLLOWER: "person-plus",
    Kind.LESSON: "book",
    Kind.CERTIFICATE: "award",
    Kind.PURCHASE: "tag",
    Kind.MODERATION: "flag",
}


@dataclass(frozen=True)
class NotificationText:
    """One notification in words."""

    notification: Notification
    sentence: str
    excerpt: str
    url: str
    icon: str

    @classmethod
    def of(cls, notification: Notification) -> "NotificationText":
        """Needs what `for_page()` loads; only of notifications that this person may see today (`of(user)`)."""
        return cls(
            notification,
            " ".join(sentence_of(notification).split()),
            excerpt_of(notification),
            url_of(notification),
            ICONS[Kind(notification.kind)],
        )


def sentence_of(notification: Notification) -> str:
    """What happened, in one sentence without a full stop."""
    kind, times = notification.kind, notification.times
    names = {
        "name": notification.actor.full_name if notification.actor else _("Somebody"),
        "title": notification.course.title if notification.course else "",
        "n": times,
    }
    if kind == Kind.REPLY:
        return _("%(name)s replied to you in “%(title)s”") % names
    if kind == Kind.MENTION:
        return _mention_of(notification) % names
    if kind == Kind.PRIVATE_QUESTION:
        return _private_question_of(notification) % names
    if kind == Kind.MESSAGE:
        return ngettext("%(name)s sent you a message", "%(name)s sent you %(n)d messages", times) % names
    if kind == Kind.POST_COMMENT:
        return _("%(name)s commented on your post") % names
    if kind == Kind.FOLLOWER:
        return _("%(name)s follows you") % names
    if kind == Kind.LESSON:
        return ngettext("A new lesson in “%(title)s”", "%(n)d new lessons in “%(title)s”", times) % names
    if kind == Kind.CERTIFICATE:
        return _("Your certificate for “%(title)s” is ready") % names
    if kind == Kind.PURCHASE:
        return _("You bought “%(title)s”") % names
    return _decision_of(notification)


def _mention_of(notification: Notification) -> str:
    if notification.comment_id:
        return _("%(name)s mentioned you in “%(title)s”")
    if notification.post_comment_id:
        return _("%(name)s mentioned you in a comment on a post")
    return _("%(name)s mentioned you in a post")


def _private_question_of(notification: Notification) -> str:
    comment = notification.comment
    if comment and comment.asker_id == notification.user_id:
        return _("%(name)s answered your private question in “%(title)s”")
    if comment and comment.parent_id:
        return _("%(name)s wrote more about a private question in “%(title)s”")
    return _("%(name)s asked a private question in “%(title)s”")


def _decision_of(notification: Notification) -> str:
    if notification.subject.startswith("hiding"):
        if notification.post_comment_id:
            return _("Your comment on a post was hidden")
        return _("Your post was hidden") if notification.post_id else _("Your comment was hidden")
    if notification.subject.endswith("upheld"):
        return _("What you reported was taken down: thank you")
    return _("We looked at what you reported, and it stays")


def excerpt_of(notification: Notification) -> str:
    """The beginning of what was written, as plain text; why, where something was hidden."""
    thing = notification.comment or notification.post_comment or notification.post
    if notification.kind == Kind.MODERATION:
        return thing.hidden_reason if thing else ""
    if notification.conversation:
        last = notification.conversation.last_message
        return excerpt(last.content) if last and last.sender_id == notification.actor_id else ""
    if notification.comment or notification.post_comment:
        return excerpt(thing.content)
    return excerpt(notification.post.caption) if notification.post else ""


def url_of(notification: Notification) -> str:
    """The address of what it is about; of a decision about a report the list itself, for it shows nothing else."""
    if notification.comment:
        # A reply may stand far below the way to it.
        return f"{notification.comment.get_absolute_url()}#comment-{notification.comment_id}"
    if notification.post_comment:
        return notification.post_comment.get_absolute_url()
    if notification.post:
        return notification.post.get_absolute_url()
    if notification.conversation_id and notification.actor:
        return reverse("conversation", args=[notification.actor.username])
    if notification.kind == Kind.FOLLOWER and notification.actor:
        return notification.actor.url
    if notification.course and notification.lesson_id and notification.times == 1:
        return reverse("lesson", args=[notification.course.slug, notification.lesson_id])
    return notification.course.url if notification.course else reverse("notifications")
