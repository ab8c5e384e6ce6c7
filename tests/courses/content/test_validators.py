"""What MongoDB itself refuses, whoever writes it; mongomock has no validators."""

import pytest
from pymongo.errors import DuplicateKeyError, OperationFailure, WriteError

from courses import content
from courses.content import lessons, progress
from courses.content.progress import ProgressCopy
from tests.factories import text_body

LESSON_ID = "a" * 24


@pytest.fixture
def lesson(real_store):
    lessons.add_lesson(lesson_id=LESSON_ID, course_id=1, body=text_body(), author_id=None)
    return real_store.lessons


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 256),
        ("title", None),
        ("type", 3),
        ("duration", -1),
        ("duration", 10.5),
        ("duration", 6001),
        ("content", "text"),
        ("version", 0),
        ("course_id", "1"),
        ("source", {"format": "markdown"}),
        ("resources", [{"label": "no address"}]),
        ("updated_by", "ada"),
        ("created_at", "2026-11-20"),
    ],
)
def test_a_lesson_of_the_wrong_shape_is_refused(lesson, field, value):
    with pytest.raises(WriteError, match="validation"):
        lesson.update_one({}, {"$set": {field: value}})


@pytest.mark.parametrize("field", ["title", "type", "course_id", "version", "content", "resources"])
def test_a_lesson_without_a_needed_field_is_refused(lesson, field):
    with pytest.raises(WriteError, match="validation"):
        lesson.update_one({}, {"$unset": {field: 1}})


def test_unknown_fields_and_long_numbers_are_allowed(lesson):
    lesson.update_one({}, {"$set": {"mood": "sunny", "course_id": 2**40, "source": None}})
    assert lessons.get_lesson(LESSON_ID)["mood"] == "sunny"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("completed_lessons", ["short"]),
        ("completed_lessons", ["A" * 24]),
        ("lessons", {LESSON_ID: "100"}),
        ("total_seconds_spent", -1),
        ("version", "1"),
        ("last_lesson", "nowhere"),
        ("positions", {LESSON_ID: 1.5}),
    ],
)
def test_progress_of_the_wrong_shape_is_refused(real_store, field, value):
    progress.write_copies([ProgressCopy(enrollment_id=1, user_id=1, course_id=1, version=1, lessons={})])
    with pytest.raises(WriteError, match="validation"):
        real_store.progress.update_one({}, {"$set": {field: value}})


def test_one_document_per_person_and_course(real_store):
    progress.write_copies([ProgressCopy(enrollment_id=1, user_id=1, course_id=1, version=1, lessons={})])
    twin = real_store.progress.find_one({}, {"_id": 0})
    with pytest.raises(DuplicateKeyError):
        real_store.progress.insert_one(twin)


def test_one_revision_per_version(lesson, real_store):
    lessons.save_lesson(LESSON_ID, version=1, body=text_body(), author_id=None)
    twin = real_store.lesson_revisions.find_one({}, {"_id": 0})
    with pytest.raises(DuplicateKeyError):
        real_store.lesson_revisions.insert_one(twin)


def test_setting_up_again_changes_nothing(real_store):
    before = sorted(real_store.lessons.index_information())
    content.set_up()
    assert sorted(real_store.lessons.index_information()) == before
    assert {
        "one_progress_per_person_and_course",
        "progress_of_a_course",
    } <= real_store.progress.index_information().keys()


def test_text_search_finds_a_lesson_whatever_its_language(lesson, real_store):
    real_store.lessons.update_one({}, {"$set": {"language": "he"}})
    assert real_store.lessons.count_documents({"$text": {"$search": "text"}}) == 1


def test_the_application_may_not_change_a_validator(real_store):
    with pytest.raises(OperationFailure, match="not authorized"):
        real_store.command("collMod", "lessons", validator={})
