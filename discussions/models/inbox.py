"""Somebody's conversations, newest first, and what is found in them. What it costs doesn't grow with either."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.search import prefix_words
from discussions.models.correspondence import SHOWN

# Of each side the newest: a search looks no further, so that it costs the same after years of writing.
MESSAGES_SEARCHED = 1_000
CONVERSATIONS_SEARCHED = 500
NAMES_FOUND, MESSAGES_FOUND = 10, 30
EXCERPT = 600
BLOCKED_SHOWN = 100

SIDE = """
    (SELECT id, {other}_user_id AS other_id, last_message_id, last_at,
            {mine}_unread AS unread, {mine}_muted_at IS NOT NULL AS is_muted
       FROM conversations
      WHERE {mine}_user_id = %(viewer)s AND last_message_id IS NOT NULL {{after}}
      ORDER BY last_at DESC, id DESC LIMIT %(most)s)
"""
MINE = f"{SIDE.format(mine='low', other='high')} UNION ALL {SIDE.format(mine='high', other='low')}"
LIST = f"""
WITH mine AS ({MINE})
SELECT {SHOWN.format("u")}, mine.id AS conversation_id, mine.last_at, mine.unread, mine.is_muted,
       left(m.content, {EXCERPT}) AS content, m.sender_id = %(viewer)s AS is_mine
  FROM mine JOIN users u ON u.id = mine.other_id JOIN direct_messages m ON m.id = mine.last_message_id
 WHERE {{which}}
 ORDER BY mine.last_at DESC, mine.id DESC LIMIT %(shown)s
"""
AFTER = "AND (last_at, id) < (%(at)s, %(id)s)"
NEWEST = """
    (SELECT id, {other}_id AS other_id, search FROM direct_messages WHERE {mine}_id = %(viewer)s
      ORDER BY id DESC LIMIT %(most)s)
"""
MATCHES = f"""
WITH mine AS ({NEWEST.format(mine="sender", other="receiver")}
              UNION ALL {NEWEST.format(mine="receiver", other="sender")}),
found AS (SELECT id, other_id FROM mine WHERE search @@ to_tsquery('simple', %(words)s)
           ORDER BY id DESC LIMIT %(shown)s)
SELECT {SHOWN.format("u")}, m.id AS message_id, m.created_at AS last_at, m.content_html,
       m.sender_id = %(viewer)s AS is_mine
  FROM found JOIN direct_messages m ON m.id = found.id JOIN users u ON u.id = found.other_id
 ORDER BY m.id DESC
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends: the last conversation on it, and when it was written in."""

    last_at: datetime
    conversation_id: int


def conversations_of(viewer: User, *, most: int, after: Place | None = None) -> Sequence[Any]:
    """The other people, newest conversation first, each with `conversation_id`, `last_at`, `unread`, `is_muted`.

    The last message begins with `content`, and is the viewer's own when `is_mine`. One query.
    """
    arguments: dict[str, Any] = {"viewer": viewer.pk, "most": most, "shown": most}
    if after:
        arguments |= {"at": after.last_at, "id": after.conversation_id}
    return list(User.objects.raw(LIST.format(after=AFTER if after else "", which="true"), arguments))


def conversations_with(viewer: User, text: str) -> Sequence[Any]:
    """The same of people in whose names every word begins a part, among those one wrote with last. One query."""
    which = "u.search @@ to_tsquery('simple', %(words)s)"
    arguments = {"viewer": viewer.pk, "most": CONVERSATIONS_SEARCHED, "shown": NAMES_FOUND}
    return _search(LIST.format(after="", which=which), text, arguments)


def messages_with(viewer: User, text: str) -> Sequence[Any]:
    """The other people with `message_id`, `content_html`, `is_mine` and `last_at` of each message found. One query."""
    return _search(MATCHES, text, {"viewer": viewer.pk, "most": MESSAGES_SEARCHED, "shown": MESSAGES_FOUND})


def _search(sql: str, text: str, arguments: dict[str, Any]) -> Sequence[Any]:
    words = prefix_words(text)
    return list(User.objects.raw(sql, {**arguments, "words": words})) if words else []


def people_blocked_by(viewer: User) -> Sequence[User]:
    """Those whom this person blocked, the last one first; a page of them."""
    names = ("username", "first_name", "last_name", "avatar", "avatar_url", "is_active", "is_blocked")
    return list(User.objects.filter(blocked_by__user=viewer).only(*names).order_by("-blocked_by__pk")[:BLOCKED_SHOWN])
