"""Where a backup is to go: what stands there, who is connected, and whether a restore was broken off there."""

import time
from collections.abc import Iterator

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from learnflow.backup import CannotRestore, tables, uploads
from learnflow.database_roles import application_role
from learnflow.mongo.collections import Beside

UNFINISHED = "unfinished_restore"
LEAVING_SECONDS = 3.0  # that connections just closed are given to be gone
OTHERS = """
SELECT usename, count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
 GROUP BY usename ORDER BY usename
"""
JOBS = "procrastinate_jobs"  # no model of ours; of its other tables nothing is saved
PEOPLE_AND_COURSES = {"users": "people", "courses": "courses"}
CLOSE = """
CREATE TABLE IF NOT EXISTS public.{unfinished} (
    backup text NOT NULL, public_could_connect boolean NOT NULL, began_at timestamptz NOT NULL DEFAULT now());
INSERT INTO public.{unfinished} (backup, public_could_connect)
VALUES ({backup}, has_database_privilege('public', current_database(), 'CONNECT'));
"""
KEEP_OUT = "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC, {role}"
LET_IN = "GRANT CONNECT ON DATABASE {database} TO PUBLIC"
BROKE_OFF = (
    "Restoring {backup} broke off when one store was replaced and the other wasn't: do it again with "
    "manage.py restore --overwrite."
)


def refuse_others() -> None:
    """Raise `CannotRestore` when somebody else is connected to the database: a running LearnFlow, most likely."""
    deadline = time.monotonic() + LEAVING_SECONDS
    while found := _others():
        if time.monotonic() > deadline:
            said = " and ".join(f"{count} as {name}" for name, count in found)
            raise CannotRestore(
                f"Others are connected to the database ({said}): stop LearnFlow, its worker too; nothing was changed."
            )
        time.sleep(0.1)


def _others() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(OTHERS)
        return cursor.fetchall()


def refuse_what_stands(stores: tuple[str, ...], collections: Beside) -> None:
    """Raise `CannotRestore` when a store that is to be replaced holds anything, naming what."""
    for what in _standing(stores, collections):
        raise CannotRestore(f"There are {what} here already; --overwrite would replace them. Nothing was changed.")


def _standing(stores: tuple[str, ...], collections: Beside) -> Iterator[str]:
    if "postgresql" in stores:
        if foreign := _tables_of_others():
            yield f"tables that aren't LearnFlow's ({', '.join(foreign)})"
        with connection.cursor() as cursor:
            for table, name in PEOPLE_AND_COURSES.items():
                cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{table}"])
                if cursor.fetchone()[0]:
                    cursor.execute(f"SELECT EXISTS (SELECT FROM public.{table})")
                    if cursor.fetchone()[0]:
                        yield name
    if "mongodb" in stores:
        for name in collections.standing():
            yield f"documents in the collection {name}"
    if len(stores) > 1 and next(uploads.names(), None):
        yield "uploads"


def _tables_of_others() -> list[str]:
    """Tables that no migration of this LearnFlow makes: the address may be that of another application's database."""
    ours = {*connection.introspection.django_table_names(), *tables.LEFT_OUT, JOBS, UNFINISHED}
    return sorted(set(connection.introspection.table_names()) - ours)


def close(backup: str) -> None:
    """Note, for whatever happens, that both stores are about to be replaced, and let nobody but the owner connect."""
    role = application_role()
    with tables.connect() as beside:
        beside.execute(sql.SQL(CLOSE).format(unfinished=sql.Identifier(UNFINISHED), backup=sql.Literal(backup)))
        owner, database = beside.execute("SELECT current_user, current_database()").fetchone()
        if role != owner:  # who restores must be able to come back
            names = {"database": sql.Identifier(database), "role": sql.Identifier(role)}
            beside.execute(sql.SQL(KEEP_OUT).format(**names))


def open_again(cursor: CursorWrapper) -> None:
    """Take back what `close` did; the application's right to connect comes with its others."""
    if unfinished_restore() is None:
        return
    cursor.execute(f"SELECT bool_or(public_could_connect), current_database() FROM public.{UNFINISHED}")
    public_could_connect, database = cursor.fetchone()
    if public_could_connect:
        cursor.execute(sql.SQL(LET_IN).format(database=sql.Identifier(database)).as_string())
    cursor.execute(f"DROP TABLE public.{UNFINISHED}")


def epoch() -> int:
    """The epoch of the tables that stand; 0 where there are none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.store_epoch') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT coalesce(max(epoch), 0) FROM public.store_epoch")
        return cursor.fetchone()[0]


def numbers_given() -> dict[str, int]:
    """The last number that each sequence of the tables that stand has given."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
        )
        return dict(cursor.fetchall())


def unfinished_restore() -> str | None:
    """The backup whose restoring was broken off between the two stores; to be asked as the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{UNFINISHED}"])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(f"SELECT max(backup) FROM public.{UNFINISHED}")
        return cursor.fetchone()[0]
