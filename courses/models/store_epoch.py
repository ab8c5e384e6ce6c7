"""The epoch that the versions of progress begin with.

A version is `epoch << 40 | changes`. A restore raises the epoch, so that a PostgreSQL put back to an
older point writes versions above those that MongoDB still remembers (DESIGN.md, section 1).
"""

from django.db import models

CHANGES_BITS = 40
# Nobody restores so often: a version beyond is damage, and counting on from it would leave 64 bits.
IMPOSSIBLE = 2**20 << CHANGES_BITS


class StoreEpoch(models.Model):
    epoch = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "store_epoch"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="there_is_one_epoch")]

    def __str__(self) -> str:
        return str(self.epoch)


class FirstVersion(models.Func):
    """`epoch << 40`: the version of a progress that begins now."""

    function = "first_progress_version"
    template = "%(function)s()"
    output_field = models.BigIntegerField()
    allowed_default = True
