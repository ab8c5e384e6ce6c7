"""Who stands where in a course, of all time and in one week: pages and ranks, at one cost however many learn.

Progress comes first, then less time; whoever has the same of both shares a rank, which is one more than the number of
those who stand better. Ranked is who shows themselves, has not left, and has done something: nobody stands better for
not having begun.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Exists, OuterRef

from accounts.models import Role, User
from courses.models import Course, Enrollment
from learnflow.prepared import Prepared

if TYPE_CHECKING:
    from django.db.models import QuerySet

SHOWN = "u.id, u.username, u.first_name, u.last_name, u.avatar, u.avatar_url"


class Standing(NamedTuple):
    """What a rank follows from: percent of the course (or lessons completed in a week), and seconds."""

    points: Decimal
    seconds: int

    @property
    def key(self) -> tuple[Decimal, int]:
        """Ascends from the best to the last."""
        return -self.points, self.seconds


class Place(NamedTuple):
    """Where a page of the list ends: the last one's standing, and their enrollment, which decides between equals."""

    points: Decimal
    seconds: int
    enrollment_id: int


@dataclass(frozen=True)
class Shape:
    """How one kind of leaderboard is read. Points are numbers of this type of PostgreSQL's."""

    points: str
    type: str
    seconds: str
    place: str
    person: str
    ranked: str
    learners: str

    @property
    def standing(self) -> str:
        """Ascends from the best to the last, as the index does."""
        return f"{self.points} * -1, {self.seconds}"


ALL_TIME = Shape(
    points="e.progress",
    type="numeric",
    seconds="e.seconds_spent",
    place="e.id",
    person="e.user_id",
    ranked="""enrollments e
       WHERE e.course_id = %(course)s AND e.progress > 0 AND e.is_listed AND e.status <> 'cancelled'""",
    learners="enrollments e",
)
OF_A_WEEK = Shape(
    points="w.lessons_completed",
    type="int",
    seconds="w.seconds_spent",
    place="w.enrollment_id",
    person="(SELECT user_id FROM enrollments WHERE id = w.enrollment_id)",
    ranked="""weekly_standings w
       WHERE w.course_id = %(course)s AND w.week = %(week)s AND w.lessons_completed > 0 AND w.is_listed""",
    learners="enrollments e LEFT JOIN weekly_standings w ON w.enrollment_id = e.id AND w.week = %(week)s",
)

# One more than those who stand better: what the rung above says, and those between.
RANKS = """
SELECT asked.points, asked.seconds, 1 + coalesce(rung.above, 0) + (
       SELECT count(*) FROM {ranked}
          AND ({standing}) >= (coalesce(rung.points, 99999)::{type} * -1, coalesce(rung.seconds, 0))
          AND ({standing}) < (asked.points::{type} * -1, asked.seconds)) AS rank
  FROM {asked} LEFT JOIN LATERAL (
       SELECT r.points, r.seconds, r.above FROM leaderboard_rungs r
        WHERE r.course_id = %(course)s AND r.board = %(board)s AND r.outline_version = %(outline_version)s
          AND (r.points * -1, r.seconds) <= (asked.points * -1, asked.seconds)
        ORDER BY r.points * -1 DESC, r.seconds DESC LIMIT 1) AS rung ON true
"""
# The page, and at the end the viewer's own row whether or not it is on it, as they stand at one moment; with the ranks
# that don't follow from others.
PAGE = """
WITH mine AS MATERIALIZED (
    SELECT e.id AS place, e.user_id, coalesce({points}, 0) AS points, coalesce({seconds}, 0) AS seconds, e.is_listed
      FROM {learners}
     WHERE e.course_id = %(course)s AND e.user_id = %(viewer)s AND e.status <> 'cancelled'
), page AS MATERIALIZED ({page}
), asked AS (
    SELECT points, seconds FROM mine WHERE points > 0
     UNION (SELECT DISTINCT points, seconds FROM page ORDER BY points DESC, seconds LIMIT 2)
), ranks AS ({ranks})
SELECT {shown}, place, points::numeric, seconds, true AS is_listed, true AS is_on_page, rank
  FROM page JOIN users u ON u.id = page.user_id LEFT JOIN ranks USING (points, seconds)
 UNION ALL
SELECT {shown}, place, points::numeric, seconds, is_listed, false, rank
  FROM mine JOIN users u ON u.id = mine.user_id LEFT JOIN ranks USING (points, seconds)
 ORDER BY is_on_page DESC, points DESC, seconds, place
"""
ROWS = """
    SELECT {place} AS place, {person} AS user_id, {points} AS points, {seconds} AS seconds FROM {ranked} {which}
     ORDER BY {order} LIMIT {most}
"""
AFTER = "AND ({standing}, {place}) > (%(points)s::{type} * -1, %(seconds)s, %(place)s)"
# Whoever has no row of their own begins at the top.
MINE = """({standing}, {place}) {than} (
    coalesce((SELECT points * -1 FROM mine), -100000), coalesce((SELECT seconds FROM mine), 0),
    coalesce((SELECT place FROM mine), 0))"""


@dataclass(frozen=True)
class Board:
    """The leaderboard of a course: of all time, or of the week that begins on this Monday."""

    course_id: int
    outline_version: int
    week: date | None = None

    @property
    def name(self) -> str:
        """By which its rungs are kept."""
        return self.week.isoformat() if self.week else ""

    @property
    def shape(self) -> Shape:
        return OF_A_WEEK if self.week else ALL_TIME

    @property
    def arguments(self) -> dict[str, Any]:
        """What statements about it name."""
        arguments = {"course": self.course_id, "board": self.name, "outline_version": self.outline_version}
        return arguments | ({"week": self.week} if self.week else {})

    def sql(self, sql: str, **parts: str) -> str:
        """A statement about a leaderboard, for this kind of them."""
        shape = self.shape
        names = ("points", "type", "seconds", "place", "person", "ranked", "learners", "standing")
        return sql.format(**{name: getattr(shape, name) for name in names}, **parts)

    def read_page(self, *, viewer: User, after: Place | None, most: int) -> tuple[list[Any], Any]:
        """The next `most` people after a place (the first without one), and the viewer's own row, or None.

        Each is a person with `place` (their enrollment), `points`, `seconds`, `is_listed`, and a `rank` where it is
        mine or one of the first two different ones: the others follow from these. One query.
        """
        arguments: dict[str, Any] = {"most": most}
        if after:
            arguments |= {"points": after.points, "seconds": after.seconds, "place": after.enrollment_id}
        rows = self._rows(AFTER if after else "", most="%(most)s")
        return self._read(rows, viewer, arguments)

    def read_around(self, *, viewer: User, before: int, most: int) -> tuple[list[Any], Any]:
        """The same of those around the viewer: up to `before` above them, then `most` from them on."""
        above = self._rows(f"AND {MINE}", than="<", descending=True, most="%(before)s")
        below = self._rows(f"AND {MINE}", than=">=", most="%(most)s")
        return self._read(f"({above}) UNION ALL ({below})", viewer, {"before": before, "most": most})

    def _read(self, page: str, viewer: User, arguments: dict[str, Any]) -> tuple[list[Any], Any]:
        sql = self.sql(PAGE, page=page, shown=SHOWN, ranks=self.sql(RANKS, asked="asked"))
        rows: Sequence[Any] = list(User.objects.raw(sql, self.arguments | {"viewer": viewer.pk} | arguments))
        mine = next((row for row in rows if not row.is_on_page), None)
        return [row for row in rows if row.is_on_page], mine

    def _rows(self, which: str, *, most: str, than: str = "", descending: bool = False) -> str:
        shape = self.shape
        keys = (f"{shape.points} * -1", shape.seconds, shape.place)
        order = ", ".join(f"{key} DESC" if descending else key for key in keys)
        return self.sql(ROWS, which=self.sql(which, than=than), order=order, most=most)


def find_leaderboard(viewer: User, slug: str) -> Any:
    """The course of this address, or None when this person may not see it; `is_learner`: whether they take it."""
    return _courses(viewer.role).first(viewer.pk, slug)


@lru_cache
def _courses(role: str) -> Prepared:
    def build(user_id: int, slug: str) -> "QuerySet[Course]":
        viewer = User(pk=user_id, role=Role(role))
        mine = Enrollment.objects.of(viewer).standing().filter(course=OuterRef("pk"))
        courses = Course.objects.visible_to(viewer).filter(slug=slug).annotate(is_learner=Exists(mine))
        return courses.only(
            "slug", "title", "language", "instructor_id", "is_published", "is_leaderboard_public", "outline_version"
        )

    return Prepared(build, -1, "?")
