"""The outline as pages show it: places from PostgreSQL, titles from MongoDB, kept in this process by version.

`courses.outline_version` grows with every change of a place, and before and after every change of a placed lesson: what
is kept is old for no longer than the change takes, or than a crash in the midst of it stays unsettled. A page costs no
query for its outline once another has asked.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from threading import Lock
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from courses.content import lessons
from courses.content.lesson_types import get_type
from courses.models import Course, CourseLesson
from courses.models.card import duration_label
from learnflow.mongo import ContentUnavailable, Document

MOST_KEPT = 256


@dataclass(frozen=True)
class Entry:
    """One lesson in its place; `position` counts what this outline shows."""

    lesson_id: str
    position: int
    section: str
    title: str
    icon: str
    type_label: str
    duration_label: str
    is_preview: bool
    is_published: bool
    url: str

    @cached_property
    def pieces(self) -> tuple[str, str, str]:
        """The entry's HTML around its state, its mark as the current one and its tick."""
        return (
            f'"><a href="{self.url}"',
            f'><span class="lf-tick"></span><span class="lf-step-title" dir="auto">{escape(self.title)}',
            f"</span><small>{escape(self.duration_label)}</small></a></li>",
        )


@dataclass(frozen=True)
class Outline:
    """All that a page may ask of a course's lessons without asking a store again."""

    entries: tuple[Entry, ...]
    has_titles: bool

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        return {entry.lesson_id: entry for entry in self.entries}

    @cached_property
    def sections(self) -> list[tuple[str, list[Entry]]]:
        return [(title, list(group)) for title, group in groupby(self.entries, key=lambda entry: entry.section)]

    def neighbours(self, entry: Entry) -> tuple[Entry | None, Entry | None]:
        """(the one before, the one after)."""
        at = entry.position - 1
        before = self.entries[at - 1] if at else None
        return before, self.entries[at + 1] if at + 1 < len(self.entries) else None

    def first_open(self, done: Collection[str]) -> Entry | None:
        """The first lesson not yet completed; the very first when all are; None in an empty course."""
        missing = (entry for entry in self.entries if entry.lesson_id not in done)
        return next(missing, self.entries[0] if self.entries else None)

    def curriculum(self, *, done: Collection[str], is_open: bool) -> list[dict[str, Any]]:
        """The sections of the course page, joined from entries that are drawn once for each state."""
        return [
            {
                "title": title,
                "start": entries[0].position,
                "html": mark_safe("".join(self._drawn(each, each.lesson_id in done, is_open) for each in entries)),
            }
            for title, entries in self.sections
        ]

    def _drawn(self, entry: Entry, is_done: bool, is_open: bool) -> str:
        key = entry.lesson_id, is_done, is_open
        if key not in self._pieces:
            facts = {"entry": entry, "is_done": is_done, "is_open": is_open or entry.is_preview}
            self._pieces[key] = render_to_string("courses/_curriculum_entry.html", facts)
        return self._pieces[key]

    @cached_property
    def _pieces(self) -> dict[tuple[str, bool, bool], str]:
        return {}

    def html(self, *, done: Collection[str], current: str, is_open: bool) -> SafeString:
        """The list at the side of a lesson, joined from prepared pieces: no template loop on the hottest page."""
        done_word = f'<span class="visually-hidden">, {escape(gettext("done"))}</span>'
        parts: list[str] = []
        for title, entries in self.sections:
            parts.append(f'<li class="lf-outline-section" dir="auto">{escape(title)}</li>')
            for entry in entries:
                is_done = entry.lesson_id in done
                before, middle, after = entry.pieces
                state = " is-done" if is_done else "" if is_open or entry.is_preview else " is-closed"
                here = ' aria-current="page"' if entry.lesson_id == current else ""
                parts += ('<li class="lf-step', state, before, here, middle, done_word if is_done else "", after)
        return mark_safe("".join(parts))


_kept: OrderedDict[tuple[object, ...], Outline] = OrderedDict()
_lock = Lock()


def forget_outlines() -> None:
    """Forget what this process keeps; for tests."""
    with _lock:
        _kept.clear()


def get_outline(course: Course, *, with_unpublished: bool = False) -> Outline:
    """The outline of a course; without titles when MongoDB is away."""
    key = _key(course, with_unpublished)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    placed = _placed(course, with_unpublished)
    try:
        titles = lessons.get_outline(each.lesson_id for each in placed)
    except ContentUnavailable:
        return _built(course, placed, None)
    return _keep(key, _built(course, placed, titles))


def get_lesson_and_outline(
    course: Course, lesson_id: str, *, with_unpublished: bool
) -> tuple[Document | None, Outline]:
    """A lesson with the outline around it, in one query to MongoDB whether the outline is kept or not.

    The lesson is None when MongoDB is away. Raises `LessonNotFound`.
    """
    key = _key(course, with_unpublished)
    with _lock:
        outline = _kept.get(key)
    try:
        if outline:
            return lessons.get_lesson(lesson_id), outline
        placed = _placed(course, with_unpublished)
        lesson, titles = lessons.get_lesson_and_outline(lesson_id, (each.lesson_id for each in placed))
    except ContentUnavailable:
        return None, outline or _built(course, _placed(course, with_unpublished), None)
    return lesson, _keep(key, _built(course, placed, titles))


def _key(course: Course, with_unpublished: bool) -> tuple[object, ...]:
    return course.pk, course.outline_version, course.slug, with_unpublished, get_language()


def _keep(key: tuple[object, ...], outline: Outline) -> Outline:
    with _lock:
        _kept[key] = outline
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return outline


def _placed(course: Course, with_unpublished: bool) -> list[CourseLesson]:
    placed = course.placements.in_order()
    return list(placed if with_unpublished else placed.filter(is_published=True))


def _built(course: Course, placed: Iterable[CourseLesson], titles: dict[str, Document] | None) -> Outline:
    entries = []
    for position, place in enumerate(placed, start=1):
        known = (titles or {}).get(place.lesson_id, {})
        kind = get_type(known.get("type", ""))
        entries.append(
            Entry(
                lesson_id=place.lesson_id,
                position=position,
                section=place.section.title,
                title=known.get("title") or gettext("Lesson %(n)d") % {"n": position},
                icon=kind.icon if known else "",  # nobody knows which it would be
                type_label=str(kind.label),
                duration_label=duration_label(known.get("duration", 0)),
                is_preview=place.is_preview,
                is_published=place.is_published,
                url=f"{course.url}lessons/{place.lesson_id}/",
            )
        )
    return Outline(tuple(entries), has_titles=titles is not None)
