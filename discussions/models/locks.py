"""Advisory locks that last as long as the transaction; taken after a one-time key and before any row of a pair."""

from django.db import connection

HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def hold_pair(one_id: int, other_id: int) -> None:
    """One act at a time between two people: a message, a block, a follow.

    Rows can't be locked that aren't there yet, and who has just been blocked must not slip a first message in.
    """
    low, high = sorted((one_id, other_id))
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [f"pair:{low}:{high}"])
