"""Learners of a course in a list: filtered, in one of four orders, paged at the same cost at any depth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet, Value
from django.utils import timezone

from accounts.models import User
from accounts.models.user import full_name_of
from courses.models import Enrollment
from courses.models.enrollment import EnrollmentQuerySet

# Each as one of the indexes of enrollments lies; the last key is unique. Numbers are given in the order of enrolling.
ORDERS = {
    "progress": ("-progress", "seconds_spent", "id"),
    "time": ("-seconds_spent", "-id"),
    "active": ("-last_activity", "-id"),
    "enrolled": ("-id",),
}
COLUMNS = (
    "id", "user__username", "user__first_name", "user__last_name", "user__is_active", "user__is_blocked", "status",
    "progress", "seconds_spent", "last_activity", "enrolled_at", "completed_at",
)  # fmt: skip
BATCH = 1_000
FEW = 5_000


class LearnerRow(NamedTuple):
    """An enrollment, and whose it is."""

    id: int
    username: str
    first_name: str
    last_name: str
    is_active: bool
    is_blocked: bool
    status: str
    progress: Decimal
    seconds_spent: int
    last_activity: datetime
    enrolled_at: datetime
    completed_at: datetime | None

    @property
    def full_name(self) -> str:
        return full_name_of(self.first_name, self.last_name, self.username)


def people_called(words: str) -> ArraySubquery:
    """To annotate a row with: the ids of people who are called so, `FEW` of them or one more."""
    return ArraySubquery(User.objects.matching(words).values("pk")[: FEW + 1])


@dataclass(frozen=True)
class Learners:
    """Those of a course with this status, for so many days without any activity, called so; all of them by default.

    `is_standing` leaves out who cancelled.
    `sort` is a key of ORDERS, which begins with the smallest, or with a minus before it with the largest. `people` are
    the ids of `people_called` so: few are looked up one by one, many are met soon by whoever goes through the list.
    PostgreSQL, which can't know how many begin with some letters, would go through all of it to find one.
    """

    course_id: int
    status: str = ""
    is_standing: bool = False
    inactive_days: int = 0
    words: str = ""
    sort: str = "-active"
    people: Sequence[int] = ()

    def page(self, after: int | None, count: int) -> list[LearnerRow]:
        """The first so many, or those after this enrollment; from the beginning when it isn't one of this course."""
        last = None
        if after is not None:
            last = self._of_course().filter(pk=after).values_list(*COLUMNS).first()
        return self._rows(LearnerRow(*last) if last else None, count)

    def __iter__(self) -> Iterator[LearnerRow]:
        """All of them, read a batch at a time: no query lasts as long as a download."""
        last: LearnerRow | None = None
        while rows := self._rows(last, BATCH):
            yield from rows
            last = rows[-1]

    def counted_up_to(self, limit: int) -> int:
        """How many there are, but no more than `limit` are looked at."""
        return self._asked()[:limit].count()

    def _rows(self, last: LearnerRow | None, count: int) -> list[LearnerRow]:
        """What comes after a row: first what equals it but for the last key, then but for the one before, and so on.

        Each of these is a stretch of the index. All that comes after it, asked for at once, would be looked for
        among all that equal it in the first key, and half of the learners may have no progress yet.
        """
        found = self._asked().values_list(*COLUMNS).order_by(*self._keys)
        if last is None:
            return [LearnerRow(*row) for row in found[:count]]
        parts = [self._part(last, depth).order_by(*self._keys)[:count] for depth in reversed(range(len(self._keys)))]
        first, *others = parts
        rows = first.union(*others, all=True).order_by("part", *self._keys)[:count] if others else first
        return [LearnerRow(*row[: len(COLUMNS)]) for row in rows]

    def _part(self, last: LearnerRow, depth: int) -> QuerySet[Enrollment, tuple[Any, ...]]:
        names = [key.removeprefix("-") for key in self._keys]
        beyond = "lt" if self._keys[depth].startswith("-") else "gt"
        equal = {name: getattr(last, name) for name in names[:depth]}
        after = {f"{names[depth]}__{beyond}": getattr(last, names[depth])}
        part = Value(len(names) - depth)
        return self._asked().filter(**equal, **after).annotate(part=part).values_list(*COLUMNS, "part")

    @property
    def _keys(self) -> tuple[str, ...]:
        keys = ORDERS[self.sort.removeprefix("-")]
        return keys if self.sort.startswith("-") else tuple(_opposite(key) for key in keys)

    def _of_course(self) -> EnrollmentQuerySet:
        return Enrollment.objects.filter(course_id=self.course_id)

    def _asked(self) -> EnrollmentQuerySet:
        asked = self._of_course()
        if self.status:
            asked = asked.filter(status=self.status)
        if self.is_standing:
            asked = asked.standing()
        if self.inactive_days:
            asked = asked.filter(last_activity__lt=timezone.now() - timedelta(days=self.inactive_days))
        if self.words:
            are_few = len(self.people) <= FEW
            asked = asked.filter(user__in=self.people if are_few else User.objects.matching(self.words))
        return asked


def _opposite(key: str) -> str:
    return key[1:] if key.startswith("-") else f"-{key}"
