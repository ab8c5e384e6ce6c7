"""Figures of courses, made anew by the worker from enrollments, progress and time: pages count nothing themselves.

Of a course's days they say what happened, whoever did it; of its lessons, how far those are whom it teaches now.
"""

import logging
import time

from django.conf import settings
from django.db import DatabaseError, connection, transaction

logger = logging.getLogger(__name__)

# Of a course `c` and its figures `f`: never computed; or rested for as long as that it is looked at for a hundredth of
# the time, and something happened since. Times arrive late (a page keeps them for 15 minutes), so what happened shortly
# before counts, too. Once a day whatever happened without leaving a trace here: a time rebuilt, a person erased.
IS_DUE = """
    f.course_id IS NULL
    OR now() >= f.computed_at + greatest(interval '1 minute', f.took_ms * interval '100 milliseconds')
       AND (f.learners <> c.enrollment_count
            OR f.outline_version <> c.outline_version
            OR f.computed_at < now() - interval '1 day'
            OR f.computed_at - interval '20 minutes' <
               (SELECT max(last_activity) FROM enrollments WHERE course_id = c.id))
"""
DUE = f"""
SELECT c.id FROM courses c LEFT JOIN course_figures f ON f.course_id = c.id
 WHERE {IS_DUE}
 ORDER BY f.computed_at NULLS FIRST, c.id LIMIT %s
"""
# Until the end of the transaction: no page waits for these, so they may take longer than a page may.
HAVE_TIME = "SET LOCAL statement_timeout = '10min'"
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
# The course stays while its figures are written.
STILL_DUE = f"""
SELECT c.outline_version FROM courses c LEFT JOIN course_figures f ON f.course_id = c.id
 WHERE c.id = %s AND (%s OR {IS_DUE}) FOR KEY SHARE OF c
"""

# A lesson is reached by who spent time on it or made progress in it; on the day of the first that is known. It goes by
# a number meanwhile: millions of rows are put together here.
LESSONS = """
WITH learners AS MATERIALIZED (
    SELECT id, user_id FROM enrollments WHERE course_id = %(course)s AND status <> 'cancelled'
), placed AS MATERIALIZED (
    SELECT lesson_id, row_number() OVER ()::integer AS n FROM course_lessons WHERE course_id = %(course)s
), spent AS MATERIALIZED (
    SELECT l.id, n, t.day, t.seconds_spent
      FROM telemetry t JOIN learners l USING (user_id) JOIN placed USING (lesson_id)
     WHERE t.course_id = %(course)s
), progress AS (
    SELECT l.id, n, p.progress_percent AS percent, (p.completed_at AT TIME ZONE %(zone)s)::date AS completed_on,
           (p.updated_at AT TIME ZONE %(zone)s)::date AS updated_on
      FROM lesson_progress p JOIN learners l ON l.id = p.enrollment_id JOIN placed USING (lesson_id)
), begun AS MATERIALIZED (
    SELECT n, min(day) AS reached_on, max(completed_on) AS completed_on, max(percent) AS percent,
           nullif(sum(seconds_spent), 0)::integer AS seconds
      FROM (
        SELECT id, n, day, seconds_spent, NULL::smallint AS percent, NULL::date AS completed_on FROM spent
         UNION ALL
        SELECT id, n, least(updated_on, completed_on), NULL, percent, completed_on FROM progress
    ) AS marks GROUP BY id, n
), figures AS (
    SELECT placed.lesson_id, count(b.n) AS reached, count(b.completed_on) AS completed,
           coalesce(trunc(sum(b.percent)::numeric / nullif((SELECT count(*) FROM learners), 0), 2), 0) AS mean,
           percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY b.seconds) AS seconds
      FROM placed LEFT JOIN begun b USING (n)
     GROUP BY placed.lesson_id
), days AS (
    SELECT lesson_id, day, sum(reached) AS reached, sum(completed) AS completed, sum(seconds) AS seconds
      FROM (
        SELECT n, reached_on AS day, count(*) AS reached, 0 AS completed, 0 AS seconds FROM begun GROUP BY 1, 2
         UNION ALL
        SELECT n, completed_on, 0, count(*), 0 FROM begun WHERE completed_on IS NOT NULL GROUP BY 1, 2
         UNION ALL
        SELECT n, day, 0, 0, sum(seconds_spent) FROM spent GROUP BY 1, 2
    ) AS counted JOIN placed USING (n)
     GROUP BY lesson_id, day
), gone AS (
    DELETE FROM lesson_figures WHERE course_id = %(course)s AND lesson_id NOT IN (SELECT lesson_id FROM placed)
), gone_days AS (
    DELETE FROM lesson_days d WHERE course_id = %(course)s
       AND NOT EXISTS (SELECT FROM days WHERE days.lesson_id = d.lesson_id AND days.day = d.day)
), written AS (
    INSERT INTO lesson_figures AS f
           (course_id, lesson_id, reached, completed, mean_progress, median_seconds, p90_seconds)
    SELECT %(course)s, lesson_id, reached, completed, mean, seconds[1], seconds[2] FROM figures
        ON CONFLICT (course_id, lesson_id) DO UPDATE
       SET reached = excluded.reached, completed = excluded.completed, mean_progress = excluded.mean_progress,
           median_seconds = excluded.median_seconds, p90_seconds = excluded.p90_seconds
     WHERE (f.reached, f.completed, f.mean_progress, f.median_seconds, f.p90_seconds) IS DISTINCT FROM
           (excluded.reached, excluded.completed, excluded.mean_progress,
            excluded.median_seconds, excluded.p90_seconds)
)
INSERT INTO lesson_days AS d (course_id, lesson_id, day, reached, completed, seconds_spent)
SELECT %(course)s, lesson_id, day, reached, completed, seconds FROM days
    ON CONFLICT (course_id, day, lesson_id) DO UPDATE
   SET reached = excluded.reached, completed = excluded.completed, seconds_spent = excluded.seconds_spent
 WHERE (d.reached, d.completed, d.seconds_spent) IS DISTINCT FROM
       (excluded.reached, excluded.completed, excluded.seconds_spent)
"""

COURSE = """
WITH enrolled AS MATERIALIZED (
    SELECT id, status <> 'cancelled' AS is_standing, status, progress, nullif(seconds_spent, 0) AS seconds,
           (enrolled_at AT TIME ZONE %(zone)s)::date AS enrolled_on,
           (cancelled_at AT TIME ZONE %(zone)s)::date AS cancelled_on,
           (completed_at AT TIME ZONE %(zone)s)::date AS completed_on,
           now() - last_activity AS rest
      FROM enrollments WHERE course_id = %(course)s
), spent AS MATERIALIZED (
    SELECT day, count(*) AS people, sum(seconds) AS seconds
      FROM (
        SELECT day, user_id, sum(seconds_spent) AS seconds
          FROM telemetry WHERE course_id = %(course)s GROUP BY day, user_id
    ) AS by_person GROUP BY day
), days AS (
    SELECT day, sum(enrollments) AS enrollments, sum(cancellations) AS cancellations, sum(completions) AS completions,
           sum(lessons) AS lessons, sum(people) AS people, sum(seconds) AS seconds
      FROM (
        SELECT enrolled_on AS day, count(*) AS enrollments, 0 AS cancellations, 0 AS completions, 0 AS lessons,
               0 AS people, 0 AS seconds
          FROM enrolled GROUP BY 1
         UNION ALL
        SELECT cancelled_on, 0, count(*), 0, 0, 0, 0 FROM enrolled WHERE cancelled_on IS NOT NULL GROUP BY 1
         UNION ALL
        SELECT completed_on, 0, 0, count(*), 0, 0, 0 FROM enrolled WHERE completed_on IS NOT NULL GROUP BY 1
         UNION ALL
        SELECT (p.completed_at AT TIME ZONE %(zone)s)::date, 0, 0, 0, count(*), 0, 0
          FROM lesson_progress p JOIN enrolled e ON e.id = p.enrollment_id
         WHERE p.completed_at IS NOT NULL GROUP BY 1
         UNION ALL
        SELECT day, 0, 0, 0, 0, people, seconds FROM spent
    ) AS counted GROUP BY day
), gone AS (
    DELETE FROM course_days d WHERE course_id = %(course)s AND NOT EXISTS (SELECT FROM days WHERE days.day = d.day)
), written AS (
    INSERT INTO course_days AS d (course_id, day, enrollments, cancellations, completions, lessons_completed,
                                  active_learners, seconds_spent)
    SELECT %(course)s, day, enrollments, cancellations, completions, lessons, people, seconds FROM days
        ON CONFLICT (course_id, day) DO UPDATE
       SET enrollments = excluded.enrollments, cancellations = excluded.cancellations,
           completions = excluded.completions, lessons_completed = excluded.lessons_completed,
           active_learners = excluded.active_learners, seconds_spent = excluded.seconds_spent
     WHERE (d.enrollments, d.cancellations, d.completions, d.lessons_completed, d.active_learners, d.seconds_spent)
           IS DISTINCT FROM
           (excluded.enrollments, excluded.cancellations, excluded.completions, excluded.lessons_completed,
            excluded.active_learners, excluded.seconds_spent)
), figures AS (
    SELECT count(*) FILTER (WHERE is_standing) AS learners, count(*) FILTER (WHERE status = 'completed') AS completed,
           count(*) FILTER (WHERE NOT is_standing) AS cancelled,
           trunc(coalesce(avg(progress) FILTER (WHERE is_standing), 0), 2) AS mean,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE is_standing) AS median,
           count(*) FILTER (WHERE is_standing AND rest < interval '7 days') AS in_7_days,
           count(*) FILTER (WHERE is_standing AND rest < interval '30 days') AS in_30_days
      FROM enrolled
)
INSERT INTO course_figures AS f (course_id, learners, completed, cancelled, mean_progress, median_seconds,
                                 seconds_spent, active_in_7_days, active_in_30_days, outline_version, computed_at,
                                 took_ms)
SELECT %(course)s, learners, completed, cancelled, mean, median, (SELECT coalesce(sum(seconds), 0) FROM spent),
       in_7_days, in_30_days, %(outline_version)s, now(), 0
  FROM figures
    ON CONFLICT (course_id) DO UPDATE
   SET learners = excluded.learners, completed = excluded.completed, cancelled = excluded.cancelled,
       mean_progress = excluded.mean_progress, median_seconds = excluded.median_seconds,
       seconds_spent = excluded.seconds_spent, active_in_7_days = excluded.active_in_7_days,
       active_in_30_days = excluded.active_in_30_days, outline_version = excluded.outline_version,
       computed_at = excluded.computed_at
"""
TOOK = """
UPDATE course_figures SET took_ms = 1000 * extract(epoch FROM clock_timestamp() - now()) WHERE course_id = %s
"""
PATIENCE = 40  # seconds that one round goes on beginning with another course


def refresh_due(limit: int = 500) -> int:
    """Make the figures of courses anew of which they are old, the oldest first, for as long as a round may last.

    How many courses that were. Called outside any transaction; others may do the same at the same time. A course that
    can't be counted is told of in the log, and keeps no other waiting.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, [limit])
        due = [course_id for (course_id,) in cursor.fetchall()]
    until, made = time.monotonic() + PATIENCE, 0
    for course_id in due:
        if time.monotonic() >= until:
            break
        try:
            made += _refresh(course_id, even_if_fresh=False)
        except DatabaseError:
            logger.exception("The figures of course %d couldn't be made", course_id)
    return made


def refresh_course(course_id: int) -> bool:
    """Make the figures of one course anew; False when it is gone, or somebody else is doing so at this moment."""
    return _refresh(course_id, even_if_fresh=True)


def _refresh(course_id: int, *, even_if_fresh: bool) -> bool:
    arguments: dict[str, int | str] = {"course": course_id, "zone": settings.TIME_ZONE}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HAVE_TIME)
        cursor.execute(LOCK, [f"figures of course {course_id}"])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(STILL_DUE, [course_id, even_if_fresh])
        found = cursor.fetchone()
        if found is None:
            return False
        arguments["outline_version"] = found[0]
        cursor.execute(LESSONS, arguments)
        cursor.execute(COURSE, arguments)
        cursor.execute(TOOK, [course_id])
    return True
