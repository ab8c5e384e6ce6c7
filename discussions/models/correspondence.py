"""What one person has with another: their conversation, and whether they may write to each other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User

if TYPE_CHECKING:
    from collections.abc import Mapping


class Refusal(models.TextChoices):
    """Why somebody may not write; the sentences say what helps, and never that one was blocked."""

    BLOCKED = "blocked", _("You blocked %(name)s. Unblock them to write again.")
    REFUSED = "refused", _("You can’t write to %(name)s at present.")
    GONE = "gone", _("%(name)s can’t sign in at present, so nobody would read it.")
    STRANGERS = (
        "strangers",
        _("You can write to %(name)s when you follow each other, or when one of you takes a course of the other."),
    )


# Who may write to whom, and nothing else says it: the sender is row `s` of users, the receiver row `r`; NULL is a yes.
# An instructor counts as one while they have the role, as in `Course.objects.editable_by`.
REFUSAL = """
CASE
    WHEN EXISTS (SELECT FROM user_blocks WHERE user_id = s.id AND blocked_user_id = r.id) THEN 'blocked'
    WHEN EXISTS (SELECT FROM user_blocks WHERE user_id = r.id AND blocked_user_id = s.id) THEN 'refused'
    WHEN r.is_blocked OR NOT r.is_active THEN 'gone'
    WHEN s.role = 'admin' THEN NULL
    WHEN EXISTS (SELECT FROM follows WHERE user_id = s.id AND user_followed_id = r.id)
     AND EXISTS (SELECT FROM follows WHERE user_id = r.id AND user_followed_id = s.id) THEN NULL
    WHEN r.role <> 'learner' AND EXISTS (
        SELECT FROM enrollments e JOIN courses c ON c.id = e.course_id
         WHERE e.user_id = s.id AND e.status <> 'cancelled' AND c.instructor_id = r.id) THEN NULL
    WHEN s.role <> 'learner' AND EXISTS (
        SELECT FROM enrollments e JOIN courses c ON c.id = e.course_id
         WHERE e.user_id = r.id AND e.status <> 'cancelled' AND c.instructor_id = s.id) THEN NULL
    WHEN r.role = 'admin' AND EXISTS (
        SELECT FROM conversations c JOIN direct_messages m ON m.conversation_id = c.id
         WHERE c.low_user_id = least(s.id, r.id) AND c.high_user_id = greatest(s.id, r.id)
           AND m.sender_id = r.id) THEN NULL
    ELSE 'strangers'
END
"""
# The columns of somebody whom a page names.
SHOWN = "{0}.id, {0}.username, {0}.first_name, {0}.last_name, {0}.avatar, {0}.avatar_url, {0}.is_active, {0}.is_blocked"
FIND = f"""
SELECT {SHOWN.format("r")}, c.id AS conversation_id, coalesce(c.last_message_id, 0) AS last_message_id,
       coalesce(CASE WHEN c.low_user_id = s.id THEN c.low_unread ELSE c.high_unread END, 0) AS unread,
       CASE WHEN c.low_user_id = s.id THEN c.low_muted_at ELSE c.high_muted_at END IS NOT NULL AS is_muted,
       CASE WHEN c.id IS NULL OR %(is_asked)s THEN {REFUSAL} END AS refusal
  FROM users r
  JOIN users s ON s.id = %(viewer)s AND s.id <> r.id
  LEFT JOIN conversations c ON c.low_user_id = least(s.id, r.id) AND c.high_user_id = greatest(s.id, r.id)
 WHERE {{which}}
"""
BY_NAME = FIND.format(which="lower(r.username) = lower(%(name)s)")
BY_ID = FIND.format(which="r.id = %(id)s")


@dataclass(frozen=True, slots=True)
class Correspondence:
    """`last_message_id` is 0 while nothing was written; `unread` counts what the viewer hasn't read."""

    person: User
    conversation_id: int | None
    last_message_id: int
    unread: int
    is_muted: bool
    refusal: Refusal | None

    @property
    def exists(self) -> bool:
        """Whether the viewer may know of it: they have written to each other, or the viewer may write."""
        return self.conversation_id is not None or self.refusal is None


def correspondence_with(username: str, *, viewer: User, with_refusal: bool = True) -> Correspondence | None:
    """What the viewer has with the person of this name; None for oneself, and when there is no such person.

    Without `with_refusal` that is found out only where they have never written to each other. One query.
    """
    return _find(BY_NAME, {"name": username, "viewer": viewer.pk, "is_asked": with_refusal})


def refusal_of(*, sender: User, receiver: User) -> Refusal | None:
    """Why this person may not write to the other; None when they may. One query."""
    found = _find(BY_ID, {"id": receiver.pk, "viewer": sender.pk, "is_asked": True})
    return found.refusal if found else Refusal.GONE


def _find(sql: str, arguments: "Mapping[str, Any]") -> Correspondence | None:
    for person in User.objects.raw(sql, arguments):
        return Correspondence(
            person=person,
            conversation_id=person.conversation_id,
            last_message_id=person.last_message_id,
            unread=person.unread,
            is_muted=person.is_muted,
            refusal=Refusal(person.refusal) if person.refusal else None,
        )
    return None
