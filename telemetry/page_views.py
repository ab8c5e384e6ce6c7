"""What a lesson page shows to prove whose it is, of which lesson, and when it began: signed, so nobody makes one up."""

import re
import secrets
import time
from typing import TYPE_CHECKING, NamedTuple

from django.core.signing import BadSignature, Signer

if TYPE_CHECKING:
    from accounts.models import User

SIGNER = Signer(salt="telemetry.page_views", sep="~")
TOKEN = re.compile(r"[0-9]{1,19}\.[0-9]{1,19}\.[0-9a-f]{24}\.[0-9]{13}\.[\w-]{16}~[\w-]{43}", re.ASCII)


class BadPageView(Exception):
    """We didn't sign this."""


class PageView(NamedTuple):
    """One opening of a lesson page by somebody enrolled; `begun_ms` counts from 1970, by the web server's clock."""

    person_id: int
    course_id: int
    lesson_id: str
    begun_ms: int
    session: str


def begin_page_view(*, person: "User", course_id: int, lesson_id: str) -> str:
    """The token of a page view that begins now. It doesn't expire: a page may stay open for days."""
    begun_ms = time.time_ns() // 1_000_000
    return SIGNER.sign(f"{person.pk}.{course_id}.{lesson_id}.{begun_ms}.{secrets.token_urlsafe(12)}")


def read_page_view(token: str) -> PageView:
    """The page view of this token. Raises `BadPageView`."""
    if not TOKEN.fullmatch(token):
        raise BadPageView
    try:
        person_id, course_id, lesson_id, begun_ms, session = SIGNER.unsign(token).split(".")
    except BadSignature as error:
        raise BadPageView from error
    return PageView(int(person_id), int(course_id), lesson_id, int(begun_ms), session)
