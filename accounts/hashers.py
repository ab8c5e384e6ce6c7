"""bcrypt takes a quarter of a second of a processor, so whoever waits for it must not hold what pages need.

A request holds a connection of the pool: it goes back while the hash is computed. It holds a thread of the web process:
one always stays free for pages, for a few passwords may be hashed or wait for it, and the next one is refused at once.
And it takes a processor: one thread a process computes, on Linux behind whatever else wants to run.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore, get_native_id

from django.conf import settings
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.db import connection

from accounts.origin import current_origin


class TooManyPasswordsAtOnce(Exception):
    """This process is hashing as many passwords as it may; trying again in a moment will do."""

    retry_after = 2


class ConsiderateBCryptSHA256PasswordHasher(BCryptSHA256PasswordHasher):
    """Django's bcrypt_sha256, hash for hash, that gives way to pages."""

    def encode(self, password, salt):
        """Raises TooManyPasswordsAtOnce inside a request when the places for hashing are taken."""
        if current_origin() is None:
            return super().encode(password, salt)  # commands and jobs keep no page waiting
        with _place():
            return _computer.submit(super().encode, password, salt).result()


def _give_way():
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), 10)


# How many may be inside, those that wait included.
_places = BoundedSemaphore(settings.PASSWORDS_AT_ONCE)
# Its thread starts with the first password, so after the web server has forked.
_computer = ThreadPoolExecutor(1, "passwords", _give_way)


@contextmanager
def _place():
    if not _places.acquire(blocking=False):
        raise TooManyPasswordsAtOnce
    try:
        if not connection.in_atomic_block:
            connection.close()
        yield
    finally:
        _places.release()
