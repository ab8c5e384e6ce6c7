"""How an e-mail looks that tells somebody what happened."""

import hashlib
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import ngettext

from accounts.models import User
from discussions.models import Notification
from discussions.notification_text import NotificationText
from discussions.unsubscribe_tokens import token_for

MOST = 50  # notifications in one e-mail; of further ones it says how many there are
SUBJECT_LIMIT = 150


def compose(person: User, address: str, rows: Sequence[Notification], *, name: str) -> EmailMultiAlternatives:
    """One e-mail about these notifications, newest first, in the language and time zone that are active.

    The same `name` makes the same Message-ID, so that programs know an e-mail that comes twice.
    """
    told = [NotificationText.of(row) for row in rows[:MOST]]
    token = token_for(person.pk, {row.kind for row in rows})
    unsubscribe_url = _absolute(reverse("unsubscribe", args=[token]))
    context = {
        "person": person,
        "rows": [(each, _absolute(each.url)) for each in told],
        "more": len(rows) - len(told),
        "site_name": settings.SITE_NAME,
        "all_url": _absolute(reverse("notifications")),
        "settings_url": _absolute(reverse("notification_settings")),
        "unsubscribe_url": unsubscribe_url,
    }
    message = EmailMultiAlternatives(
        subject=_subject(told[0].sentence, len(rows) - 1),
        body=render_to_string("discussions/email/notifications.txt", context),
        to=[address],
        headers={
            "Message-ID": f"<{hashlib.sha256(name.encode()).hexdigest()[:40]}@{urlsplit(settings.SITE_URL).hostname}>",
            "List-Unsubscribe": f"<{unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string("discussions/email/notifications.html", context), "text/html")
    return message


def _subject(first: str, others: int) -> str:
    """What happened; of several things the newest, and how many more there are."""
    subject = Truncator(first).chars(SUBJECT_LIMIT)
    if not others:
        return subject
    sentence = ngettext("%(first)s, and %(n)d more", "%(first)s, and %(n)d more", others)
    return sentence % {"first": subject, "n": others}


def _absolute(path: str) -> str:
    return urljoin(settings.SITE_URL, path)
