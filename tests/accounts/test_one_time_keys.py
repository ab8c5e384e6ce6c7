from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import OneTimeKey
from accounts.models.one_time_key import KEPT
from accounts.services.one_time_keys import KeyOfAnotherRequest, once
from accounts.services.pruning import prune_what_expired
from tests.factories import UserFactory
from tests.races import at_once


class Typist:
    """Somebody who sends a form, and the act that it is for."""

    def __init__(self, person):
        self.person, self.key, self.acts = person, uuid4(), 0

    def send(self, words="hello", person=None):
        return once(person=person or self.person, key=self.key, sent=["say", words], act=self.act)

    def act(self):
        self.acts += 1
        return {"id": self.acts}


@pytest.fixture
def typist(db):
    return Typist(UserFactory())


def test_what_is_sent_twice_happens_once_and_is_answered_alike(typist):
    assert typist.send() == typist.send() == {"id": 1}
    assert typist.acts == 1


def test_a_key_is_good_for_one_text_only(typist):
    typist.send()
    with pytest.raises(KeyOfAnotherRequest):
        typist.send("something else")
    assert typist.acts == 1


def test_two_people_may_have_the_same_key(typist):
    typist.send()
    assert typist.send(person=UserFactory()) == {"id": 2}


def test_an_act_that_fails_leaves_the_key_free(typist):
    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(person=typist.person, key=typist.key, sent=["say", "hello"], act=fail)
    assert typist.send() == {"id": 1}


@pytest.mark.django_db(transaction=True)
def test_ten_at_the_same_moment_are_one_act():
    typist = Typist(UserFactory())
    assert at_once([typist.send] * 10) == [{"id": 1}] * 10
    assert typist.acts == 1


def test_keys_are_kept_for_two_days(typist):
    typist.send()
    assert prune_what_expired()["one_time_keys"] == 0
    OneTimeKey.objects.update(created_at=timezone.now() - KEPT)
    assert prune_what_expired()["one_time_keys"] == 1
