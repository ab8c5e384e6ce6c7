"""Documents: each passes its collection's validator, also those that were written before or past it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from courses.content.consistency import validity, walks
from courses.models import Course, CourseLesson, Enrollment
from courses.services.consistency.lessons import last_titles
from courses.services.projection import project_progress
from courses.services.settling import mark_outline_changed, settle_outlines
from learnflow.consistency import Difference, Key, Kind

DEFAULT_LANGUAGE = "en"


def _mend_lessons(keys: Sequence[Key]) -> int:
    lesson_ids = [str(lesson_id) for _, lesson_id in keys]
    places = CourseLesson.objects.filter(lesson_id__in=lesson_ids).order_by("-course_id")
    courses = {place.lesson_id: place.course for place in places.select_related("course")}
    titles = last_titles(lesson_ids)
    marked = sorted(set(places.values_list("course_id", flat=True)))
    mark_outline_changed(marked)
    try:
        return sum(_mend_lesson(str(key), courses.get(str(id)), titles.get(str(id), "")) for key, id in keys)
    finally:
        settle_outlines(marked)


def _mend_lesson(key: str, course: Course | None, title: str) -> bool:
    language = course.language if course else DEFAULT_LANGUAGE
    course_id = course.pk if course else 0
    return validity.mend_lesson(key, course_id=course_id, title=title, language=language, because="invalid_lesson")


def _mend_revisions(keys: Sequence[Key]) -> int:
    mended = (
        validity.mend_revision(str(key), language=DEFAULT_LANGUAGE, because="invalid_revision") for key, _ in keys
    )
    return sum(mended)


def _mend_progress(keys: Sequence[Key]) -> int:
    """Mend what is at home in these documents, and copy the rest into them."""
    mended = sum(validity.mend_progress(str(key), because="invalid_progress") for key, _ in keys)
    pairs = validity.whose(str(key) for key, _ in keys)
    of = Enrollment.objects.filter(user__in={user for user, _ in pairs}, course__in={course for _, course in pairs})
    rows = of.values_list("pk", "user_id", "course_id")
    project_progress([pk for pk, user, course in rows if (user, course) in pairs])
    return mended


class ValidDocuments:
    """Every document of a collection passes its validator."""

    is_passing = False

    def __init__(self, collection: str, kind: Kind) -> None:
        self.collection = collection
        self.kind = kind
        self.kinds = (kind,)
        self.title = f"Documents of “{collection}”"

    def size(self) -> int:
        return walks.count(self.collection)

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for looked_at, found in validity.walk_invalid(self.collection):
            for each in found:
                wrong = "; ".join(f"{name}: {value}" for name, value in each.values.items())
                yield Difference(self.kind, (each.key, each.document_id), f"{each.document_id}, {wrong}")
            advance(looked_at)


EXAMINATIONS = (
    ValidDocuments(
        "lessons",
        Kind(
            name="invalid_lesson",
            title="a lesson whose fields aren't as they must be",
            remedy="keep its valid fields and take the others from its newest revision, else a default; the original "
            "is set aside for 90 days",
            mend=_mend_lessons,
        ),
    ),
    ValidDocuments(
        "lesson_revisions",
        Kind(
            name="invalid_revision",
            title="a revision whose fields aren't as they must be",
            remedy="keep its valid fields and put a default in the others; one that doesn't say of what it is goes; "
            "the original is set aside for 90 days",
            mend=_mend_revisions,
        ),
    ),
    ValidDocuments(
        "progress",
        Kind(
            name="invalid_progress",
            title="a progress document whose fields aren't as they must be",
            remedy="copy anew what is copied, put what can be read into the others; one that doesn't say whose it is "
            "goes; the original is set aside for 90 days",
            mend=_mend_progress,
        ),
    ),
)
