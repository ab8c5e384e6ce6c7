"""What took long is summed up by what asked for it and its shape."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

LARGEST = 2**31 - 1
# In one order, so that two processes that write at once don't wait for each other in a circle. Late figures are no
# reason to keep anybody waiting.
ADD = """
WITH patience AS MATERIALIZED (
    SELECT set_config('lock_timeout', '1s', true), set_config('synchronous_commit', 'off', true))
INSERT INTO slow_commands AS known
       (store, asked_by, shape, shape_hash, times, total_ms, longest_ms, first_at, last_at)
SELECT seen.* FROM patience, unnest(
       %(store)s::text[], %(asked_by)s::text[], %(shape)s::text[], %(shape_hash)s::text[], %(times)s::int[],
       %(total_ms)s::bigint[], %(longest_ms)s::int[], %(first_at)s::timestamptz[], %(last_at)s::timestamptz[]) AS seen
ON CONFLICT (store, asked_by, shape_hash) DO UPDATE
   SET times = known.times + excluded.times, total_ms = known.total_ms + excluded.total_ms,
       longest_ms = greatest(known.longest_ms, excluded.longest_ms),
       last_at = greatest(known.last_at, excluded.last_at)
"""


@dataclass
class SlowTimes:
    """How often commands of one shape were slow for one asker, and for how many milliseconds."""

    store: str
    asked_by: str
    shape: str
    first_at: datetime
    last_at: datetime
    times: int = 1
    total_ms: int = 0
    longest_ms: int = 0

    def add(self, others: "SlowTimes") -> None:
        """Sum up with those of the same shape and asker."""
        self.times += others.times
        self.total_ms += others.total_ms
        self.longest_ms = max(self.longest_ms, others.longest_ms)
        self.first_at, self.last_at = min(self.first_at, others.first_at), max(self.last_at, others.last_at)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.store, self.asked_by, self.shape


def add_slow_commands(found: Iterable[SlowTimes]) -> None:
    """Write them down, each added to what is known of its asker and shape; all of them or none."""
    rows = sorted(found, key=lambda each: (each.store, each.asked_by, _hash(each.shape)))
    if not rows:
        return
    values: dict[str, Any] = {
        "store": [each.store for each in rows],
        "asked_by": [each.asked_by for each in rows],
        "shape": [each.shape for each in rows],
        "shape_hash": [_hash(each.shape) for each in rows],
        "times": [each.times for each in rows],
        "total_ms": [each.total_ms for each in rows],
        "longest_ms": [min(each.longest_ms, LARGEST) for each in rows],
        "first_at": [each.first_at for each in rows],
        "last_at": [each.last_at for each in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(ADD, values)


def _hash(shape: str) -> str:
    return hashlib.blake2b(shape.encode(), digest_size=16).hexdigest()
