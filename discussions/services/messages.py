"""Writing to each other, and having read it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models.functions import Coalesce, Now

from accounts.services.one_time_keys import once
from discussions.markdown import write_up
from discussions.models import Conversation, DirectMessage
from discussions.models.correspondence import REFUSAL, Refusal, refusal_of
from discussions.models.locks import hold_pair
from discussions.services.notifications import tell_of_message

if TYPE_CHECKING:
    from accounts.models import User

PAGE = 50

# Asked after the pair is held, so it sees every block and message that came before, and the ids of a conversation's
# messages are in the order of their commits: who has read up to one has missed none.
SEND = f"""
WITH verdict AS MATERIALIZED (
    SELECT {REFUSAL} AS refusal FROM users s JOIN users r ON r.id = %(receiver)s WHERE s.id = %(sender)s
), made AS (
    INSERT INTO conversations (low_user_id, high_user_id) SELECT %(low)s, %(high)s FROM verdict WHERE refusal IS NULL
        ON CONFLICT DO NOTHING RETURNING id
), place AS (
    SELECT id FROM made
     UNION ALL
    SELECT c.id FROM conversations c, verdict
     WHERE refusal IS NULL AND c.low_user_id = %(low)s AND c.high_user_id = %(high)s
), sent AS (
    INSERT INTO direct_messages (conversation_id, sender_id, receiver_id, content, content_html)
    SELECT id, %(sender)s, %(receiver)s, %(content)s, %(html)s FROM place RETURNING id, conversation_id, created_at
)
SELECT refusal, id, conversation_id, created_at FROM verdict LEFT JOIN sent ON true
"""
# What the reader has of `page` before them is read, and the notification of it, which isn't mailed any more. Nothing is
# locked or written when nothing is unread.
MARKING = """
held AS MATERIALIZED (
    SELECT id FROM conversations
     WHERE id = %(conversation)s
       AND CASE WHEN low_user_id = %(reader)s THEN low_unread WHEN high_user_id = %(reader)s THEN high_unread END > 0
       FOR NO KEY UPDATE
), marked AS (
    UPDATE direct_messages m SET is_read = true, read_at = now() FROM held
     WHERE m.conversation_id = held.id AND m.receiver_id = %(reader)s AND NOT m.is_read
       AND m.id <= (SELECT max(id) FROM page)
), seen AS (
    UPDATE notifications n SET read_at = now(), email_due_at = NULL FROM held
     WHERE n.user_id = %(reader)s AND n.kind = 'message' AND n.read_at IS NULL
       AND n.subject = 'conversation ' || held.id AND EXISTS (SELECT FROM page)
)
"""
COLUMNS = "id, sender_id, content_html, created_at FROM direct_messages WHERE conversation_id = %(conversation)s"
OLDER = f"(SELECT {COLUMNS} AND id < %(before)s ORDER BY id DESC LIMIT %(most)s)"
NEWER = f"(SELECT {COLUMNS} AND id >= %(after)s ORDER BY id LIMIT %(most)s)"
READ = f"WITH page AS MATERIALIZED ({{page}}), {MARKING} SELECT * FROM page ORDER BY id"
LOOK = "SELECT * FROM {page} AS page ORDER BY id"
NEWEST = 2**63 - 1


class MayNotWrite(Exception):
    """The sender may not write to the receiver; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class MessageRow(NamedTuple):
    pk: int
    sender_id: int
    content_html: str
    created_at: datetime


def may_write(*, sender: "User", receiver: "User") -> bool:
    """Whether this person may write to the other today. One query."""
    return refusal_of(sender=sender, receiver=receiver) is None


def send(*, sender: "User", receiver: "User", content: str, key: UUID) -> int:
    """Send a message and tell the receiver; its id, the same for a form sent twice.

    Five statements in one transaction: the key, the pair, the message, telling, the answer.
    Raises `MayNotWrite`, and `KeyOfAnotherRequest` when the key came with something else.
    """
    html = write_up(content).html
    sent = ["message", receiver.pk, content]
    return once(person=sender, key=key, sent=sent, act=lambda: _send(sender, receiver, content, html))


def _send(sender: "User", receiver: "User", content: str, html: str) -> int:
    low, high = sorted((sender.pk, receiver.pk))
    hold_pair(low, high)
    values: dict[str, Any] = {"low": low, "high": high, "sender": sender.pk, "receiver": receiver.pk}
    with connection.cursor() as cursor:
        cursor.execute(SEND, values | {"content": content, "html": html})
        row: tuple[Any, ...] = cursor.fetchone() or (Refusal.GONE, None, None, None)
    refusal, message_id, conversation_id, created_at = row
    if refusal:
        raise MayNotWrite(Refusal(refusal))
    message = DirectMessage(
        pk=message_id,
        conversation_id=conversation_id,
        sender=sender,
        receiver=receiver,
        content=content,
        content_html=html,
        created_at=created_at,
    )
    tell_of_message(message=message)
    return message_id


def read_page(
    *, reader: "User", conversation_id: int | None, before: int | None = None, marking: bool = True
) -> list[MessageRow]:
    """The newest messages, or those before one, oldest first; one more than a page holds, when there are more.

    What the page shows is read from now on, and so is what came before it. One statement.
    """
    arguments = {"before": before or NEWEST, "most": PAGE + 1}
    return _read(OLDER, reader, conversation_id, arguments, marking=marking)


def read_news(*, reader: "User", conversation_id: int | None, after: int) -> list[MessageRow]:
    """A page of the messages since this one, and it as the first if it is there: its day says what needn't be said.

    They are read from now on. One statement.
    """
    return _read(NEWER, reader, conversation_id, {"after": after, "most": PAGE + 1}, marking=True)


def _read(
    page: str, reader: "User", conversation_id: int | None, arguments: dict[str, Any], *, marking: bool
) -> list[MessageRow]:
    if conversation_id is None:
        return []
    arguments |= {"conversation": conversation_id, "reader": reader.pk}
    with connection.cursor() as cursor:
        cursor.execute((READ if marking else LOOK).format(page=page), arguments)
        return [MessageRow(*row) for row in cursor.fetchall()]


def mute(*, person: "User", other: "User") -> bool:
    """Hear no more of this conversation: no count, no notification; messages arrive. False when there is none."""
    column = _muted_column(person, other)
    return bool(Conversation.objects.between(person, other).update(**{column: Coalesce(column, Now())}))


def unmute(*, person: "User", other: "User") -> bool:
    """Hear of this conversation again. False when there is none."""
    return bool(Conversation.objects.between(person, other).update(**{_muted_column(person, other): None}))


def _muted_column(person: "User", other: "User") -> str:
    return "low_muted_at" if person.pk < other.pk else "high_muted_at"
