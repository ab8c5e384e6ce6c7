"""`manage.py restore DIR`: a backup into both stores, or into one of them."""

import time
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from learnflow.backup import CannotRestore
from learnflow.backup.folder import find_backup
from learnflow.backup.restoring import BOTH, Restored, catch_up_with, look_through, restore
from learnflow.consistency import Finding, Watch, check
from learnflow.management.commands import check_stores
from learnflow.mongo import ContentUnavailable
from learnflow.progress_bar import ProgressBar

DIFFERENT, COULD_NOT = 1, 2
GRACE = timedelta(days=1)


class Command(BaseCommand):
    help = (
        "Bring a backup back into empty stores, or with --overwrite in place of what they hold, while LearnFlow is "
        "stopped; then look whether the stores agree. Exit status: 0 they do, 1 something differs, 2 the backup could "
        "not be restored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("place", type=Path, metavar="DIR", help="a backup, or a folder of backups: then the newest")
        parser.add_argument("--overwrite", action="store_true", help="replace what is there")
        parser.add_argument("--dry-run", action="store_true", help="look whether the backup is whole, change nothing")
        parser.add_argument("--only", choices=BOTH, help="restore one store beside the other one as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = (options["only"],) if options["only"] else BOTH
        with ProgressBar(self.stdout) as bar:
            watch = Watch(bar.begin, bar.advance)
            try:
                folder = find_backup(options["place"])
                if options["dry_run"]:
                    self.stdout.write(f"{folder} is whole: {look_through(folder, watch=watch)}. Nothing was changed.")
                    return
                restored = restore(folder, stores=stores, overwrite=options["overwrite"], watch=watch)
            except CannotRestore as error:
                raise CommandError(str(error), returncode=COULD_NOT) from error
        self._say(restored)
        with ProgressBar(self.stdout) as bar:
            watch = Watch(bar.begin, bar.advance)
            try:
                losses = catch_up_with(restored, watch)
                began = time.monotonic()
                # Nobody is at work, so nothing needs to be waited for; and where one store is older than the other,
                # what nobody names isn't on its way.
                grace = timedelta(0) if options["only"] else GRACE
                findings = check(check_stores.EXAMINATIONS, grace=grace, patience=timedelta(0), watch=watch)
            except (ContentUnavailable, OperationalError, InterfaceError) as error:
                raise CommandError(
                    "The backup was restored, but a store doesn't answer any more: say manage.py check_stores --repair "
                    "when it does, before anybody is let in.",
                    returncode=COULD_NOT,
                ) from error
        for loss in losses:
            self.stdout.write(self.style.WARNING(f"{loss.count:,} {loss.title}:"))
            for example in loss.examples:
                self.stdout.write(f"    {example}")
        self._report(findings, time.monotonic() - began)

    def _say(self, restored: Restored) -> None:
        names = {"postgresql": "PostgreSQL", "mongodb": "MongoDB"}
        what = " and ".join(names[each] for each in restored.stores)
        self.stdout.write(
            f"Restored {what} as of {restored.made_at:%F %T} UTC from {restored.folder}; versions begin with epoch "
            f"{restored.epoch}."
        )
        if "postgresql" in restored.stores:
            self.stdout.write("Everybody has to sign in again.")
        if restored.uploads_kept:
            self.stdout.write(f"{restored.uploads_kept:,} uploads that aren't in the backup were left where they are.")

    def _report(self, findings: list[Finding], seconds: float) -> None:
        reporter = check_stores.Command(stdout=self.stdout._out, stderr=self.stderr._out)
        reporter.report(findings, seconds=seconds, is_repair=False, as_json=False)
        if any(each.left for each in findings):
            self.stdout.write("manage.py check_stores --repair mends what can be mended.")
            raise SystemExit(DIFFERENT)
