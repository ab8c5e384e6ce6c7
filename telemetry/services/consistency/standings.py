"""What leaderboards are read from, beside what it is copied from. All of it is rows: what is found is certain."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db import connection, transaction

from courses.models import Enrollment
from learnflow.consistency import Difference, Key, Kind

PAGE = 2_000

# Of these enrollments in the present week: lessons completed and seconds, as the standing says, and as they are.
THIS_WEEK = """
WITH week AS MATERIALIZED (
    SELECT date_trunc('week', now() AT TIME ZONE 'UTC')::date AS monday
)
SELECT e.id, e.course_id, week.monday, coalesce(w.lessons_completed, 0), coalesce(w.seconds_spent, 0), l.done, t.seconds
  FROM {which} AS e CROSS JOIN week
  LEFT JOIN weekly_standings w ON w.enrollment_id = e.id AND w.week = week.monday
 CROSS JOIN LATERAL (
       SELECT count(*) AS done FROM lesson_progress p
        WHERE p.enrollment_id = e.id AND p.completed_at >= week.monday::timestamp AT TIME ZONE 'UTC') AS l
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(t.seconds_spent), 0) AS seconds FROM telemetry t
        WHERE t.user_id = e.user_id AND t.course_id = e.course_id
          AND t.day >= week.monday AND t.day < week.monday + 7) AS t
 WHERE (coalesce(w.lessons_completed, 0), coalesce(w.seconds_spent, 0)) <> (l.done, t.seconds)
"""
A_PAGE = "(SELECT * FROM enrollments WHERE id > %s AND id <= %s)"
WRONG_STANDINGS = THIS_WEEK.format(which=A_PAGE)
WRITE_STANDINGS = f"""
INSERT INTO weekly_standings (enrollment_id, course_id, week, lessons_completed, seconds_spent)
SELECT id, course_id, monday, done, seconds
  FROM ({THIS_WEEK.format(which="(SELECT * FROM enrollments WHERE id = ANY(%s))")}) AS wrong
    ON CONFLICT (enrollment_id, week) DO UPDATE
   SET lessons_completed = excluded.lessons_completed, seconds_spent = excluded.seconds_spent, updated_at = now()
"""
HOLD = "SELECT FROM enrollments WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
HOLD_PEOPLE = """
SELECT FROM users WHERE id IN (SELECT user_id FROM enrollments WHERE id = ANY(%s)) ORDER BY id FOR SHARE
"""
WRONGLY_LISTED = f"""
SELECT e.id, e.user_id, e.is_listed FROM {A_PAGE} AS e JOIN users u ON u.id = e.user_id
 WHERE e.is_listed <> (u.leaderboard_visible AND u.is_active AND NOT u.is_blocked)
 ORDER BY e.id
"""
# The trigger says what it is.
LIST_AGAIN = """
UPDATE enrollments e SET is_listed = NOT e.is_listed FROM users u
 WHERE e.id = ANY(%s) AND u.id = e.user_id
   AND e.is_listed <> (u.leaderboard_visible AND u.is_active AND NOT u.is_blocked)
"""


def _pages() -> Iterator[list[int]]:
    """The first and last id of each page of enrollments, the first one left out."""
    last = 0
    while page := list(Enrollment.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PAGE]):
        yield [last, page[-1]]
        last = page[-1]


def _write_standings(keys: Sequence[Key]) -> int:
    """Whoever learns, or sums their time, waits for it."""
    ids = [key[0] for key in keys]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOLD, [ids])
        cursor.execute(WRITE_STANDINGS, [ids])
        return cursor.rowcount


class Standings:
    """What somebody did this week: lessons that they completed since Monday, and the time of its days."""

    title = "Standings of this week"
    is_passing = False
    wrong = Kind(
        name="standing_wrong",
        title="a leaderboard of this week shows something else than what was done",
        remedy="count it",
        mend=_write_standings,
    )
    kinds: Sequence[Kind] = (wrong,)

    def size(self) -> int:
        return Enrollment.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for page in _pages():
            with connection.cursor() as cursor:
                cursor.execute(f"{WRONG_STANDINGS} ORDER BY e.id", page)
                wrong = cursor.fetchall()
            for pk, course_id, monday, lessons, seconds, done, spent in wrong:
                shows = f"shows {lessons} lessons and {seconds} s"
                sentence = (
                    f"enrollment {pk} in course {course_id}, week of {monday}: {shows}; it has {done} and {spent} s"
                )
                yield Difference(self.wrong, (pk, monday.isoformat()), sentence)
            advance(PAGE)


def _list_again(keys: Sequence[Key]) -> int:
    """People before their enrollments, as whoever hides themselves takes them."""
    ids = [key[0] for key in keys]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOLD_PEOPLE, [ids])
        cursor.execute(HOLD, [ids])
        cursor.execute(LIST_AGAIN, [ids])
        return cursor.rowcount


class Listed:
    """Who is on leaderboards: those who show themselves and are neither blocked nor gone."""

    title = "Who is on leaderboards"
    is_passing = False
    wrong = Kind(
        name="listed_wrong",
        title="somebody is on leaderboards who hid themselves, or isn't who shows themselves",
        remedy="take over what they decided",
        mend=_list_again,
    )
    kinds: Sequence[Kind] = (wrong,)

    def size(self) -> int:
        return Enrollment.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for page in _pages():
            with connection.cursor() as cursor:
                cursor.execute(WRONGLY_LISTED, page)
                wrong = cursor.fetchall()
            for pk, user_id, is_listed in wrong:
                is_how = "is on its leaderboard and should not be" if is_listed else "isn't on its leaderboard"
                yield Difference(self.wrong, (pk,), f"enrollment {pk} (person {user_id}) {is_how}")
            advance(PAGE)


EXAMINATIONS = (Standings(), Listed())
