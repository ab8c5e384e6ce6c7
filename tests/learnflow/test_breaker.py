"""The breaker before MongoDB: one failure spares everybody else the wait, and nobody's page is the one that tries."""

import os
import threading
import time

import pytest
from pymongo.errors import OperationFailure

from learnflow import mongo
from learnflow.mongo import Breaker, ContentUnavailable

SOON = 10.0


class Store:
    """Answers the breaker's questions, or not, as the test says."""

    def __init__(self):
        self.is_there = False
        self.asked = 0
        self.asked_by = set()

    def answers(self):
        self.asked += 1
        self.asked_by.add(threading.current_thread())
        return self.is_there


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def breaker(store):
    breaker = Breaker(store.answers, pause=0.01)
    yield breaker
    breaker.reset()


def until(is_so):
    deadline = time.monotonic() + SOON
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def fail(breaker):
    breaker.trip(breaker.check())


def test_after_a_failure_everybody_is_refused_at_once(breaker):
    fail(breaker)
    for _ in range(3):
        with pytest.raises(ContentUnavailable):
            breaker.check()


def test_only_a_thread_of_its_own_asks_until_there_is_an_answer(breaker, store):
    fail(breaker)
    until(lambda: store.asked > 3)
    assert breaker.is_open
    store.is_there = True
    until(lambda: not breaker.is_open)
    breaker.check()
    assert len(store.asked_by) == 1 and threading.current_thread() not in store.asked_by


def test_a_hiccup_is_over_with_the_first_question(breaker, store):
    store.is_there = True
    fail(breaker)
    until(lambda: not breaker.is_open)
    assert store.asked == 1


def test_a_call_that_began_before_the_last_answer_says_nothing_new(breaker, store):
    store.is_there = True
    long_ago = breaker.check()
    fail(breaker)
    until(lambda: not breaker.is_open)
    breaker.trip(long_ago)
    assert not breaker.is_open


def test_a_store_that_answers_and_then_fails_is_left_alone_for_longer_each_time(breaker, store):
    store.is_there = True
    waited = []
    for _ in range(4):
        fail(breaker)
        began = time.monotonic()
        until(lambda: not breaker.is_open)
        waited.append(time.monotonic() - began)
    assert breaker.relapses == 3 and waited[3] > 7 * breaker.pause


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_process_forked_meanwhile_asks_for_itself(breaker, store):
    fail(breaker)
    child = os.fork()
    if child == 0:
        try:
            store.is_there = True
            with pytest.raises(ContentUnavailable):
                breaker.check()
            until(lambda: not breaker.is_open)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0 and breaker.is_open


def test_a_store_that_is_away_is_asked_again_and_used_when_it_is_back(document_store, mongodb_is_away):
    with mongodb_is_away():
        with pytest.raises(ContentUnavailable):
            mongo.ping()
        began = time.monotonic()
        with pytest.raises(ContentUnavailable, match="breaker"):
            mongo.ping()
        assert time.monotonic() - began < 0.25
    mongo.ping()


def test_a_server_that_has_just_started_and_lacks_its_keys_is_away_for_a_moment():
    """Met by the fault tests: a completion was committed, and answered with 500."""
    with pytest.raises(ContentUnavailable), mongo.store():
        raise OperationFailure("No keys found for HMAC that is valid for time: …", 211)


def test_what_a_server_says_about_the_work_passes():
    with pytest.raises(OperationFailure), mongo.store():
        raise OperationFailure("Document failed validation", 121)
