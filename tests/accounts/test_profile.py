from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Role, User
from tests.factories import UserFactory

PROFILE = "/profile/"


@pytest.fixture
def typed():
    return {"first_name": "Sam", "last_name": "Ito", "username": "sam_ito", "bio": "I weave.", "language": "en"}


def picture(format="PNG", size=(640, 480), name="me.png", **options):
    written = BytesIO()
    Image.new("RGB", size, "teal").save(written, format, **options)
    return SimpleUploadedFile(name, written.getvalue(), "image/png")


def test_stranger_edits_the_profile(as_stranger, stranger, typed):
    response = as_stranger.post(PROFILE, typed | {"time_zone": "Asia/Tokyo", "github_username": "sam-ito"})
    assert response["Location"] == PROFILE
    stranger.refresh_from_db()
    assert (stranger.full_name, stranger.username, stranger.bio) == ("Sam Ito", "sam_ito", "I weave.")
    assert (stranger.time_zone, stranger.leaderboard_visible) == ("Asia/Tokyo", False)


def test_a_reserved_name_that_one_has_already_stays(as_stranger, stranger, typed):
    User.objects.filter(pk=stranger.pk).update(username="admin")
    assert as_stranger.post(PROFILE, typed | {"username": "admin"}).status_code == 302


def test_visitor_is_asked_to_sign_in(visitor):
    assert visitor.get(PROFILE)["Location"] == "/accounts/login/?next=/profile/"


def test_nothing_posted_changes_role_address_or_block(as_stranger, stranger, typed):
    as_stranger.post(PROFILE, typed | {"role": "admin", "email": "other@example.org", "is_active": ""})
    stranger.refresh_from_db()
    assert (stranger.role, stranger.email, stranger.is_active) == (Role.LEARNER, "stranger@example.org", True)


def test_a_role_given_meanwhile_stays(as_stranger, stranger, typed, monkeypatch):
    from accounts.forms import ProfileForm

    save = ProfileForm.save

    def promote_first(form):
        User.objects.filter(pk=stranger.pk).update(role=Role.INSTRUCTOR)
        return save(form)

    monkeypatch.setattr(ProfileForm, "save", promote_first)
    as_stranger.post(PROFILE, typed)
    stranger.refresh_from_db()
    assert stranger.role == Role.INSTRUCTOR and stranger.username == "sam_ito"


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "a b"},
        {"username": "ADMIN"},
        {"first_name": ""},
        {"bio": "x" * 2001},
        {"time_zone": "Mars/Olympus"},
        {"language": "tlh"},
        {"github_username": "-x-"},
        {"avatar_url": "http://example.org/me.png"},
        {"avatar_url": "javascript:alert(1)"},
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(as_stranger, stranger, typed, wrong):
    response = as_stranger.post(PROFILE, typed | wrong)
    assert response.status_code == 422 and "Ito" in response.text
    stranger.refresh_from_db()
    assert stranger.last_name != "Ito"


def test_a_taken_username_is_a_sentence_also_when_it_was_taken_just_now(as_stranger, typed, monkeypatch):
    UserFactory(username="SAM_ITO")
    assert "already taken" in as_stranger.post(PROFILE, typed).text
    monkeypatch.setattr("accounts.forms.free_username", lambda username, besides: username)
    monkeypatch.setattr(User, "validate_constraints", lambda *args, **kwargs: None)
    raced = as_stranger.post(PROFILE, typed)
    assert raced.status_code == 422 and "already taken" in raced.text


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_becomes_a_small_square_webp_with_a_random_name(as_stranger, stranger, typed, format):
    as_stranger.post(PROFILE, typed | {"avatar": picture(format)})
    stranger.refresh_from_db()
    with Image.open(stranger.avatar.path) as stored:
        assert (stored.format, stored.size) == ("WEBP", (256, 256))
    assert stranger.avatar.name.startswith("avatars/") and "me" not in stranger.avatar.name.split("/")[1].split(".")[0]


def test_metadata_of_a_picture_is_left_behind(as_stranger, stranger, typed):
    exif = Image.Exif()
    exif[0x010E] = "taken at home, 12 Elm Street"
    as_stranger.post(PROFILE, typed | {"avatar": picture("JPEG", exif=exif)})
    stranger.refresh_from_db()
    with stranger.avatar.open() as stored:
        assert b"Elm Street" not in stored.read()


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("me.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml"),
        SimpleUploadedFile("me.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
        SimpleUploadedFile("me.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "image/png"),
        SimpleUploadedFile("me.png", b"", "image/png"),
        picture("BMP", name="me.bmp"),
        picture("TIFF", name="me.tiff"),
        picture("PNG", size=(9000, 9000)),
    ],
)
def test_what_is_no_picture_is_refused(as_stranger, stranger, typed, upload):
    upload.seek(0)
    assert as_stranger.post(PROFILE, typed | {"avatar": upload}).status_code == 422
    stranger.refresh_from_db()
    assert not stranger.avatar


def test_a_picture_of_more_than_two_megabytes_is_refused(as_stranger, typed):
    written = BytesIO()
    Image.effect_noise((1700, 1700), 200).convert("RGB").save(written, "PNG")
    assert written.tell() > 2 * 1024 * 1024
    upload = SimpleUploadedFile("me.png", written.getvalue(), "image/png")
    assert "at most 2 MB" in as_stranger.post(PROFILE, typed | {"avatar": upload}).text


@pytest.mark.django_db(transaction=True)
def test_a_replaced_picture_is_deleted(sign_in, typed):
    person = UserFactory()
    client = sign_in(person)
    client.post(PROFILE, typed | {"avatar": picture()})
    person.refresh_from_db()
    first = person.avatar
    client.post(PROFILE, typed | {"avatar": picture()})
    person.refresh_from_db()
    assert person.avatar.name != first.name
    assert not first.storage.exists(first.name) and person.avatar.storage.exists(person.avatar.name)
    client.post(PROFILE, typed | {"avatar-clear": "on"})
    person.refresh_from_db()
    assert not person.avatar and person.picture_url == ""


def test_times_are_shown_in_the_persons_zone(as_stranger, visitor, stranger):
    last_evening_of_january = datetime(2026, 1, 31, 20, tzinfo=UTC)
    User.objects.filter(pk=stranger.pk).update(time_zone="Asia/Tokyo", created_at=last_evening_of_january)
    assert "joined February 2026" in as_stranger.get(stranger.url).text
    assert "joined January 2026" in visitor.get(stranger.url).text


@pytest.mark.parametrize("zone", ["Atlantis/Center", "America", "../UTC"])
def test_a_zone_that_nobody_knows_any_more_is_the_sites(as_stranger, stranger, zone):
    User.objects.filter(pk=stranger.pk).update(time_zone=zone)
    assert as_stranger.get(PROFILE).status_code == 200
    stranger.refresh_from_db()
    assert stranger.zone.key == "UTC"


def test_the_public_page_shows_nothing_private(visitor, author):
    User.objects.filter(pk=author.pk).update(bio="<script>alert(1)</script> I weave.", github_username="ada")
    page = visitor.get("/people/AUTHOR/")
    assert page.status_code == 200 and "Ada Weaver" in page.text and "I weave." in page.text
    assert author.email not in page.text and "<script>alert" not in page.text


def test_nobodys_page_does_not_exist(visitor):
    assert visitor.get("/people/nobody/").status_code == 404
