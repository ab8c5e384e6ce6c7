"""PostgreSQL: rows out of a snapshot, and into empty tables."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from learnflow.backup import CannotRestore
from learnflow.backup.manifest import Table

# What a restored site makes anew: everybody signs in again, nobody has failed to yet, no worker is at work.
LEFT_OUT = (
    "cache",
    "django_migrations",
    "django_session",
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
    "rate_limits",
    "usersessions_usersession",
)
# Of jobs, those that somebody still waits for; what a clock begins will be begun again.
ONLY = {"procrastinate_jobs": "status = 'todo' OR status = 'doing' AND queueing_lock IS NULL"}
BEGIN_AGAIN = "UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL WHERE status = 'doing'"

TABLES = """
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND c.relname <> ALL (%s)
 GROUP BY c.relname ORDER BY c.relname
"""
SEQUENCES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' ORDER BY relname"
)
MIGRATIONS = "SELECT app, array_agg(name ORDER BY name) FROM django_migrations GROUP BY app ORDER BY app"

FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
  FROM pg_constraint
 WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND conparentid = 0
"""


class Rows:
    """All rows as they stood when `begin` was called, on a connection of their own and without its time-outs."""

    def __init__(self, connected: "psycopg.Connection[Any]") -> None:
        self._connection = connected
        self._connection.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        self.tables: dict[str, list[str]] = dict(self._connection.execute(TABLES, [list(LEFT_OUT)]).fetchall())

    def hold_tables(self) -> None:
        """Let nobody change tables from now on; the point in time isn't fixed by this."""
        self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        names = sql.SQL(", ").join(sql.Identifier("public", name) for name in (*self.tables, "django_migrations"))
        self._connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))

    def begin(self) -> None:
        """Fix the point in time: now."""
        self.one("SELECT now()")

    def one(self, query: str, arguments: Iterable[object] = ()) -> Any:
        """The first value that a query answers."""
        row = self._connection.execute(query.encode(), list(arguments)).fetchone()
        return row[0] if row else None

    def all(self, query: str, arguments: Iterable[object] = ()) -> list[Any]:
        return self._connection.execute(query.encode(), list(arguments)).fetchall()

    def sequences(self) -> dict[str, tuple[int, bool]]:
        """Where each sequence is. They know no point in time: no number is given twice, some may be skipped."""
        found = {}
        for (name,) in self.all(SEQUENCES):
            statement = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier("public", name))
            found[name] = self._connection.execute(statement).fetchone()
        return found

    def blocks(self, table: str, count: Callable[[int], None]) -> Iterator[bytes]:
        """A table's rows as COPY writes them; `count` is told how many more there are."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.tables[table]))
        which = sql.SQL(f"WHERE {ONLY[table]}" if table in ONLY else "")
        statement = sql.SQL("COPY (SELECT {} FROM {} {}) TO STDOUT").format(
            columns, sql.Identifier("public", table), which
        )
        collected, size = [], 0
        with self._connection.cursor().copy(statement) as copy:
            for row in copy:
                collected.append(bytes(row))
                size += len(row)
                if size > 256 * 1024:
                    count(len(collected))
                    yield b"".join(collected)
                    collected, size = [], 0
        count(len(collected))
        yield b"".join(collected)


@contextmanager
def snapshot() -> Iterator[Rows]:
    """PostgreSQL, to be read at one point in time. Raises `psycopg.Error`."""
    connected = connect()
    try:
        yield Rows(connected)
    finally:
        connected.close()


def connect() -> "psycopg.Connection[Any]":
    """A connection beside Django's, to the same database and as the same role."""
    parameters = connection.copy().get_connection_params()
    for ours in ("cursor_factory", "context"):
        parameters.pop(ours, None)
    return psycopg.connect(**parameters, autocommit=True)


def load(cursor: CursorWrapper, tables: dict[str, Table], blocks: Callable[[str], Iterable[bytes]]) -> Iterator[int]:
    """Fill the tables of the current schema with these rows alone, whatever their order; yields how many at a time.

    Foreign keys are away meanwhile, and checked once for all at the end; triggers rest, for what they did is in the
    rows. Within the caller's transaction. Raises `CannotRestore` when a table takes other rows than it was given.
    """
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table with checks to come can be altered
    cursor.execute(FOREIGN_KEYS)
    keys = cursor.fetchall()
    for table, name, _ in keys:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    names = ", ".join(_quoted(name) for name in tables)
    cursor.execute(f"TRUNCATE {names}")
    for name, table in tables.items():
        cursor.execute(f"ALTER TABLE {_quoted(name)} DISABLE TRIGGER USER")
        yield from _load_table(cursor, name, table, blocks(name))
    cursor.execute(BEGIN_AGAIN)
    for table, name, definition in keys:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _load_table(cursor: CursorWrapper, name: str, table: Table, blocks: Iterable[bytes]) -> Iterator[int]:
    columns = ", ".join(map(_quoted, table.columns))
    with cursor.copy(f"COPY {_quoted(name)} ({columns}) FROM STDIN") as copy:
        for block in blocks:
            copy.write(block)
            yield block.count(b"\n")
    if cursor.rowcount != table.rows:
        raise CannotRestore(f"Table {name} took {cursor.rowcount} of {table.rows} rows; nothing was changed.")


def finish(
    cursor: CursorWrapper,
    tables: Iterable[str],
    sequences: dict[str, tuple[int, bool]],
    *,
    beyond: dict[str, int],
) -> None:
    """Wake the triggers, and let the sequences go on where they were, or `beyond` that: no number is given twice."""
    for name in tables:
        cursor.execute(f"ALTER TABLE {_quoted(name)} ENABLE TRIGGER USER")
    for name, (last, is_called) in sequences.items():
        given = beyond.get(name, 0)
        cursor.execute(
            "SELECT setval(%s::regclass, %s, %s)", [_quoted(name), max(last, given), is_called or given >= last]
        )


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string()
