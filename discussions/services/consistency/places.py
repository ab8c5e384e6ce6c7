"""Where comments stand: what a reply takes from its parent, and what a thread's first comment says of itself."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from discussions.models import Comment
from discussions.services.consistency.batches import batches, estimate
from learnflow.consistency import Difference, Key, Kind

TAKEN = ("course_id", "lesson_id", "is_private", "asker_id", "root_id", "depth", "path")
IS = ", ".join(f"c.{name}" for name in TAKEN)
BELONGS = ", ".join(f"place.{name}" for name in TAKEN)
# As the trigger take_the_comments_place gives it.
PLACE = """
SELECT c.course_id, c.lesson_id, c.is_private, CASE WHEN c.is_private THEN c.user_id END AS asker_id,
       c.id AS root_id, 0 AS depth, path_part(c.id) AS path
 WHERE c.parent_id IS NULL
UNION ALL
SELECT p.course_id, p.lesson_id, p.is_private, p.asker_id, p.root_id, least(p.depth + 1, 20),
       left(p.path, least(p.depth + 1, 20) * 7) || path_part(c.id)
  FROM comments p WHERE p.id = c.parent_id
"""
ELSEWHERE = f"""
SELECT c.id, c.parent_id, {IS}, {BELONGS}
  FROM comments c CROSS JOIN LATERAL ({PLACE}) AS place
 WHERE c.id = ANY(%s) AND ROW({IS}) IS DISTINCT FROM ROW({BELONGS})
 ORDER BY c.id
"""
BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM comments WHERE id = ANY(%s)
     UNION
    SELECT c.id FROM comments c JOIN below ON c.parent_id = below.id
)
SELECT id FROM below ORDER BY id
"""
PUT_BACK = f"""
UPDATE comments AS kept SET ({", ".join(TAKEN)}) = ROW({BELONGS})
  FROM comments c CROSS JOIN LATERAL ({PLACE}) AS place
 WHERE kept.id = %s AND c.id = kept.id AND ROW({IS}) IS DISTINCT FROM ROW({BELONGS})
"""


def _elsewhere(comment_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Those of these comments that don't stand where they belong: id, parent, what they have, what they should have."""
    with connection.cursor() as cursor:
        cursor.execute(ELSEWHERE, [list(comment_ids)])
        return cursor.fetchall()


def _put_back(keys: Sequence[Key]) -> int:
    """Parents come before their replies (an id is higher than that of what it answers), and replies follow them."""
    wrong = [row[0] for row in _elsewhere([int(row_id) for (row_id,) in keys])]
    with connection.cursor() as cursor:
        cursor.execute(BELOW, [wrong])
        branches = [row_id for (row_id,) in cursor.fetchall()]
    for comment_id in branches:
        with transaction.atomic(), connection.cursor() as cursor:
            Comment.objects.hold_thread(comment_id)
            cursor.execute(PUT_BACK, [comment_id])
    return len(wrong) - len(_elsewhere(wrong))


class Places:
    """A reply belongs where its parent is: in its course, lesson, thread and privacy."""

    title = "Places of comments"
    is_passing = False
    elsewhere = Kind(
        name="comment_elsewhere",
        title="a comment stands elsewhere than what it answers: another course, lesson, thread or privacy",
        remedy="put it, and what answers it, where its parent is",
        mend=_put_back,
    )
    kinds: Sequence[Kind] = (elsewhere,)

    def size(self) -> int:
        return estimate("comments")

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for batch in batches("comments"):
            for comment_id, parent_id, *values in _elsewhere(batch):
                differing = zip(TAKEN, values[: len(TAKEN)], values[len(TAKEN) :], strict=True)
                what = ", ".join(f"{name} {one} instead of {other}" for name, one, other in differing if one != other)
                whose = f", a reply to {parent_id}," if parent_id else ""
                yield Difference(self.elsewhere, (comment_id,), f"comment {comment_id}{whose} has {what}")
            advance(len(batch))


EXAMINATIONS = (Places(),)
