"""What follows when a store was put back to an older point: a new epoch, and copies made anew."""

from collections.abc import Callable

from django.db import connection

from courses.models import Course, Enrollment, PendingDeletion
from courses.models.store_epoch import CHANGES_BITS, IMPOSSIBLE
from courses.services.deletions import work_off_deletions
from courses.services.projection import project_lagging
from courses.services.settling import settle_lagging

HIGHEST_EPOCH = f"""
SELECT coalesce(max(version >> {CHANGES_BITS}), 0)
  FROM (SELECT version FROM enrollments UNION ALL SELECT epoch::bigint << {CHANGES_BITS} FROM store_epoch) AS known
 WHERE version < {IMPOSSIBLE}
"""
SET_EPOCH = "INSERT INTO store_epoch (id, epoch) VALUES (1, %s) ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch"
SET_VERSIONS = f"""
UPDATE enrollments
   SET version = (%s::bigint << {CHANGES_BITS}) | (version & ((1::bigint << {CHANGES_BITS}) - 1)),
       projected_version = -1
"""
MARK_OUTLINES = "UPDATE courses SET outline_version = outline_version + 1"


def begin_epoch(*, above: int) -> int:
    """Let every version begin with a higher epoch than `above` and than any here; the new epoch.

    All copies of progress lag from then on, and all outlines are marked as changed. Within the caller's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(HIGHEST_EPOCH)
        epoch = max(above, cursor.fetchone()[0]) + 1
        cursor.execute(SET_EPOCH, [epoch])
        cursor.execute(SET_VERSIONS, [epoch])
        cursor.execute(MARK_OUTLINES)
    return epoch


def catch_up(*, begin: Callable[[str, int], None], advance: Callable[[int], None]) -> None:
    """Do now what the worker would do: copies of progress, durations, promised deletions.

    `begin` is told what is done and how much of it there is, `advance` how much more is done.
    Raises `ContentUnavailable`.
    """
    begin("Copies of progress", Enrollment.objects.lagging().count())
    while done := project_lagging():
        advance(done)
    courses = Course.objects.count()
    begin("Durations of courses", courses)
    while courses > 0 and (done := settle_lagging()):
        courses -= done
        advance(done)
    begin("Promised deletions", PendingDeletion.objects.due().count())
    while done := work_off_deletions():
        advance(done)
