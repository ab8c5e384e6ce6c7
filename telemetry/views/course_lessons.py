"""A course's lessons in their order: how many reached and completed each, how long it took, and where they stop."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from courses.models import Course
from courses.views.outline import Entry, Outline, get_outline
from telemetry.models import LessonDay, LessonFigures
from telemetry.periods import Period
from telemetry.tables import Column, Kind, Link, Table

MOST_STOPS = 5


@dataclass(frozen=True)
class CourseLessons:
    """`figures` are of all time, `recent` of the days asked for, both by lesson; a new lesson has none yet."""

    outline: Outline
    figures: dict[str, LessonFigures]
    recent: dict[str, dict[str, int]]
    learners: int

    def table(self) -> Table:
        columns = (
            Column("lesson", _("Lesson"), Kind.LINK),
            Column("reached", _("Reached by"), Kind.NUMBER),
            Column("reached_share", _("Reached, of all learners"), Kind.PERCENT, has_bar=True),
            Column("completed", _("Completed by"), Kind.NUMBER),
            Column("completed_share", _("Completed, of all learners"), Kind.PERCENT, has_bar=True),
            Column("median", _("Median time"), Kind.DURATION),
            Column("p90", _("Nine in ten need at most"), Kind.DURATION),
            Column("recent", _("Completed in these days"), Kind.NUMBER),
        )
        return Table(
            "lessons",
            _("Lessons in order"),
            columns,
            [self._row(entry) for entry in self.outline.entries],
            caption=_("How far the learners of today got, since the course began. Times are of those who spent any."),
            empty=_("This course has no lessons yet."),
        )

    def stops(self) -> Table:
        """The lessons that the smallest part of those who reached them completed."""
        columns = (
            Column("lesson", _("Lesson"), Kind.LINK),
            Column("share", _("Completed, of those who reached it"), Kind.PERCENT, has_bar=True),
            Column("open", _("Reached, not completed"), Kind.NUMBER),
            Column("mean", _("Average progress of all learners"), Kind.PERCENT, digits=1),
        )
        return Table(
            "stops",
            _("Where learners stop"),
            columns,
            [row for _share, row in sorted(self._stops(), key=lambda each: each[0])[:MOST_STOPS]],
            caption=_("The lessons with the lowest completion among those who reached them."),
            empty=_("Whoever reached a lesson has completed it."),
        )

    def _row(self, entry: Entry) -> tuple[Any, ...]:
        figures = self.figures.get(entry.lesson_id)
        recent = self.recent.get(entry.lesson_id, {}).get("completed", 0)
        if figures is None:
            return _link(entry), None, None, None, None, None, None, None
        shares = (_percent(number, self.learners) for number in (figures.reached, figures.completed))
        reached_share, completed_share = shares
        times = figures.median_seconds, figures.p90_seconds
        return _link(entry), figures.reached, reached_share, figures.completed, completed_share, *times, recent

    def _stops(self) -> Iterator[tuple[tuple[float, int], tuple[Any, ...]]]:
        """Each with what it is sorted by."""
        for entry in self.outline.entries:
            figures = self.figures.get(entry.lesson_id)
            if figures and figures.completed < figures.reached:
                share, left = _percent(figures.completed, figures.reached), figures.reached - figures.completed
                yield (share or 0, -left), (_link(entry), share, left, figures.mean_progress)


def read_lessons(course: Course, period: Period, learners: int) -> CourseLessons:
    """In three queries, and one to MongoDB unless the outline is kept."""
    figures = {each.lesson_id: each for each in LessonFigures.objects.filter(course_id=course.pk)}
    recent = LessonDay.objects.sums(course, period)
    return CourseLessons(get_outline(course, with_unpublished=True), figures, recent, learners)


def _link(entry: Entry) -> Link:
    mark = "" if entry.is_published else _("Not published")
    return Link(f"{entry.position}. {entry.title}", entry.url, mark)


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
