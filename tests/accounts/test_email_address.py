import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts.models import User
from tests.factories import PASSWORD, UserFactory

EMAIL = "/accounts/email/"


@pytest.fixture
def asked_again(as_stranger):
    """The stranger's browser, just after the password was asked once more."""
    as_stranger.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return as_stranger


def the_link():
    return next(line for line in mail.outbox[-1].body.splitlines() if "/confirm-email/" in line)


def test_the_password_is_asked_before_the_address_changes(as_stranger, stranger):
    response = as_stranger.post(EMAIL, {"email": "new@example.org", "action_add": ""})
    assert response["Location"].startswith("/accounts/reauthenticate/") and not mail.outbox
    as_stranger.post(response["Location"], {"password": PASSWORD, "next": EMAIL})
    assert mail.outbox[-1].to == ["new@example.org"]


def test_a_wrong_password_changes_nothing(as_stranger):
    assert as_stranger.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code == 422


def test_the_new_address_counts_once_it_is_confirmed(asked_again, stranger):
    asked_again.post(EMAIL, {"email": "new@example.org", "action_add": ""})
    assert User.objects.get(pk=stranger.pk).email == "stranger@example.org"
    asked_again.post(the_link())
    assert User.objects.get(pk=stranger.pk).email == "new@example.org"
    assert mail.outbox[-1].to == ["stranger@example.org"] and "was changed" in mail.outbox[-1].subject


def test_an_address_taken_meanwhile_is_not_confirmed(asked_again, stranger):
    asked_again.post(EMAIL, {"email": "new@example.org", "action_add": ""})
    link = the_link()
    User.objects.create_user("NEW@example.org", "x", username="faster")
    assert asked_again.post(link).status_code in (200, 302)
    assert User.objects.get(pk=stranger.pk).email == "stranger@example.org"


def test_asking_for_an_address_keeps_nobody_from_signing_up_with_it(asked_again, client):
    asked_again.post(EMAIL, {"email": "new@example.org", "action_add": ""})
    typed = {"first_name": "N", "last_name": "N", "username": "nnn", "password1": "three green bicycles"}
    assert client.post("/accounts/signup/", typed | {"email": "new@example.org"}).status_code == 302


def test_what_is_no_address_comes_back(asked_again):
    assert asked_again.post(EMAIL, {"email": "nonsense", "action_add": ""}).status_code == 422


def test_sending_the_link_again_is_limited(db, sign_in):
    person = UserFactory()
    EmailAddress.objects.filter(user=person).update(verified=False)
    client = sign_in(person)
    answers = [client.post(EMAIL, {"email": person.email, "action_send": ""}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429] and len(mail.outbox) == 5


def test_visitor_has_no_address(visitor):
    assert visitor.post(EMAIL, {"email": "x@example.org", "action_add": ""})["Location"].startswith("/accounts/login/")
