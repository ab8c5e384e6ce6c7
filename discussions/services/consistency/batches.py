"""Walking through a table by its key, a batch at a time."""

from collections.abc import Iterator

from django.db import connection

BATCH = 1_000
NEXT = "SELECT id FROM {table} WHERE id > %s ORDER BY id LIMIT %s"
# What the planner believes is enough for a progress bar, and counting a million rows isn't free.
ESTIMATE = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = %s::regclass"


def batches(table: str) -> Iterator[list[int]]:
    """The ids of all rows, in order."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(NEXT.format(table=table), [last, BATCH])
            batch = [row_id for (row_id,) in cursor.fetchall()]
        if not batch:
            return
        yield batch
        last = batch[-1]


def estimate(table: str) -> int:
    """How many rows a table has, roughly."""
    with connection.cursor() as cursor:
        cursor.execute(ESTIMATE, [table])
        return int(cursor.fetchone()[0])
