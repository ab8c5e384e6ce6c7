"""Rows of `slow_commands`, written by a thread of its own: neither who waited nor who comes next waits for them."""

import logging
import threading
from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from learnflow.slow_commands import asking
from telemetry.services.slow_commands import SlowTimes, add_slow_commands

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
MOST_WAITING = 200  # different ones; what is beyond stands in the log only
MOST_TRIES = 5


class Recorder:
    """Sums up what was slow, to be written down.

    `writes_soon`: by a thread that lives only while there is something to write. Web server and worker say so; a
    command does it at its end, for it may be one that lets nobody else connect.
    """

    def __init__(self, pause: float = PAUSE_SECONDS, *, writes_soon: bool = False) -> None:
        self.pause = pause
        self.writes_soon = writes_soon
        self.waiting: dict[tuple[str, str, str], SlowTimes] = {}
        self._lock = threading.Lock()
        self.writing: threading.Thread | None = None

    def add(self, store: str, asked_by: str, shape: str, milliseconds: int) -> None:
        """Have this written down."""
        now = timezone.now()
        with self._lock:
            self._sum_up([SlowTimes(store, asked_by, shape, now, now, 1, milliseconds, milliseconds)])
            # One that was there before a fork isn't there in the child.
            if self.writes_soon and (self.writing is None or not self.writing.is_alive()):
                self.writing = threading.Thread(target=self._keep_writing, name="slow-commands", daemon=True)
                self.writing.start()

    def write_down(self) -> bool:
        """Write what waits, over this thread's connection. False when PostgreSQL didn't take it: it goes on waiting."""
        with self._lock:
            found, self.waiting = list(self.waiting.values()), {}
        try:
            with asking.asked_by(asking.NOBODY):
                add_slow_commands(found)
        except Exception as problem:
            logger.warning("What was slow couldn't be written down: %s", type(problem).__name__)
            with self._lock:
                self._sum_up(found)
            return False
        return True

    def _sum_up(self, found: Iterable[SlowTimes]) -> None:
        for each in found:
            if each.key in self.waiting:
                self.waiting[each.key].add(each)
            elif len(self.waiting) < MOST_WAITING:
                self.waiting[each.key] = each

    def _keep_writing(self) -> None:
        """Until nothing waits, or PostgreSQL has refused it some times: then until the next is slow."""
        tries = 0
        pause = threading.Event()
        while tries < MOST_TRIES:
            pause.wait(self.pause * 2**tries)
            tries = 0 if self.write_down() else tries + 1
            connection.close()
            with self._lock:
                if not self.waiting:
                    self.writing = None
                    return
