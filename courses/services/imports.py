"""Writing the draft of a course to both stores, so that doing it again, or after a crash, comes out the same.

A lesson's id follows from the course, the package and the file it came from: whoever imports the file again meets the
lesson it made. Files are stored first, then each lesson's document before the place that names it, the order last.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import AuditAction
from accounts.services import audit
from courses.content import lessons
from courses.importing import CannotImport, CourseDraft, FileDraft, Report, Target
from courses.models import Category, Course, PendingDeletion
from courses.services.courses import save_course
from courses.services.imported_lessons import LessonImport
from courses.services.outline import add_section, arrange, delete_section, outline_order, set_placement
from courses.services.settling import settle_outlines

if TYPE_CHECKING:
    from accounts.models import User

DEFAULT_CATEGORY = "General"
# How often a lesson can be taken out and imported again before its first document is gone.
MOST_GENERATIONS = 50


@dataclass
class ImportResult:
    """Which lessons (by their path in the folder) an import added, changed, left as they were, or didn't find."""

    course: Course
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)


def import_course(
    *,
    instructor: "User",
    draft: CourseDraft,
    report: Report,
    slug: str = "",
    on_lesson: Callable[[str], None] = lambda path: None,
) -> ImportResult:
    """Make the course of a draft, or bring the one that an earlier import made up to date.

    Lessons whose source is as it was are left alone, edits included; changed ones get a new revision; lessons whose
    file is gone stay, and are named in the report. A new course is a draft of `instructor`. `on_lesson` is told the
    path of each lesson when it is written.

    Raises `CannotImport` when the address belongs to a course that isn't this import's, and `ContentUnavailable`.
    """
    course = _course_for(instructor, draft, slug or draft.slug)
    stored = {name: _store(file) for name, file in draft.files.items()}
    result = ImportResult(course)
    ids = _lesson_ids(course, draft)
    standing = lessons.get_bodies(ids.values())
    for lesson in draft.lessons:
        links = [{"href": url, "to": _address(target, ids, stored)} for url, target in lesson.links.items()]
        files = {name: stored[name] for name in lesson.file_names}
        writing = LessonImport(instructor, course, draft, lesson, ids[lesson.identifier], links, files, report)
        getattr(result, writing.write(standing.get(writing.lesson_id))).append(lesson.identifier)
        on_lesson(lesson.identifier)
    _put_in_order(instructor, course, draft, ids)
    result.vanished = _name_vanished(course, draft, report)
    counts = {kind: len(getattr(result, kind)) for kind in ("added", "changed", "unchanged", "vanished")}
    with transaction.atomic():
        details = {"new": {"format": draft.format, "package": draft.package, **counts}}
        audit.record(actor=instructor, action=AuditAction.IMPORT_DONE, resource=course, details=details)
    course.refresh_from_db()
    return result


def _course_for(instructor: "User", draft: CourseDraft, slug: str) -> Course:
    course = Course.objects.filter(slug=slug).first()
    if course is None:
        return _new_course(instructor, draft, slug)
    taken = _("The address “%s” belongs to another course; give this one its own with --slug.") % slug
    if not Course.objects.editable_by(instructor).filter(pk=course.pk).exists():
        raise CannotImport(taken)
    is_ours = lessons.find_imported(course.pk, format=draft.format, package=draft.package)
    if not is_ours and course.placements.exists():
        raise CannotImport(taken)
    if draft.format == "learnflow":
        _update_course(instructor, course, draft)
    return course


def _new_course(instructor: "User", draft: CourseDraft, slug: str) -> Course:
    course = Course(
        slug=slug,
        title=draft.title,
        description=draft.description or "",
        category=_category(draft.category or DEFAULT_CATEGORY),
        language=draft.language,
        instructor=instructor,
        **_given(draft),
    )
    try:
        return save_course(actor=instructor, course=course)
    except IntegrityError as error:
        raise CannotImport(_("Somebody else is making a course at “%s” right now; try again.") % slug) from error


def _update_course(instructor: "User", course: Course, draft: CourseDraft) -> None:
    """What the list of the folder says goes; what it doesn't say stays. The summary follows the description."""
    wanted = {"title": draft.title, "language": draft.language, **_given(draft)}
    if draft.description is not None:
        wanted["description"] = draft.description
    if draft.category is not None:
        wanted["category"] = _category(draft.category)
    changed = {name: value for name, value in wanted.items() if getattr(course, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(course, name, value)
        if "description" in changed:
            course.summary = ""
        save_course(actor=instructor, course=course)


def _given(draft: CourseDraft) -> dict[str, object]:
    given = {
        "level": draft.level,
        "price": draft.price,
        "currency": draft.currency,
        "objectives": "\n".join(draft.objectives) if draft.objectives is not None else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _category(name: str) -> Category:
    known = Category.objects.filter(name__iexact=name[:80]).first()
    if known:
        return known
    slug = slugify(name)[:80] or hashlib.sha256(name.encode()).hexdigest()[:12]
    return Category.objects.get_or_create(slug=slug, defaults={"name": name[:80]})[0]


def _store(file: FileDraft) -> str:
    """The file's name in storage. One that a crash cut off is written anew."""
    if default_storage.exists(file.name):
        if default_storage.size(file.name) == file.size:
            return file.name
        default_storage.delete(file.name)
    if file.source is None:
        return default_storage.save(file.name, ContentFile(file.data or b""))
    with file.source.open("rb") as content:
        return default_storage.save(file.name, File(content))


def _lesson_ids(course: Course, draft: CourseDraft) -> dict[str, str]:
    """The id of every lesson by its path: the one it has in this course, else the first that isn't on its way out.

    A lesson that was taken out of the course is promised to the deletion: its id mustn't come back.
    """
    placed = set(course.placements.values_list("lesson_id", flat=True))
    leaving: set[str] = set()
    for promise in PendingDeletion.objects.filter(collection=PendingDeletion.Collection.LESSONS):
        leaving.update(promise.filter.get("lesson_ids", []))
    ids: dict[str, str] = {}
    for lesson in draft.lessons:
        candidates = [_lesson_id(course, draft, lesson.identifier, number) for number in range(MOST_GENERATIONS)]
        free = (each for each in candidates if each not in leaving)
        ids[lesson.identifier] = next((each for each in candidates if each in placed), None) or next(free)
    return ids


def _lesson_id(course: Course, draft: CourseDraft, identifier: str, generation: int) -> str:
    parts = [str(course.pk), draft.format, draft.package, identifier, str(generation)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def _address(target: Target, ids: Mapping[str, str], stored: Mapping[str, str]) -> str:
    """What a page of the course writes for a target; empty for what leads nowhere."""
    anchor = f"#{target.anchor}" if target.anchor else ""
    if target.lesson:
        return f"../{ids[target.lesson]}/{anchor}"
    return default_storage.url(stored[target.file]) if target.file else anchor


def _put_in_order(instructor: "User", course: Course, draft: CourseDraft, ids: Mapping[str, str]) -> None:
    """The sections and their lessons as the draft has them; what the author added keeps its section, at its end."""
    sections = {title: pk for pk, title in course.sections.order_by("-position").values_list("pk", "title")}
    for section in draft.sections:
        if section.title not in sections:
            sections[section.title] = add_section(actor=instructor, course=course, title=section.title).pk
    placements = {placement.lesson_id: placement for placement in course.placements.all()}
    wanted: dict[int, list[int]] = {sections[section.title]: [] for section in draft.sections}
    for section in draft.sections:
        lesson_ids = [ids[lesson.identifier] for lesson in section.lessons]
        wanted[sections[section.title]] += [placements[each].pk for each in lesson_ids if each in placements]
    ours = {pk for pks in wanted.values() for pk in pks}
    before = outline_order(course)
    for section_id, present in before:
        wanted.setdefault(section_id, []).extend(pk for pk in present if pk not in ours)
    order = list(wanted.items())
    if order != before:
        arrange(actor=instructor, course=course, order=order)
    emptied = [pk for pk, present in before if present and not wanted[pk]]
    for section_row in course.sections.filter(pk__in=emptied):
        delete_section(actor=instructor, section=section_row)
    for lesson in draft.lessons:
        place = placements.get(ids[lesson.identifier])
        if draft.format == "learnflow" and place and place.is_preview != lesson.is_preview:
            set_placement(
                actor=instructor, placement=place, is_preview=lesson.is_preview, is_published=place.is_published
            )
    settle_outlines([course.pk])


def _name_vanished(course: Course, draft: CourseDraft, report: Report) -> list[str]:
    """Lessons of an earlier import whose file is gone: learners may have done them, so they stay."""
    placed = set(course.placements.values_list("lesson_id", flat=True))
    earlier = lessons.find_imported(course.pk, format=draft.format, package=draft.package)
    present = {lesson.identifier for lesson in draft.lessons}
    vanished = sorted(path for path, found in earlier.items() if path not in present and found["id"] in placed)
    for path in vanished:
        report.warn(path, _("The file is gone; the lesson it made stays in the course until somebody takes it out."))
    return vanished
