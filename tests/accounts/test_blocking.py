import pytest

from accounts.services import people
from tests.factories import PASSWORD

REASON = "Advertising in every discussion."


@pytest.fixture
def blocked(stranger, admin):
    people.block(actor=admin, person=stranger, reason=REASON)
    return stranger


def test_a_session_ends_at_the_next_request_and_the_page_says_why(as_stranger, stranger, admin):
    assert as_stranger.get("/profile/").status_code == 200
    people.block(actor=admin, person=stranger, reason=REASON)
    refused = as_stranger.get("/profile/")
    assert refused.status_code == 403 and REASON in refused.text
    assert as_stranger.get("/profile/")["Location"].startswith("/accounts/login/")


def test_acts_are_refused_too(as_stranger, stranger, admin):
    people.block(actor=admin, person=stranger, reason=REASON)
    assert as_stranger.post("/profile/", {"first_name": "Changed"}).status_code == 403


def test_signing_in_says_why_only_after_the_right_password(visitor, blocked):
    wrong = visitor.post("/accounts/login/", {"login": blocked.email, "password": "wrong"})
    assert wrong.status_code == 422 and REASON not in wrong.text
    right = visitor.post("/accounts/login/", {"login": blocked.email, "password": PASSWORD})
    assert right.status_code == 403 and REASON in right.text
    assert "_auth_user_id" not in visitor.session
    assert visitor.get("/profile/")["Location"].startswith("/accounts/login/")


def test_unblocking_lets_them_in_again(visitor, blocked, admin):
    people.unblock(actor=admin, person=blocked)
    assert visitor.post("/accounts/login/", {"login": blocked.email, "password": PASSWORD}).status_code == 302


def test_pages_without_a_person_ask_for_none(as_stranger, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert as_stranger.get("/faces/science/weaving.svg").status_code == 200


def test_the_middlewares_ask_for_session_and_person_in_one_query(as_stranger, django_assert_num_queries):
    with django_assert_num_queries(2):  # the second counts what is unread, for the top bar
        assert as_stranger.get("/accounts/password/change/").status_code == 200
