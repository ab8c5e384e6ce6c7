"""`manage.py analyze_db`: what is large, which indexes are missing or unused, and what took long."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, OperationalError, ProgrammingError

from learnflow.analysis import analyze, report

COULD_NOT_LOOK = 2


class Command(BaseCommand):
    help = (
        "Say what is large in PostgreSQL and MongoDB, which indexes are unused or missing, what is dead, and which "
        "commands and pages were slow. Reads catalogs and statistics only, so it is quick on large stores, and numbers "
        "of rows are estimates. Exit status: 0, or 2 when a store could not be asked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print everything as JSON: sizes in bytes, times in ms")
        parser.add_argument(
            "--most", type=int, default=20, metavar="N", help="how many tables and slow commands to show (%(default)s)"
        )
        parser.add_argument(
            "--from-rows",
            type=int,
            default=1_000,
            metavar="N",
            help="from how many rows or documents on an index counts as missing or unused (%(default)s)",
        )

    def handle(self, *args: Any, most: int, from_rows: int, **options: Any) -> None:
        try:
            findings = analyze(from_rows=from_rows, most=max(1, most))
        except (OperationalError, InterfaceError) as error:
            raise CommandError("PostgreSQL doesn't answer.", returncode=COULD_NOT_LOOK) from error
        except ProgrammingError as error:
            cause = "PostgreSQL hasn't the tables of this version; `manage.py migrate` makes them."
            raise CommandError(cause, returncode=COULD_NOT_LOOK) from error
        if options["json"]:
            document = findings.as_document()
            self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder))
        else:
            for line in report.written(findings, most=max(1, most)):
                self.stdout.write(line)
        if findings.mongodb is None:
            raise CommandError("MongoDB doesn't answer: nothing is known of it.", returncode=COULD_NOT_LOOK)
