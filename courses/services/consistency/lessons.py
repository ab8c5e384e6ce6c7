"""Lessons: every place in an outline has a document, and every document a place."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from accounts.models import AuditAction, AuditLog
from accounts.services import audit
from courses.content import lessons
from courses.content.consistency import inventory, walks
from courses.content.stand_ins import stand_in_body
from courses.models import Course, CourseLesson, PendingDeletion
from courses.models.locks import hold_both_stores, hold_lessons
from courses.services.settling import mark_outline_changed, settle_outlines
from learnflow.consistency import Difference, Key, Kind
from learnflow.mongo import Document

BATCH = 1_000


def placed(lesson_ids: Sequence[str]) -> set[str]:
    """Those of these lessons that an outline names."""
    return set(CourseLesson.objects.filter(lesson_id__in=lesson_ids).values_list("lesson_id", flat=True))


def promised(lesson_ids: Sequence[str]) -> set[str]:
    """Those of these lessons whose deletion is promised."""
    promises = PendingDeletion.objects.of_lessons(lesson_ids).values_list("filter", flat=True)
    return set(lesson_ids) & {lesson_id for each in promises for lesson_id in each["lesson_ids"]}


def last_titles(lesson_ids: Sequence[str]) -> dict[str, str]:
    """What the audit log says that these lessons were called last."""
    rows = AuditLog.objects.filter(
        resource_type="lesson", resource_id__in=lesson_ids, details__new__title__isnull=False
    )
    return dict(rows.order_by("id").values_list("resource_id", "details__new__title"))


def are_strangers() -> bool:
    """Whether the stores have no lesson in common: one of them is lost, or belongs to another site.

    Raises `ContentUnavailable`.
    """
    last = ""
    ids = CourseLesson.objects.order_by("lesson_id").values_list("lesson_id", flat=True)
    while batch := list(ids.filter(lesson_id__gt=last)[:BATCH]):
        if inventory.missing_lessons(batch) != set(batch):
            return False
        last = batch[-1]
    return bool(last) or walks.count("lessons") > 0


# --- Places without a document --------------------------------------------------------------------


def _bring_back(keys: Sequence[Key]) -> int:
    lesson_ids = [str(lesson_id) for (lesson_id,) in keys]
    courses = sorted(set(CourseLesson.objects.filter(lesson_id__in=lesson_ids).values_list("course_id", flat=True)))
    mark_outline_changed(courses)
    try:
        titles = last_titles(lesson_ids)
        return sum(_bring_one_back(lesson_id, titles.get(lesson_id, "")) for lesson_id in lesson_ids)
    finally:
        settle_outlines(courses)


def _bring_one_back(lesson_id: str, title: str) -> bool:
    """Write the document anew, while nobody can place or delete it."""
    with transaction.atomic():
        hold_both_stores()
        hold_lessons([lesson_id])
        course = Course.objects.filter(placements__lesson_id=lesson_id).order_by("pk").first()
        if course is None or not inventory.missing_lessons([lesson_id]):
            return False
        newest = inventory.newest_versions([lesson_id]).get(lesson_id, 0)
        body, came_from = _last_known(lesson_id) or (stand_in_body(title=title, language=course.language), "a stand-in")
        document: Document = {"course_id": course.pk, "body": body, "author_id": None, "version": newest + 1}
        is_back = lessons.add_lesson(lesson_id=lesson_id, **document)
        if is_back:
            details = {"new": {"version": newest + 1, "title": body["title"], "from": came_from}}
            audit.record(actor=None, action=AuditAction.STORES_MENDED, resource=("lesson", lesson_id), details=details)
    return is_back


def _last_known(lesson_id: str) -> tuple[Document, str] | None:
    """What a lesson said last, as far as anybody knows, and from where."""
    if aside := inventory.set_aside_body(lesson_id):
        return aside, "what was set aside"
    if kept := inventory.newest_body(lesson_id):
        return kept, "its newest revision"
    return None


class PlacedLessons:
    """Every lesson that an outline names stands."""

    title = "Lessons that outlines name"
    is_passing = False
    missing = Kind(
        name="lesson_missing",
        title="an outline names a lesson whose document isn't there",
        remedy="bring the lesson back from what was set aside or from its newest revision; where there is neither, put "
        "a stand-in in its place that says so and that its author is told to write again",
        mend=_bring_back,
    )
    kinds = (missing,)

    def size(self) -> int:
        return CourseLesson.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        last = ""
        ids = CourseLesson.objects.order_by("lesson_id").values_list("lesson_id", flat=True)
        while batch := list(ids.filter(lesson_id__gt=last)[:BATCH]):
            # Somebody may have taken them out, or put them back, since the batch was read.
            lost = sorted(placed(sorted(inventory.missing_lessons(batch))))
            yield from self._differences(sorted(inventory.missing_lessons(lost)))
            advance(len(batch))
            last = batch[-1]

    def _differences(self, lesson_ids: list[str]) -> Iterator[Difference]:
        places = CourseLesson.objects.filter(lesson_id__in=lesson_ids).select_related("course")
        titles, revisions = last_titles(lesson_ids), inventory.newest_versions(lesson_ids)
        in_order = places.order_by("lesson_id", "course_id").only("lesson_id", "position", "course", "course__title")
        for lesson_id, named in groupby(in_order, key=lambda place: place.lesson_id):
            where = ", ".join(f"lesson {place.position} of “{place.course.title}”" for place in named)
            called = f" (“{titles[lesson_id]}”)" if lesson_id in titles else ""
            left = f"version {revisions[lesson_id]} is kept" if lesson_id in revisions else "no revision is kept"
            sentence = f"{lesson_id}{called}, {where}: the document isn't there; {left}"
            yield Difference(self.missing, (lesson_id,), sentence)


# --- Documents without a place --------------------------------------------------------------------


def take_away_unnamed(keys: Sequence[Key], take: Callable[[str, str], bool]) -> int:
    """Call `take` with each (key, lesson) whose lesson still has no place and no promise; how many it took.

    Nobody can place the lesson, or let go of it, meanwhile.
    """
    return sum(_take_one_away(str(key), str(lesson_id), take) for key, lesson_id in keys)


def _take_one_away(key: str, lesson_id: str, take: Callable[[str, str], bool]) -> bool:
    with transaction.atomic():
        hold_both_stores()
        hold_lessons([lesson_id])
        if placed([lesson_id]) or promised([lesson_id]):
            return False
        return take(key, lesson_id)


def _take_away(keys: Sequence[Key]) -> int:
    because = UnplacedLessons.unplaced.name
    return take_away_unnamed(keys, lambda key, lesson_id: inventory.take_away_lesson(key, because=because))


class UnplacedLessons:
    """Every lesson has a place, or goes soon."""

    title = "Lessons"
    is_passing = False
    unplaced = Kind(
        name="lesson_unplaced",
        title="no outline names this lesson, and its deletion isn't promised",
        remedy="set the lesson and its revisions aside for 90 days and delete them",
        mend=_take_away,
    )
    kinds = (unplaced,)

    def size(self) -> int:
        return walks.count("lessons")

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for batch in inventory.walk_lessons():
            # The outlines are read after the documents: what was placed or promised meanwhile isn't left over.
            without = {each.lesson_id for each in batch} - placed([each.lesson_id for each in batch])
            without -= promised(sorted(without))
            latest = timezone.now() - grace
            suspects = [each for each in batch if each.lesson_id in without and each.since <= latest]
            # A promise may have been kept since the batch was read; it goes after the document.
            for each in inventory.still_standing(suspects, "lessons"):
                lesson = f"{each.lesson_id} {each.what}, last written {each.since:%F %T} UTC"
                yield Difference(self.unplaced, (each.key, each.lesson_id), f"{lesson}: no outline names it")
            advance(len(batch))


EXAMINATIONS = (PlacedLessons(), UnplacedLessons())
