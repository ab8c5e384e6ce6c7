"""Tables of figures: what the screen says and what CSV says."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.utils import timezone, translation

from telemetry.durations import time_label
from telemetry.tables import Column, Kind, Link, Table
from tests.telemetry.screens import Tables, csv_lines

COLUMNS = [
    Column("who", "Who", Kind.LINK),
    Column("word", "Word"),
    Column("count", "Times", Kind.NUMBER, sort="count"),
    Column("share", "Share", Kind.PERCENT, sort="share"),
    Column("time", "Time", Kind.DURATION),
    Column("day", "Day", Kind.DATE, sort="day", is_largest_first=False),
    Column("at", "At", Kind.MOMENT),
]
MOMENT = datetime(2026, 3, 1, 23, 30, 5, tzinfo=UTC)
ROW = (Link("Ada", "/people/ada/", "Blocked"), "=1+1", 12_345, Decimal("99.99"), 7_503, date(2026, 3, 1), MOMENT)


def table(*rows, **options):
    return Table("things", "Things", COLUMNS, rows or [ROW], csv_url="things.csv", **options)


def drawn(table):
    return render_to_string("telemetry/_table.html", {"table": table})


def test_the_screen_says_it_for_people():
    page = drawn(table())
    for words in ("12,345", "99%", "2 h 5 min", "March 1, 2026", 'href="/people/ada/"', ">Blocked<"):
        assert words in page


def test_csv_has_exactly_what_the_screen_has():
    heads, row = csv_lines(table().csv("things"))
    on_screen = Tables(drawn(table())).found["things"]
    assert heads == ["Who", "Word", "Times", "Share (%)", "Time (seconds)", "Day", "At"]
    assert row == [
        "Ada (Blocked)", "'=1+1", "12345", "99", "7503", "2026-03-01", "2026-03-01T23:30:05+00:00"
    ]  # fmt: skip
    assert on_screen["heads"] == ["Who", "Word", "Times", "Share", "Time", "Day", "At"]
    assert on_screen["rows"] == [["Ada (Blocked)", "=1+1", *row[2:]]]


def test_a_download_is_made_in_the_zone_and_language_of_who_asked_for_it():
    days = [Column("day", "Day", Kind.DATE)]
    with timezone.override(ZoneInfo("Asia/Tokyo")), translation.override("de"):
        read = []
        rows = (read.append(translation.get_language()) or (each,) for each in [MOMENT])
        response = Table("days", "Days", days, rows).csv("days")
    assert csv_lines(response)[1] == ["2026-03-02"]
    assert read == ["de"] and translation.get_language() == "en"


def test_what_is_unknown_is_a_dash_on_the_screen_and_nothing_in_csv():
    empty = table([None] * len(COLUMNS))
    assert Tables(drawn(empty)).found["things"]["rows"] == [[""] * 7]
    assert drawn(empty).count("–") == 7
    assert csv_lines(empty.csv("things"))[1] == [""] * 7


def test_a_table_without_rows_says_why():
    page = drawn(Table("things", "Things", COLUMNS, [], empty="Nobody came."))
    assert "Nobody came." in page and "<table" not in page


def test_heads_sort_by_their_column_and_back_again():
    heads = {head.label: head for head in table(sorted_by="-share", asked={"q": "a b"}).heads}
    assert heads["Share"][2:] == ("?q=a+b&sort=share", "descending")
    assert heads["Times"][2:] == ("?q=a+b&sort=-count", "")
    assert heads["Day"][2:] == ("?q=a+b&sort=day", "")
    assert heads["Word"][2:] == ("", "")
    assert 'aria-sort="descending"' in drawn(table(sorted_by="-share"))


@pytest.mark.parametrize(
    ("seconds", "label"),
    [(0, "0 min"), (59, "59 s"), (60, "1 min"), (3_599, "59 min"), (3_600, "1 h"), (7_503, "2 h 5 min"),
     (3_600_000, "1,000 h"), (-5, "0 min")],
)  # fmt: skip
def test_a_time_is_said_in_its_two_largest_units(seconds, label):
    assert time_label(seconds) == label
