import pytest

from courses.content import lessons
from courses.content.lessons import EditConflict, LessonNotFound
from tests.factories import text_body

COURSE, ADA, BOB = 7, 1, 2


@pytest.fixture
def lesson_id(store):
    """A lesson that Ada wrote, at version 1."""
    lesson_id = lessons.new_lesson_id()
    lessons.add_lesson(lesson_id=lesson_id, course_id=COURSE, body=text_body(title="Looms"), author_id=ADA)
    return lesson_id


def test_a_lesson_is_read_as_it_was_written(lesson_id):
    lesson = lessons.get_lesson(lesson_id)
    assert lessons.body_of(lesson) == text_body(title="Looms")
    assert (lesson["id"], lesson["course_id"], lesson["version"], lesson["updated_by"]) == (lesson_id, COURSE, 1, ADA)


def test_times_are_in_utc(lesson_id):
    assert lessons.get_lesson(lesson_id)["created_at"].utcoffset().total_seconds() == 0


def test_a_missing_lesson_says_so(store):
    with pytest.raises(LessonNotFound):
        lessons.get_lesson(lessons.new_lesson_id())


def test_adding_a_lesson_twice_keeps_the_first(lesson_id):
    again = {"lesson_id": lesson_id, "course_id": COURSE, "body": text_body(title="Other"), "author_id": BOB}
    assert lessons.add_lesson(**again) is False
    assert lessons.get_lesson(lesson_id)["title"] == "Looms"


def test_saving_moves_a_lesson_to_the_next_version(lesson_id):
    assert lessons.save_lesson(lesson_id, version=1, body=text_body(title="Big looms"), author_id=BOB) == 2
    lesson = lessons.get_lesson(lesson_id)
    assert (lesson["title"], lesson["version"], lesson["updated_by"]) == ("Big looms", 2, BOB)


def test_what_a_lesson_was_before_is_kept_with_its_author(lesson_id):
    lessons.save_lesson(lesson_id, version=1, body=text_body(title="Big looms"), author_id=BOB)
    [revision] = lessons.get_revisions(lesson_id)
    assert (revision["version"], revision["title"], revision["author_id"]) == (1, "Looms", ADA)
    assert lessons.get_revision(lesson_id, 1)["body"] == text_body(title="Looms")


def test_revisions_stand_newest_first(lesson_id):
    for version, title in ((1, "Two"), (2, "Three"), (3, "Four")):
        lessons.save_lesson(lesson_id, version=version, body=text_body(title=title), author_id=ADA)
    assert [each["title"] for each in lessons.get_revisions(lesson_id)] == ["Three", "Two", "Looms"]


def test_a_missing_revision_says_so(lesson_id):
    with pytest.raises(LessonNotFound):
        lessons.get_revision(lesson_id, 1)


def test_the_second_of_two_editors_overwrites_nothing(lesson_id):
    lessons.save_lesson(lesson_id, version=1, body=text_body(title="Ada's"), author_id=ADA)
    with pytest.raises(EditConflict) as conflict:
        lessons.save_lesson(lesson_id, version=1, body=text_body(title="Bob's"), author_id=BOB)
    assert conflict.value.current["title"] == "Ada's"
    assert lessons.get_lesson(lesson_id)["title"] == "Ada's"


def test_a_revision_that_a_crash_left_behind_does_not_stop_the_next_save(store, lesson_id):
    left = {"lesson_id": lesson_id, "version": 1, "body": text_body(title="Looms"), "author_id": ADA}
    store.lesson_revisions.insert_one(left | {"created_at": lessons.get_lesson(lesson_id)["created_at"]})
    assert lessons.save_lesson(lesson_id, version=1, body=text_body(title="After"), author_id=ADA) == 2
    assert len(lessons.get_revisions(lesson_id)) == 1


def test_saving_keeps_where_a_lesson_came_from_unless_told(lesson_id):
    source = {"format": "markdown", "package": "looms", "identifier": "a.md", "checksum": "1"}
    lessons.save_lesson(lesson_id, version=1, body=text_body(), author_id=ADA, source=source)
    lessons.save_lesson(lesson_id, version=2, body=text_body(), author_id=ADA)
    assert lessons.get_lesson(lesson_id)["source"] == source


def test_an_outline_knows_title_type_and_duration_of_what_stands(lesson_id):
    missing = lessons.new_lesson_id()
    outline = lessons.get_outline([lesson_id, missing])
    assert outline.keys() == {lesson_id}
    assert (outline[lesson_id]["title"], outline[lesson_id]["type"], outline[lesson_id]["duration"]) == (
        "Looms",
        "text",
        10,
    )


def test_an_outline_of_nothing_is_empty(store):
    assert lessons.get_outline([]) == {}


def test_a_lesson_comes_with_the_outline_around_it(lesson_id):
    other = lessons.new_lesson_id()
    lessons.add_lesson(lesson_id=other, course_id=COURSE, body=text_body(title="Threads"), author_id=ADA)
    lesson, outline = lessons.get_lesson_and_outline(lesson_id, [lesson_id, other])
    assert lesson["content"]["markdown"] == "Some *text*."
    assert {each["title"] for each in outline.values()} == {"Looms", "Threads"}
    assert not outline[other].get("content")


def test_a_missing_lesson_with_an_outline_says_so(lesson_id):
    with pytest.raises(LessonNotFound):
        lessons.get_lesson_and_outline(lessons.new_lesson_id(), [lesson_id])


def test_bodies_come_by_id(lesson_id):
    assert lessons.get_bodies([lesson_id])[lesson_id]["title"] == "Looms"


def test_an_import_finds_what_it_made_before(store):
    source = {"format": "markdown", "package": "looms", "identifier": "a.md", "checksum": "abc"}
    made = lessons.new_lesson_id()
    lessons.add_lesson(lesson_id=made, course_id=COURSE, body=text_body(), author_id=ADA, source=source)
    found = lessons.find_imported(COURSE, format="markdown", package="looms")
    assert found == {"a.md": {"id": made, "checksum": "abc", "version": 1}}
    assert lessons.find_imported(COURSE + 1, format="markdown", package="looms") == {}
    assert lessons.find_imported(COURSE, format="markdown", package="other") == {}


def test_a_deleted_lesson_goes_with_its_revisions_and_again_is_no_matter(lesson_id):
    lessons.save_lesson(lesson_id, version=1, body=text_body(), author_id=ADA)
    lessons.delete_lessons([lesson_id])
    lessons.delete_lessons([lesson_id])
    assert lessons.get_outline([lesson_id]) == {} and lessons.get_revisions(lesson_id) == []


def test_deleting_one_lesson_leaves_the_others(lesson_id):
    lessons.delete_lessons([lessons.new_lesson_id()])
    assert lessons.get_lesson(lesson_id)


def test_fields_of_a_newer_version_of_the_code_survive_a_save(store, lesson_id):
    store.lessons.update_one({}, {"$set": {"mood": "sunny"}})
    lessons.save_lesson(lesson_id, version=1, body=text_body(), author_id=ADA)
    assert lessons.get_lesson(lesson_id)["mood"] == "sunny"
