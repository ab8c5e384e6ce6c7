"""What acts of conversation hold until their transaction ends, in this order; each holds only what it depends on.

1. The key of a form (`accounts.services.one_time_keys`): nobody waits for it but the same form sent twice.
2. The person and the course's outline (`courses.models.locks`), by whoever writes in a discussion.
3. The pair of people (here), by messages and blocks.
4. The rows of people, in the order of ids: a follow holds its follower, a block both, so neither overlooks the other.
5. What a thing stands below: the root of its thread, its post, its conversation.
6. The thing itself, and what a trigger counts on it.
7. Counts of mentions, notifications (in the order of ids), reports; a record in the audit log comes last.
"""

from django.db import connection

HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def hold_pair(one_id: int, other_id: int) -> None:
    """One act at a time between two people: a message or a block.

    Rows can't be locked that aren't there yet, and who has just been blocked must not slip a first message in.
    """
    low, high = sorted((one_id, other_id))
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [f"pair:{low}:{high}"])
