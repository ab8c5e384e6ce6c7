"""Time is counted as a plain count of milliseconds would, whatever comes in whatever order."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.union import sum_events

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 18, tzinfo=UTC)
LESSON, OTHER = "a" * 24, "b" * 24


def event(begins, seconds, lesson=LESSON, *, person=1, course=7, ahead=0):
    return person, begins, begins + timedelta(seconds=seconds), course, lesson, ahead


def summed(*events):
    """Seconds by lesson and day of the only person."""
    [sums] = sum_events(sorted(events))
    return {(lesson, day): spent.time.total_seconds() for (_course, lesson, day), spent in sums.spent.items()}


def after(seconds):
    return NOON + timedelta(seconds=seconds)


TODAY = NOON.date()


def test_the_same_seconds_in_two_tabs_count_once():
    assert summed(event(NOON, 20), event(after(5), 20)) == {(LESSON, TODAY): 25}


def test_who_came_first_has_the_seconds():
    assert summed(event(NOON, 20), event(after(5), 20, OTHER)) == {(LESSON, TODAY): 20, (OTHER, TODAY): 5}


def test_what_lies_within_another_event_counts_for_nothing():
    assert summed(event(NOON, 30), event(after(5), 5, OTHER)) == {(LESSON, TODAY): 30}


def test_seconds_after_midnight_belong_to_the_next_day():
    assert summed(event(MIDNIGHT - timedelta(seconds=10), 30)) == {
        (LESSON, date(2026, 11, 17)): 10,
        (LESSON, date(2026, 11, 18)): 20,
    }


@pytest.mark.parametrize(("ahead", "day"), [(0, 17), (60, 18), (-720, 17), (840, 18)])
def test_a_day_is_that_of_the_persons_own_clock(ahead, day):
    assert summed(event(MIDNIGHT - timedelta(minutes=30), 30, ahead=ahead)) == {(LESSON, date(2026, 11, day)): 30}


@pytest.mark.parametrize("seconds", [-10, 0, 30.001, 36_000])
def test_what_no_page_can_have_sent_counts_for_nothing(seconds):
    [sums] = sum_events([event(NOON, seconds)])
    assert (sums.spent, sums.latest, sums.events) == ({}, {}, 0)


def test_people_are_summed_one_after_the_other():
    first, second = sum_events([event(NOON, 20), event(NOON, 20, person=2)])
    assert (first.person_id, second.person_id) == (1, 2)
    assert first.spent == second.spent


# --- Beside a plain count -------------------------------------------------------------------------

moments = st.integers(0, 150_000).map(lambda ms: MIDNIGHT - timedelta(seconds=70) + timedelta(milliseconds=ms))
lengths = st.one_of(st.integers(1, 30_000), st.sampled_from([1, 1_000, 20_000, 30_000]))
events = st.builds(
    lambda begins, ms, lesson, course, ahead, person: event(
        begins, ms / 1000, lesson, course=course, ahead=ahead, person=person
    ),
    moments,
    lengths,
    st.sampled_from([LESSON, OTHER]),
    st.sampled_from([7, 8]),
    st.sampled_from([0, 60, -60, 345, 840, -720]),
    st.sampled_from([1, 2]),
)


def counted(events):
    """Milliseconds by person, course, lesson and day; each belongs to the first event that has it."""
    owners, found = defaultdict(dict), Counter()
    for person, begins, ends, course, lesson, ahead in sorted(events):
        moment, clock = begins, timezone(timedelta(minutes=ahead))
        while moment < ends:
            if moment not in owners[person]:
                owners[person][moment] = True
                found[person, course, lesson, moment.astimezone(clock).date()] += 1
            moment += timedelta(milliseconds=1)
    return found


@settings(max_examples=25, deadline=None)
@given(st.lists(events, max_size=6))
def test_sums_are_those_of_a_plain_count(events):
    found = {
        (sums.person_id, *place): spent.time / timedelta(milliseconds=1)
        for sums in sum_events(sorted(events))
        for place, spent in sums.spent.items()
    }
    assert found == counted(events)


@settings(max_examples=100, deadline=None)
@given(st.lists(events, max_size=40))
def test_days_come_right_without_what_began_long_before(events):
    """Credits from some moment on need only what began within thirty seconds before it."""

    def later(events):
        for sums in sum_events(sorted(events)):
            for place, spent in sums.spent.items():
                if place[2] >= date(2026, 11, 18):
                    yield (sums.person_id, *place), spent.time

    at_home = [(*each[:5], 0) for each in events]
    near = [each for each in at_home if each[1] >= MIDNIGHT - timedelta(seconds=30)]
    assert dict(later(at_home)) == dict(later(near))
