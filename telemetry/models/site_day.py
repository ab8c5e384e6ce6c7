"""What happened on the whole site, day by day, and how many and who were there over any number of days.

That a person came on several days can't be seen from the number of people on each. So every day keeps a sample: of
those who learned on it, the `SAMPLE` whose marks are the smallest (a mark is a hash of the person's number). The
smallest marks of several days are a sample of all who learned on them, from which their number follows: exactly as long
as there are fewer than `SAMPLE`, and beyond to about 3 %, whatever the number of people. (K. Beyer and others, "On
synopses for distinct-value estimation under multiset operations", 2007.)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.functions import Now

from accounts.models.user import full_name_of
from telemetry.periods import Period

SAMPLE = 1_024
LEADERS = 100
LEAST_MARK, ALL_MARKS = -(2**63), 2**64

PEOPLE = """
SELECT period.number, count(smallest.mark), max(smallest.mark)
  FROM unnest(%s::date[], %s::date[]) WITH ORDINALITY AS period (first, last, number)
  LEFT JOIN LATERAL (
      SELECT DISTINCT mark FROM site_days, unnest(marks) AS mark
       WHERE day BETWEEN period.first AND period.last ORDER BY mark LIMIT %s
  ) AS smallest ON true
 GROUP BY period.number ORDER BY period.number
"""
MOST_ACTIVE = """
WITH foremost AS MATERIALIZED (
    SELECT person FROM site_days, unnest(leaders, leader_seconds) AS leader (person, seconds)
     WHERE day BETWEEN %(first)s AND %(last)s
     GROUP BY person ORDER BY sum(seconds) DESC, person LIMIT %(most)s
)
SELECT users.username, users.first_name, users.last_name, spent.seconds, spent.days, spent.courses, spent.last_day
  FROM foremost
  JOIN users ON users.id = foremost.person
 CROSS JOIN LATERAL (
    SELECT sum(seconds_spent) AS seconds, count(DISTINCT day) AS days, count(DISTINCT course_id) AS courses,
           max(day) AS last_day
      FROM telemetry WHERE user_id = foremost.person AND day BETWEEN %(first)s AND %(last)s
 ) AS spent
 WHERE spent.seconds > 0
 ORDER BY spent.seconds DESC, users.id
"""


@dataclass(frozen=True)
class People:
    """How many, and whether that was counted or follows from a sample."""

    number: int
    is_exact: bool


@dataclass(frozen=True)
class ActiveLearner:
    """Seconds, days with any of them, courses, and the last of the days, all within the period asked about."""

    username: str
    first_name: str
    last_name: str
    seconds: int
    days: int
    courses: int
    last_day: date

    @property
    def full_name(self) -> str:
        return full_name_of(self.first_name, self.last_name, self.username)


class SiteDayQuerySet(models.QuerySet["SiteDay"]):
    def within(self, period: Period) -> "SiteDayQuerySet":
        """The days of a period, first to last, without what only sums are made of."""
        return (
            self.filter(day__range=(period.first, period.last))
            .defer("marks", "leaders", "leader_seconds")
            .order_by("day")
        )

    def people_active(self, periods: Iterable[Period]) -> list[People]:
        """How many different people learned in each of these periods, in one query."""
        asked = list(periods)
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE, [[each.first for each in asked], [each.last for each in asked], SAMPLE])
            return [_people(marks, largest) for _number, marks, largest in cursor.fetchall()]

    def most_active(self, period: Period) -> list[ActiveLearner]:
        """Those who learned longest in a period, out of the `LEADERS` of each of its days, at most so many."""
        with connection.cursor() as cursor:
            cursor.execute(MOST_ACTIVE, {"first": period.first, "last": period.last, "most": LEADERS})
            return [ActiveLearner(*row) for row in cursor.fetchall()]


def _people(marks: int, largest: int | None) -> People:
    if largest is None or marks < SAMPLE:
        return People(marks, is_exact=True)
    return People(round((SAMPLE - 1) * ALL_MARKS / (largest - LEAST_MARK)), is_exact=False)


class SiteDay(models.Model):
    """One day of the site's time zone; time, and who was active, by the learners' own days.

    `leaders` are the numbers of those who learned longest on it, `leader_seconds` how long, the longest first.
    """

    day = models.DateField(primary_key=True)
    sign_ups = models.PositiveIntegerField(default=0)
    enrollments = models.PositiveIntegerField(default=0)
    cancellations = models.PositiveIntegerField(default=0)
    completions = models.PositiveIntegerField(default=0)
    lessons_completed = models.PositiveIntegerField(default=0)
    active_people = models.PositiveIntegerField(default=0)
    seconds_spent = models.BigIntegerField(default=0)
    comments = models.PositiveIntegerField(default=0)
    marks = ArrayField(models.BigIntegerField(), default=list)
    leaders = ArrayField(models.BigIntegerField(), default=list)
    leader_seconds = ArrayField(models.IntegerField(), default=list)
    computed_at = models.DateTimeField(db_default=Now())

    objects = SiteDayQuerySet.as_manager()

    class Meta:
        db_table = "site_days"

    def __str__(self) -> str:
        return str(self.day)
