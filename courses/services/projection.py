"""Projection, the one mechanism for the copy of progress in MongoDB.

A transaction raises `enrollments.version`. After its commit the same request writes the whole copy over an older one,
then notes `projected_version`. What a dead process or a dead store left behind lags, and the worker does it.
"""

import json
import logging
from collections.abc import Iterable

from django.db import connection, transaction

from courses.content import progress
from courses.content.progress import ProgressCopy
from courses.models import Enrollment
from courses.models.locks import hold_both_stores
from learnflow.mongo import ContentUnavailable

logger = logging.getLogger(__name__)

WITHIN_REQUEST = 0.4  # seconds that a request gives the copy; its answer doesn't depend on it
BATCH = 500

# Of the rows `p` of lesson_progress of one enrollment.
PERCENTS = (
    "coalesce(jsonb_object_agg(p.lesson_id, p.progress_percent) FILTER (WHERE p.progress_percent > 0), '{}'::jsonb)"
)
READ_COPIES = f"""
SELECT e.id, e.user_id, e.course_id, e.version, {PERCENTS}
  FROM enrollments e LEFT JOIN lesson_progress p ON p.enrollment_id = e.id
 WHERE e.id = ANY(%s)
 GROUP BY e.id
"""

# The mark may be lost with the machine: the copy would be written once more.
NOTE_PROJECTED = """
WITH relaxed AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
), copied AS MATERIALIZED (
    SELECT e.id, c.version
      FROM enrollments e JOIN unnest(%s::bigint[], %s::bigint[]) AS c(id, version) USING (id)
     WHERE e.projected_version < c.version
     ORDER BY e.id FOR NO KEY UPDATE OF e
)
UPDATE enrollments e SET projected_version = copied.version FROM copied, relaxed WHERE e.id = copied.id
"""

# Nothing is noted as written any more, whatever was: a mark that is too high would hide that the copy lags.
RAISE_VERSIONS = """
WITH held AS MATERIALIZED (
    SELECT id FROM enrollments WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE enrollments e SET version = e.version + 1, projected_version = -1 FROM held WHERE held.id = e.id
"""


def project_progress(enrollment_ids: Iterable[int], *, within: float | None = None) -> int:
    """Bring the progress documents of these enrollments up to date; how many stand now.

    Called outside any transaction. Doing it twice, or at the same time as somebody else, changes nothing.
    Raises `ContentUnavailable`.
    """
    with connection.cursor() as cursor:
        cursor.execute(READ_COPIES, [list(enrollment_ids)])
        copies = [
            ProgressCopy(enrollment, user_id=user, course_id=course, version=version, lessons=json.loads(percents))
            for enrollment, user, course, version, percents in cursor.fetchall()
        ]
    standing = progress.write_copies(copies, within=within)
    if standing:
        with connection.cursor() as cursor:
            marks = [[copy.enrollment_id for copy in standing], [copy.version for copy in standing]]
            cursor.execute(NOTE_PROJECTED, marks)
    return len(standing)


def project_anew(enrollment_ids: Iterable[int]) -> int:
    """Write the progress documents of these enrollments again, as a new version; how many stand now.

    Called outside any transaction. Raises `ContentUnavailable`.
    """
    ids = list(enrollment_ids)
    with transaction.atomic():
        hold_both_stores()
        with connection.cursor() as cursor:
            cursor.execute(RAISE_VERSIONS, [ids])
    return project_progress(ids)


def project_soon(enrollment_ids: Iterable[int]) -> None:
    """Project after the commit, in this request, as long as it takes little time; else the worker will."""
    ids = list(enrollment_ids)
    if ids:
        transaction.on_commit(lambda: _project_now(ids))


def _project_now(enrollment_ids: list[int]) -> None:
    try:
        project_progress(enrollment_ids, within=WITHIN_REQUEST)
    except ContentUnavailable:
        logger.info("progress of %d enrollments waits for its copy", len(enrollment_ids))


def project_lagging(*, limit: int = 20_000) -> int:
    """Bring up to date what lags, in batches; how many. Raises `ContentUnavailable`."""
    done, last = 0, 0
    while done < limit:
        ids = list(Enrollment.objects.lagging().filter(id__gt=last).values_list("id", flat=True)[:BATCH])
        if not ids:
            break
        done += project_progress(ids)
        last = ids[-1]
    return done
