from threading import Barrier, Thread

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client

from accounts.models import AuditAction, AuditLog, Role, User
from tests.factories import UserFactory

SIGN_UP = "/accounts/signup/"


@pytest.fixture
def typed():
    return {
        "first_name": "Nina",
        "last_name": "Okafor",
        "username": "nina",
        "email": "Nina@Example.org",
        "password1": "three green bicycles",
    }


def test_visitor_becomes_a_learner_and_is_signed_in(visitor, typed):
    response = visitor.post(SIGN_UP, typed)
    nina = User.objects.get(username="nina")
    assert response.status_code == 302 and response["Location"] == "/dashboard/"
    assert visitor.session["_auth_user_id"] == str(nina.pk)
    assert (nina.role, nina.full_name, nina.email) == (Role.LEARNER, "Nina Okafor", "Nina@example.org")


def test_the_new_address_gets_a_link_that_confirms_it(visitor, typed):
    visitor.post(SIGN_UP, typed)
    (message,) = mail.outbox
    link = next(line for line in message.body.splitlines() if "/confirm-email/" in line)
    assert link.startswith("http://testserver/accounts/confirm-email/")
    assert visitor.get(link).status_code == 200
    visitor.post(link)
    assert EmailAddress.objects.get(email="nina@example.org").verified
    assert AuditLog.objects.filter(action=AuditAction.EMAIL_CONFIRMED).count() == 1


@pytest.mark.parametrize("extra", [{"role": "admin"}, {"is_staff": "1", "is_superuser": "1"}, {"is_active": "0"}])
def test_nothing_posted_makes_more_than_a_learner(visitor, typed, extra):
    visitor.post(SIGN_UP, typed | extra)
    nina = User.objects.get(username="nina")
    assert nina.role == Role.LEARNER and nina.is_active and not nina.is_staff


def test_a_taken_address_is_refused_whatever_its_case(visitor, typed):
    UserFactory(email="NINA@example.ORG")
    response = visitor.post(SIGN_UP, typed)
    assert response.status_code == 422
    assert "This e-mail address is already in use." in response.text
    assert 'value="Okafor"' in response.text and "three green bicycles" not in response.text


def test_a_taken_username_is_refused_whatever_its_case(visitor, typed):
    UserFactory(username="NINA")
    response = visitor.post(SIGN_UP, typed)
    assert response.status_code == 422 and "already taken" in response.text


@pytest.mark.parametrize("username", ["ni", "ni na", "nína", "n" * 31, "<b>", "admin", ""])
def test_a_username_that_is_no_username_is_refused(visitor, typed, username):
    response = visitor.post(SIGN_UP, typed | {"username": username})
    assert response.status_code == 422 and not User.objects.exists()


@pytest.mark.parametrize("password", ["short", "password", "12345678901", "ninaokafor", ""])
def test_a_weak_password_is_refused(visitor, typed, password):
    response = visitor.post(SIGN_UP, typed | {"password1": password})
    assert response.status_code == 422 and not User.objects.exists()


@pytest.mark.parametrize("missing", ["first_name", "last_name", "username", "email", "password1"])
def test_each_field_is_needed(visitor, typed, missing):
    typed.pop(missing)
    assert visitor.post(SIGN_UP, typed).status_code == 422


def test_signing_up_leaves_audit_rows(visitor, typed):
    visitor.post(SIGN_UP, typed, headers={"user-agent": "Test browser"})
    nina = User.objects.get(username="nina")
    rows = AuditLog.objects.filter(user_id=nina.pk).order_by("id")
    assert [row.action for row in rows] == [AuditAction.SIGN_UP, AuditAction.SIGN_IN]
    assert rows[0].origin.ip_address == "127.0.0.1" and rows[0].origin.user_agent == "Test browser"


def test_the_session_key_rotates(visitor, typed):
    visitor.get("/accounts/login/?next=/courses/")
    session = visitor.session
    session["seen"] = True
    session.save()
    visitor.cookies["sessionid"] = session.session_key
    visitor.post(SIGN_UP, typed)
    assert visitor.session.session_key != session.session_key


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_next_never_leads_to_another_site(visitor, typed, url):
    assert visitor.post(SIGN_UP, typed | {"next": url})["Location"] == "/dashboard/"


def test_somebody_signed_in_is_sent_on(as_stranger):
    assert as_stranger.get(SIGN_UP)["Location"] == "/dashboard/"


@pytest.mark.django_db(transaction=True)
def test_two_sign_ups_with_one_address_at_once_make_one_person(typed):
    start, answers = Barrier(2), []

    def sign_up(username, email):
        start.wait()
        answers.append(Client().post(SIGN_UP, typed | {"username": username, "email": email}).status_code)
        connection.close()

    threads = [Thread(target=sign_up, args=each) for each in [("nina", "a@example.org"), ("nora", "A@example.org")]]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [302, 422]
    assert User.objects.filter(email="a@example.org").count() == 1
