"""`manage.py backup DIR`: both stores and the uploads, at one point in time."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from learnflow.backup import CannotBackUp, manifest
from learnflow.backup.folder import remove_older
from learnflow.backup.saving import save
from learnflow.consistency import Watch
from learnflow.progress_bar import ProgressBar

COULD_NOT = 2


class Command(BaseCommand):
    help = (
        "Save PostgreSQL, MongoDB and the uploads as they are at one point in time, beside a living site, in a new "
        "folder below DIR. Exit status: 0 the backup is whole and on the disk, 2 there is none."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("place", type=Path, metavar="DIR", help="where backups are kept; made if it is missing")
        parser.add_argument(
            "--keep", type=int, metavar="N", help="remove all but the newest N backups in DIR once this one is whole"
        )

    def handle(self, *args: Any, place: Path, keep: int | None, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep needs a number from 1 up.", returncode=COULD_NOT)
        began = time.monotonic()
        try:
            with ProgressBar(self.stdout) as bar:
                folder = save(place, Watch(bar.begin, bar.advance))
            self.stdout.write(f"Saved {manifest.read(folder)} in {time.monotonic() - began:.1f} s: {folder}")
        except CannotBackUp as error:
            raise CommandError(str(error), returncode=COULD_NOT) from error
        if keep:
            self._remove_older(place, keep)

    def _remove_older(self, place: Path, keep: int) -> None:
        try:
            for name in remove_older(place, keep=keep):
                self.stdout.write(f"Removed {name}.")
        except (OSError, CannotBackUp) as error:
            self.stderr.write(f"The backup is whole, but what is older wasn't all removed: {error}")
