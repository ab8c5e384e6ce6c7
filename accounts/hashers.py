"""bcrypt takes a quarter of a second of a processor, so whoever waits for it must not hold what pages need.

Two things are held by a request: a connection of the pool, which goes back while the hash is computed, and a thread of
the web process, of which some always stay free for pages: when too many passwords are being hashed in this process,
the next one is refused at once instead of queueing.
"""

from contextlib import contextmanager
from threading import BoundedSemaphore

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
        with _place():
            return super().encode(password, salt)


# How many may be inside, waiting included, and how many of them compute: pages must get at the processor, too.
_places = BoundedSemaphore(settings.PASSWORDS_AT_ONCE)
_computing = BoundedSemaphore(max(1, settings.PASSWORDS_AT_ONCE - 1))


@contextmanager
def _place():
    # Commands and jobs hash one password after another and starve nobody.
    if current_origin() is None:
        yield
        return
    if not _places.acquire(blocking=False):
        raise TooManyPasswordsAtOnce
    try:
        if not connection.in_atomic_block:
            connection.close()
        with _computing:
            yield
    finally:
        _places.release()
