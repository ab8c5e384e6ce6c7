from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from accounts.models import RateLimit
from accounts.origin import Origin, acting_from
from accounts.rate_limits import Limit, TooManyTries, count_try, current_address, take_try_back

LIMIT = Limit("test", 7, timedelta(minutes=5))


def tries_until_refused():
    for number in range(100):
        try:
            count_try(LIMIT, "subject")
        except TooManyTries:
            return number


@pytest.mark.django_db(transaction=True)
def test_of_twenty_tries_at_once_exactly_the_allowed_ones_pass():
    def allowed(_):
        try:
            count_try(LIMIT, "subject")
            return True
        except TooManyTries:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(allowed, range(20))) == LIMIT.tries
    assert RateLimit.objects.get().count == 20


def test_a_new_window_begins_when_the_old_is_over(db):
    with time_machine.travel("2026-05-01 12:00", tick=False) as clock:
        assert tries_until_refused() == 7
        clock.shift(timedelta(minutes=4))
        with pytest.raises(TooManyTries) as refused:
            count_try(LIMIT, "subject")
        assert refused.value.retry_after == 60
        clock.shift(timedelta(minutes=1))
        assert tries_until_refused() == 7


def test_subjects_are_counted_apart_whatever_their_case(db):
    assert tries_until_refused() == 7
    count_try(LIMIT, "another")
    with pytest.raises(TooManyTries):
        count_try(LIMIT, "SUBJECT")


def test_a_try_taken_back_is_forgotten(db):
    count_try(LIMIT, "subject")
    take_try_back(LIMIT, "subject")
    assert tries_until_refused() == 7


def test_the_table_names_nobody(db):
    count_try(LIMIT, "nina@example.org")
    assert "nina" not in RateLimit.objects.get().key


def test_old_counters_are_pruned(db):
    with time_machine.travel("2026-05-01"):
        count_try(LIMIT, "old")
    count_try(LIMIT, "new")
    assert RateLimit.objects.prune() == 1 and RateLimit.objects.count() == 1


@pytest.mark.parametrize(
    ("address", "counted"),
    [("203.0.113.9", "203.0.113.9"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), (None, "unknown")],
)
def test_an_ipv6_subscriber_is_one_address(address, counted):
    with acting_from(Origin(address, "")):
        assert current_address() == counted
