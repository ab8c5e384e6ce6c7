"""`manage.py restore`: a backup into the stores, all of it or one of them.

Everything is looked through first. Then the new is made beside the old: uploads under their own names, documents in
collections beside those that stand, tables in a schema beside theirs. Only at the very end, within a moment,
collections and tables take their places. Whatever breaks off before that moment leaves the old site as it was; for the
moment itself the database is closed to LearnFlow, and stays so until restoring is done again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.core.cache import cache
from django.core.management import call_command
from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader

from accounts.models import AuditAction
from accounts.services import audit
from courses import content
from courses.content.progress import COLLECTIONS as PROGRESS
from courses.models import Enrollment
from courses.models.store_epoch import CHANGES_BITS, IMPOSSIBLE
from courses.services.losses import Loss, lost_progress, lost_versions
from courses.services.restoration import begin_epoch, catch_up
from learnflow import mongo
from learnflow.backup import CannotRestore, manifest, schema, tables, target, uploads
from learnflow.backup.manifest import Manifest, blocks_of, collection_path, documents_of, table_path
from learnflow.consistency import Watch
from learnflow.database_roles import connected_as_owner, grant_application_role
from learnflow.mongo import ContentUnavailable
from learnflow.mongo import collections as mongo_collections
from learnflow.mongo.collections import Beside, StoreRefused
from telemetry import events
from telemetry.services.partitions import make_partitions
from telemetry.services.rollup import rebuild, roll_up

POSTGRESQL, MONGODB = "postgresql", "mongodb"
BOTH = (POSTGRESQL, MONGODB)
LOCK_TIMEOUT = "10s"
COLLECTIONS = (*content.COLLECTIONS, *events.COLLECTIONS)
VERSIONS = ("version", "times_version")  # of copies in progress documents
A_ROUND = timedelta(minutes=2)  # that was at work when the backup was made is over by then


@dataclass(frozen=True)
class Restored:
    """What was put where, for the one who asked for it and for the audit log."""

    folder: Path
    made_at: datetime
    stores: tuple[str, ...]
    epoch: int
    uploads_kept: int


def restore(folder: Path, *, stores: tuple[str, ...] = BOTH, overwrite: bool, watch: Watch) -> Restored:
    """Bring a backup back into these stores; what is in them goes. The copies follow by `catch_up_with`.

    Raises `CannotRestore`, which says what was changed, if anything.
    """
    saved = look_through(folder, watch=watch)
    try:
        with connected_as_owner():
            epoch = _restore_as_owner(folder, saved, stores, overwrite, watch)
    except ContentUnavailable as error:
        raise CannotRestore(f"MongoDB doesn't answer; {_left_behind(folder)}") from error
    except (StoreRefused, Error, OSError) as error:
        raise CannotRestore(f"{str(error).splitlines()[0]}; {_left_behind(folder)}") from error
    watch.begin("Bringing the stores up to date", 0)
    try:
        _bring_up_to_date()
    except Exception as error:  # whatever it is, the stores are replaced by now
        raise CannotRestore(
            f"The backup was restored, but not brought up to date ({error}): say manage.py migrate, then check_stores."
        ) from error
    kept = len(set(uploads.names()) - set(saved.uploads))
    restored = Restored(folder, datetime.fromisoformat(saved.made_at), stores, epoch, kept)
    details = {"made_at": saved.made_at, "stores": list(stores), "epoch": epoch}
    audit.record(
        actor=None, action=AuditAction.STORES_RESTORED, resource=("backup", folder.name[:100]), details=details
    )
    return restored


def look_through(folder: Path, *, watch: Watch) -> Manifest:
    """Read all of a backup; what it says of itself, which is true. Raises `CannotRestore` when it isn't."""
    saved = manifest.read(folder)
    _refuse_newer(saved)
    watch.begin("Looking through the backup", sum(file.size for file in saved.files.values()))
    manifest.verify(folder, saved, watch.advance)
    return saved


def catch_up_with(restored: Restored, watch: Watch) -> list[Loss]:
    """Make anew what is copied from one store to the other; what was lost when one of them is older now.

    Raises `ContentUnavailable`.
    """
    losses = []
    if restored.stores == (POSTGRESQL,):
        watch.begin("What only MongoDB knows", Enrollment.objects.count())
        losses.append(lost_progress(advance=watch.advance))
    if restored.stores == (MONGODB,):
        watch.begin("What only PostgreSQL knows", 0)
        losses.append(lost_versions(since=restored.made_at, advance=watch.advance))
    catch_up(begin=watch.begin, advance=watch.advance)
    make_partitions()
    if restored.stores == BOTH:
        roll_up(watch=watch, patience=A_ROUND)
    else:
        rebuild(watch=watch, patience=A_ROUND)
    return [each for each in losses if each.count]


def _refuse_newer(saved: Manifest) -> None:
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    for app, names in saved.migrations.items():
        for name in names:
            if (app, name) not in known:
                raise CannotRestore(
                    f"The backup knows a change of the tables that this LearnFlow doesn't ({app} {name}): it was made "
                    "by a newer version, which can restore it. Nothing was changed."
                )


def _left_behind(folder: Path) -> str:
    """What an attempt that broke off has left, when what it made beside is tidied away."""
    try:
        with connected_as_owner():
            schema.forget()
            is_between = target.unfinished_restore()
    except Error:
        return f"if LearnFlow can't connect to PostgreSQL afterwards, restore {folder} again with --overwrite."
    if is_between:
        return f"one store was replaced and the other wasn't: restore {folder} again with --overwrite."
    return "neither store was changed."


def _restore_as_owner(folder: Path, saved: Manifest, stores: tuple[str, ...], overwrite: bool, watch: Watch) -> int:
    """Replace the stores; the new epoch."""
    target.refuse_others()
    if MONGODB not in stores and target.unfinished_restore():
        raise CannotRestore("An earlier restore broke off when it was replacing MongoDB, which is still to be done.")
    with mongo_collections.beside() as collections:
        if not overwrite:
            target.refuse_what_stands(stores, collections)
        watch.begin("Uploads", sum(file.size for file in saved.uploads.values()))
        uploads.bring_back(folder, saved, watch.advance)
        if MONGODB in stores:
            _fill_collections(folder, saved, collections, watch)
        newest = max(collections.highest(PROGRESS[0][0], each, below=IMPOSSIBLE) for each in VERSIONS)
        known = (saved.epoch, target.epoch(), newest >> CHANGES_BITS)
        highest = max(each for each in (0, *known) if each < IMPOSSIBLE >> CHANGES_BITS)
        if POSTGRESQL in stores:
            epoch = _make_tables(folder, saved, highest, watch)
        watch.begin("Putting everything in its place", 0)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            if POSTGRESQL in stores:
                schema.put_in_place(cursor, keep=target.UNFINISHED)
            else:
                epoch = begin_epoch(above=highest)
            if MONGODB in stores:
                target.close(folder.name)
                collections.take_places(saved.collections)
            target.open_again(cursor)
            grant_application_role(connection)
    return epoch


def _fill_collections(folder: Path, saved: Manifest, collections: Beside, watch: Watch) -> None:
    for name, number in saved.collections.items():
        watch.begin(f"MongoDB: {name}", number)
        for done in collections.fill(name, documents_of(folder / collection_path(name))):
            watch.advance(done)
    for name, model, indexes in COLLECTIONS:
        if name in saved.collections:
            watch.begin(f"MongoDB: indexes of {name}", 0)
            mongo.ensure_collection(mongo_collections.BESIDE + name, model, indexes)


def _make_tables(folder: Path, saved: Manifest, highest: int, watch: Watch) -> int:
    """Make the tables of the backup, with its rows, beside those that stand; the epoch that they are in."""
    watch.begin("PostgreSQL: tables", 0)
    with schema.beside():
        schema.migrate_to((app, name) for app, names in saved.migrations.items() for name in names)
        watch.begin("PostgreSQL: rows", sum(table.rows for table in saved.tables.values()))
        with transaction.atomic(), connection.cursor() as cursor:
            for done in tables.load(cursor, saved.tables, lambda name: blocks_of(folder / table_path(name))):
                watch.advance(done)
            epoch = begin_epoch(above=highest)
            # A document, a link or somebody's memory may still name what comes after the backup.
            tables.finish(cursor, saved.tables, saved.sequences, beyond=target.numbers_given())
    return epoch


def _bring_up_to_date() -> None:
    """From the state of the backup to that of this code, which may be newer."""
    with connected_as_owner():
        content.set_up()
        events.set_up()
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
    cache.clear()
