import pytest
from django.core import mail

from accounts.models import User

NO_NAMES = ["Nina\r\nPay here: evil.example", "https://evil.example", "Nina\u202e", "\x07", "Nina\u2028Okafor"]
NAMES = ["Nina-Marie O’Kafor", "Dr. ናትናኤል", "שרה", "علی‌رضا", "李", "x"]


def typed(name, field):
    return {
        "first_name": "Nina",
        "last_name": "Okafor",
        "username": "nina",
        "email": "nina@example.org",
        "password1": "three green bicycles",
        field: name,
    }


@pytest.mark.parametrize("field", ["first_name", "last_name"])
@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_is_no_message_to_a_stranger(visitor, as_stranger, stranger, name, field):
    for browser, page in ((visitor, "/accounts/signup/"), (as_stranger, "/profile/")):
        answer = browser.post(page, typed(name, field))
        assert answer.status_code == 422 and "Write a name" in answer.text
    assert mail.outbox == [] and list(User.objects.all()) == [stranger]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_peoples_are_names(as_stranger, stranger, name):
    assert as_stranger.post("/profile/", typed(name, "first_name")).status_code == 302
    assert User.objects.get(pk=stranger.pk).first_name == name
