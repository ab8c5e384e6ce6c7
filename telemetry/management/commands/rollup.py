"""`manage.py rollup`: sum the events of time, now; or all of them anew."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection

from accounts.models import User
from learnflow.consistency import Watch
from learnflow.mongo import ContentUnavailable
from learnflow.progress_bar import ProgressBar
from telemetry.services import rollup
from telemetry.services.rounds import RoundLost, RoundUnderWay

PATIENCE = timedelta(minutes=5)


class Command(BaseCommand):
    help = (
        "Sum the events of time that arrived since the last time, as the worker does every minute. With --rebuild, sum "
        "all events anew: the sums come out equal, unless somebody changed them. Exit status: 0 done, 1 it could not "
        "be done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="sum everything anew that events still cover")
        parser.add_argument("--person", metavar="USERNAME", help="with --rebuild: only this person's time")
        parser.add_argument("--dry-run", action="store_true", help="say how much there is to do, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["person"] and not options["rebuild"]:
            raise CommandError("--person goes with --rebuild.")
        person = self._find(options["person"]) if options["person"] else None
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        try:
            if options["dry_run"]:
                self._look(person, is_rebuild=options["rebuild"])
            else:
                self._sum(person, is_rebuild=options["rebuild"])
        except ContentUnavailable as error:
            raise CommandError("MongoDB doesn't answer. What was written stays right; run it again.") from error
        except (OperationalError, InterfaceError) as error:
            raise CommandError("PostgreSQL doesn't answer. What was written stays right; run it again.") from error
        except RoundUnderWay as error:
            raise CommandError("Another round is at work for minutes already. Run it again later.") from error
        except RoundLost as error:
            raise CommandError("Another round took over, for this one stood still. Run it again.") from error

    def _find(self, username: str) -> User:
        try:
            return User.objects.get(username__iexact=username)
        except User.DoesNotExist:
            raise CommandError(f"There is nobody named {username}.") from None

    def _look(self, person: User | None, *, is_rebuild: bool) -> None:
        people, number = rollup.count_waiting(person=person, is_rebuild=is_rebuild)
        what = "would be summed anew" if is_rebuild else "would be looked at"
        self.stdout.write(f"{number:,} events of {people:,} people {what}. Nothing was changed.")

    def _sum(self, person: User | None, *, is_rebuild: bool) -> None:
        with ProgressBar(self.stdout) as bar:
            watch = Watch(bar.begin, bar.advance)
            if is_rebuild:
                summary = rollup.rebuild(person=person, watch=watch, patience=PATIENCE)
            else:
                summary = rollup.roll_up(watch=watch, patience=PATIENCE)
        changed = f"{summary.rows:,} rows differed and were written, {summary.deleted:,} went"
        if not summary.rows and not summary.deleted:
            changed = "every row stood as it should"
        self.stdout.write(
            self.style.SUCCESS(f"Summed {summary.events:,} events of {summary.people:,} people: {changed}.")
        )
