"""A body that trickles in holds a thread of the web process, and there are few. So whoever sends one keeps a pace.

The thread that reads can't look at the clock while it waits for the network; one thread a process looks for all.
"""

import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from threading import Lock, Thread
from typing import Any

from django.core.exceptions import BadRequest

GRACE_SECONDS = 20.0
SLOWEST = 10_000  # bytes a second that a body has on average, once the grace is over
LOOK_SECONDS = 0.5
PIECE = 16_384  # bytes read at a time: the pace is known after each
QUICK_SECONDS = 1.0  # what has arrived by then never counts as waiting
# One thread stays free for pages.
MOST_WAITING = max(int(os.environ.get("WEB_THREADS") or 4) - 1, 1)


class PatientBody:
    """`wsgi.input` that breaks off when it is too slow. Raises BadRequest then, and when the client breaks off."""

    def __init__(self, body: Any, length: int, connection: socket.socket) -> None:
        self._body = body
        self._left = length
        self._connection = connection
        self._length = length
        self._began = time.monotonic()

    def read(self, size: int = -1) -> bytes:
        missing = self._left if size < 0 else min(size, self._left)
        pieces = []
        while missing:
            pieces.append(self._received(self._body.read, min(missing, PIECE)))
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def readline(self, size: int = -1) -> bytes:
        return self._received(self._body.readline, self._left if size < 0 else min(size, self._left))

    def readlines(self, hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _received(self, read: Callable[[int], bytes], size: int) -> bytes:
        if not size:
            return b""
        _guard.watch(self)
        try:
            data = read(size)
        except OSError as error:
            raise BadRequest("the body broke off") from error
        finally:
            _guard.forget(self)
        if not data:
            raise BadRequest("the body broke off")
        self._left -= len(data)
        return data

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def pace(self) -> float:
        """Bytes a second so far."""
        return (self._length - self._left) / max(self.seconds, 0.001)

    @property
    def is_too_slow(self) -> bool:
        return self.seconds > GRACE_SECONDS and self.pace < SLOWEST

    def break_off(self) -> None:
        """Wake the thread that reads: it finds the end of the connection."""
        try:
            self._connection.shutdown(socket.SHUT_RD)
        except OSError:
            pass  # the client was faster


class _Guard:
    """Knows the bodies that are being read in this process, and breaks off those that would keep pages waiting."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._reading: set[PatientBody] = set()
        self._thread: Thread | None = None

    def watch(self, body: PatientBody) -> None:
        with self._lock:
            self._reading.add(body)
            if self._thread is None:  # not before the web server has forked
                self._thread = Thread(target=self._look, name="patience", daemon=True)
                self._thread.start()

    def forget(self, body: PatientBody) -> None:
        with self._lock:
            self._reading.discard(body)

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            with self._lock:
                for body in self._hopeless():
                    body.break_off()

    def _hopeless(self) -> list[PatientBody]:
        """Those that are too slow; and while all threads wait, the slowest of those that aren't quick."""
        waiting = sorted((each for each in self._reading if each.seconds > QUICK_SECONDS), key=lambda each: each.pace)
        too_many = max(len(waiting) - MOST_WAITING, 0)
        return waiting[:too_many] + [each for each in waiting[too_many:] if each.is_too_slow]


_guard = _Guard()


def with_patience(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, whose bodies keep a pace where the web server shows the connection."""

    def patient(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        connection, length = environ.get("gunicorn.socket"), environ.get("CONTENT_LENGTH", "")
        if connection and length.isdecimal():
            environ["wsgi.input"] = PatientBody(environ["wsgi.input"], int(length), connection)
        return application(environ, start_response)

    return patient
