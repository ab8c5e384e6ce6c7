import pytest
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher, make_password
from django.core import mail
from django.test import Client

from accounts.models import AuditAction, AuditLog, User
from tests.factories import PASSWORD, UserFactory

CHANGE, RESET = "/accounts/password/change/", "/accounts/password/reset/"
NEW = "seven quiet lanterns"


def the_link():
    return next(line for line in mail.outbox[-1].body.splitlines() if "/password/reset/key/" in line)


def test_passwords_are_kept_as_bcrypt_sha256():
    hashed = make_password("x" * 100, hasher="bcrypt_sha256")
    assert hashed.startswith("bcrypt_sha256$") and identify_hasher(hashed).verify("x" * 100, hashed)


def test_changing_it_ends_the_other_sessions_and_keeps_this_one(stranger, sign_in):
    here, elsewhere = sign_in(stranger), sign_in(stranger)
    key = here.session.session_key
    assert here.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW})["Location"] == "/profile/"
    assert here.get("/profile/").status_code == 200 and here.session.session_key != key
    assert elsewhere.get("/profile/")["Location"].startswith("/accounts/login/")
    assert User.objects.get(pk=stranger.pk).check_password(NEW)


def test_changing_it_is_audited_and_told(as_stranger, stranger):
    as_stranger.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW})
    assert AuditLog.objects.filter(user_id=stranger.pk, action=AuditAction.PASSWORD_CHANGE).count() == 1
    assert mail.outbox[-1].to == [stranger.email] and "was changed" in mail.outbox[-1].subject


def test_the_current_password_is_needed(as_stranger, stranger):
    response = as_stranger.post(CHANGE, {"oldpassword": "wrong", "password1": NEW})
    assert response.status_code == 422 and "not your current password" in response.text
    assert User.objects.get(pk=stranger.pk).check_password(PASSWORD)


def test_guessing_the_current_password_is_limited(as_stranger):
    answers = [as_stranger.post(CHANGE, {"oldpassword": "wrong", "password1": NEW}).status_code for _ in range(11)]
    assert answers[-1] == 429


def test_a_block_written_meanwhile_outlives_a_change(as_stranger, stranger, monkeypatch):
    def block_first(self, password):
        User.objects.filter(pk=stranger.pk).update(first_name="Changed elsewhere")
        return True

    monkeypatch.setattr(User, "check_password", block_first)
    as_stranger.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW})
    assert User.objects.get(pk=stranger.pk).first_name == "Changed elsewhere"


def test_forgotten_passwords_are_reset_by_a_link_that_works_once(visitor, stranger, sign_in):
    elsewhere = sign_in(stranger)
    assert visitor.post(RESET, {"email": "Stranger@example.org"})["Location"] == "/accounts/password/reset/done/"
    link = the_link()
    page = visitor.get(link, follow=True)
    form_url = page.request["PATH_INFO"]
    assert visitor.post(form_url, {"password1": NEW})["Location"] == "/accounts/password/reset/key/done/"
    assert User.objects.get(pk=stranger.pk).check_password(NEW)
    assert elsewhere.get("/profile/").status_code == 302
    assert AuditLog.objects.filter(action=AuditAction.PASSWORD_RESET, user_id=stranger.pk).count() == 1
    assert "used up" in Client().get(link, follow=True).text


def test_the_link_leads_to_this_site_whatever_host_was_claimed(client, stranger):
    client.post(RESET, {"email": stranger.email}, headers={"host": "localhost"})
    assert the_link().startswith(settings.SITE_URL)


def test_a_weak_new_password_comes_back(visitor, stranger):
    visitor.post(RESET, {"email": stranger.email})
    form_url = visitor.get(the_link(), follow=True).request["PATH_INFO"]
    assert visitor.post(form_url, {"password1": "short"}).status_code == 422


def test_the_answer_never_tells_whether_an_address_exists(visitor, stranger):
    known = visitor.post(RESET, {"email": stranger.email})
    unknown = visitor.post(RESET, {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mail.outbox] == [[stranger.email], ["nobody@example.org"]]
    assert "no account" in mail.outbox[1].body


def test_a_dead_mail_server_is_said_the_same_for_everybody(visitor, stranger, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1
    for email in (stranger.email, "nobody@example.org"):
        page = visitor.post(RESET, {"email": email}, follow=True)
        assert page.status_code == 200 and "could not be sent" in page.text


@pytest.mark.parametrize("email", ["", "no address", "a@b@c"])
def test_what_is_no_address_comes_back(visitor, email):
    assert visitor.post(RESET, {"email": email}).status_code == 422


def test_asking_for_links_is_limited_per_account(visitor, stranger):
    answers = [visitor.post(RESET, {"email": stranger.email}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    assert len(mail.outbox) == 5


def test_somebody_without_a_password_chooses_one(db, sign_in):
    person = UserFactory(password=None)
    client = sign_in(person)
    assert client.get(CHANGE)["Location"] == "/accounts/password/set/"
    client.post("/accounts/password/set/", {"password1": NEW})
    person.refresh_from_db()
    assert person.check_password(NEW)
