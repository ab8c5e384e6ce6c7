import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from learnflow import middleware


@pytest.fixture
def film(monkeypatch):
    """A file larger than people may upload, and not larger than staff may."""
    monkeypatch.setattr(middleware, "LARGEST_UPLOAD", 1_000)
    return lambda: {"video_file": SimpleUploadedFile("film.mp4", b"x" * 2_000)}


def test_film_from_somebody_who_writes_no_lessons_is_refused_unread(visitor, as_learner, film):
    for browser in (visitor, as_learner):
        assert browser.post("/admin/courses/course/1/lessons/add/video/", film()).status_code == 400


def test_author_may_upload_a_film_below_the_admin_only(as_author, course, film):
    assert as_author.post(f"/admin/courses/course/{course.pk}/lessons/add/video/", film()).status_code == 422
    assert as_author.post("/profile/", film()).status_code == 400
