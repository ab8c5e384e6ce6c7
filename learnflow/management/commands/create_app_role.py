"""Makes the application's role on a server of one's own."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from psycopg import sql

from learnflow.database_roles import application_role, connected_as_owner, grant_application_role


class Command(BaseCommand):
    help = (
        "Makes the role that DATABASE_URL names, with the password that stands there, unless there is one; then gives "
        "it its rights on the tables. Connects as DATABASE_OWNER_URL, who needs CREATEROLE to make a role. Exits with "
        "1 when the server refuses."
    )
    requires_system_checks = ()

    def handle(self, *args, **options):
        role, password = application_role(), settings.DATABASES["default"]["PASSWORD"]
        if not settings.DATABASE_OWNER_URL:
            raise CommandError("DATABASE_OWNER_URL is not set, so there is nobody to make the role.")
        try:
            with connected_as_owner(), connection.cursor() as cursor:
                made = _make_role(cursor, role, password)
                if "django_migrations" in connection.introspection.table_names():
                    grant_application_role(connection)
        except DatabaseError as problem:
            raise CommandError(f"The role {role} can't be made: {str(problem).splitlines()[0]}.") from problem
        self.stdout.write(f"The role {role} {'was made' if made else 'stood already'} and has its rights.")


def _make_role(cursor, role, password):
    cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
    if cursor.fetchone()[0]:
        return False
    statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    cursor.execute(statement.as_string(cursor.connection))
    return True
