"""Writing one lesson of an import: added, changed or left alone."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from courses.content import lessons
from courses.content.lesson_types import get_type
from courses.content.lesson_types.video import parse_video_url
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
    """One lesson of the draft, to be written under its id."""

    instructor: "User"
    course: Course
    draft: CourseDraft
    lesson: LessonDraft
    lesson_id: str
    links: list[dict[str, str]]
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
        cleaned = {"markdown": lesson.markdown, "url": lesson.video}
        return {
            "title": lesson.title,
            "type": self._type(),
            "duration": lesson.duration,
            "language": lesson.language,
            "content": get_type(self._type()).content_from(cleaned, {**before, "links": self.links}),
            "notes": lesson.notes,
            "notes_html": self._notes_html(),
            "resources": lesson.resources,
        }

    def _type(self) -> str:
        if self.lesson.type == "video":
            try:
                parse_video_url(self.lesson.video)
            except ValueError:
                sentence = _("“%s” is no video at YouTube or Vimeo; the lesson became a text.")
                self.report.fail(self.lesson.identifier, sentence % self.lesson.video[:200])
                return "text"
        return self.lesson.type

    def _notes_html(self) -> str:
        try:
            return render(self.lesson.notes)
        except MarkdownTooLong as error:
            self.report.fail(self.lesson.identifier, str(error))
            return ""
