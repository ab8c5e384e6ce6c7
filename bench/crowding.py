"""Many learners of one course, with what they completed and how long it took them over the last weeks."""

from typing import Any

import psycopg
from psycopg import sql

FIRST = 1_000_000  # the id of the first of them
LESSONS = 20  # at least, of their course
EVERY_NTH_HIDES, EVERY_NTH_LEAVES = 50, 40

# People are like the first one, but for their names.
PERSON = {
    "id": "{first} + n",
    "email": "'crowd_' || n || '@example.org'",
    "username": "'crowd_' || n",
    "first_name": "(ARRAY['Robin', 'Kim', 'Alex', 'Sam', 'Noa'])[1 + n %% 5]",
    "last_name": "'Meyer ' || n",
    "leaderboard_visible": "n %% {hides} <> 0",
}
COLUMNS = """
SELECT column_name FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'
"""
# The one with the fewest learners of its own.
COURSE = """
SELECT c.id, c.slug, placed.n
  FROM courses c JOIN (
       SELECT course_id, count(*) AS n FROM course_lessons WHERE is_published GROUP BY course_id
       ) AS placed ON placed.course_id = c.id
 WHERE placed.n >= %(lessons)s AND c.is_published ORDER BY c.enrollment_count, c.id LIMIT 1
"""
# They began within the last eight weeks, and completed hardly more than a lesson a day.
ENROLL = """
INSERT INTO enrollments (user_id, course_id, status, enrolled_at, completed_at, cancelled_at, progress, version,
                         projected_version, last_activity, seconds_spent, is_listed)
SELECT {first} + n, %(course)s,
       CASE WHEN n %% {leaves} = 0 THEN 'cancelled' WHEN done = %(placed)s THEN 'completed' ELSE 'active' END,
       began, CASE WHEN done = %(placed)s THEN began + done * interval '21 hours' END,
       CASE WHEN n %% {leaves} = 0 THEN now() - interval '1 hour' END,
       trunc(100.0 * done / %(placed)s, 2), first_progress_version() + done, first_progress_version() + done,
       began + done * interval '21 hours', 0, n %% {hides} <> 0
  FROM (SELECT n, now() - (2 + n * 37 %% 54) * interval '1 day' AS began,
               least(%(placed)s, hashint4(n) & 31, 2 + n * 37 %% 54) AS done
          FROM generate_series(1, %(learners)s) AS n) AS crowd
"""
COMPLETE = """
INSERT INTO lesson_progress (enrollment_id, lesson_id, progress_percent, completed_at, updated_at)
SELECT e.id, placed.lesson_id, 100, done.at, done.at
  FROM enrollments e
  JOIN (SELECT lesson_id, row_number() OVER (ORDER BY position) AS n FROM course_lessons
         WHERE course_id = %(course)s AND is_published) AS placed ON placed.n <= e.version - first_progress_version()
 CROSS JOIN LATERAL (SELECT e.enrolled_at + placed.n * interval '21 hours' AS at) AS done
 WHERE e.course_id = %(course)s AND e.user_id > {first}
"""
SPEND = """
SELECT make_month_partitions('telemetry', (now() - interval '3 months')::date, now()::date);
INSERT INTO telemetry (user_id, course_id, lesson_id, day, seconds_spent, events)
SELECT e.user_id, e.course_id, p.lesson_id, p.completed_at::date, 60 + (hashint8(p.id) & 2047), 20
  FROM lesson_progress p JOIN enrollments e ON e.id = p.enrollment_id
 WHERE e.course_id = %(course)s AND e.user_id > {first}
"""
SUM_UP = """
UPDATE enrollments e SET seconds_spent = s.seconds
  FROM (SELECT user_id, sum(seconds_spent) AS seconds FROM telemetry WHERE course_id = %(course)s GROUP BY user_id) AS s
 WHERE e.course_id = %(course)s AND e.user_id = s.user_id
"""
STAND = """
INSERT INTO weekly_standings (enrollment_id, course_id, week, lessons_completed, seconds_spent, is_listed)
SELECT e.id, e.course_id, date_trunc('week', now() AT TIME ZONE 'UTC')::date, count(*),
       sum(60 + (hashint8(p.id) & 2047)), e.is_listed AND e.status <> 'cancelled'
  FROM lesson_progress p JOIN enrollments e ON e.id = p.enrollment_id
 WHERE e.course_id = %(course)s AND e.user_id > {first}
   AND p.completed_at >= date_trunc('week', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
 GROUP BY e.id
"""
COUNT = """
UPDATE courses SET enrollment_count = (
    SELECT count(*) FROM enrollments WHERE course_id = %(course)s AND status <> 'cancelled') WHERE id = %(course)s
"""


def gather(superuser: psycopg.Connection[Any], *, learners: int) -> str:
    """Let so many people learn in one course, in one transaction; one sentence with what there is."""
    course, slug, placed = superuser.execute(COURSE, {"lessons": LESSONS}).fetchone() or ()
    arguments = {"course": course, "placed": placed, "learners": learners}
    with superuser.transaction():
        # Counted once for all instead of once a row; what is made here refers to what is there.
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute(_people(superuser), arguments)
        for statement in (ENROLL, COMPLETE, SPEND, SUM_UP, STAND, COUNT):
            _run(superuser, statement, arguments)
    rows = superuser.execute("SELECT count(*) FROM telemetry WHERE course_id = %s", [course]).fetchone() or ()
    return f"{learners:,} more learners of {slug} ({placed} lessons), {rows[0]:,} lessons done"


def _people(superuser: psycopg.Connection[Any]) -> sql.Composed:
    columns = [name for (name,) in superuser.execute(COLUMNS, ["users"])]
    values = [sql.SQL(_filled(PERSON[name])) if name in PERSON else sql.Identifier(name) for name in columns]
    return sql.SQL(
        "INSERT INTO users ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM users, generate_series(1, %(learners)s) AS n "
        "WHERE id = 1"
    ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(values))


def _run(superuser: psycopg.Connection[Any], statement: str, arguments: dict[str, Any]) -> None:
    for each in _filled(statement).split(";\n"):
        superuser.execute(each, {name: value for name, value in arguments.items() if f"%({name})s" in each})


def _filled(statement: str) -> str:
    return statement.format(first=FIRST, hides=EVERY_NTH_HIDES, leaves=EVERY_NTH_LEAVES)
