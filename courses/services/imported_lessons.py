"""Writing one lesson of an import: added, changed or left alone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from courses.content import lessons
from courses.content.lesson_types import get_type
from courses.importing import CourseDraft, LessonDraft, Report
from courses.markdown import MarkdownTooLong, render
from courses.models import Course
from courses.services.lessons import add_lesson, change_lesson
from courses.services.outline import place_lesson
from learnflow.mongo import Document

if TYPE_CHECKING:
    from accounts.models import User


@dataclass
class LessonImport:
    """One lesson of the draft, to be written under its id. `files` are names in storage by those in the draft."""

    instructor: "User"
    course: Course
    draft: CourseDraft
    lesson: LessonDraft
    lesson_id: str
    links: list[dict[str, str]]
    files: Mapping[str, str]
    report: Report

    def write(self, standing: Document | None) -> str:
        """Write the lesson if need be; "added", "changed" or "unchanged"."""
        if standing is None:
            self._add()
            return "added"
        # A crash may have left the document without its place.
        place_lesson(actor=self.instructor, course=self.course, lesson_id=self.lesson_id)
        source = standing.get("source") or {}
        if source.get("checksum") == self._checksum:
            return "unchanged"
        if source.get("version", standing["version"]) != standing["version"]:
            sentence = _("The lesson was edited here since the last import; that edit is its revision %s.")
            self.report.warn(self.lesson.identifier, sentence % standing["version"])
        try:
            self._change(standing)
        except lessons.EditConflict:
            self.report.fail(self.lesson.identifier, _("Somebody saved the lesson meanwhile; import again."))
            return "unchanged"
        return "changed"

    @property
    def _checksum(self) -> str:
        """Of the lesson and of where its links lead: both make the page."""
        parts = [self.lesson.checksum, *(f"{link['href']} {link['to']}" for link in self.links)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _add(self) -> None:
        add_lesson(
            actor=self.instructor,
            course=self.course,
            body=self._body({}),
            lesson_id=self.lesson_id,
            is_preview=self.lesson.is_preview,
            source=self._source(1),
        )

    def _change(self, standing: Document) -> None:
        before = standing["content"] if standing["type"] == self.lesson.type else {}
        change_lesson(
            actor=self.instructor,
            lesson_id=self.lesson_id,
            version=standing["version"],
            body=self._body(before),
            source=self._source(standing["version"] + 1),
        )

    def _source(self, version: int) -> Document:
        return {
            "format": self.draft.format,
            "package": self.draft.package,
            "identifier": self.lesson.identifier,
            "checksum": self._checksum,
            "version": version,
        }

    def _body(self, before: Document) -> Document:
        lesson = self.lesson
        film = self.files.get(lesson.video_file, "")
        captions = [{**each, "file": self.files[each["file"]]} for each in lesson.captions]
        cleaned = {"markdown": lesson.markdown, "url": lesson.video, "video_file": film}
        before = {**before, "links": self.links, **({"captions": captions} if captions else {})}
        return {
            "title": lesson.title,
            "type": lesson.type,
            "duration": lesson.duration,
            "language": lesson.language,
            "content": get_type(lesson.type).content_from(cleaned, before),
            "notes": lesson.notes,
            "notes_html": self._notes_html(),
            "resources": lesson.resources,
        }

    def _notes_html(self) -> str:
        try:
            return render(self.lesson.notes)
        except MarkdownTooLong as error:
            self.report.fail(self.lesson.identifier, str(error))
            return ""
