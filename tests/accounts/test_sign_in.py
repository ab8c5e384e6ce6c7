import time_machine

from accounts.models import AuditAction, AuditLog, User
from tests.factories import PASSWORD, UserFactory

SIGN_IN = "/accounts/login/"


def sign_in_as(client, email, password=PASSWORD, **more):
    return client.post(SIGN_IN, {"login": email, "password": password, **more})


def test_stranger_signs_in_by_address_whatever_its_case(visitor, stranger):
    response = sign_in_as(visitor, "STRANGER@Example.org")
    assert response["Location"] == "/dashboard/"
    assert visitor.session["_auth_user_id"] == str(stranger.pk)


def test_the_username_is_no_way_in(visitor, stranger):
    assert sign_in_as(visitor, "stranger").status_code == 422


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(visitor, stranger):
    wrong = sign_in_as(visitor, stranger.email, "not the password")
    unknown = sign_in_as(visitor, "nobody@example.org", "not the password")
    assert wrong.status_code == unknown.status_code == 422
    sentence = "The e-mail address or the password is wrong."
    assert sentence in wrong.text and sentence in unknown.text
    assert f'value="{stranger.email}"' in wrong.text and "not the password" not in wrong.text


def test_an_unknown_address_costs_a_hash_too(visitor, stranger, monkeypatch):
    hashed = []
    monkeypatch.setattr(
        "django.contrib.auth.hashers.MD5PasswordHasher.encode", lambda *args: hashed.append(args) or "md5$x$y"
    )
    sign_in_as(visitor, "nobody@example.org", "not the password")
    assert len(hashed) == 1


def test_without_remember_me_the_session_ends_with_the_browser(visitor, stranger):
    response = sign_in_as(visitor, stranger.email)
    assert response.cookies["sessionid"]["max-age"] == ""


def test_remember_me_keeps_the_session_for_weeks(visitor, stranger):
    response = sign_in_as(visitor, stranger.email, remember="on")
    assert response.cookies["sessionid"]["max-age"] >= 14 * 24 * 3600


def test_the_session_key_rotates(visitor, stranger):
    session = visitor.session
    session["seen"] = True
    session.save()
    visitor.cookies["sessionid"] = session.session_key
    sign_in_as(visitor, stranger.email)
    assert visitor.session.session_key != session.session_key


def test_next_is_followed_only_within_the_site(visitor, stranger):
    assert sign_in_as(visitor, stranger.email, next="/courses/")["Location"] == "/courses/"
    visitor.logout()
    assert sign_in_as(visitor, stranger.email, next="https://evil.example/")["Location"] == "/dashboard/"


def test_a_closed_account_stays_out(visitor):
    closed = UserFactory(is_active=False)
    sign_in_as(visitor, closed.email)
    assert "_auth_user_id" not in visitor.session


def test_signing_out_needs_a_post(as_stranger):
    assert as_stranger.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in as_stranger.session
    assert as_stranger.post("/accounts/logout/")["Location"] == "/"
    assert "_auth_user_id" not in as_stranger.session


def test_signing_in_and_out_leave_audit_rows(visitor, stranger):
    sign_in_as(visitor, stranger.email)
    visitor.post("/accounts/logout/")
    rows = AuditLog.objects.filter(user_id=stranger.pk).order_by("id")
    assert [row.action for row in rows] == [AuditAction.SIGN_IN, AuditAction.SIGN_OUT]


def test_a_failed_sign_in_is_noted_without_what_was_typed(visitor, stranger):
    sign_in_as(visitor, stranger.email, "not the password")
    sign_in_as(visitor, "nobody@example.org", "not the password")
    known, unknown = AuditLog.objects.filter(action=AuditAction.SIGN_IN_FAILED).order_by("id")
    assert (known.user_id, known.resource_type, known.resource_id) == (None, "user", str(stranger.pk))
    assert unknown.resource_type == "address" and len(unknown.resource_id) == 16
    for row in (known, unknown):
        assert "@" not in f"{row.resource_id}{row.details}" and "password" not in str(row.details)


def test_the_eleventh_wrong_password_for_one_account_waits(visitor, stranger):
    for _ in range(10):
        assert sign_in_as(visitor, stranger.email, "not the password").status_code == 422
    refused = sign_in_as(visitor, stranger.email)
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= 600
    with time_machine.travel("2036-01-01"):
        assert sign_in_as(visitor, stranger.email).status_code == 302


def test_signing_in_often_is_no_guessing(visitor, stranger):
    for _ in range(12):
        assert sign_in_as(visitor, stranger.email).status_code == 302
        visitor.logout()


def test_wrong_passwords_for_many_accounts_from_one_address_wait(visitor, db):
    answers = [sign_in_as(visitor, f"nobody{number}@example.org", "x").status_code for number in range(101)]
    assert answers == [422] * 100 + [429]


def test_a_sign_in_asks_the_database_little(visitor, stranger, django_assert_max_num_queries):
    with django_assert_max_num_queries(22):
        sign_in_as(visitor, stranger.email)
    assert User.objects.get(pk=stranger.pk).last_login
