"""Revisions: every earlier version of every lesson is kept, none is ahead of its lesson, none is of nobody."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from courses.content.consistency import histories, inventory, walks
from courses.content.consistency.histories import MOST_LOST, History
from courses.models import Course
from courses.models.locks import hold_both_stores, hold_lessons
from courses.services.consistency.lessons import placed, promised, take_away_unnamed
from learnflow.consistency import Difference, Key, Kind


def _mend_histories(keys: Sequence[Key]) -> int:
    return sum(_mend_history(str(lesson_id)) for (lesson_id,) in keys)


def _mend_history(lesson_id: str) -> bool:
    """Put the versions of a lesson in order, while nobody can delete it. Its author may save it meanwhile."""
    with transaction.atomic():
        hold_both_stores()
        hold_lessons([lesson_id])
        history = _look(lesson_id)
        is_mended = False
        if history and history.newest > history.version + MOST_LOST:
            is_mended = histories.take_away_impossible(history, because=Histories.ahead.name)
            history = _look(lesson_id)
        if history and (history.is_behind or history.lost > MOST_LOST):
            if not histories.catch_up(history):
                return False
            is_mended, history = True, _look(lesson_id)
        if history and history.gaps:
            histories.fill_gaps(history, language=_language_of(lesson_id))
            is_mended = True
        return is_mended


def _look(lesson_id: str) -> History | None:
    return next(iter(histories.look([lesson_id])), None)


def _language_of(lesson_id: str) -> str:
    course = Course.objects.filter(placements__lesson_id=lesson_id).order_by("pk").first()
    return course.language if course else "en"


class Histories:
    """The versions of every lesson follow upon each other."""

    title = "Versions of lessons"
    is_passing = False
    missing = Kind(
        name="revision_missing",
        title="an earlier version of a lesson isn't kept",
        remedy="put a revision in its place that says it was lost",
        mend=_mend_histories,
    )
    ahead = Kind(
        name="revision_ahead",
        title="a revision is newer than its lesson, or of the same version with another text",
        remedy="move the lesson to the version after its newest revision; its text stays, and the other is a revision",
        mend=_mend_histories,
    )
    kinds = (missing, ahead)

    def size(self) -> int:
        return walks.count("lessons")

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for looked_at, found in histories.walk_histories():
            for each in found:
                kind = self.ahead if each.is_behind else self.missing
                yield Difference(kind, (each.lesson_id,), self._sentence(each))
            advance(looked_at)

    def _sentence(self, history: History) -> str:
        lesson = f"{history.lesson_id} “{history.title}” is at version {history.version}"
        if history.is_behind:
            with_what = ", with another text" if history.newest == history.version else ""
            return f"{lesson}, its newest revision at {history.newest}{with_what}"
        gaps = ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in history.gaps[:5])
        return f"{lesson}; of the earlier ones these aren't kept: {gaps}{' …' if len(history.gaps) > 5 else ''}"


# --- Revisions of nobody --------------------------------------------------------------------------


def _take_away(keys: Sequence[Key]) -> int:
    return take_away_unnamed(keys, _take_one_away)


def _take_one_away(key: str, lesson_id: str) -> bool:
    if not inventory.missing_lessons([lesson_id]):
        return False
    return inventory.take_away_revision(key, because=Revisions.of_nobody.name)


class Revisions:
    """Every revision is of a lesson that stands, or that an outline names."""

    title = "Revisions"
    is_passing = False
    of_nobody = Kind(
        name="revision_of_nobody",
        title="a revision of a lesson that isn't there, and that no outline names",
        remedy="set the revision aside for 90 days and delete it",
        mend=_take_away,
    )
    kinds = (of_nobody,)

    def size(self) -> int:
        return walks.count("lesson_revisions")

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for batch in inventory.walk_revisions():
            # Outlines and promises are read after the documents, as when lessons are looked for.
            nobodys = inventory.missing_lessons({each.lesson_id for each in batch})
            nobodys -= placed(sorted(nobodys))
            nobodys -= promised(sorted(nobodys))
            latest = timezone.now() - grace
            suspects = [each for each in batch if each.lesson_id in nobodys and each.since <= latest]
            for each in inventory.still_standing(suspects, "lesson_revisions"):
                sentence = f"{each.lesson_id}, {each.what} of {each.since:%F %T} UTC: this lesson isn't there"
                yield Difference(self.of_nobody, (each.key, each.lesson_id), sentence)
            advance(len(batch))


EXAMINATIONS = (Histories(), Revisions())
