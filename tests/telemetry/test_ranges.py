from datetime import date

import pytest
import time_machine
from django.http import QueryDict

from telemetry.forms.ranges import RangeForm
from telemetry.periods import Period

TODAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _on_a_tuesday():
    with time_machine.travel("2026-03-10T12:00Z", tick=False):
        yield


def asked(query, **kept):
    return RangeForm(QueryDict(query), kept=kept)


@pytest.mark.parametrize(("query", "first"), [("", "02-09"), ("days=7", "03-04"), ("days=90", "2025-12-11")])
def test_the_last_days_are_counted_with_today(query, first):
    first = date.fromisoformat(first if len(first) == 10 else f"2026-{first}")
    assert asked(query).period == Period(first, TODAY)


def test_two_days_are_both_included_and_win_over_a_number():
    form = asked("days=7&from=2026-02-01&to=2026-02-28")
    assert form.period == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert form.period.length == 28
    assert form.query == "from=2026-02-01&to=2026-02-28"


def test_a_first_day_alone_leads_up_to_today():
    assert asked("from=2026-03-01").period == Period(date(2026, 3, 1), TODAY)


def test_a_last_day_alone_ends_thirty_days():
    assert asked("to=2026-01-30").period == Period(date(2026, 1, 1), date(2026, 1, 30))


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("from=2026-03-02&to=2026-03-01", "from", "a first day that isn't after the last"),
        ("from=2022-01-01", "from", "at most three years"),
        ("from=1999-12-31&to=2000-01-02", "from", "from the year 2000"),
        ("to=0001-01-01", "to", "from the year 2000"),
        ("to=2026-03-11", "to", "still to come"),
        ("from=yesterday", "from", "2026-01-31"),
        ("from=10000-01-01", "from", "2026-01-31"),
        ("days=8", "days", "not one of the available choices"),
    ],
)
def test_days_that_cannot_be_come_back_with_a_sentence(query, field, words):
    form = asked(query)
    assert not form.is_valid()
    assert words in form.errors[field][0]
    assert form.period.length == 30
    assert form.query == "days=30"


def test_what_was_typed_stays_in_the_field():
    assert asked("from=2026-03-02&to=2026-03-01")["from"].value() == "2026-03-02"


def test_empty_fields_show_the_days_that_were_taken():
    form = asked("days=7")
    assert (form["from"].value(), form["to"].value()) == (date(2026, 3, 4), TODAY)
    assert 'value="2026-03-04"' in str(form["from"])


def test_links_carry_what_else_the_page_was_asked_for():
    form = asked("days=90", sort="time", after=None)
    assert [link["url"] for link in form.links] == ["?sort=time&days=7", "?sort=time&days=30", "?sort=time&days=90"]
    assert [link["is_shown"] for link in form.links] == [False, False, True]
    assert form.whole_query == "sort=time&days=90"


def test_the_days_are_those_of_the_site(settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    assert asked("days=7").period.last == date(2026, 3, 11)


def test_the_time_before_is_as_long():
    before = asked("days=7").period.before
    assert (before.first, before.last, before.length) == (date(2026, 2, 25), date(2026, 3, 3), 7)


def test_a_long_range_goes_by_weeks_that_begin_on_monday():
    period = Period(date(2025, 12, 4), TODAY)
    steps = period.steps()
    assert period.is_by_week
    assert (steps[0], steps[1].first, steps[-1]) == (
        Period(date(2025, 12, 4), date(2025, 12, 7)),
        date(2025, 12, 8),
        Period(date(2026, 3, 9), TODAY),
    )
    assert sum(step.length for step in steps) == period.length


def test_a_short_range_goes_by_days():
    assert [step.length for step in asked("days=90").period.steps()] == [1] * 90


def test_a_range_is_named_by_its_first_and_last_day():
    assert asked("days=7").period.label == "March 4, 2026 – March 10, 2026"
    assert Period(TODAY, TODAY).label == "March 10, 2026"
