"""`manage.py import_course FOLDER`: a course from a folder of Markdown."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from courses.importing import CannotImport, CourseDraft, Remark, Report, Severity, read_folder
from courses.services.imports import ImportResult, import_course
from courses.services.publishing import NotReady, publish
from learnflow.mongo import ContentUnavailable
from learnflow.progress_bar import ProgressBar

COULD_NOT_START = 2
OUTLINE_OF_SEVERITY = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "NOTICE"}


class Command(BaseCommand):
    help = (
        "Import a course from a folder of Markdown, or bring an imported one up to date. Reads our own course.yaml, "
        "The Carpentries' config.yaml, Hugging Face's _toctree.yml, Jekyll collections and plain folders. Exit status: "
        "0 all is well, 1 something could not be imported (see the report), 2 it could not start."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder that holds the course")
        parser.add_argument("--instructor", metavar="EMAIL", help="whose course it is, when several people teach")
        parser.add_argument("--slug", default="", help="the course's address, instead of one made from its title")
        parser.add_argument("--publish", action="store_true", help="publish the course when its check list allows")
        parser.add_argument("--dry-run", action="store_true", help="read and report, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        report = Report()
        instructor = None if options["dry_run"] else find_instructor(options["instructor"])
        try:
            draft = self._read(options["folder"], report)
            if instructor is None:
                return self._finish(report, f"Would import “{draft.title}”: {len(draft.lessons)} lessons.")
            result = self._write(draft, report, instructor, options["slug"])
        except CannotImport as error:
            raise CommandError(str(error), returncode=COULD_NOT_START) from error
        except ContentUnavailable as error:
            sentence = "MongoDB doesn't answer. What was written stands; import again when it is back."
            raise CommandError(sentence, returncode=COULD_NOT_START) from error
        if options["publish"]:
            _publish(result, instructor, report)
        return self._finish(report, _summary(result))

    def _read(self, folder: Path, report: Report) -> CourseDraft:
        with ProgressBar(self.stdout) as bar:
            bar.begin("Reading")
            return read_folder(folder, report, on_page=lambda path: bar.advance(at=path))

    def _write(self, draft: CourseDraft, report: Report, instructor: User, slug: str) -> ImportResult:
        with ProgressBar(self.stdout) as bar:
            bar.begin("Writing", len(draft.lessons))
            return import_course(
                instructor=instructor,
                draft=draft,
                report=report,
                slug=slug,
                on_lesson=lambda path: bar.advance(at=path),
            )

    def _finish(self, report: Report, summary: str) -> None:
        for remark in sorted(report.remarks, key=_place):
            style = getattr(self.style, OUTLINE_OF_SEVERITY[remark.severity])
            self.stdout.write(f"{style(remark.severity.value):>7}  {remark}")
        counts = Counter(remark.severity for remark in report.remarks)
        self.stdout.write(f"{summary} {counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings.")
        if counts[Severity.ERROR]:
            raise SystemExit(1)


def find_instructor(email: str | None) -> User:
    """The person of this address, or the only one who may teach. Raises `CommandError`."""
    staff = User.objects.teaching_staff()
    if email:
        found = staff.filter(email=email).first()
        if found is None:
            raise CommandError(f"Nobody who may teach has the address {email}.", returncode=COULD_NOT_START)
        return found
    first, *others = [*staff.order_by("pk")[:2], None, None][:2]
    if first is None or others[0] is not None:
        raise CommandError("Say whose course it is: --instructor EMAIL.", returncode=COULD_NOT_START)
    return first


def _publish(result: ImportResult, instructor: User, report: Report) -> None:
    try:
        publish(actor=instructor, course=result.course)
    except NotReady as error:
        for check in error.checks:
            report.fail(result.course.slug, f"Not published: {check.sentence}")


def _summary(result: ImportResult) -> str:
    kinds = ("added", "changed", "unchanged", "vanished")
    counts = ", ".join(f"{len(getattr(result, kind))} {kind}" for kind in kinds)
    return f"“{result.course.title}” at {result.course.url}: lessons {counts}."


def _place(remark: Remark) -> tuple[str, int]:
    return remark.path, remark.line or 0
