"""The calendar of somebody's days, their weeks, and their days in a row."""

import re
from datetime import date, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from telemetry.calendars import NOTHING, Calendar, side_of
from telemetry.rhythm import Rhythm, longest_streak, streak_until

THURSDAY = date(2025, 11, 20)
DAY = timedelta(days=1)
some_days = st.sets(st.integers(0, 40).map(lambda ago: THURSDAY - ago * DAY))


def drawn(calendar):
    return Template("{% load charts %}{% calendar calendar %}").render(Context({"calendar": calendar}))


def test_the_calendar_ends_today():
    page = drawn(Calendar({THURSDAY + DAY: 9_999, THURSDAY: 600}, THURSDAY))
    assert "Nov. 20, 2025: 10 min" in page and "Nov. 21, 2025" not in page and "2 h" not in page


def test_twelve_weeks_begin_on_the_first_day_of_the_readers_week():
    with translation.override("de"):
        assert Calendar({}, THURSDAY).first == date(2025, 9, 1)  # a Monday
    assert Calendar({}, THURSDAY).first == date(2025, 8, 31)  # a Sunday
    assert len(Calendar({}, THURSDAY).weeks) == 12


def test_squares_say_what_the_table_says():
    seconds = {THURSDAY - number * DAY: number * 100 for number in range(80)}
    page = drawn(Calendar(seconds, THURSDAY))
    [body] = re.findall(r"<tbody>(.*)</tbody>", page, re.S)
    squares = [each.rpartition(": ")[2] for each in re.findall(r"<title>([^<]*)</title>", page)]
    assert squares == re.findall(r"<td>([^<]+)</td>", body)
    assert len(squares) == 11 * 7 + 5  # Sunday to Thursday


def test_somebody_who_does_not_see_it_hears_the_sum():
    page = drawn(Calendar({THURSDAY: 600, THURSDAY - DAY: 3_000}, THURSDAY))
    assert 'aria-label="Time by day. Last 12 weeks: 1 h. On 2 days."' in page


def test_longer_days_have_larger_squares():
    sides = [side_of(minutes * 60) for minutes in (0, 1, 15, 30, 60, 600)]
    assert sides == [NOTHING, 6, 10, 14, 18, 18]


@pytest.mark.parametrize(
    ("this", "last", "words"),
    [
        (3_600, 1_800, "30 min more than by Thursday last week."),
        (600, 3_600, "50 min less than by Thursday last week."),
        (600, 610, "As much as by Thursday last week."),
        (600, 0, "Nothing by Thursday last week."),
        (0, 0, "Nothing by Thursday last week, either."),
    ],
)
def test_a_week_is_compared_with_the_same_days_of_the_last_one(this, last, words):
    seconds = {THURSDAY: this, THURSDAY - 7 * DAY: last, THURSDAY - 6 * DAY: 9_999}  # Friday isn't yet
    assert Rhythm(seconds, THURSDAY).comparison == words


def test_the_first_week_is_compared_with_nothing():
    rhythm = Rhythm({THURSDAY: 600}, THURSDAY)
    assert (rhythm.comparison, rhythm.streak_label, rhythm.streak_note) == ("", "1 day", "Your longest yet.")


def test_yesterday_keeps_a_streak():
    seconds = {THURSDAY - ago * DAY: 60 for ago in (1, 2, 3, 8, 9, 10, 11)}
    rhythm = Rhythm(seconds, THURSDAY)
    assert rhythm.streak_label == "3 days in a row"
    assert rhythm.streak_note == "Today isn’t among them yet; your longest: 4."


def test_the_day_before_yesterday_does_not():
    rhythm = Rhythm({THURSDAY - 2 * DAY: 60}, THURSDAY)
    assert (rhythm.streak, rhythm.streak_note) == (0, "Your longest: 1.")


@given(some_days)
def test_streaks_are_what_one_counts_on_a_wall(days):
    wall = "".join("x" if THURSDAY - ago * DAY in days else " " for ago in range(41))  # today first
    runs = [len(run) for run in wall.split()]
    assert longest_streak(days) == max(runs, default=0)
    until = wall if wall.startswith("x") else wall[1:]
    assert streak_until(days, THURSDAY) == len(until.partition(" ")[0])
