"""Advisory locks that last as long as the transaction, taken in this order, all but the last before any row lock.

0. Both stores: everybody who writes what the stores must agree on holds them, and whoever takes a picture of both
   keeps the writers waiting for the moment in which it begins.
1. A learner: one act of learning at a time per person, for one lesson may count in several of their courses.
2. Outlines, in the order of ids: progress is a mean over the outline, so many may write progress while it stands
   still, and whoever changes it waits for them and keeps them out.
3. Lessons, whose documents must not go while somebody places them.
"""

from collections.abc import Iterable

from django.db import connection

# The first key of each lock; the second is the id of the course or person.
OUTLINE = 1
LEARNER = 2
BOTH_STORES = 3

# Beside another lock it costs no statement of its own.
WRITE = f"pg_advisory_xact_lock_shared({BOTH_STORES}, 0)"


def hold_still() -> None:
    """Wait until nobody writes what the stores must agree on, and let nobody begin."""
    _run("SELECT pg_advisory_xact_lock(%s, 0)", [BOTH_STORES])


def hold_both_stores() -> None:
    """For a transaction that takes none of the other locks first."""
    _run(f"SELECT {WRITE}", [])


def hold_learner(user_id: int) -> None:
    """Keep other acts of learning of this person out."""
    _run(f"SELECT {WRITE}, pg_advisory_xact_lock(%s, %s::int)", [LEARNER, user_id])


def hold_learners(user_ids: Iterable[int]) -> None:
    """The same for several people, in the order of ids."""
    _run(
        f"SELECT {WRITE}, pg_advisory_xact_lock(%s, id::int) FROM unnest(%s::bigint[]) AS id",
        [LEARNER, sorted(set(user_ids))],
    )


def hold_outlines(course_ids: Iterable[int]) -> None:
    """Keep these outlines as they are; others may hold them too."""
    _run(
        "SELECT pg_advisory_xact_lock_shared(%s, id::int) FROM unnest(%s::bigint[]) AS id",
        [OUTLINE, sorted(course_ids)],
    )


def hold_outlines_of_learner(user_id: int) -> None:
    """Keep the outlines of every course in which this person is enrolled as they are."""
    _run(
        "SELECT pg_advisory_xact_lock_shared(%s, course_id::int) FROM ("
        "SELECT course_id FROM enrollments WHERE user_id = %s AND status <> 'cancelled' ORDER BY course_id) AS mine",
        [OUTLINE, user_id],
    )


def hold_outline_for_change(course_id: int) -> None:
    """Keep this outline for oneself."""
    _run(f"SELECT {WRITE}, pg_advisory_xact_lock(%s, %s::int)", [OUTLINE, course_id])


def hold_lessons(lesson_ids: Iterable[str]) -> None:
    """Keep others from placing, unplacing and deleting these lessons: taken last, after an outline."""
    _run(
        "SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM unnest(%s::text[]) AS id",
        [sorted(lesson_ids)],
    )


def _run(sql: str, arguments: list[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
