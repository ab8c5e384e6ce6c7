"""`manage.py prune`: delete what has expired, now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.services import pruning as of_accounts
from discussions.models import Notification
from learnflow.progress_bar import ProgressBar
from telemetry.services import pruning as of_time
from telemetry.services.partitions import make_partitions

NAMES = {
    "rate_limits": "counters of attempts",
    "one_time_keys": "keys of forms",
    "sessions": "sessions",
    "listed_sessions": "entries of session lists",
    "notifications": "notifications that were read",
    "months_of_measures": "whole months of measures",
    "measures": "measures beside them",
    "weekly_standings": "standings of weeks",
    "slow_commands": "slow commands",
}


class Command(BaseCommand):
    help = (
        "Delete what has expired: counters, keys, sessions, notifications read long ago, measures after 90 days, "
        "standings after 8 weeks, slow commands after 30 days; make the months to come. The worker does the same every "
        "hour. Time spent is kept, and MongoDB deletes its events by itself, 400 days old."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry = options["dry_run"]
        with ProgressBar(self.stdout) as bar, transaction.atomic():
            gone, made = self._prune(bar)
            transaction.set_rollback(is_dry)
        for name, number in gone.items():
            if number:
                self.stdout.write(f"{number:>9,}  {NAMES[name]}")
        if made:
            self.stdout.write(f"{made:>9,}  months {'would be' if is_dry else 'were'} made ahead")
        if not any(gone.values()):
            self.stdout.write("Nothing has expired.")
        elif is_dry:
            self.stdout.write("This would be deleted. Nothing was changed.")
        else:
            self.stdout.write(self.style.SUCCESS("This was deleted."))

    def _prune(self, bar: ProgressBar) -> tuple[dict[str, int], int]:
        bar.begin("What expired", 4)
        gone = of_accounts.prune_what_expired()
        bar.advance()
        gone["notifications"] = Notification.objects.prune()
        bar.advance()
        gone |= of_time.prune_what_expired()
        bar.advance()
        made = make_partitions()
        bar.advance()
        return gone, made
