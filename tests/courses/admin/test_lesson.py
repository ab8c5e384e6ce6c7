"""Writing a lesson: adding, changing, previews, pictures and files; nothing typed is ever lost."""

from html import unescape

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditAction, AuditLog
from courses.content import lessons
from courses.content.lessons import new_lesson_id
from courses.models import PendingDeletion
from courses.services.deletions import work_off_deletions
from courses.services.lessons import add_lesson
from tests.courses.admin.test_details import picture
from tests.factories import CourseFactory, lesson_ids, video_body

pytestmark = pytest.mark.django_db(transaction=True)

FILM = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 100


def saved(desk, lesson_id):
    return lessons.get_lesson(lesson_id)


def test_lesson_is_changed_rendered_and_audited(desk, author, first, typed):
    resources = "The guild | https://example.org/guild\nhttps://example.org/plain"
    fields = typed(title="Warp", notes="Mind the *tension*.", resources=resources, duration=25)
    answer = desk.post("edit_lesson", first, **fields, version=1)
    lesson = saved(desk, first)
    assert answer.url == desk.url("edit_lesson", first)
    assert (lesson["title"], lesson["duration"], lesson["version"]) == ("Warp", 25, 2)
    assert "<em>this</em>" in lesson["content"]["html"] and "<em>tension</em>" in lesson["notes_html"]
    assert lesson["resources"][0] == {"label": "The guild", "url": "https://example.org/guild"}
    assert lesson["resources"][1]["label"] == "https://example.org/plain"
    assert AuditLog.objects.filter(action=AuditAction.LESSON_CHANGED, resource_id=first, user_id=author.pk).exists()


def test_form_begins_with_what_the_lesson_is(desk, first):
    page = desk.get("edit_lesson", first).content.decode()
    assert 'value="Lesson 1"' in page and "Some *text*." in page and "Some <em>text</em>." in page


def test_saving_what_stands_already_makes_no_new_version(desk, first, typed):
    for _ in range(2):
        desk.post("edit_lesson", first, **typed(), version=lessons.get_lesson(first)["version"])
    assert saved(desk, first)["version"] == 2


def test_lesson_added_twice_by_a_double_click_is_one(desk, typed):
    fields = typed(lesson_id=new_lesson_id())
    answers = [desk.post("add_lesson", "text", **fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert desk.titles.count("Knots") == 1


def test_same_new_lesson_sent_with_other_words_loses_neither(desk, typed):
    lesson_id = new_lesson_id()
    desk.post("add_lesson", "text", **typed(lesson_id=lesson_id, markdown="My first words"))
    answer = desk.post("add_lesson", "text", **typed(lesson_id=lesson_id, markdown="My better words"))
    assert answer.status_code == 409
    assert "My first words" in answer.content.decode() and "My better words" in answer.content.decode()
    assert saved(desk, lesson_id)["content"]["markdown"] == "My first words"


def test_id_of_a_lesson_of_another_course_adds_nothing(desk, typed):
    foreign = lesson_ids(CourseFactory(lessons=1))[0]
    assert desk.post("add_lesson", "text", **typed(lesson_id=foreign)).status_code == 404
    assert len(desk.titles) == 3


def test_lesson_removed_and_sent_again_from_the_back_button_is_there_in_full(desk, typed):
    fields = typed(lesson_id=new_lesson_id())
    desk.post("add_lesson", "text", **fields)
    desk.post("remove_lesson", fields["lesson_id"])
    assert PendingDeletion.objects.exists()
    desk.post("add_lesson", "text", **fields)
    work_off_deletions()
    assert desk.titles[-1] == "Knots"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "This field is required."),
        ({"markdown": "y" * 50_001}, "The text has 50,001 characters; at most 50,000 are possible."),
        ({"duration": "soon"}, "Enter a whole number."),
        ({"duration": "6001"}, "less than or equal to 6000"),
        ({"resources": "The guild | javascript:alert(1)"}, "has no web address"),
        ({"language": "klingon!"}, "Select a valid choice."),
        ({"lesson_id": "x"}, "Enter a valid value."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_text_stays(desk, typed, wrong, sentence):
    fields = typed(**{"markdown": "My long work", "lesson_id": new_lesson_id(), **wrong})
    answer = desk.post("add_lesson", "text", **fields)
    assert answer.status_code == 422
    assert sentence in unescape(answer.content.decode())
    assert fields["markdown"] in answer.content.decode()
    assert len(desk.titles) == 3


def test_text_too_long_for_a_lesson_is_kept_when_one_is_changed(desk, first, typed):
    answer = desk.post("edit_lesson", first, **typed(markdown="y" * 50_001), version=1)
    assert answer.status_code == 422
    assert "y" * 50_001 in answer.content.decode()


def test_without_mongodb_what_was_typed_stays_in_the_form(desk, first, typed, mongodb_is_away):
    with mongodb_is_away():
        changed = desk.post("edit_lesson", first, **typed(markdown="My long work"), version=1)
        added = desk.post("add_lesson", "text", **typed(markdown="My long work", lesson_id=new_lesson_id()))
        looked_at = desk.get("edit_lesson", first)
    for answer in (changed, added):
        assert answer.status_code == 503 and answer["Retry-After"]
        assert "My long work" in answer.content.decode() and "Not saved" in answer.content.decode()
    assert looked_at.status_code == 503
    assert saved(desk, first)["version"] == 1


def test_preview_button_shows_the_text_and_saves_nothing(desk, first, typed):
    answer = desk.post("edit_lesson", first, **typed(markdown="Quite **new**"), version=1, act="preview")
    assert "<strong>new</strong>" in answer.content.decode() and "Quite **new**" in answer.content.decode()
    assert saved(desk, first)["version"] == 1


def test_live_preview_answers_the_text_alone(desk, first):
    answer = desk.client.post(f"{desk.url('preview_lesson', first)}?field=markdown", {"markdown": "Quite **new**"})
    assert "<strong>new</strong>" in answer.content.decode() and "<html" not in answer.content.decode()


def test_picture_goes_into_the_text_with_its_words(desk):
    answer = desk.post("upload_picture", picture=picture(), alt="A [loom]")
    markdown = answer.json()["markdown"]
    assert markdown.startswith("![A (loom)](/media/lessons/") and markdown.endswith(".webp)")
    assert default_storage.exists(markdown.split("/media/")[1].rstrip(")"))


@pytest.mark.parametrize(
    "fields", [{"alt": "A loom"}, {"picture": b"", "alt": "x"}, {"picture": b"<svg/>", "alt": "x"}]
)
def test_picture_that_is_none_is_refused(desk, fields):
    if "picture" in fields:
        fields = {**fields, "picture": SimpleUploadedFile("a.png", fields["picture"])}
    answer = desk.post("upload_picture", **fields)
    assert answer.status_code == 422
    assert answer.json()["problems"]["picture"]


def test_picture_needs_words_for_those_who_dont_see_it(desk):
    assert desk.post("upload_picture", picture=picture(), alt=" ").json()["problems"]["alt"]


def test_picture_without_script_comes_to_the_end_of_the_text(desk, first, typed):
    fields = typed(markdown="Here it is:", picture=picture(), alt="A loom")
    page = desk.post("edit_lesson", first, **fields, version=1, act="picture").content.decode()
    assert "Here it is:\n\n![A loom](/media/lessons/" in page
    assert saved(desk, first)["version"] == 1


def test_video_file_and_captions_are_stored_by_what_they_are(desk, typed):
    fields = typed(
        lesson_id=new_lesson_id(),
        url="",
        video_file=SimpleUploadedFile("holiday.exe", FILM),
        captions_file=SimpleUploadedFile("captions.txt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello"),
        captions_language="de",
    )
    desk.post("add_lesson", "video", **fields)
    content = saved(desk, fields["lesson_id"])["content"]
    assert content["file"].endswith(".mp4") and default_storage.size(content["file"]) == len(FILM)
    assert content["captions"][0]["file"].endswith(".vtt") and content["captions"][0]["language"] == "de"


def test_film_needs_no_second_upload_when_a_title_was_missing(desk, typed):
    fields = typed(lesson_id=new_lesson_id(), url="", title="", video_file=SimpleUploadedFile("film.mp4", FILM))
    page = desk.post("add_lesson", "video", **fields)
    assert "Your upload is kept" in page.content.decode()
    kept = page.context["form"]["kept_files"].value()
    again = typed(lesson_id=fields["lesson_id"], url="", kept_files=kept)
    desk.post("add_lesson", "video", **again)
    assert default_storage.size(saved(desk, fields["lesson_id"])["content"]["file"]) == len(FILM)


def test_name_of_a_file_that_isnt_signed_by_us_is_ignored(desk, typed):
    fields = typed(lesson_id=new_lesson_id(), url="", kept_files='{"video_file": "../secrets.json"}')
    desk.post("add_lesson", "video", **fields)
    assert saved(desk, fields["lesson_id"])["content"]["file"] == ""


@pytest.mark.parametrize("url", ["https://example.org/film", "javascript:alert(1)", "https://youtu.be/short"])
def test_address_that_is_no_video_is_refused(desk, typed, url):
    answer = desk.post("add_lesson", "video", **typed(lesson_id=new_lesson_id(), url=url))
    assert answer.status_code == 422


def test_type_that_isnt_known_has_no_form_to_add_one(desk):
    assert desk.get("add_lesson", "hologram").status_code == 404


def test_lesson_of_a_type_of_tomorrow_keeps_what_isnt_understood(desk, author, typed):
    strange = video_body(title="Hologram") | {"type": "hologram", "content": {"light": 7}}
    place = add_lesson(actor=author, course=desk.course, body=strange)
    assert desk.get("edit_lesson", place.lesson_id).status_code == 200
    desk.post("edit_lesson", place.lesson_id, **typed(title="Still a hologram"), version=1)
    lesson = saved(desk, place.lesson_id)
    assert (lesson["title"], lesson["content"], lesson["type"]) == ("Still a hologram", {"light": 7}, "hologram")
