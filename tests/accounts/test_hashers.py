from threading import Event, Thread
from time import sleep

import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher, check_password, make_password
from django.db import connections

from accounts import hashers
from accounts.models import RateLimit
from accounts.origin import Origin, acting_from

SIGN_IN = "/accounts/login/"


@pytest.fixture
def bcrypt(settings):
    settings.PASSWORD_HASHERS = ["accounts.hashers.ConsiderateBCryptSHA256PasswordHasher"]


@pytest.fixture
def a_request():
    with acting_from(Origin("203.0.113.9", "")):
        yield


def test_its_hashes_are_djangos(bcrypt):
    hashed = make_password("seven quiet lanterns")
    assert BCryptSHA256PasswordHasher().verify("seven quiet lanterns", hashed)
    assert check_password("seven quiet lanterns", hashed) and not check_password("six", hashed)


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_it_computes(bcrypt, a_request, monkeypatch):
    mine, held = connections["default"], []
    monkeypatch.setattr(
        BCryptSHA256PasswordHasher, "encode", lambda *args: held.append(mine.connection) or "bcrypt_sha256$x"
    )
    mine.ensure_connection()
    make_password("seven quiet lanterns")
    assert held == [None]


@pytest.mark.django_db(transaction=True)
def test_one_password_too_many_is_asked_to_come_back_and_pages_go_on(client, bcrypt, settings, monkeypatch):
    going, may_end = [], Event()

    def slow(self, password, salt):
        going.append(password)
        may_end.wait(10)
        return "bcrypt_sha256$slow"

    monkeypatch.setattr(BCryptSHA256PasswordHasher, "encode", slow)

    def hash_one():
        with acting_from(Origin(None, "")):
            make_password("seven quiet lanterns", salt="x")

    threads = [Thread(target=hash_one) for _ in range(settings.PASSWORDS_AT_ONCE)]
    [thread.start() for thread in threads]
    try:
        while hashers._places._value:
            sleep(0.01)
        refused = client.post(SIGN_IN, {"login": "nobody@example.org", "password": "x"})
        assert refused.status_code == 429 and refused["Retry-After"] == "2"
        assert set(RateLimit.objects.values_list("count", flat=True)) == {0}  # it was no guess
        assert client.get(SIGN_IN).status_code == 200
        assert len(going) == 1  # the others wait for a processor
    finally:
        may_end.set()
        [thread.join() for thread in threads]


def test_commands_are_never_refused(bcrypt, monkeypatch):
    monkeypatch.setattr(hashers._places, "acquire", lambda **kwargs: False)
    assert make_password("seven quiet lanterns").startswith("bcrypt_sha256$")
