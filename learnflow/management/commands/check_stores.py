"""`manage.py check_stores`: do PostgreSQL and MongoDB agree?"""

import json
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from courses.services.consistency import EXAMINATIONS
from learnflow.consistency import Finding, Watch, check
from learnflow.mongo import ContentUnavailable
from learnflow.progress_bar import ProgressBar

DIFFERENT, COULD_NOT_LOOK = 1, 2


class Command(BaseCommand):
    help = (
        "Look whether PostgreSQL and MongoDB agree, beside a living site, and say what differs. Exit status: 0 nothing "
        "differs (or all of it was mended), 1 something differs, 2 a store could not be looked into."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what differs, as the report says")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--grace",
            type=float,
            default=24.0,
            metavar="HOURS",
            help="how old a document that nobody names must be before it counts as left over (%(default)s)",
        )
        parser.add_argument(
            "--patience",
            type=float,
            default=90.0,
            metavar="SECONDS",
            help="how long to wait for what the worker mends by itself (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        try:
            with ProgressBar(self.stdout) as bar:
                findings = check(
                    EXAMINATIONS,
                    repair=options["repair"],
                    grace=timedelta(hours=options["grace"]),
                    patience=timedelta(seconds=options["patience"]),
                    watch=Watch(bar.begin, bar.advance),
                )
        except ContentUnavailable as error:
            raise CommandError("MongoDB doesn't answer; nothing can be said.", returncode=COULD_NOT_LOOK) from error
        except (OperationalError, InterfaceError) as error:
            raise CommandError("PostgreSQL doesn't answer; nothing can be said.", returncode=COULD_NOT_LOOK) from error
        self.report(findings, seconds=time.monotonic() - began, is_repair=options["repair"], as_json=options["json"])
        if any(each.left for each in findings):
            raise SystemExit(DIFFERENT)

    def report(self, findings: Sequence[Finding], *, seconds: float, is_repair: bool, as_json: bool) -> None:
        """Print what was found; also what `restore` prints at its end."""
        if as_json:
            self.stdout.write(json.dumps(as_document(findings, seconds), indent=2, ensure_ascii=False))
            return
        met = [each for each in findings if each.count]
        for each in met:
            self._write(each, is_repair)
        looked = f"Looked for {len(findings)} kinds of differences in {seconds:.1f} s"
        if not met:
            self.stdout.write(self.style.SUCCESS(f"{looked}: the stores agree."))
            return
        left = sum(each.left for each in met)
        found = f"found {sum(each.count for each in met)} of {len(met)} kinds"
        self.stdout.write(
            f"{looked}: {found}; {f'{left} left' if left else 'all mended'}." if is_repair else f"{looked}: {found}."
        )

    def _write(self, finding: Finding, is_repair: bool) -> None:
        self.stdout.write(self.style.WARNING(f"{finding.kind.name}: {finding.count}") + f"  {finding.kind.title}")
        for example in finding.examples:
            self.stdout.write(f"    {example}")
        if is_repair and finding.kind.mend:
            self.stdout.write(f"  Mended {finding.mended}: {finding.kind.remedy}")
        else:
            self.stdout.write(f"  {'--repair would' if finding.kind.mend else 'By hand:'} {finding.kind.remedy}")


def as_document(findings: Sequence[Finding], seconds: float) -> dict[str, Any]:
    """The report as `--json` prints it: every kind, also those that weren't met."""
    return {
        "agree": not any(each.left for each in findings),
        "seconds": round(seconds, 1),
        "kinds": [
            {
                "name": each.kind.name,
                "title": each.kind.title,
                "count": each.count,
                "examples": each.examples,
                "repair": each.kind.remedy if each.kind.mend else None,
                "mended": each.mended,
            }
            for each in findings
        ],
    }
