"""`manage.py backup`: both stores at one point in time, and the uploads.

Writers wait only while both snapshots begin, so no act of theirs lies between the two. Everything is then read from
the snapshots, beside a living site.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from django.db import Error, OperationalError, connection, transaction

from courses.content.in_flight import in_the_picture
from courses.models.locks import hold_still
from learnflow.backup import CannotBackUp, tables, uploads
from learnflow.backup.folder import Writing, writing_backup
from learnflow.backup.manifest import Manifest, Table, collection_path, table_path
from learnflow.consistency import Watch
from learnflow.mongo import ContentUnavailable
from learnflow.mongo import collections as mongo_collections
from learnflow.mongo.collections import Snapshot, SnapshotLost, StoreRefused

LONGEST_WAIT = "2s"  # that writers are kept waiting for one that takes long
TRIES, PAUSE_SECONDS = 30, 1.0
BEING_ADDED = timedelta(hours=1)  # how long a lesson may be without a place before it counts as a loss
PLACED = "SELECT lesson_id FROM course_lessons WHERE lesson_id = ANY(%s)"
SIZES = "SELECT relname, greatest(reltuples, 0)::bigint FROM pg_class WHERE relnamespace = 'public'::regnamespace"


def save(place: Path, watch: Watch) -> Path:
    """Make a backup in this folder; where it is. Raises `CannotBackUp`, and then there is none."""
    if uploads.would_hold(place):
        raise CannotBackUp(f"No backup was made, for {place} lies among the uploads, which anybody may fetch.")
    with writing_backup(place) as writing:
        final = writing.folder.with_suffix("")
        try:
            with tables.snapshot() as rows, mongo_collections.snapshot() as documents:
                _save(writing, rows, documents, watch)
        except ContentUnavailable as error:
            raise CannotBackUp("MongoDB doesn't answer; no backup was made.") from error
        except SnapshotLost as error:
            raise CannotBackUp(
                "MongoDB no longer knows the point in time (it remembers five minutes), or its collections were "
                "changed meanwhile; no backup was made. Try again when less is going on."
            ) from error
        except StoreRefused as error:
            raise CannotBackUp(f"MongoDB refused, no backup was made: {error}.") from error
        except (psycopg.Error, Error) as error:
            raise CannotBackUp(f"PostgreSQL refused, no backup was made: {str(error).splitlines()[0]}.") from error
    return final


def _save(writing: Writing, rows: tables.Rows, documents: Snapshot, watch: Watch) -> None:
    watch.begin("Uploads", 0)
    uploads.save_new(writing, watch.advance)
    rows.hold_tables()
    _begin_together(rows, documents)
    now: datetime = rows.one("SELECT now()")
    manifest = Manifest(
        made_at=now.astimezone(UTC).isoformat(),
        epoch=rows.one("SELECT epoch FROM store_epoch"),
        servers={"postgresql": rows.one("SHOW server_version"), "mongodb": documents.server_version},
        migrations=dict(rows.all(tables.MIGRATIONS)),
        sequences=rows.sequences(),
    )
    # At once: what was named when the snapshots began may be deleted any time.
    uploads.save_new(writing, watch.advance)
    # MongoDB first, for it forgets.
    _save_documents(writing, documents, rows, manifest, now - BEING_ADDED, watch)
    _save_rows(writing, rows, manifest, watch)
    writing.finish(manifest)


def _begin_together(rows: tables.Rows, documents: Snapshot) -> None:
    """Begin both snapshots while nobody writes; a long transaction is waited for again and again."""
    for _ in range(TRIES):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
                hold_still()
                rows.begin()
                documents.begin()
            return
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
        time.sleep(PAUSE_SECONDS)
    raise CannotBackUp("Somebody is writing all the time, so that no backup could begin; try again later.")


def _save_documents(
    writing: Writing, documents: Snapshot, rows: tables.Rows, manifest: Manifest, since: datetime, watch: Watch
) -> None:
    def unplaced(lesson_ids: Iterable[str]) -> set[str]:
        ids = list(lesson_ids)
        return set(ids) - {lesson_id for (lesson_id,) in rows.all(PLACED, [ids])}

    queries = in_the_picture(documents, since=since, unplaced=unplaced)
    for name in documents.collections:
        watch.begin(f"MongoDB: {name}", 0)
        counted = _Count(watch)
        batches = _counted(documents.batches(name, queries.get(name, {})), counted)
        writing.write(collection_path(name), batches, packed=True)
        manifest.collections[name] = counted.number


def _save_rows(writing: Writing, rows: tables.Rows, manifest: Manifest, watch: Watch) -> None:
    sizes = dict(rows.all(SIZES))
    for name, columns in rows.tables.items():
        watch.begin(f"PostgreSQL: {name}", sizes[name])
        counted = _Count(watch)
        writing.write(table_path(name), rows.blocks(name, counted.add), packed=True)
        manifest.tables[name] = Table(columns, counted.number)


class _Count:
    def __init__(self, watch: Watch) -> None:
        self.number, self._watch = 0, watch

    def add(self, number: int) -> None:
        self.number += number
        self._watch.advance(number)


def _counted(batches: Iterator[bytes], counted: _Count) -> Iterator[bytes]:
    """The batches as they are; each document in them begins with its length."""
    for batch in batches:
        at = found = 0
        while at < len(batch):
            at += int.from_bytes(batch[at : at + 4], "little")
            found += 1
        counted.add(found)
        yield batch
