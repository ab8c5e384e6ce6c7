"""One round of summing at a time. It holds the roll-up for a while and goes on holding it as it works.

A round that doesn't is taken for dead after `HELD_SECONDS`, and the next one begins. Should it be alive after all, it
learns so before it writes, in the same transaction.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import Error, connection

HELD_SECONDS = 60
RENEW_SECONDS = HELD_SECONDS / 4

# The copies of times are written in the order of rounds, over the epochs of restores.
BEGIN = f"""
INSERT INTO rollups AS r (id, round, begun_at, held_until)
VALUES (1, 1, clock_timestamp(), clock_timestamp() + interval '{HELD_SECONDS} s')
    ON CONFLICT (id) DO UPDATE
   SET round = r.round + 1, begun_at = excluded.begun_at, held_until = excluded.held_until
 WHERE r.held_until IS NULL OR r.held_until < clock_timestamp()
RETURNING round, watermark, first_progress_version() + round
"""
HOLD = f"""
UPDATE rollups SET held_until = clock_timestamp() + interval '{HELD_SECONDS} s' WHERE id = 1 AND round = %s
"""
NOTE = "UPDATE rollups SET watermark = %s WHERE id = 1 AND round = %s"
FINISH = """
UPDATE rollups SET held_until = NULL, finished_at = CASE WHEN %s THEN clock_timestamp() ELSE finished_at END
 WHERE id = 1 AND round = %s
"""


class RoundUnderWay(Exception):
    """Another round is at work."""


class RoundLost(Exception):
    """Another round has begun: it does what is left to do."""


@dataclass
class Round:
    """A round of summing. Everything until `watermark` is summed; `version` is that of the copies which it writes."""

    number: int
    watermark: int
    version: int
    renewed: float = field(default_factory=time.monotonic)

    def hold(self) -> None:
        """Go on holding the roll-up; within a transaction, no other round begins before its end. Raises `RoundLost`."""
        if not _run(HOLD, [self.number]):
            raise RoundLost
        self.renewed = time.monotonic()

    def hold_on(self) -> None:
        """The same, when it is time to."""
        if time.monotonic() - self.renewed > RENEW_SECONDS:
            self.hold()

    def note(self, watermark: int) -> None:
        """Everything until this moment is summed. Raises `RoundLost`."""
        if not _run(NOTE, [watermark, self.number]):
            raise RoundLost
        self.watermark = watermark


@contextmanager
def begun_round(*, patience: timedelta = timedelta(0)) -> Iterator[Round]:
    """A round of one's own. Raises `RoundUnderWay` when another one is still at work after `patience`."""
    deadline = time.monotonic() + patience.total_seconds()
    while not (begun := _begin()):
        if time.monotonic() >= deadline:
            raise RoundUnderWay
        time.sleep(0.2)
    try:
        yield begun
    except BaseException:
        with suppress(Error):
            _run(FINISH, [False, begun.number])
        raise
    _run(FINISH, [True, begun.number])


def _begin() -> Round | None:
    with connection.cursor() as cursor:
        cursor.execute(BEGIN)
        row = cursor.fetchone()
    return Round(*row) if row else None


def _run(sql: str, arguments: Sequence[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.rowcount
