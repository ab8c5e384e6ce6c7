"""Nothing is said of stores that agree: not of ten data sets, and not while people are at work."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest
from django.db import connection

from courses.services.deletions import work_off_deletions
from courses.services.projection import project_lagging
from courses.services.settling import settle_lagging
from tests.courses.consistency.acts import People, do
from tests.courses.consistency.conftest import look

pytestmark = pytest.mark.django_db(transaction=True)


def work():
    """What the worker does every few seconds."""
    project_lagging()
    settle_lagging()
    work_off_deletions()


@pytest.mark.parametrize("seed", range(10))
def test_stores_that_agree_are_left_in_peace(seed):
    random, people = Random(seed), People()
    do(people.teach, random, 15)
    do(people.learn, random, 25)
    do(people.teach, random, 5)
    do(people.learn, random, 15)
    work()
    assert look() == {}
    assert look(repair=True) == {}


def test_no_false_alarm_while_people_work():
    people, stopped = People(learners=6), []

    def keep(act, seed):
        random = Random(seed)
        try:
            while not stopped:
                do(act, random, 1)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as threads:
        acting = [threads.submit(keep, act, seed) for seed, act in enumerate([people.learn] * 3 + [people.teach])]
        acting.append(threads.submit(keep, lambda random: work(), 9))
        try:
            # A day of grace, as an operator leaves it: what somebody is about to place has no place yet.
            alarms = [look(grace=timedelta(days=1), patience=timedelta(seconds=20)) for _ in range(4)]
            alarms.append(look(repair=True, grace=timedelta(days=1), patience=timedelta(seconds=20)))
        finally:
            stopped.append(True)
        [each.result() for each in acting]
    assert alarms == [{}] * 5
    work()
    assert look() == {}
