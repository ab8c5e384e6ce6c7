"""How much is unread: two counts, asked for by every page of somebody who is signed in, in one query."""

from typing import TYPE_CHECKING, NamedTuple

from django.db.models import IntegerField, Q, QuerySet, Subquery

from accounts.models import Role, User
from discussions.models.conversation import Conversation
from discussions.models.notification import Kind, Notification
from learnflow.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 100  # counted no further: "99+"
STAND_IN = 8_151_623_425_364_750


class Unread(NamedTuple):
    """Unread notifications, but for those of messages; and conversations with unread messages that aren't muted."""

    notifications: int = 0
    messages: int = 0


class Count(Subquery):
    """How many rows a query has."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _counts_of(role: str) -> "Callable[[int], QuerySet[User]]":
    """The query, which differs by role, for by that differs what a person sees."""

    def build(user_id: int) -> "QuerySet[User]":
        person = User(pk=user_id, role=role)
        # A message is counted where messages are: at the envelope.
        told = Notification.objects.of(person).unread().exclude(kind=Kind.MESSAGE)
        low = Q(low_user_id=user_id, low_unread__gt=0, low_muted_at=None)
        high = Q(high_user_id=user_id, high_unread__gt=0, high_muted_at=None)
        written = Conversation.objects.filter(low | high)
        counts = (Count(told.order_by().values("pk")[:MOST]), Count(written.order_by().values("pk")[:MOST]))
        return User.objects.filter(pk=user_id).values_list(*counts)

    return build


COUNTS = {role: Prepared(_counts_of(role), STAND_IN) for role in Role.values}


def unread_of(user: User) -> Unread:
    """What is unread of somebody who is signed in. Raises what PostgreSQL raises."""
    rows = COUNTS[user.role].rows(user.pk)
    return Unread(*rows[0]) if rows else Unread()
