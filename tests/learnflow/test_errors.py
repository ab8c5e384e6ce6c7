"""Error pages: plain, without a trace of the code, and without a database."""

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from accounts.models import User
from learnflow.errors import HURRIED_SECONDS, server_error
from learnflow.mongo import ContentUnavailable


@pytest.fixture
def calm(db):
    """A browser that gets the error page instead of the exception."""
    return Client(raise_request_exception=False)


def broken_by(monkeypatch, error):
    """Break the door to PostgreSQL: every look for a person fails."""

    def fail(*_arguments, **_options):
        raise error

    monkeypatch.setattr(User.objects, "get_queryset", fail)


@pytest.mark.parametrize("error", [OperationalError("gone"), ContentUnavailable("gone")])
def test_a_store_that_is_away_is_a_503_with_a_time_to_come_back(calm, monkeypatch, error):
    broken_by(monkeypatch, error)
    response = calm.get("/people/author/")
    assert response.status_code == 503 and int(response["Retry-After"]) > 0
    assert "Traceback" not in response.content.decode()


@pytest.mark.parametrize(
    ("before", "is_ours"), [("http://testserver/profile/", True), ("https://evil.example/", False)]
)
def test_whoever_sent_something_is_led_back_to_the_page_before(rf, before, is_ours):
    try:
        raise ContentUnavailable
    except ContentUnavailable:
        response = server_error(rf.post("/courses/weaving/enroll/", headers={"referer": before}))
    assert response.status_code == 503 and ("Go back" in response.text) is is_ours
    assert "Reload" not in response.text and "evil" not in response.text


@pytest.mark.django_db(transaction=True)
def test_while_postgresql_is_away_nobody_waits_long_for_a_connection(calm, monkeypatch):
    with monkeypatch.context() as door:
        broken_by(door, OperationalError("gone"))
        calm.get("/people/author/")
    assert connection.pool.timeout == HURRIED_SECONDS
    assert calm.get("/people/author/").status_code == 404
    assert connection.pool.timeout == settings.DB_POOL_TIMEOUT_SECONDS


def test_a_mistake_of_ours_is_a_500_that_shows_nothing_of_it(calm, monkeypatch):
    broken_by(monkeypatch, ZeroDivisionError("at learnflow/secret.py"))
    response = calm.get("/people/author/")
    assert response.status_code == 500 and "secret" not in response.content.decode()


@pytest.mark.parametrize(("url", "status"), [("/nowhere/", 404), ("/?q=%00", 400)])
def test_what_does_not_exist_or_makes_no_sense_says_so(calm, url, status):
    response = calm.get(url)
    assert response.status_code == status and b"<h1" in response.content


def test_a_form_without_its_token_is_refused_with_a_reason(db):
    careful = Client(enforce_csrf_checks=True)
    response = careful.post("/accounts/login/", {"login": "a@example.org", "password": "x"})
    assert response.status_code == 403 and b"<h1" in response.content


@pytest.mark.parametrize("url", ["/", "/courses/", "/accounts/login/", "/nowhere/"])
def test_every_page_tells_the_browser_what_it_may_load(visitor, url):
    response = visitor.get(url)
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff" and response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
