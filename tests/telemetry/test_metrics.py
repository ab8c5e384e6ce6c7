"""Measures of people: what can be recorded, and what becomes of it by day."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import User
from telemetry.models import AggregatedMetric, UserMetric
from telemetry.services import metrics
from telemetry.services.metrics import BadMetric, record_metric, sum_metrics
from tests.races import at_once

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _a_wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


def measure(person, *values, kind="coding_time", at=None):
    for value in values:
        record_metric(person=person, metric_type=kind, value=value, at=at)


def sums(kind="coding_time"):
    found = AggregatedMetric.objects.filter(metric_type=kind).order_by("user", "day")
    return {each.day: each.values for each in found}


def test_numbers_are_summed_by_day(stranger):
    measure(stranger, 35, 10.5, -5)
    assert sum_metrics() == 3
    assert sums() == {TODAY: {"count": 3, "sum": 40.5, "min": -5, "max": 35, "list": [35, 10.5, -5]}}


def test_what_comes_later_is_added_and_nothing_twice(stranger):
    measure(stranger, 35)
    sum_metrics()
    assert sum_metrics() == 0
    measure(stranger, 5)
    assert sum_metrics() == 1
    assert sums()[TODAY]["sum"] == 40


def test_json_is_counted_and_listed_and_has_no_sum(stranger):
    measure(stranger, {"language": "SQL", "none": None}, ["a", True], "text")
    sum_metrics()
    assert sums() == {TODAY: {"count": 3, "list": [{"language": "SQL", "none": None}, ["a", True], "text"]}}


def test_numbers_among_json_have_no_sum_either(stranger):
    measure(stranger, 3, True)
    sum_metrics()
    assert sums() == {TODAY: {"count": 2, "list": [3, True]}}


def test_the_list_has_the_latest_hundred(stranger):
    measure(stranger, *range(103))
    sum_metrics()
    values = sums()[TODAY]
    assert values["count"] == 103 and values["list"] == list(range(3, 103)) and values["min"] == 0


def test_a_day_is_the_persons_own(stranger):
    User.objects.filter(pk=stranger.pk).update(time_zone="Pacific/Auckland")
    stranger.refresh_from_db()
    measure(stranger, 1)  # at noon in London it is one o'clock of the next day in Auckland
    sum_metrics()
    assert list(sums()) == [TODAY + timedelta(days=1)]


def test_moving_to_another_time_zone_counts_nothing_twice(stranger):
    measure(stranger, 1)
    sum_metrics()
    stranger.time_zone = "Pacific/Auckland"
    stranger.save()
    measure(stranger, 2)
    sum_metrics()
    assert [(day, values["sum"]) for day, values in sums().items()] == [(TODAY, 1), (TODAY + timedelta(days=1), 2)]


def test_people_and_kinds_stay_apart(stranger, learner):
    measure(stranger, 1)
    measure(learner, 2)
    measure(stranger, 4, kind="pages")
    sum_metrics()
    found = AggregatedMetric.objects.values_list("user", "metric_type", "values__sum")
    mine, theirs = stranger.pk, learner.pk
    assert set(found) == {(mine, "coding_time", 1), (theirs, "coding_time", 2), (mine, "pages", 4)}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (10**400, "finite"),
        ({"a": [float("-inf")]}, "finite"),
        ("a\0b", "NUL"),
        ({"a\ud800": 1}, "NUL"),
        ("x" * 10_001, "10000 bytes"),
        ("é" * 5_001, "10000 bytes"),
        ({1: 2}, "number or JSON"),
        ({"a": {1, 2}}, "number or JSON"),
        (object(), "number or JSON"),
    ],
)
def test_what_is_no_measure_is_refused_in_words(stranger, value, words):
    with pytest.raises(BadMetric, match=words):
        measure(stranger, value)
    assert not UserMetric.objects.exists()


def nested(levels):
    value = 1
    for _ in range(levels - 1):
        value = [value]
    return value


def test_thirty_two_levels_are_enough(stranger):
    measure(stranger, nested(32), "x" * 9_998)
    for levels in (33, 100_000):
        with pytest.raises(BadMetric, match="32 levels"):
            measure(stranger, nested(levels))


@pytest.mark.parametrize("kind", ["", "Coding", "1st", "a-b", "a b", "a\n", "x" * 51, "größe", "a\0"])
def test_a_measure_has_a_plain_name(stranger, kind):
    with pytest.raises(BadMetric, match="small letters"):
        measure(stranger, 1, kind=kind)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW + timedelta(minutes=2), "still to come"),
        (NOW - timedelta(days=90, seconds=1), "longer ago"),
        (NOW.replace(tzinfo=None), "offset"),
    ],
)
def test_a_measure_is_of_the_last_ninety_days(stranger, at, words):
    measure(stranger, 1, at=NOW - timedelta(days=90))
    with pytest.raises(BadMetric, match=words):
        measure(stranger, 1, at=at)
    assert UserMetric.objects.count() == 1


def test_a_day_of_which_a_part_is_gone_keeps_its_sum(stranger):
    measure(stranger, 1, 2)
    sum_metrics()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM user_metrics WHERE metric_value = '1'")
    measure(stranger, 4)
    with time_machine.travel(NOW + timedelta(days=93), tick=False):
        assert sum_metrics() == 1
        assert sums()[TODAY]["sum"] == 3
        assert sum_metrics() == 0


def test_much_is_summed_in_batches(stranger, monkeypatch):
    monkeypatch.setattr(metrics, "BATCH", 3)
    for number in range(8):
        measure(stranger, number, at=NOW - timedelta(days=number % 2))
    assert sum_metrics() == 8
    assert {day: values["sum"] for day, values in sums().items()} == {TODAY: 12, date(2026, 11, 17): 16}


@pytest.mark.django_db(transaction=True)
def test_two_workers_sum_as_one_does(stranger):
    measure(stranger, *range(50))
    assert sum(at_once([sum_metrics] * 3)) == 50
    assert sums()[TODAY]["sum"] == sum(range(50)) and sums()[TODAY]["count"] == 50


@pytest.mark.django_db(transaction=True)
def test_who_dies_while_summing_leaves_it_to_the_next(stranger, monkeypatch):
    measure(stranger, 7)
    with monkeypatch.context() as broken, pytest.raises(Exception, match="division"):
        broken.setattr(metrics, "DONE", "SELECT 1/0")
        sum_metrics()
    assert not AggregatedMetric.objects.exists()
    assert sum_metrics() == 1 and sums()[TODAY]["sum"] == 7


# --- manage.py record_metric ----------------------------------------------------------------------


def recorded():
    return list(UserMetric.objects.order_by("id").values_list("metric_type", "metric_value", "recorded_at"))


def test_command_records_a_measure(stranger, capsys):
    call_command("record_metric", "Stranger", "coding_time", "35", "--at", "2026-11-17T09:00:00+01:00")
    assert recorded() == [("coding_time", 35, datetime(2026, 11, 17, 8, tzinfo=UTC))]
    assert capsys.readouterr().out == "Recorded 1 measure.\n"


def test_command_records_many_from_a_file(stranger, learner, tmp_path, capsys):
    entries = [
        {"username": "stranger", "type": "pages", "value": 3},
        {"username": "learner", "type": "mood", "value": {"is": "fine"}, "at": "2026-11-18T00:00:00Z"},
    ]
    (tmp_path / "many.json").write_text(json.dumps(entries))
    call_command("record_metric", "--json", str(tmp_path / "many.json"))
    assert [row[:2] for row in recorded()] == [("pages", 3), ("mood", {"is": "fine"})]
    assert capsys.readouterr().out == "Recorded 2 measures.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody", "pages", "3"], "Nobody has the username 'nobody'"),
        (["a\0b", "pages", "3"], "Nobody has the username"),
        (["stranger", "Pages", "3"], "small letters"),
        (["stranger", "pages", "three"], "quotes of its own"),
        (["stranger", "pages", "NaN"], "finite"),
        (["stranger", "pages", "[" * 5_000], "The value is a number or JSON"),
        (["stranger", "pages", "3", "--at", "yesterday"], "'yesterday' is no time"),
        (["stranger", "pages", "3", "--at", "2026-11-18T11:00:00"], "offset"),
        (["stranger", "pages"], "Give a username"),
        (["stranger", "pages", "3", "--json", "x"], "either one measure or"),
        (["--json", "/nowhere/at/all"], "can't be read"),
    ],
)
def test_command_says_what_is_wrong(stranger, arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("record_metric", *arguments)
    assert recorded() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "isn't JSON"),
        ("{}", "a list of measures"),
        ("[" * 100_000, "isn't JSON"),
        ('[{"username": "stranger", "type": "pages"}]', "It is an object"),
        ('[{"username": "stranger", "type": "pages", "value": 1, "more": 2}]', "It is an object"),
        ('[{"username": 7, "type": "pages", "value": 1}]', "are texts"),
        ('[{"username": "stranger", "type": "pages", "value": 1, "at": 7}]', "is no time"),
        (
            '[{"username": "stranger", "type": "a", "value": 1}, {"username": "\\ud800", "type": "a", "value": 1}]',
            "Measure 2",
        ),
    ],
)
def test_of_a_file_with_an_error_nothing_is_recorded(stranger, tmp_path, text, words):
    (tmp_path / "many.json").write_text(text)
    with pytest.raises(CommandError, match=words):
        call_command("record_metric", "--json", str(tmp_path / "many.json"))
    assert recorded() == []


def test_measures_go_with_their_person(stranger):
    measure(stranger, 1)
    sum_metrics()
    with transaction.atomic():
        User.objects.filter(pk=stranger.pk).delete()
    assert not AggregatedMetric.objects.exists()
