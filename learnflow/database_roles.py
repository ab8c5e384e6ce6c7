"""The two roles in PostgreSQL: one owns the tables, the other is what web and worker processes connect as."""

from collections.abc import Iterator
from contextlib import contextmanager

import environ
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

APPEND_ONLY = "audit_logs"
FOR_PAGES = ("options", "pool", "prepare_threshold", "server_side_binding")  # of the connections' options
WRITERS_COLUMNS = ("user_id", "action", "resource_type", "resource_id", "details")

GRANTS = """
REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {role};
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA public FROM {role};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role};
"""
APPEND_ONLY_GRANTS = """
REVOKE INSERT, UPDATE, DELETE ON {append_only} FROM {role};
GRANT INSERT ({columns}) ON {append_only} TO {role};
"""


def application_role() -> str:
    """The role in DATABASE_URL."""
    return settings.DATABASES["default"]["USER"]


def grant_application_role(connection: BaseDatabaseWrapper) -> None:
    """Give the application's role exactly its rights on all tables there are. Doing it again changes nothing.

    `connection` is the owner's. Where one role is both, there is nothing to give.
    """
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        owner, database = cursor.fetchone()
        role = application_role()
        if role == owner:
            return
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [APPEND_ONLY])
        (has_audit_log,) = cursor.fetchone()
        statements = sql.SQL(GRANTS + (APPEND_ONLY_GRANTS if has_audit_log else "")).format(
            database=sql.Identifier(database),
            role=sql.Identifier(role),
            append_only=sql.Identifier(APPEND_ONLY),
            columns=sql.SQL(", ").join(map(sql.Identifier, WRITERS_COLUMNS)),
        )
        cursor.execute(statements.as_string(cursor.connection))


def lacks_rights(connection: BaseDatabaseWrapper) -> bool:
    """Whether the connected role may not read some table: migrating was interrupted before the grants."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT EXISTS (SELECT FROM pg_class
                            WHERE relkind IN ('r', 'p') AND NOT relispartition
                              AND relnamespace = 'public'::regnamespace
                              AND NOT has_table_privilege(oid, 'SELECT'))
        """)
        return cursor.fetchone()[0]


@contextmanager
def connected_as_owner() -> Iterator[None]:
    """Within, the default connection of this thread is the owner's: no pool, no time-out for long statements.

    Without an owner of its own it is the application's role, likewise.
    """
    before = connection.settings_dict
    if settings.DATABASE_OWNER_URL:
        owner = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
    else:
        owner = {"OPTIONS": {name: each for name, each in before["OPTIONS"].items() if name not in FOR_PAGES}}
    options = {"connect_timeout": settings.STORE_TIMEOUT_SECONDS} | owner.get("OPTIONS", {})
    _connect_as(before | owner | {"OPTIONS": options})
    try:
        yield
    finally:
        _connect_as(before)


def _connect_as(parameters: dict) -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict = parameters
