"""Months: made ahead, filled with what came before them, and dropped when they are over."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import AuditAction, AuditLog
from telemetry.models import SlowCommand, TimeSpent, UserMetric, WeeklyStanding
from telemetry.services.metrics import record_metric
from telemetry.services.partitions import drop_old_metrics, make_partitions
from telemetry.services.pruning import prune_what_expired
from tests.factories import lesson_ids

NEW_YEAR = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)


def asked(sql, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def months(table):
    """The months that there are."""
    inherits = "FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = %s::regclass"
    return sorted(name.removeprefix(f"{table}_") for (name,) in asked(f"SELECT c.relname {inherits}", table))


def filled(table):
    """Where the rows are: {month: rows}."""
    found = asked(f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1")
    return {name.removeprefix(f"{table}_"): rows for name, rows in found}


def spent(learner, course, day):
    with transaction.atomic():
        TimeSpent.objects.create(
            user=learner, course=course, lesson_id=lesson_ids(course)[0], day=day, seconds_spent=9, events=1
        )
        asked_nothing("SET CONSTRAINTS ALL IMMEDIATE")


def asked_nothing(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
def test_months_are_made_ahead_by_whoever_owns_nothing(time_machine):
    time_machine.move_to(NEW_YEAR - timedelta(days=5))
    with pytest.raises(DatabaseError), transaction.atomic():
        asked_nothing(
            "CREATE TABLE telemetry_2027_01 PARTITION OF telemetry FOR VALUES FROM ('2027-01-01') TO ('2027-02-01')"
        )
    assert make_partitions() == 2 * 6
    assert months("telemetry") == [
        "2026_11",
        "2026_12",
        "2027_01",
        "2027_02",
        "2027_03",
        "2027_04",
        "of_other_months",
    ]
    assert make_partitions() == 0
    time_machine.move_to(NEW_YEAR)
    make_partitions()
    assert "2027_04" in months("user_metrics")


def test_what_came_before_its_month_was_made_moves_in(learner, course, time_machine):
    time_machine.move_to(NEW_YEAR)
    days = [
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 1, 31),
        date(2027, 2, 1),
        date(2025, 5, 5),
        date(2005, 5, 5),
    ]
    for day in days:
        spent(learner, course, day)
    assert filled("telemetry") == {"of_other_months": 6}
    make_partitions()
    assert filled("telemetry") == {"2025_05": 1, "2026_12": 1, "2027_01": 2, "2027_02": 1, "of_other_months": 1}
    assert sorted(TimeSpent.objects.values_list("day", flat=True)) == sorted(days)


def test_a_person_takes_their_rows_out_of_every_month(learner, course, time_machine):
    time_machine.move_to(NEW_YEAR)
    make_partitions()
    for day in (date(2026, 12, 31), date(2027, 1, 1), date(2005, 5, 5)):
        spent(learner, course, day)
    learner.delete()
    asked_nothing("SET CONSTRAINTS ALL IMMEDIATE")
    assert not TimeSpent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("call", ["'users', '2026-01-01', '2026-02-01'", "'telemetry', '0001-01-01', '2026-02-01'"])
def test_the_function_makes_nothing_else(call):
    with pytest.raises(DatabaseError), transaction.atomic():
        asked(f"SELECT make_month_partitions({call})")


def test_months_of_measures_go_when_they_are_over(learner, time_machine):
    for day in ("2026-08-31", "2026-09-01", "2026-11-30"):
        time_machine.move_to(datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        make_partitions()
        record_metric(person=learner, metric_type="coding_time", value=7)
        asked_nothing("SET CONSTRAINTS ALL IMMEDIATE")
    gone = []
    for day in (2, 3, 4, 5):
        time_machine.move_to(datetime(2026, 12, day, tzinfo=UTC))
        gone.append((*drop_old_metrics(), UserMetric.objects.count()))
    assert gone == [(1, 0, 3), (1, 0, 2), (0, 1, 1), (0, 0, 1)]


def test_measures_beside_the_months_go_one_by_one(learner, time_machine):
    time_machine.move_to(NEW_YEAR)
    record_metric(person=learner, metric_type="coding_time", value=7)
    time_machine.shift(timedelta(days=92))
    assert drop_old_metrics() == (0, 0)
    time_machine.shift(timedelta(days=2))
    assert drop_old_metrics() == (0, 1)


def a_standing(learner, week):
    enrollment = learner.enrollments.get()
    WeeklyStanding.objects.create(enrollment=enrollment, course_id=enrollment.course_id, week=week)


def test_standings_are_kept_for_eight_weeks(learner, time_machine):
    time_machine.move_to(datetime(2026, 11, 18, tzinfo=UTC))
    for week in (date(2026, 11, 16), date(2026, 9, 21), date(2026, 9, 14)):
        a_standing(learner, week)
    assert prune_what_expired()["weekly_standings"] == 1
    assert sorted(WeeklyStanding.objects.values_list("week", flat=True)) == [date(2026, 9, 21), date(2026, 11, 16)]
    row = AuditLog.objects.get(action=AuditAction.PRUNED)
    assert row.details["weekly_standings"] == 1
    assert not any(prune_what_expired().values())
    assert AuditLog.objects.filter(action=AuditAction.PRUNED).count() == 1


def pruned(*arguments):
    said = StringIO()
    call_command("prune", *arguments, stdout=said)
    return said.getvalue()


def test_an_operator_sees_what_would_go_and_then_deletes_it(learner):
    a_standing(learner, date(2020, 1, 6))
    SlowCommand.objects.create(
        store="mongodb", asked_by="x", shape="find", shape_hash="1", last_at=NEW_YEAR - timedelta(days=900)
    )
    asked_nothing("SET CONSTRAINTS ALL IMMEDIATE")
    said = pruned("--dry-run")
    assert "1  standings of weeks" in said and "1  slow commands" in said and "Nothing was changed" in said
    assert WeeklyStanding.objects.exists() and months("telemetry") == ["of_other_months"]
    assert "This was deleted." in pruned()
    assert not WeeklyStanding.objects.exists() and len(months("telemetry")) > 4
    assert "Nothing has expired." in pruned()
