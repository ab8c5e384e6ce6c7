"""The epoch beside the versions of progress, which begin with it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db import connection

from courses.models import StoreEpoch
from courses.models.store_epoch import CHANGES_BITS
from learnflow.consistency import Difference, Key, Kind

# Read through once, for there is no index by version. Without its row the epoch is lower than any.
BEYOND = f"""
  WITH known AS (SELECT coalesce(max(epoch), -1)::bigint AS epoch FROM store_epoch)
SELECT known.epoch, count(e.id), coalesce(max(e.version >> {CHANGES_BITS}), 0)
  FROM known LEFT JOIN enrollments e ON e.version >= (known.epoch + 1) << {CHANGES_BITS}
 GROUP BY known.epoch
"""


def _raise(keys: Sequence[Key]) -> int:
    ((highest,),) = keys
    _row, is_new = StoreEpoch.objects.get_or_create(pk=1, defaults={"epoch": highest})
    return is_new or StoreEpoch.objects.filter(epoch__lt=highest).update(epoch=highest)


BEYOND_EPOCH = Kind(
    name="version_beyond_epoch",
    title="the epoch is lower than that of some versions: the next restore would not raise it above them",
    remedy="raise the epoch to theirs",
    mend=_raise,
)


class Epoch:
    """The epoch must not be lower than that of any version, or the next restore doesn't raise it above them."""

    title = "The epoch of versions"
    is_passing = False
    kinds: Sequence[Kind] = (BEYOND_EPOCH,)

    def size(self) -> int:
        return 1

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        with connection.cursor() as cursor:
            cursor.execute(BEYOND)
            epoch, number, highest = cursor.fetchone()
        if number or epoch < 0:
            sentence = f"the epoch is {epoch}; the versions of {number} enrollments go up to epoch {highest}"
            yield Difference(BEYOND_EPOCH, (highest,), sentence)
        advance(1)


EXAMINATIONS = (Epoch(),)
