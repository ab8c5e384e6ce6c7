"""Charts: what is drawn is what the table says, the axis has round numbers, labels don't collide."""

import re
from datetime import date, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from telemetry.charts import NARROW, PLOT_HEIGHT, TOP, WIDE, Chart, Unit, over_days
from telemetry.periods import Period
from telemetry.scales import LARGEST_POWER, MOST_STEPS, nice_steps, tick_label

FIRST = date(2025, 11, 1)
numbers = st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e12, 1e12))


def drawn(kind, chart):
    page = Template("{% load charts %}{% " + kind + " chart %}").render(Context({"chart": chart}))
    assert " style=" not in page and "<script" not in page
    return page


def days(*values):
    return [(FIRST + timedelta(days=number), value) for number, value in enumerate(values)]


def drawn_numbers(page):
    return re.findall(r"<title>([^<]*)</title>", page)


def table_numbers(page):
    rows = re.findall(r'<tr><th scope="row"[^>]*>([^<]*)</th><td>([^<]*)</td>', page)
    return [f"{label}: {value}" for label, value in rows]


@pytest.mark.parametrize("kind", ["bar_chart", "line_chart"])
def test_the_drawing_says_what_the_table_says(kind):
    page = drawn(kind, Chart("Enrollments", Unit.NUMBER, days(3, 0, 1_200, 7)))
    assert drawn_numbers(page) == table_numbers(page)
    assert table_numbers(page)[2] == "Nov. 3, 2025: 1,200"


def test_a_sentence_says_what_matters_to_those_who_do_not_see_the_drawing():
    page = drawn("bar_chart", Chart("Enrollments", Unit.NUMBER, days(3, 12, 1)))
    assert 'role="img" aria-label="Enrollments: 16 in 3 days, most on Nov. 2, 2025 (12)."' in page


def test_what_does_not_add_up_has_no_total():
    chart = Chart("Active learners", Unit.NUMBER, [("Looms", 80.5), ("Yarn", 20)], adds_up=False)
    assert chart.summary == "Between 20 and 80.5; most: Looms."


def test_words_of_people_are_escaped():
    page = drawn("bar_chart", Chart("<b>", Unit.NUMBER, [("<script>", 1)]))
    assert "&lt;script&gt;" in page and "<b>" not in page


@pytest.mark.parametrize("kind", ["bar_chart", "line_chart"])
def test_nothing_to_draw_is_said_in_words(kind):
    page = drawn(kind, Chart("Enrollments", Unit.NUMBER, []))
    assert "Nothing to show yet." in page and "<svg" not in page


@pytest.mark.parametrize(
    ("unit", "most", "labels"),
    [
        (Unit.NUMBER, 1, ["0", "1"]),
        (Unit.NUMBER, 19, ["0", "5", "10", "15", "20"]),
        (Unit.NUMBER, 7_056_000, ["0", "2M", "4M", "6M", "8M"]),
        (Unit.SECONDS, 1_500, ["0", "10 min", "20 min", "30 min"]),
        (Unit.SECONDS, 22_000, ["0", "2 h", "4 h", "6 h", "8 h"]),
    ],
)
def test_the_axis_has_a_few_round_numbers(unit, most, labels):
    assert [tick_label(unit, step) for step in nice_steps(0, most, unit, is_whole=True)] == labels


@given(numbers, numbers, st.sampled_from(Unit))
def test_steps_are_even_few_and_hold_everything(one, other, unit):
    low, high = min(0.0, one, other), max(0.0, one, other)
    steps = nice_steps(low, high, unit)
    assert 2 <= len(steps) <= MOST_STEPS + 1 and 0 in steps
    assert steps[0] <= low and high <= steps[-1]


@pytest.mark.parametrize("most", [5e-324, 10.0**LARGEST_POWER, 1.7e308])
def test_numbers_at_the_edge_have_steps(most):
    assert nice_steps(0, most, Unit.NUMBER)[-1] >= most


@given(st.lists(numbers, min_size=1, max_size=40))
def test_bars_stay_within_the_plot(values):
    chart = Chart("x", Unit.NUMBER, days(*values))
    for bar, value in zip(chart.bars, values, strict=True):
        assert float(bar.x) >= 0 and float(bar.x) + float(bar.width) <= 100.01
        assert float(bar.y) >= TOP - 1 and float(bar.y) + float(bar.height) <= TOP + PLOT_HEIGHT + 1.01
        assert (float(bar.height) > 0) == bool(value)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 30, 100])
@pytest.mark.parametrize("label", ["Nov {}", "A lesson with a long name, number {}"])
@pytest.mark.parametrize("room", [NARROW, WIDE])
def test_labels_below_do_not_collide(count, label, room):
    chart = Chart("x", Unit.NUMBER, [(label.format(number), 1) for number in range(count)])
    ends = []
    for each in chart.narrow_labels if room == NARROW else chart.wide_labels:
        at, width = float(each.x) / 100 * room, 6.5 * len(each.text)
        begins = at - {"start": 0, "middle": width / 2, "end": width}[each.anchor]
        ends += [begins, begins + width]
    assert ends == sorted(ends) and ends[0] >= -12 and ends[-1] <= room + 12


def test_days_without_anything_are_drawn_as_nothing():
    chart = over_days("x", Unit.NUMBER, {FIRST: 2}, Period(FIRST, FIRST + timedelta(days=2)))
    assert [point.value for point in chart.rows] == [2, 0, 0]


def test_many_days_become_weeks():
    values = {FIRST + timedelta(days=number): 1 for number in range(800)}
    weeks = over_days("x", Unit.NUMBER, values, Period(FIRST, FIRST + timedelta(days=364)))
    assert weeks.label_column == "Week" and sum(point.value for point in weeks.rows) == 365
    assert [point.value for point in weeks.rows[:2]] == [2, 7]  # from a Saturday to its Sunday, then whole weeks


def test_time_runs_from_right_to_left_where_one_reads_so():
    chart = Chart("x", Unit.NUMBER, days(1, 2))
    with translation.override("ar"):
        assert float(chart.bars[0].x) > float(chart.bars[1].x)


def test_numbers_in_the_drawing_have_a_point_whatever_the_language():
    with translation.override("de"):
        page = drawn("line_chart", Chart("x", Unit.NUMBER, days(1, 2.5, 1)))
    assert re.search(r'points="[\d., ]+"', page) and not re.search(r'[xy]="\d+,\d', page)
    assert "2,5" in page
