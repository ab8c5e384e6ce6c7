"""E-mails of what people are told of: one to each person with all that is due, sent by the worker.

Whoever takes somebody's rows makes them due again a little later, sends, and says then that they are sent. No lock is
held meanwhile, so a slow mail server stops nobody from writing. A worker that dies in between leaves rows that are due
again: an e-mail may come twice, with the same Message-ID, but none is lost.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.utils import timezone, translation

from accounts.models import User
from discussions.models import Kind, Notification
from discussions.models.notification import MAILED
from discussions.notification_email import compose
from discussions.services.notification_settings import deliveries_of

logger = logging.getLogger(__name__)

AT_ONCE = 500  # rows that are looked up together
LEASE = timedelta(minutes=5)  # longer than any e-mail takes
GIVEN_UP_AFTER = timedelta(days=1)
# What a mail server answers about one e-mail; everything else is about the server.
REFUSALS = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError, ValueError)

# In the order of ids, as whoever reads them: neither waits for what the other holds.
TAKE = """
WITH mine AS MATERIALIZED (
    SELECT id FROM notifications WHERE user_id = %s AND email_due_at <= statement_timestamp()
     ORDER BY id FOR NO KEY UPDATE
)
UPDATE notifications n SET email_due_at = statement_timestamp() + %s FROM mine WHERE n.id = mine.id
RETURNING n.id, n.created_at, n.email_due_at
"""
SENT = """
UPDATE notifications SET email_due_at = NULL, emailed_at = statement_timestamp(), email_failing_since = NULL
 WHERE id = ANY(%s)
"""
NOT_SENT = "UPDATE notifications SET email_due_at = NULL WHERE id = ANY(%s)"
# Each pause is as long as the time since the first failure, from a minute up to two hours.
TRY_AGAIN = """
UPDATE notifications
   SET email_failing_since = coalesce(email_failing_since, statement_timestamp()),
       email_due_at = CASE
           WHEN email_failing_since < statement_timestamp() - %s THEN NULL
           ELSE statement_timestamp() + least(greatest(statement_timestamp() - email_failing_since,
                                                       interval '1 minute'), interval '2 hours') END
 WHERE id = ANY(%s)
"""


class Taken(NamedTuple):
    """Rows of one person that nobody else sends for the time being."""

    ids: list[int]
    name: str  # of the e-mail: the same for the same rows


def send_what_is_due(*, seconds: float = 10) -> int:
    """Send what is due, for about so many seconds; how many e-mails were sent.

    When the mail server is away the rest waits for the next time.
    """
    end = time.monotonic() + seconds
    sent = 0
    server = get_connection()
    try:
        while people := _people_with_mail():
            for user_id in people:
                sent += _send_to(user_id, server)
                if time.monotonic() > end:
                    return sent
    except (SMTPException, OSError):
        return sent
    finally:
        _close(server)
    return sent


def _people_with_mail() -> list[int]:
    """Some of those whose e-mails are due, each once, who wait longest first."""
    waiting = Notification.objects.to_mail().order_by("email_due_at").values_list("user", flat=True)
    return list(dict.fromkeys(waiting[:AT_ONCE]))


def _send_to(user_id: int, server: BaseEmailBackend) -> int:
    """One e-mail with what is due of this person, 0 or 1. Raises when the server is away, and what was due stays so."""
    taken = _take(user_id)
    if not taken.ids:
        return 0  # another worker was faster
    person = User.objects.reachable().filter(pk=user_id).first()
    address = EmailAddress.objects.filter(user=user_id, primary=True, verified=True).first() if person else None
    rows = _still_to_tell(person, taken) if person and address else []
    if not (person and address and rows):
        _execute(NOT_SENT, taken.ids)
        return 0
    with translation.override(person.language or settings.LANGUAGE_CODE), timezone.override(person.zone):
        message = compose(person, address.email, rows, name=taken.name)
    message.connection = server
    try:
        server.open()  # once for all e-mails
        message.send()
    except (SMTPException, OSError, ValueError) as error:
        logger.warning("An e-mail to person %s could not be sent: %s", user_id, type(error).__name__)
        _execute(TRY_AGAIN, GIVEN_UP_AFTER, taken.ids)
        if isinstance(error, REFUSALS):
            return 0
        raise
    told = [row.pk for row in rows]
    _execute(SENT, told)
    _execute(NOT_SENT, sorted(set(taken.ids) - set(told)))
    return 1


def _take(user_id: int) -> Taken:
    rows = sorted(_execute(TAKE, user_id, LEASE))
    moments = "-".join(f"{pk}.{int(created_at.timestamp() * 1000)}" for pk, created_at, _ in rows)
    return Taken([pk for pk, *_ in rows], f"{user_id}:{moments}")


def _still_to_tell(person: User, taken: Taken) -> Sequence[Notification]:
    """What of this is unread, may be seen, and is still wanted by e-mail."""
    deliveries = deliveries_of(person)
    wanted = [kind for kind in Kind.values if deliveries[kind] in MAILED]
    mine = Notification.objects.of(person).unread().filter(pk__in=taken.ids, kind__in=wanted)
    return list(mine.for_page())


def _execute(statement: str, *values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def _close(server: BaseEmailBackend) -> None:
    """An e-mail server that is away can't be said goodbye to."""
    try:
        server.close()
    except (SMTPException, OSError):
        logger.info("The mail server ended the connection first")
