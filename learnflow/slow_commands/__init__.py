"""Commands of either store that took long, with what asked for them and their shape: never a value.

Each is a line in the log at once, and soon after a row of `slow_commands`, written by a thread of its own.
"""

import logging
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from learnflow.slow_commands import asking
from learnflow.slow_commands.recording import Recorder
from learnflow.slow_commands.shapes import shape_of_document, shape_of_sql

logger = logging.getLogger(__name__)
recorder = Recorder()

NAMES = {"postgresql": "PostgreSQL", "mongodb": "MongoDB"}


def is_slow(seconds: float) -> bool:
    return 0 < settings.SLOW_QUERY_MS <= seconds * 1000


def note(store: str, seconds: float, shape: Callable[[], str]) -> None:
    """Log and remember a command that was slow. Whoever waited for it never hears of a failure to do so."""
    try:
        asked_by = asking.asker()
        if asked_by == asking.NOBODY:
            return
        described, milliseconds = shape(), round(seconds * 1000)
        logger.warning("%s took %d ms for %s: %s", NAMES[store], milliseconds, asked_by, described)
        recorder.add(store, asked_by, described, milliseconds)
    except Exception as problem:  # its message might quote a value
        logger.error("A slow command of %s couldn't be noted: %s", store, type(problem).__name__)


# --- PostgreSQL -----------------------------------------------------------------------------------


def watch(connection: BaseDatabaseWrapper, **_of_the_signal: object) -> None:
    """Time what this connection executes; told of every new one, and again when it comes back from the pool."""
    if settings.SLOW_QUERY_MS > 0 and time_sql not in connection.execute_wrappers:
        # First of all: others, which last as long as a block, take away the last.
        connection.execute_wrappers.insert(0, time_sql)


def time_sql(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Mapping[str, Any]
) -> Any:  # also of a statement that fails: those that run into a time-out take longest
    began = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = perf_counter() - began
        if is_slow(seconds):
            note("postgresql", seconds, lambda: shape_of_sql(_text(sql)))


def time_commit(seconds: float) -> None:
    """A commit isn't executed as others are, and may wait for the disk and for deferred constraints."""
    if is_slow(seconds):
        note("postgresql", seconds, lambda: "COMMIT")


def _text(sql: Any) -> str:
    if isinstance(sql, bytes):
        return sql.decode(errors="replace")
    return sql if isinstance(sql, str) else sql.as_string()


# --- MongoDB --------------------------------------------------------------------------------------


def note_document(command: Mapping[str, Any], seconds: float) -> None:
    """A command that MongoDB got, slow as it was."""
    note("mongodb", seconds, lambda: shape_of_document(command))
