"""How far the events have been summed."""

from django.db import models


class Rollup(models.Model):
    """One row, from which a round of summing begins.

    `round` grows with every round: a round that finds a later one begun writes nothing more. `watermark` is the moment
    until which no event is missing, by MongoDB's own clock: seconds << 32 | count within the second. Until `held_until`
    a round is at work, and none begins beside it.
    """

    round = models.BigIntegerField(default=0, db_default=0)
    watermark = models.BigIntegerField(default=0, db_default=0)
    begun_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rollups"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="there_is_one_rollup")]

    def __str__(self) -> str:
        return f"round {self.round}"
