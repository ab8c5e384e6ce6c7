"""What courses and lessons are called, for whoever reads the audit log, which knows their ids as text."""

import re
from collections.abc import Iterable

from courses.content import lessons
from courses.models import Course
from learnflow.mongo import ContentUnavailable

COURSE_ID = re.compile(r"[0-9]{1,18}\Z")
LESSON_ID = re.compile(r"[0-9a-f]{24}\Z")


def course_names(ids: Iterable[str]) -> dict[str, str]:
    """By their ids; those of courses that are gone are absent."""
    known = [int(each) for each in ids if COURSE_ID.match(each)]
    return {str(pk): f"“{title}”" for pk, title in Course.objects.filter(pk__in=known).values_list("pk", "title")}


def lesson_names(ids: Iterable[str]) -> dict[str, str]:
    """By their ids; while MongoDB is away, none."""
    try:
        found = lessons.get_outline(each for each in ids if LESSON_ID.match(each))
    except ContentUnavailable:
        return {}
    return {lesson_id: f"“{lesson['title']}”" for lesson_id, lesson in found.items() if "title" in lesson}
