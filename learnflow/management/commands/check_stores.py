"""`manage.py check_stores`: do PostgreSQL and MongoDB agree?"""

import json
import logging
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, ProgrammingError

from courses.services import consistency as of_courses
from courses.services.consistency.lessons import are_strangers
from discussions.services import consistency as of_discussions
from learnflow.consistency import Finding, Watch, check
from learnflow.mongo import ContentUnavailable
from learnflow.progress_bar import ProgressBar
from telemetry.services import consistency as of_time

logger = logging.getLogger(__name__)

EXAMINATIONS = (*of_courses.EXAMINATIONS, *of_discussions.EXAMINATIONS, *of_time.EXAMINATIONS)
DIFFERENT, COULD_NOT_LOOK = 1, 2
STRANGERS = (
    "No lesson that an outline names is in this MongoDB: one of the stores is lost, or of another site. Nothing was "
    "mended. Look at DATABASE_URL and MONGO_URL; manage.py restore brings a lost store back; --anyway mends as it is."
)
CHANGED = "somebody changed them meanwhile, or they come back; run it again"


class Command(BaseCommand):
    help = (
        "Look whether PostgreSQL and MongoDB agree, beside a living site, and say what differs. Exit status: 0 nothing "
        "differs (or all of it was mended), 1 something differs, 2 a store could not be looked into."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what differs, as the report says")
        parser.add_argument(
            "--anyway", action="store_true", help="mend even though the stores have no lesson in common"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--grace",
            type=float,
            default=24.0,
            metavar="HOURS",
            help="how old a document that nobody names must be before it counts as left over (%(default)s); "
            "less only while nobody is at work",
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
            findings = self._look(options)
        except CommandError:
            raise
        except ContentUnavailable as error:
            raise _could_not_look("MongoDB doesn't answer", options) from error
        except (OperationalError, InterfaceError) as error:
            raise _could_not_look("PostgreSQL doesn't answer", options) from error
        except ProgrammingError as error:
            cause = "PostgreSQL hasn't the tables of this version, which `manage.py migrate` makes"
            raise _could_not_look(cause, options) from error
        except Exception as error:
            # Python's own status for it would be 1, which says that something differs.
            logger.exception("check_stores broke off")
            raise _could_not_look(repr(error), options) from error
        self.report(findings, seconds=time.monotonic() - began, is_repair=options["repair"], as_json=options["json"])
        if any(each.left for each in findings):
            raise SystemExit(DIFFERENT)

    def _look(self, options: dict[str, Any]) -> list[Finding]:
        if options["repair"] and not options["anyway"] and are_strangers():
            raise CommandError(STRANGERS, returncode=COULD_NOT_LOOK)
        with ProgressBar(self.stdout) as bar:
            return check(
                EXAMINATIONS,
                repair=options["repair"],
                grace=timedelta(hours=options["grace"]),
                patience=timedelta(seconds=options["patience"]),
                watch=Watch(bar.begin, bar.advance),
            )

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
        found = f"found {_numbered(sum(each.count for each in met), 'difference')} of {_numbered(len(met), 'kind')}"
        self.stdout.write(
            f"{looked}: {found}; {f'{left} left' if left else 'all mended'}." if is_repair else f"{looked}: {found}."
        )

    def _write(self, finding: Finding, is_repair: bool) -> None:
        self.stdout.write(self.style.WARNING(f"{finding.kind.name}: {finding.count:,}") + f"  {finding.kind.title}")
        for example in finding.examples:
            # Titles are what people typed, and this may be a terminal.
            self.stdout.write("    " + "".join(each if each.isprintable() else "�" for each in example))
        if finding.count > len(finding.examples):
            self.stdout.write(f"    … and {finding.count - len(finding.examples):,} more")
        if not finding.kind.mend:
            self.stdout.write(f"  By hand: {finding.kind.remedy}")
        elif not is_repair:
            self.stdout.write(f"  --repair would {finding.kind.remedy}")
        else:
            self.stdout.write(f"  Mended {finding.mended} of {finding.count}, that is: {finding.kind.remedy}")
            if finding.left:
                self.stdout.write(f"  Left {finding.left}: {finding.obstacle or CHANGED}")


def _numbered(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _could_not_look(cause: str, options: dict[str, Any]) -> CommandError:
    beside = " What was mended until then stays mended." if options["repair"] else ""
    sentence = f"{cause}: whether the stores agree can't be said.{beside}"
    return CommandError(sentence, returncode=COULD_NOT_LOOK)


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
                "left": each.left,
                "obstacle": each.obstacle or None,
            }
            for each in findings
        ],
    }
