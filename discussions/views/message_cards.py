"""Conversations and messages as pages show them: everything resolved beforehand."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.utils.formats import date_format, time_format
from django.utils.safestring import SafeString
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.search import words_of
from courses.models.search import BEGIN, END, marked
from discussions.markdown import EXCERPT_LENGTH, excerpt, words_of_html
from discussions.services.messages import MessageRow
from discussions.views.comment_cards import When, when

WORDS_BEFORE = 24


class Letter(NamedTuple):
    """One line of a list: a conversation with its last message, or a message that was found."""

    url: str
    person: User
    words: str
    when: When
    is_mine: bool
    unread: int = 0
    is_muted: bool = False


class Line(NamedTuple):
    """One message; `day` is the words of its day where that begins."""

    pk: int
    is_mine: bool
    words_html: str
    clock: str
    iso: str
    exact: str
    day: str
    report_url: str


def letter_of(row: Any) -> Letter:
    """Of a row of `conversations_of`."""
    url = address_with(row)
    return Letter(url, row, excerpt(row.content), when(row.last_at), row.is_mine, row.unread, row.is_muted)


def found_letter_of(row: Any, words: str) -> Letter:
    """Of a row of `messages_with`, around the first of these words; leads to the page of history that ends with it."""
    url = f"{address_with(row)}?before={row.message_id + 1}#message-{row.message_id}"
    return Letter(url, row, _surroundings(row.content_html, words), when(row.last_at), row.is_mine)


def _surroundings(html: str, words: str) -> SafeString:
    text = words_of_html(html)
    beginnings = "|".join(words_of(words))
    wanted = re.compile(rf"(?<!\w)(?:{beginnings})\w*", re.IGNORECASE)
    first = wanted.search(text)
    start = text.rfind(" ", 0, max(0, first.start() - WORDS_BEFORE)) + 1 if first else 0
    cut = ("…" if start else "") + text[start : start + EXCERPT_LENGTH]
    return marked(wanted.sub(lambda found: f"{BEGIN}{found[0]}{END}", cut))


def address_with(person: User) -> str:
    """Where the conversation with this person is, or would be."""
    return f"/messages/{person.username}/"


def lines_of(rows: Iterable[MessageRow], viewer: User, *, since: MessageRow | None = None) -> list[Line]:
    """The lines of these messages, as they follow `since` in the page."""
    today = localdate()
    last_day = localdate(since.created_at) if since else None
    lines = []
    for row in rows:
        local = localtime(row.created_at)
        day = _day(local.date(), today) if local.date() != last_day else ""
        last_day = local.date()
        is_mine = row.sender_id == viewer.pk
        words = [time_format(local, "TIME_FORMAT"), local.isoformat(), date_format(local, "DATETIME_FORMAT")]
        report_url = "" if is_mine else f"/report/message/{row.pk}/"
        lines.append(Line(row.pk, is_mine, row.content_html, *words, day, report_url))
    return lines


def news_of(rows: Sequence[MessageRow], viewer: User, *, after: int) -> list[Line]:
    """The lines of what `read_news` answers."""
    is_known = bool(rows) and rows[0].pk == after
    return lines_of(rows[1:] if is_known else rows, viewer, since=rows[0] if is_known else None)


def _day(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    return _("Yesterday") if today - day == timedelta(days=1) else date_format(day, "DATE_FORMAT")
