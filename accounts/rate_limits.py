"""How often something may be tried. One statement a try, so that tries at the same instant are all counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.origin import current_origin

COUNT_A_TRY = """
INSERT INTO rate_limits AS seen (key, window_start, count) VALUES (%(key)s, %(now)s, %(number)s)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN seen.window_start > %(oldest)s THEN seen.count + excluded.count ELSE excluded.count END,
    window_start = CASE WHEN seen.window_start > %(oldest)s THEN seen.window_start ELSE excluded.window_start END
RETURNING count, window_start
"""
TAKE_TRIES_BACK = "UPDATE rate_limits SET count = greatest(count - %s, 0) WHERE key = %s"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` in a window that begins with the first of them; no window is longer than a day."""

    name: str
    tries: int
    window: timedelta

    def key(self, subject: str) -> str:
        """The name of the counter. Keyed, so that the table tells nobody which addresses were tried."""
        return f"{self.name}:{salted_hmac('accounts.rate_limits', subject.lower()).hexdigest()[:32]}"

    def arguments(self, subject: str, *, number: int = 1) -> dict[str, Any]:
        """Of COUNT_A_TRY, for so many tries."""
        now = timezone.now()
        return {"key": self.key(subject), "now": now, "oldest": now - self.window, "number": number}

    def check(self, count: int, window_start: datetime) -> None:
        """What COUNT_A_TRY answered; raises TooManyTries when it is one too many."""
        if count > self.tries:
            seconds = (window_start + self.window - timezone.now()).total_seconds()
            raise TooManyTries(max(1, ceil(seconds)))


# A school signs in and up from behind one address, so what is counted per address is generous.
SIGN_IN_PER_ACCOUNT = Limit("sign_in_account", 10, timedelta(minutes=10))
SIGN_IN_PER_ADDRESS = Limit("sign_in_address", 100, timedelta(minutes=10))
SIGN_UP_PER_ADDRESS = Limit("sign_up_address", 120, timedelta(hours=1))
RESET_PER_ACCOUNT = Limit("reset_account", 5, timedelta(hours=1))
RESET_PER_ADDRESS = Limit("reset_address", 60, timedelta(hours=1))
CONFIRM_PER_ACCOUNT = Limit("confirm_account", 5, timedelta(hours=1))
PASSWORD_PER_PERSON = Limit("password_person", 10, timedelta(minutes=10))


class TooManyTries(Exception):
    """The limit is reached; `retry_after` seconds from now there is room again."""

    def __init__(self, retry_after: int):
        super().__init__(f"Too many tries, room again in {retry_after} seconds.")
        self.retry_after = retry_after


def count_try(limit: Limit, subject: str, *, number: int = 1) -> None:
    """Count tries of a subject (an address, an account); raises TooManyTries when it is one too many."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_A_TRY, limit.arguments(subject, number=number))
        count, window_start = cursor.fetchone()
    limit.check(count, window_start)


def take_try_back(limit: Limit, subject: str, *, number: int = 1) -> None:
    """Forget counted tries: what succeeded is no guess, and what we couldn't take nobody's fault."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_TRIES_BACK, [number, limit.key(subject)])


def current_address() -> str:
    """The address of the current request as limits see it: IPv6 by its /64, for one subscriber owns all of it."""
    origin = current_origin()
    address = origin.ip_address if origin else None
    if not address:
        return "unknown"
    if ip_address(address).version == 6:
        return str(ip_network(f"{address}/64", strict=False).network_address)
    return address
