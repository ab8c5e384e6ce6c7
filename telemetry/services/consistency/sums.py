"""What is summed of people's time, beside what it is summed from: events, rows by day, enrollments, documents."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db import connection

from courses.content.consistency.copies import FIRST, PersonAndCourse
from courses.content.consistency.times import NOTHING, StandingTimes, get_times, take_times_back
from courses.models import Course, Enrollment
from learnflow.consistency import CannotMend, Difference, Key, Kind, Watch
from telemetry.services.rollup import (
    Summary,
    count_everybody,
    covered_days,
    everybody,
    read_sums,
    sum_window,
    with_time,
)
from telemetry.services.rounds import HELD_SECONDS, RoundUnderWay, begun_round
from telemetry.services.sums import write_sums

PAGE = 1_000
PATIENCE = timedelta(seconds=2 * HELD_SECONDS)
BUSY = "others are summing for minutes already; run it again"

ROWS = """
SELECT user_id, course_id, lesson_id, day, seconds_spent, events FROM telemetry
 WHERE user_id = ANY(%s) AND day BETWEEN %s AND %s
"""
WRONG_SUMS = """
SELECT e.id, e.user_id, e.course_id, e.seconds_spent, s.seconds
  FROM (SELECT * FROM enrollments WHERE id > %s ORDER BY id LIMIT %s) AS e CROSS JOIN LATERAL (
       SELECT coalesce(sum(t.seconds_spent), 0) AS seconds FROM telemetry t
        WHERE t.user_id = e.user_id AND t.course_id = e.course_id) AS s
 WHERE e.seconds_spent <> s.seconds
 ORDER BY e.id
"""
LAST_OF_PAGE = "SELECT max(id) FROM (SELECT id FROM enrollments WHERE id > %s ORDER BY id LIMIT %s) AS page"
TIMES = """
SELECT e.user_id, e.course_id, s.lessons
  FROM ({chosen}) AS e CROSS JOIN LATERAL (
       SELECT coalesce(jsonb_object_agg(lesson_id, seconds), '{{}}') AS lessons
         FROM (SELECT lesson_id, sum(seconds_spent) AS seconds FROM telemetry t
                WHERE t.user_id = e.user_id AND t.course_id = e.course_id GROUP BY lesson_id) AS l) AS s
 ORDER BY e.user_id, e.course_id
"""
TIMES_AFTER = TIMES.format(
    chosen="SELECT user_id, course_id FROM enrollments WHERE (user_id, course_id) > (%s, %s) "
    "ORDER BY user_id, course_id LIMIT %s"
)
TIMES_OF = TIMES.format(
    chosen="SELECT user_id, course_id FROM enrollments JOIN unnest(%s::bigint[], %s::bigint[]) "
    "AS wanted(user_id, course_id) USING (user_id, course_id)"
)


def sum_up(pairs: Sequence[PersonAndCourse]) -> None:
    """Write what follows from the rows of these people in these courses. Raises `CannotMend`."""
    days = covered_days()
    try:
        with begun_round(patience=PATIENCE) as mine:
            write_sums(mine, [], first_day=days.first_day, last_day=days.last_day, also=pairs)
    except RoundUnderWay as error:
        raise CannotMend(BUSY) from error


# --- Rows beside events ---------------------------------------------------------------------------


def _differing(person_ids: Sequence[int]) -> Iterator[Key]:
    """Person, course, lesson, day, and the seconds and events there by the events, and by the rows."""
    days, courses = covered_days(), set(Course.objects.values_list("pk", flat=True))
    for batch in read_sums(days, person_ids):
        ids = [each.person_id for each in batch]
        with connection.cursor() as cursor:
            cursor.execute(ROWS, [ids, days.first_day, days.last_day])
            rows = {tuple(place): (seconds, events) for *place, seconds, events in cursor.fetchall()}
        counted = {
            (each.person_id, int(course), lesson, day): (spent.seconds, spent.events)
            for each in batch
            for (course, lesson, day), spent in each.spent.items()
            if spent.seconds and days.first_day <= day <= days.last_day and course in courses
        }
        for place in sorted(counted.keys() | rows.keys()):
            by_events, by_rows = counted.get(place, (0, 0)), rows.get(place, (0, 0))
            if by_events != by_rows:
                person_id, course_id, lesson_id, day = place
                yield (person_id, course_id, lesson_id, day.isoformat(), *by_events, *by_rows)


def _sum_anew(keys: Sequence[Key]) -> int:
    people = sorted({int(key[0]) for key in keys})
    before = set(_differing(people)) & set(keys)
    try:
        with begun_round(patience=PATIENCE) as mine:
            sum_window(mine, covered_days(), people, Summary(), Watch(), also=with_time)
    except RoundUnderWay as error:
        raise CannotMend(BUSY) from error
    return len(before - set(_differing(people)))


class DayRows:
    """Rows by day are what the events of these days come to; what arrived a moment ago is the worker's."""

    title = "Time by day"
    is_passing = True
    wrong = Kind(
        name="time_of_day_wrong",
        title="time of a person on a day isn't what its events come to, longer than the worker takes",
        remedy="sum the events of this person anew; look also whether the worker runs",
        mend=_sum_anew,
    )
    kinds: Sequence[Kind] = (wrong,)

    def size(self) -> int:
        return count_everybody()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for people in everybody():
            for key in _differing(people):
                person_id, course_id, lesson_id, day, seconds, events, rows_seconds, rows_events = key
                where = f"person {person_id} in course {course_id}, lesson {lesson_id} on {day}"
                counted = f"{events} events come to {seconds} s, its row says {rows_seconds} s of {rows_events}"
                yield Difference(self.wrong, key, f"{where}: {counted}")
            advance(len(people))


# --- Enrollments beside rows ----------------------------------------------------------------------


def _sum_enrollments(keys: Sequence[Key]) -> int:
    of = Enrollment.objects.filter(pk__in=[key[0] for key in keys])
    wrong = {pk: seconds for pk, seconds, *_rest in keys}
    pairs = [
        row[1:] for row in of.values_list("pk", "user_id", "course_id", "seconds_spent") if wrong[row[0]] == row[3]
    ]
    sum_up([(user_id, course_id) for user_id, course_id, _seconds in pairs])
    return len(pairs)


class EnrollmentSums:
    """The time that an enrollment shows. Both are rows, so one statement compares them as they were at one moment."""

    title = "Time of enrollments"
    is_passing = False
    wrong = Kind(
        name="time_of_enrollment_wrong",
        title="an enrollment shows another time than its days have",
        remedy="sum them up",
        mend=_sum_enrollments,
    )
    kinds: Sequence[Kind] = (wrong,)

    def size(self) -> int:
        return Enrollment.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        last = 0
        while True:
            with connection.cursor() as cursor:
                cursor.execute(WRONG_SUMS, [last, PAGE])
                wrong = cursor.fetchall()
                cursor.execute(LAST_OF_PAGE, [last, PAGE])
                (until,) = cursor.fetchone()
            for pk, user_id, course_id, shown, summed in wrong:
                sentence = (
                    f"enrollment {pk} (person {user_id} in course {course_id}) shows {shown} s, its days {summed} s"
                )
                yield Difference(self.wrong, (pk, shown, int(summed)), sentence)
            if until is None:
                return
            advance(PAGE)
            last = until


# --- Documents beside rows ------------------------------------------------------------------------


def _read(sql: str, arguments: Sequence[int | list[int]]) -> dict[PersonAndCourse, dict[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return {(user, course): json.loads(lessons) for user, course, lessons in cursor.fetchall()}


def _wrong_documents(
    homes: dict[PersonAndCourse, dict[str, int]],
) -> dict[PersonAndCourse, tuple[StandingTimes, dict[str, int]]]:
    """What a document says, and what the rows do; a damaged one is what its validator says."""
    documents = get_times(homes)
    standing = {key: documents.get(key, NOTHING) for key in homes}
    return {
        key: (standing[key], lessons)
        for key, lessons in homes.items()
        if standing[key].is_legible
        and (standing[key].lessons != lessons or standing[key].total != sum(lessons.values()))
    }


def _write_times(keys: Sequence[Key]) -> int:
    pairs = [(int(user), int(course)) for user, course, *_state in keys]
    homes = _read(TIMES_OF, [[user for user, _course in pairs], [course for _user, course in pairs]])
    wrong = _wrong_documents(homes)
    take_times_back({key: standing for key, (standing, _lessons) in wrong.items()})
    sum_up(sorted(wrong))
    return len(wrong) - len(_wrong_documents({key: homes[key] for key in wrong}))


class DocumentTimes:
    """Times in progress documents: they are written after the commit, or with the next round."""

    title = "Times in progress documents"
    is_passing = True
    wrong = Kind(
        name="times_wrong",
        title="a progress document shows other times than PostgreSQL, longer than the worker takes",
        remedy="write them anew; look also whether the worker runs",
        mend=_write_times,
    )
    kinds: Sequence[Kind] = (wrong,)

    def size(self) -> int:
        return Enrollment.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        after = FIRST
        while homes := _read(TIMES_AFTER, [*after, PAGE]):
            for key, (standing, lessons) in _wrong_documents(homes).items():
                user_id, course_id = key
                whose = f"person {user_id} in course {course_id}"
                shows = f"the document shows {standing.total} s ({_told(standing.lessons)})"
                summed = f"its days have {sum(lessons.values())} s ({_told(lessons)})"
                yield Difference(self.wrong, (*key, sum(lessons.values())), f"{whose}: {shows}, {summed}")
            advance(len(homes))
            after = list(homes)[-1]


def _told(lessons: dict[str, int]) -> str:
    return ", ".join(f"{lesson_id}: {seconds}" for lesson_id, seconds in sorted(lessons.items())) or "no lesson"


EXAMINATIONS = (DayRows(), EnrollmentSums(), DocumentTimes())
