"""Measures of people: recorded one by one, and summed up by day from what was recorded."""

import json
import re
from datetime import date, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from accounts.models import User

KEPT_DAYS = 90
SIZE_LIMIT, DEPTH_LIMIT = 10_000, 32  # bytes of UTF-8, levels
NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
# A clock that goes a little ahead is nobody's fault.
AHEAD = timedelta(seconds=60)
BATCH, LISTED = 2_000, 100
SUMMING = 51_203  # an advisory lock of one key, of which there are no others: one worker sums at a time

RECORD = """
INSERT INTO user_metrics (user_id, metric_type, metric_value, recorded_at, day)
VALUES (%s, %s, %s::jsonb, %s, %s)
"""
UNSUMMED = """
SELECT recorded_at, id, user_id, metric_type, day FROM user_metrics WHERE NOT is_summed ORDER BY id LIMIT %s
"""
# Whole days, from all that was recorded on them: doing it twice changes nothing. What isn't a number has no sum. The
# bounds of `recorded_at` leave out the months that can't have any of the day in any time zone.
SUM_DAYS = f"""
INSERT INTO aggregated_metrics AS here (user_id, day, metric_type, "values")
SELECT touched.*, found.counted || found.listed
  FROM (SELECT DISTINCT * FROM unnest(%(users)s::bigint[], %(days)s::date[], %(types)s::text[])
            AS t (user_id, day, metric_type)) AS touched
 CROSS JOIN LATERAL (
       SELECT jsonb_build_object('count', count(*)) || CASE WHEN count(*) = count(number)
                   THEN jsonb_build_object('sum', sum(number), 'min', min(number), 'max', max(number))
                   ELSE '{{}}' END AS counted,
              jsonb_build_object(
                   'list', jsonb_agg(value ORDER BY place DESC) FILTER (WHERE place <= {LISTED})) AS listed
         FROM (SELECT metric_value AS value,
                      CASE jsonb_typeof(metric_value) WHEN 'number' THEN metric_value::numeric END AS number,
                      row_number() OVER (ORDER BY recorded_at DESC, id DESC) AS place
                 FROM user_metrics m
                WHERE m.user_id = touched.user_id AND m.metric_type = touched.metric_type AND m.day = touched.day
                  AND m.recorded_at BETWEEN touched.day - interval '1 day' AND touched.day + interval '2 days'
              ) AS measures
       HAVING count(*) > 0) AS found
    ON CONFLICT (user_id, day, metric_type) DO UPDATE SET "values" = excluded."values"
"""
DONE = """
UPDATE user_metrics m SET is_summed = true
  FROM unnest(%(moments)s::timestamptz[], %(ids)s::bigint[]) AS t (recorded_at, id)
 WHERE m.recorded_at = t.recorded_at AND m.id = t.id
"""


class BadMetric(ValueError):
    """A measure that can't be recorded; its text says why, for whoever sent it."""


def record_metric(*, person: "User", metric_type: str, value: Any, at: datetime | None = None) -> None:
    """Keep one measure of a person: any finite number, or JSON of at most 10 kB and 32 levels.

    `at` is now, or within the last 90 days; the day it counts for is the person's own. Raises `BadMetric`.
    """
    if not NAME.fullmatch(metric_type):
        raise BadMetric(_("A measure has a name of small letters, digits and underscores, 50 at most."))
    text = _as_json(value)
    now = timezone.now()
    at = at or now
    if timezone.is_naive(at):
        raise BadMetric(_("A time needs its offset from UTC, such as 2026-01-31T09:00:00+00:00."))
    if at > now + AHEAD:
        raise BadMetric(_("That time is still to come."))
    if at < now - timedelta(days=KEPT_DAYS):
        raise BadMetric(_("Measures are kept for %(n)d days; that time is longer ago.") % {"n": KEPT_DAYS})
    at = min(at, now)
    day = timezone.localdate(at, timezone=person.zone)
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [person.pk, metric_type, text, at, day])


def sum_metrics() -> int:
    """Sum the days that got measures since; how many measures were new.

    In batches, each a transaction: whoever dies in one leaves what is done. Another who sums already is left to it.
    """
    total = 0
    while number := _sum_batch():
        total += number
        if number < BATCH:
            break
    return total


def _sum_batch() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SUMMING])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(UNSUMMED, [BATCH])
        rows = cursor.fetchall()
        if not rows:
            return 0
        moments, ids, *_rest = zip(*rows, strict=True)
        whole = [row for row in rows if row[4] >= _first_whole_day()]
        users, types, days = ([row[column] for row in whole] for column in (2, 3, 4))
        cursor.execute(SUM_DAYS, {"users": users, "days": days, "types": types})
        cursor.execute(DONE, {"moments": list(moments), "ids": list(ids)})
    return len(rows)


def _first_whole_day() -> date:
    """Of earlier days a part may be gone with its month, in some time zone: their sums stay as they are."""
    return (timezone.now() - timedelta(days=KEPT_DAYS + 2)).date()


def _as_json(value: Any) -> str:
    """The value as JSON; raises `BadMetric`."""
    _look_through(value)
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadMetric(_("A measure is a number or JSON.")) from error
    if len(text.encode()) > SIZE_LIMIT:
        raise BadMetric(_("A measure takes at most %(n)d bytes.") % {"n": SIZE_LIMIT})
    return text


def _look_through(value: Any) -> None:
    """Raises `BadMetric` for what JSON or PostgreSQL doesn't know, level by level: no depth is too much for that."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEPTH_LIMIT:
            raise BadMetric(_("A measure has at most %(n)d levels.") % {"n": DEPTH_LIMIT})
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                below += [*each.keys(), *each.values()]
                if not all(isinstance(key, str) for key in each):
                    raise BadMetric(_("A measure is a number or JSON."))
            elif isinstance(each, list | tuple):
                below += each
            elif isinstance(each, str) and NOT_TEXT.search(each):
                raise BadMetric(_("Texts of a measure hold neither NUL nor half characters."))
            elif isinstance(each, int | float) and not _is_finite(each):
                raise BadMetric(_("Numbers of a measure are finite."))
        level = below


def _is_finite(number: float) -> bool:
    try:
        return isfinite(number)
    except OverflowError:  # an integer beyond what a float can hold
        return False
