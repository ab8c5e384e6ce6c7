"""Django's migrate, as the owner of the tables."""

from django.core.management import CommandError, call_command
from django.core.management.commands import migrate
from django.db import connection

from learnflow.backup.target import BROKE_OFF, unfinished_restore
from learnflow.database_roles import connected_as_owner, grant_application_role

ADVISORY_LOCK = 0x4C6561726E  # "Learn": two hosts that migrate at the same time take turns


class Command(migrate.Command):
    help = (
        "Brings both stores up to date: PostgreSQL's tables, MongoDB's validators and indexes, and the cache table. "
        "Connects as DATABASE_OWNER_URL, then gives the role in DATABASE_URL its rights. Exits with 1 when it can't."
    )

    def handle(self, *args, **options):
        only_looking = options["check_unapplied"] or options["plan"]
        with connected_as_owner():
            if only_looking:
                super().handle(*args, **options)
                return
            if backup := unfinished_restore():
                raise CommandError(BROKE_OFF.format(backup=backup))
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
            super().handle(*args, **options)
            call_command("createcachetable", verbosity=0)
            grant_application_role(connection)
