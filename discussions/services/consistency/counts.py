"""Counts that triggers keep, beside the rows that they count."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db import connection, transaction

from discussions.services.consistency.batches import batches, estimate
from learnflow.consistency import Difference, Key, Kind

# Both numbers in one statement, so that they are of one moment: beside a living site they never differ by chance.
WRONG = """
SELECT kept.id, {kept}, {counted}
  FROM {table} AS kept CROSS JOIN LATERAL ({count}) AS counted
 WHERE kept.id = ANY(%s) AND ROW({kept}) IS DISTINCT FROM ROW({counted})
 ORDER BY kept.id
"""
HOLD = "SELECT FROM {table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
COUNT_AGAIN = """
UPDATE {table} AS kept SET {assignments}
  FROM (SELECT each.id, counted.*
          FROM {table} AS each CROSS JOIN LATERAL ({count_of_each}) AS counted WHERE each.id = ANY(%s)) AS counted
 WHERE kept.id = counted.id AND ROW({kept}) IS DISTINCT FROM ROW({counted})
"""


class KeptCounts:
    """Columns of one table that say how many rows of another there are.

    `count` is the SELECT that counts again for the row `kept`, with the names of those columns.
    """

    is_passing = False

    def __init__(self, *, kind: str, table: str, thing: str, columns: Sequence[str], count: str, title: str) -> None:
        self.title = title
        self._table, self._thing, self._columns = table, thing, tuple(columns)
        self._names = {
            "table": table,
            "count": count,
            "count_of_each": count.replace("kept.", "each."),
            "kept": ", ".join(f"kept.{name}" for name in columns),
            "counted": ", ".join(f"counted.{name}" for name in columns),
            "assignments": ", ".join(f"{name} = counted.{name}" for name in columns),
        }
        self.kinds: Sequence[Kind] = (
            Kind(kind, f"a {thing} shows other numbers than it has", "count again", self.mend),
        )

    def size(self) -> int:
        return estimate(self._table)

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for batch in batches(self._table):
            with connection.cursor() as cursor:
                cursor.execute(WRONG.format(**self._names), [batch])
                wrong = cursor.fetchall()
            for row_id, *numbers in wrong:
                shown, has = numbers[: len(self._columns)], numbers[len(self._columns) :]
                yield Difference(self.kinds[0], (row_id,), f"{self._thing} {row_id} {self._sentence(shown, has)}")
            advance(len(batch))

    def _sentence(self, shown: Sequence[object], has: Sequence[object]) -> str:
        named = zip(self._columns, shown, has, strict=True)
        return ", ".join(f"shows {name} {one} and has {other}" for name, one, other in named if one != other)

    def mend(self, keys: Sequence[Key]) -> int:
        """Count while the rows are held: whoever adds one now waits with their own count, or is done and is seen."""
        ids = [row_id for (row_id,) in keys]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(HOLD.format(**self._names), [ids])
            cursor.execute(COUNT_AGAIN.format(**self._names), [ids])
            return cursor.rowcount


EXAMINATIONS = (
    KeptCounts(
        kind="wrong_comment_score",
        title="Votes",
        table="comments",
        thing="comment",
        columns=("upvotes", "downvotes"),
        count="""
        SELECT count(*) FILTER (WHERE v.vote_type = 1) AS upvotes, count(*) FILTER (WHERE v.vote_type = -1) AS downvotes
          FROM comment_votes v WHERE v.comment_id = kept.id""",
    ),
    KeptCounts(
        kind="wrong_reply_count",
        title="Replies",
        table="comments",
        thing="comment",
        columns=("reply_count",),
        count="""
        SELECT count(*) AS reply_count FROM comments r
         WHERE r.root_id = kept.id AND r.parent_id IS NOT NULL AND r.deleted_at IS NULL AND r.hidden_at IS NULL""",
    ),
    KeptCounts(
        kind="wrong_unread_count",
        title="Conversations",
        table="conversations",
        thing="conversation",
        columns=("low_unread", "high_unread", "last_message_id"),
        count="""
        SELECT (SELECT count(*) FROM direct_messages m WHERE m.conversation_id = kept.id
                   AND m.receiver_id = kept.low_user_id AND NOT m.is_read) AS low_unread,
               (SELECT count(*) FROM direct_messages m WHERE m.conversation_id = kept.id
                   AND m.receiver_id = kept.high_user_id AND NOT m.is_read) AS high_unread,
               (SELECT max(m.id) FROM direct_messages m WHERE m.conversation_id = kept.id) AS last_message_id""",
    ),
    KeptCounts(
        kind="wrong_like_count",
        title="Likes of posts",
        table="posts",
        thing="post",
        columns=("like_count",),
        count="SELECT count(*) AS like_count FROM likes l WHERE l.post_id = kept.id",
    ),
    KeptCounts(
        kind="wrong_post_comment_count",
        title="Comments on posts",
        table="posts",
        thing="post",
        columns=("comment_count",),
        count="""
        SELECT count(*) AS comment_count FROM post_comments c WHERE c.post_id = kept.id AND c.hidden_at IS NULL""",
    ),
    KeptCounts(
        kind="wrong_comment_like_count",
        title="Likes of comments on posts",
        table="post_comments",
        thing="comment on a post",
        columns=("like_count",),
        count="SELECT count(*) AS like_count FROM likes l WHERE l.post_comment_id = kept.id",
    ),
)
