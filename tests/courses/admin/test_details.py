"""A course's own fields: changing, deleting, its picture."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.models import AuditAction, AuditLog
from courses.models import Course, CourseLesson
from tests.factories import CourseFactory, EnrollmentFactory

pytestmark = pytest.mark.django_db(transaction=True)


def picture(format="PNG", size=(40, 30)):
    written = BytesIO()
    Image.new("RGB", size, "teal").save(written, format)
    return SimpleUploadedFile(f"my holiday.{format.lower()}", written.getvalue(), content_type="text/plain")


def fields(course, **changes):
    names = ("title", "slug", "summary", "description", "objectives", "level", "language", "currency")
    kept = {name: getattr(course, name) for name in names}
    return {**kept, "category": course.category_id, "price": course.price, **changes}


def test_change_is_saved_rendered_and_audited(desk, author):
    desk.post("courses_course_change", **fields(desk.course, description="Now with *looms*."))
    desk.course.refresh_from_db()
    assert "<em>looms</em>" in desk.course.description_html
    row = AuditLog.objects.filter(action=AuditAction.COURSE_CHANGED, resource_id=str(desk.course.pk)).latest("id")
    assert row.user_id == author.pk


def test_wrong_fields_come_back_with_what_was_typed(desk):
    answer = desk.post("courses_course_change", **fields(desk.course, title="", description="My *long* work"))
    assert answer.status_code == 422
    assert "My *long* work" in answer.content.decode()
    assert "<h1" in answer.content.decode() and "Weaving for everyone" in answer.content.decode()


def test_description_too_long_is_said_and_kept(desk):
    answer = desk.post("courses_course_change", **fields(desk.course, description="x" * 20_001))
    assert answer.status_code == 422
    assert "x" * 20_001 in answer.content.decode()


def test_picture_is_written_anew_under_a_random_name(desk):
    desk.post("courses_course_change", **fields(desk.course, thumbnail=picture(size=(2_000, 100))))
    desk.course.refresh_from_db()
    assert desk.course.thumbnail.name.endswith(".webp") and "holiday" not in desk.course.thumbnail.name
    with desk.course.thumbnail.open() as file, Image.open(file) as stored:
        assert (stored.format, stored.width) == ("WEBP", 1_600)


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"no picture", b"GIF89a"])
def test_what_is_no_picture_is_refused_whatever_its_name(desk, content):
    upload = SimpleUploadedFile("photo.png", content, content_type="image/png")
    answer = desk.post("courses_course_change", **fields(desk.course, thumbnail=upload))
    assert answer.status_code == 422
    assert "Choose a JPEG, PNG, WebP or GIF picture." in answer.content.decode()


def test_preview_renders_what_is_typed(desk):
    address = f"{reverse('admin:preview_markdown')}?field=description"
    answer = desk.client.post(address, {"description": "A **loom**<script>alert(1)</script>"})
    assert "<strong>loom</strong>" in answer.content.decode()
    assert "<script" not in answer.content.decode()


def test_preview_of_too_long_a_text_says_so(desk):
    answer = desk.client.post(f"{reverse('admin:preview_markdown')}?field=text", {"text": "x" * 50_001})
    assert answer.status_code == 422
    assert "50,001" in answer.content.decode()


def test_draft_without_learners_is_deleted_after_a_question(author, desk_of):
    desk = desk_of(author, CourseFactory(instructor=author, lessons=2, is_published=False))
    assert "Delete the course" in desk.get("courses_course_delete").content.decode()
    assert Course.objects.filter(pk=desk.course.pk).exists()
    desk.post("courses_course_delete")
    assert not Course.objects.filter(pk=desk.course.pk).exists()
    assert not CourseLesson.objects.filter(course=desk.course.pk).exists()
    assert AuditLog.objects.filter(action=AuditAction.COURSE_DELETED, resource_id=str(desk.course.pk)).exists()


def test_course_with_learners_stays_and_says_why(desk, learner):
    assert "can't be deleted" in desk.get("courses_course_delete").content.decode()
    assert desk.post("courses_course_delete").status_code == 409
    assert Course.objects.filter(pk=desk.course.pk).exists()


def test_history_tells_who_did_what_and_nothing_of_learners(desk, learner):
    desk.post("courses_course_change", **fields(desk.course, title="Weaving anew"))
    page = desk.get("courses_course_history").content.decode()
    assert "Changed a course" in page and "Created a lesson" in page and "Ada Weaver" in page
    assert "Lee Park" not in page


def test_history_costs_the_same_with_more_rows(desk, budget):
    desk.get("courses_course_history")
    with budget(postgresql=7, mongodb=1) as queries:
        desk.get("courses_course_history")
    before = len(queries)
    desk.post("add_section", title="More")
    EnrollmentFactory(course=desk.course)
    with budget(postgresql=before, mongodb=1):
        desk.get("courses_course_history")
