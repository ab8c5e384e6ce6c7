"""Files that nothing names, and names of files that aren't there."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from courses.content import lessons
from courses.content.consistency import upload_names
from courses.models import Course, PendingDeletion
from courses.services.consistency.uploads import Uploads
from courses.services.lessons import add_lesson, change_lesson
from courses.services.outline import remove_lesson
from courses.services.uploads import store_picture, store_upload
from learnflow.consistency import CannotMend
from tests.courses.consistency.conftest import look
from tests.factories import text_body, video_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def upload():
    """The name of a file in storage that nothing names yet."""
    return store_upload(BytesIO(b"\x1a\x45\xdf\xa3 a film"))


def in_video(name, **content):
    body = video_body(title="Film")
    return body | {"content": {**body["content"], "url": "", "provider": "", "video_id": "", "file": name, **content}}


def test_a_file_that_nothing_names_goes(upload, mends):
    assert look()["upload_unused"].examples[0].startswith(f"{upload}, uploaded 20")
    mends(upload_unused=1)
    assert not default_storage.exists(upload)


def test_a_file_younger_than_the_grace_is_about_to_be_named(upload):
    assert look(grace=timedelta(days=1)) == {}


def test_files_that_lessons_name_stay(author, course, upload):
    picture = ContentFile(b"RIFF", name=f"{'a1' * 16}.webp")
    add_lesson(actor=author, course=course, body=text_body(markdown=store_picture(picture, alt="A loom")))
    captions = store_upload(BytesIO(b"WEBVTT"))
    body = in_video(upload, captions=[{"file": captions, "language": "en", "label": "en"}])
    add_lesson(actor=author, course=course, body=body)
    assert look() == {}


def test_files_that_only_earlier_versions_name_stay(author, course, upload):
    placement = add_lesson(actor=author, course=course, body=in_video(upload))
    change_lesson(actor=author, lesson_id=placement.lesson_id, version=1, body=text_body())
    assert look() == {}


def test_files_that_only_a_course_names_stay(course, upload):
    Course.objects.update(description=f"![A loom](/media/{upload})")
    assert look() == {}


def test_files_of_what_was_set_aside_stay(author, course, upload, documents, mends):
    placement = add_lesson(actor=author, course=course, body=in_video(upload))
    remove_lesson(actor=author, placement=placement)
    PendingDeletion.objects.all().delete()
    mends(lesson_unplaced=1)
    assert default_storage.exists(upload)


def test_files_of_lessons_whose_texts_are_lost_stay(author, course, upload, documents):
    """MongoDB was lost, or it is the wrong one: what its lessons named isn't known, and the files are still there."""
    add_lesson(actor=author, course=course, body=in_video(upload))
    documents.lessons.delete_many({})
    for _ in range(2):  # first they are missing, then stand-ins are in their place
        found = look(repair=True)["upload_unused"]
        assert (found.count, found.left) == (1, 1) and "backup" in found.obstacle
    assert default_storage.exists(upload)


def test_while_lessons_are_missing_no_file_is_deleted(author, course, upload, documents):
    add_lesson(actor=author, course=course, body=in_video(upload))
    documents.lessons.delete_many({})
    with pytest.raises(CannotMend):
        Uploads.unused.mend([(upload,)])
    assert default_storage.exists(upload)


def test_files_that_are_not_of_lessons_are_left_alone(course):
    for name in ("courses/picture.webp", "avatars/face.webp", f"imported/{'a' * 64}/film.mp4"):
        default_storage.save(name, ContentFile(b"x"))
    assert look() == {}


def test_a_file_that_is_named_meanwhile_stays(author, course, upload):
    add_lesson(actor=author, course=course, body=in_video(upload))
    assert Uploads.unused.mend([(upload,)]) == 0 and default_storage.exists(upload)


def test_a_file_that_is_gone_is_told_with_its_lesson_and_left_to_a_person(author, course, upload):
    placement = add_lesson(actor=author, course=course, body=in_video(upload))
    default_storage.delete(upload)
    found = look(repair=True)["upload_missing"]
    assert found.examples == [f"{upload}, named by lesson {placement.lesson_id}: no such file"]
    assert (found.count, found.mended, found.left) == (1, 0, 1)
    assert lessons.get_lesson(placement.lesson_id)["content"]["file"] == upload


def test_names_are_found_piece_by_piece(author, course, upload, monkeypatch):
    monkeypatch.setattr(upload_names, "PIECE", 2)
    for _ in range(3):
        add_lesson(actor=author, course=course, body=text_body())
    last = add_lesson(actor=author, course=course, body=in_video(upload))
    assert upload_names.named_in("lessons") == {upload: last.lesson_id}
