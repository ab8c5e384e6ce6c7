"""Tables made beside those that stand, in a schema of their own, and then put in their place."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor

BESIDE = "restoring"

# What an extension brought stays, and so does what belongs to somebody else or to another object.
OURS = """
{owner} = current_user::regrole AND {namespace} = %(schema)s::regnamespace AND NOT EXISTS (
    SELECT FROM pg_depend d
     WHERE d.objid = {oid} AND d.classid = '{catalogue}'::regclass AND d.deptype IN ('e', 'a', 'i')
       AND d.refobjid <> d.objid)
"""
OBJECTS = f"""
SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
       quote_ident(relname)
  FROM pg_class
 WHERE relkind IN ('v', 'm', 'r', 'p', 'S')
   AND {OURS.format(owner="relowner", namespace="relnamespace", oid="pg_class.oid", catalogue="pg_class")}
UNION ALL
SELECT 'TABLE', quote_ident(relname)  -- a part of a table goes with it, but isn't moved with it
  FROM pg_class
 WHERE relispartition AND relkind IN ('r', 'p') AND relnamespace = %(schema)s::regnamespace
   AND relowner = current_user::regrole
UNION ALL
SELECT 'ROUTINE', format('%%I(%%s)', proname, pg_get_function_identity_arguments(oid))
  FROM pg_proc
 WHERE {OURS.format(owner="proowner", namespace="pronamespace", oid="pg_proc.oid", catalogue="pg_proc")}
UNION ALL
SELECT 'TYPE', quote_ident(typname)
  FROM pg_type
 WHERE (typtype IN ('e', 'd', 'r') OR (SELECT relkind = 'c' FROM pg_class WHERE pg_class.oid = typrelid))
   AND {OURS.format(owner="typowner", namespace="typnamespace", oid="pg_type.oid", catalogue="pg_type")}
"""


@contextmanager
def beside() -> Iterator[None]:
    """Within, an empty schema is where this connection makes and finds its tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {BESIDE} CASCADE")
        cursor.execute(f"CREATE SCHEMA {BESIDE}")
        # Nothing of it counts before it is put in its place.
        cursor.execute(f"SET search_path = {BESIDE}; SET synchronous_commit = off")
        yield
        cursor.execute("RESET search_path; RESET synchronous_commit")


def forget() -> None:
    """Drop what an attempt that broke off left beside."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {BESIDE} CASCADE")


def migrate_to(applied: Iterable[tuple[str, str]]) -> None:
    """Make empty tables as exactly these migrations make them."""
    executor, wanted = MigrationExecutor(connection), set(applied)
    nodes = executor.loader.graph.node_map
    executor.migrate([each for each in sorted(wanted) if not wanted & {child.key for child in nodes[each].children}])


def put_in_place(cursor: CursorWrapper, *, keep: str) -> None:
    """Drop what stands, but the table `keep`, and move there what was made beside it. In the caller's transaction."""
    for kind, name in _objects(cursor, "public"):
        if name != keep:
            cursor.execute(f"DROP {kind} IF EXISTS public.{name} CASCADE")
    for kind, name in reversed(_objects(cursor, BESIDE)):  # functions are named with the types that they take
        cursor.execute(f"ALTER {kind} {BESIDE}.{name} SET SCHEMA public")
    cursor.execute(f"DROP SCHEMA {BESIDE}")


def _objects(cursor: CursorWrapper, schema: str) -> list[tuple[str, str]]:
    """Kind and name of each; functions, which come last, with the types of their arguments."""
    cursor.execute(OBJECTS, {"schema": schema})
    return sorted(cursor.fetchall(), key=lambda found: found[0] == "ROUTINE")
