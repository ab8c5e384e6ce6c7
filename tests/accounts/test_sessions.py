from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import RateLimit, User
from accounts.rate_limits import Limit, count_try
from accounts.services.pruning import prune_what_expired
from tests.factories import PASSWORD

SESSIONS = "/accounts/sessions/"


@pytest.fixture
def browsers(stranger):
    """Two browsers in which the stranger signed in with the password."""
    signed_in = []
    for agent in ("Mozilla/5.0 (X11; Linux) Firefox/140.0", "Mozilla/5.0 (iPhone) Safari/605"):
        client = Client(headers={"user-agent": agent})
        client.post("/accounts/login/", {"login": stranger.email, "password": PASSWORD})
        signed_in.append(client)
    return signed_in


def test_stranger_sees_where_they_are_signed_in(browsers):
    page = browsers[0].get(SESSIONS).text
    assert "Firefox on Linux" in page and "Safari on iPhone" in page and "This session" in page


def test_any_session_can_be_ended(browsers):
    here, elsewhere = browsers
    other = UserSession.objects.get(session_key=elsewhere.session.session_key)
    assert here.post(f"{SESSIONS}{other.pk}/end/")["Location"] == SESSIONS
    assert elsewhere.get("/profile/").status_code == 302 and here.get("/profile/").status_code == 200


def test_ending_this_session_signs_out(browsers):
    here = UserSession.objects.get(session_key=browsers[0].session.session_key)
    assert browsers[0].post(f"{SESSIONS}{here.pk}/end/")["Location"] == "/"
    assert browsers[0].get("/profile/").status_code == 302


def test_all_others_can_be_ended(browsers):
    browsers[0].post(SESSIONS)
    assert browsers[0].get("/profile/").status_code == 200 and browsers[1].get("/profile/").status_code == 302


def test_somebody_elses_session_does_not_exist(browsers, as_learner):
    theirs = UserSession.objects.first()
    assert as_learner.post(f"{SESSIONS}{theirs.pk}/end/").status_code == 404
    assert UserSession.objects.filter(pk=theirs.pk).exists()


def test_ending_needs_a_post(browsers):
    assert browsers[0].get(f"{SESSIONS}{UserSession.objects.first().pk}/end/").status_code == 405


def test_signing_out_takes_the_session_off_the_list(browsers):
    browsers[0].post("/accounts/logout/")
    assert UserSession.objects.count() == 1


def test_beyond_the_limit_the_oldest_session_ends(browsers, stranger, monkeypatch):
    monkeypatch.setattr("accounts.sessions.MOST", 2)
    Client().post("/accounts/login/", {"login": stranger.email, "password": PASSWORD})
    assert browsers[0].get("/profile/").status_code == 302 and browsers[1].get("/profile/").status_code == 200


def test_a_new_password_clears_the_list(browsers):
    browsers[0].post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "seven quiet lanterns"})
    (left,) = UserSession.objects.all()
    assert left.session_key == browsers[0].session.session_key


def test_what_expired_is_pruned(browsers):
    Session.objects.filter(session_key=browsers[0].session.session_key).update(expire_date="2020-01-01T00:00Z")
    count_try(Limit("old", 1, timedelta(minutes=1)), "somebody")
    RateLimit.objects.update(window_start="2020-01-01T00:00Z")
    assert prune_what_expired()["sessions"] == 1
    (left,) = UserSession.objects.all()
    assert left.session_key == browsers[1].session.session_key and not RateLimit.objects.exists()


def test_who_is_signed_in_says_the_session_and_not_the_list(as_stranger, stranger, learner):
    UserSession.objects.update(user=learner)
    assert as_stranger.get("/profile/").context["request"].user == stranger


def test_a_session_that_no_list_knows_goes_on(as_stranger, stranger):
    UserSession.objects.all().delete()
    assert as_stranger.get("/profile/").context["request"].user == stranger


def test_a_listed_session_ends_with_the_account(as_stranger, stranger):
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert as_stranger.get("/profile/").status_code == 302


def test_a_listed_session_ends_with_the_old_password(as_stranger, stranger):
    stranger.set_password("another one")
    stranger.save()
    assert as_stranger.get("/profile/").status_code == 302
