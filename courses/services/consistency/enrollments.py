"""How far somebody is, beside what their lessons and today's outline say.

Both are rows, so one statement compares them as they were at one moment, and what it finds is certain.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from accounts.models import AuditAction
from accounts.services import audit
from courses.models import Enrollment
from courses.models.enrollment import STANDING, STATUS
from courses.models.locks import hold_both_stores, hold_outlines
from courses.services.projection import project_progress
from learnflow.consistency import Difference, Key, Kind

PAGE = 2_000

# Nobody completes a course without a lesson: a reopened one keeps its row, and a reset takes the completion away too.
BASELESS = "e.completed_at IS NOT NULL AND NOT EXISTS (SELECT FROM lesson_progress l WHERE l.enrollment_id = e.id)"
WRONG = f"""
SELECT e.id, e.user_id, c.title, e.progress, e.status, e.completed_at, s.progress, {STATUS}, {BASELESS}
  FROM enrollments e JOIN courses c ON c.id = e.course_id CROSS JOIN LATERAL ({STANDING}) AS s
 WHERE {{which}} AND (e.progress <> s.progress OR e.status <> {STATUS} OR {BASELESS})
 ORDER BY e.id
"""
TAKE_BASELESS_COMPLETIONS_BACK = f"""
UPDATE enrollments e
   SET completed_at = NULL, status = CASE WHEN e.status = 'cancelled' THEN 'cancelled' ELSE 'active' END
 WHERE e.id = ANY(%s) AND {BASELESS}
"""


@dataclass(frozen=True, slots=True)
class WrongStanding:
    """An enrollment with what it says and what it should."""

    enrollment_id: int
    user_id: int
    course: str
    progress: Decimal
    status: str
    completed_at: datetime | None
    right_progress: Decimal
    right_status: str
    is_baseless: bool

    @property
    def sentence(self) -> str:
        whose = f"enrollment {self.enrollment_id} (person {self.user_id} in “{self.course}”)"
        completion = f", completed at {self.completed_at:%F %T} UTC" if self.completed_at else ""
        right = "never completed" if self.is_baseless else self.right_status
        says = f"{self.progress} %, {self.status}{completion}"
        return f"{whose} says {says}; its lessons say {self.right_progress} %, {right}"


def _wrong(which: str, *arguments: int | list[int]) -> list[WrongStanding]:
    with connection.cursor() as cursor:
        cursor.execute(WRONG.format(which=which), arguments)
        return [WrongStanding(*row) for row in cursor.fetchall()]


def _recompute(keys: Sequence[Key]) -> int:
    """Compute those that are still wrong, while nobody changes their outlines or writes their lessons."""
    with transaction.atomic():
        hold_both_stores()
        enrollments = Enrollment.objects.filter(pk__in=[key[0] for key in keys]).order_by("pk")
        hold_outlines(set(enrollments.order_by().values_list("course_id", flat=True)))
        # Rows first: what is computed in the next statement sees the lessons of whoever held them until now.
        held = list(enrollments.select_for_update(no_key=True).values_list("pk", flat=True))
        wrong = [each.enrollment_id for each in _wrong("e.id = ANY(%s)", held)]
        with connection.cursor() as cursor:
            cursor.execute(TAKE_BASELESS_COMPLETIONS_BACK, [wrong])
        standings = Enrollment.objects.recompute(wrong)
        audit.record_each(
            actor=None,
            action=AuditAction.COURSE_COMPLETED,
            kind="enrollment",
            identifiers=[each.enrollment_id for each in standings if each.just_completed],
            details={"because": "the stores were mended"},
        )
    project_progress(wrong)
    return len(wrong)


WRONG_PROGRESS = Kind(
    name="wrong_progress",
    title="percent, status or completion of an enrollment aren't what its lessons and today's outline say",
    remedy="compute them; a course found to be completed counts as completed now",
    mend=_recompute,
)


class Standings:
    """Percent, status and completion of every enrollment."""

    title = "Percents and completions"
    is_passing = False
    kinds: Sequence[Kind] = (WRONG_PROGRESS,)

    def size(self) -> int:
        return Enrollment.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        last = 0
        while page := list(Enrollment.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PAGE]):
            for each in _wrong("e.id BETWEEN %s AND %s", page[0], page[-1]):
                yield Difference(WRONG_PROGRESS, (each.enrollment_id,), each.sentence)
            last = page[-1]
            advance(len(page))


EXAMINATIONS = (Standings(),)
