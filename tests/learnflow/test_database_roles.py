"""Two roles in PostgreSQL: the application reads and writes rows, and that is all."""

from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from learnflow.database_roles import grant_application_role, lacks_rights
from learnflow.embedded import Embedded
from learnflow.embedded.postgresql import PostgreSQL
from tests.learnflow.commands import run

ROWS_ONLY_READ = {"audit_logs", "django_migrations"}


def tables_where_the_application_may(right):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
            "AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, %s)",
            [right],
        )
        return {name for (name,) in cursor}


@pytest.mark.django_db
def test_the_application_reads_and_writes_every_table():
    every_table = set(connection.introspection.table_names())
    assert tables_where_the_application_may("SELECT") == every_table
    for right in ("INSERT", "UPDATE", "DELETE"):
        assert tables_where_the_application_may(right) == every_table - ROWS_ONLY_READ
    assert not lacks_rights(connection)


@pytest.mark.django_db
@pytest.mark.parametrize("right", ["TRUNCATE", "REFERENCES", "TRIGGER"])
def test_the_application_has_no_other_right(right):
    assert tables_where_the_application_may(right) == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE other ()",
        "ALTER TABLE courses ADD COLUMN other int",
        "DROP TABLE courses",
        "INSERT INTO audit_logs (user_id, action, resource_type, resource_id, hash) VALUES (1, 'sign_in', '', '', '')",
    ],
)
def test_the_application_is_refused(statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db
def test_the_application_cannot_grant_itself_more():
    grant_application_role(connection)  # its own role is "the owner" here, so there is nobody to give anything to
    assert tables_where_the_application_may("TRUNCATE") == set()


@pytest.mark.django_db
def test_without_an_owner_there_is_nobody_to_make_a_role(settings):
    settings.DATABASE_OWNER_URL = ""
    with pytest.raises(CommandError, match="DATABASE_OWNER_URL is not set"):
        call_command("create_app_role", stdout=StringIO())


def test_create_app_role_makes_the_role_that_database_url_names(tmp_path):
    stores = Embedded(tmp_path / "var", servers=(PostgreSQL,), durable=False)
    owner = stores.start()["DATABASE_OWNER_URL"]
    password = stores.place.secrets()["superuser"]
    with psycopg.connect(owner, user="postgres", password=password, dbname="postgres") as superuser:
        superuser.execute("ALTER ROLE learnflow_owner CREATEROLE")
    application = f"postgres://other_app:its-password@{owner.rpartition('@')[2]}"
    named = {
        "DATABASE_URL": application,
        "DATABASE_OWNER_URL": owner,
        "SECRET_KEY": "key",
        "MONGO_URL": "mongodb://x/y",
    }
    assert run("create_app_role", var_dir=tmp_path, **named) == (0, "The role other_app was made and has its rights.\n")
    assert run("create_app_role", var_dir=tmp_path, **named)[0] == 0
    psycopg.connect(application).close()
    stores.release()
