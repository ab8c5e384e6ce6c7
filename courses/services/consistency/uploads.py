"""Uploads of lessons: every file that a lesson names is there, and every file is named.

Files of imports are left alone: their names follow from their content, and the next import of it takes them up again.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from courses.content.consistency import inventory
from courses.content.consistency.upload_names import UPLOAD, named_in
from courses.models import Course
from courses.services.consistency.lessons import PlacedLessons
from courses.services.uploads import LESSON_FILES
from learnflow.consistency import CannotMend, Difference, Key, Kind

LOST = (
    "texts of lessons are lost, and nobody knows which files they named: bring them back from a backup, or let their "
    "authors write them again"
)
NAMED_BY_COURSES = "SELECT DISTINCT name[1] FROM courses, regexp_matches(courses::text, %s, 'g') AS name"


def _stored() -> set[str]:
    """The files that authors uploaded, by their names in storage."""
    try:
        return {f"{LESSON_FILES}/{name}" for name in default_storage.listdir(LESSON_FILES)[1]}
    except FileNotFoundError:  # nobody has uploaded anything yet
        return set()


def _named() -> set[str]:
    """The files that anything names: lessons, their earlier versions, what was set aside, the texts of courses."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED_BY_COURSES, [f"({UPLOAD})"])
        named = {name for (name,) in cursor.fetchall()}
    return named.union(*(named_in(collection) for collection in ("lessons", "lesson_revisions", "set_aside")))


def _delete(keys: Sequence[Key]) -> int:
    unused = {str(name) for (name,) in keys} & _stored()
    unused -= _named()
    if unused and _is_any_text_lost():
        raise CannotMend(LOST)
    for name in unused:
        default_storage.delete(name)
    return len(unused)


def _is_any_text_lost() -> bool:
    missing = PlacedLessons().find(grace=timedelta(0), advance=lambda number: None)
    return inventory.is_any_stand_in() or next(missing, None) is not None


class Uploads:
    """What authors uploaded stands in a lesson, and what stands in a lesson was uploaded."""

    title = "Uploads of lessons"
    is_passing = False
    unused = Kind(
        name="upload_unused",
        title="a file that no lesson, no revision, no course and nothing set aside names",
        remedy="delete the file, unless texts of lessons are lost that may have named it",
        mend=_delete,
    )
    missing = Kind(
        name="upload_missing",
        title="a lesson names a file that isn't in the storage",
        remedy="put the file back from a backup, or let the lesson's author upload it again",
        mend=None,
    )
    kinds = (unused, missing)

    def size(self) -> int:
        return Course.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        # Files before names: what is uploaded and named meanwhile isn't among them.
        files = _stored()
        latest = timezone.now() - grace
        for name in sorted(files - _named() if files else ()):
            since = written(name)
            if since and since <= latest:
                yield Difference(self.unused, (name,), f"{name}, uploaded {since:%F %T} UTC: nothing names it")
        named = named_in("lessons")
        for name in sorted(named.keys() - files):
            if not default_storage.exists(name):
                yield Difference(self.missing, (name,), f"{name}, named by lesson {named[name]}: no such file")
        advance(self.size())


def written(name: str) -> datetime | None:
    """When a file was written; None when it is gone by now."""
    try:
        return default_storage.get_modified_time(name)
    except FileNotFoundError:
        return None


EXAMINATIONS = (Uploads(),)
