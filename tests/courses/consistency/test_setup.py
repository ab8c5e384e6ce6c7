"""Collections, validators and indexes that somebody dropped or changed."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId
from django.conf import settings

from courses import content
from courses.content import lessons
from courses.content.consistency.twins import find_twins, part_twins
from courses.services.consistency import setup
from courses.services.lessons import change_lesson
from learnflow import mongo
from learnflow.consistency import check
from learnflow.mongo import json_schema
from tests.courses.consistency.conftest import look
from tests.factories import lesson_ids, text_body

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _furnished_again(documents):
    """Whatever a test leaves, the next one finds everything in its place."""
    yield
    for name, _, _ in content.COLLECTIONS:
        documents[name].drop()
    content.set_up()


def indexes(documents, collection):
    return {each["name"] for each in documents[collection].list_indexes()} - {"_id_"}


def test_everything_stands_after_a_migration():
    assert look() == {}


def test_a_dropped_collection_comes_back_with_all_it_had(documents, mends):
    before = indexes(documents, "progress")
    documents.progress.drop()
    mends(collection_missing=1)
    assert indexes(documents, "progress") == before
    assert "validator" in documents.progress.options()


def test_a_dropped_collection_of_lessons_comes_back_with_stand_ins(course, documents, mends):
    documents.lessons.drop()
    documents.lesson_revisions.drop()
    mends(collection_missing=2, lesson_missing=3)
    assert {each["title"] for each in lessons.get_outline(lesson_ids(course)).values()} == {
        "Lesson 1",
        "Lesson 2",
        "Lesson 3",
    }


def test_a_collection_that_came_back_by_being_written_to_is_furnished(documents, mends):
    documents.set_aside.drop()
    documents.set_aside.insert_one({})
    documents.set_aside.delete_many({})
    mends(validator_missing=1, index_missing=1)


@pytest.mark.parametrize(
    "change",
    [
        {"validator": {}},
        {"validator": {"$jsonSchema": {"required": ["title"]}}},
        {"validationLevel": "moderate"},
        {"validationAction": "warn"},
    ],
)
def test_a_validator_that_lets_too_much_pass_is_replaced(documents, change, mends):
    documents.command("collMod", "lessons", **change)
    mends(validator_missing=1)
    options = documents.lessons.options()
    assert options["validator"] == {"$jsonSchema": json_schema(lessons.Lesson)}
    assert (options["validationLevel"], options["validationAction"]) == ("strict", "error")


@pytest.mark.parametrize(
    ("collection", "name", "instead"),
    [
        ("lessons", "lessons_of_a_course", None),
        ("lessons", "lessons_of_a_course", {"keys": [("course_id", -1)]}),
        ("lessons", "lessons_by_source", {"keys": [("course_id", 1), ("source.format", 1), ("source.package", 1)]}),
        ("lessons", "lessons_text", {"keys": [("title", "text"), ("notes", "text")]}),
        ("lesson_revisions", "one_revision_per_version", {"keys": [("lesson_id", 1), ("version", 1)]}),
        ("progress", "one_progress_per_person_and_course", None),
        ("set_aside", "set_aside_for_90_days", {"keys": [("created_at", 1)], "expireAfterSeconds": 60}),
    ],
)
def test_an_index_that_is_gone_or_another_is_built(documents, collection, name, instead, mends):
    documents[collection].drop_index(name)
    if instead:
        documents[collection].create_index(instead.pop("keys"), name=name, **instead)
    mends(index_missing=1)


@pytest.mark.parametrize(
    ("collection", "name", "keys"),
    [
        ("lessons", "lessons_of_a_course", [("course_id", 1)]),
        ("lessons", "lessons_text", [("title", "text")]),
    ],
)
def test_an_index_under_another_name_makes_way(documents, collection, name, keys, mends):
    documents[collection].drop_index(name)
    documents[collection].create_index(keys, name="mine")
    mends(index_missing=1)
    assert "mine" not in indexes(documents, collection)


def test_an_index_that_somebody_added_stays(documents, mends):
    documents.lessons.create_index("updated_at", name="mine")
    documents.lessons.drop_index("lessons_of_a_course")
    mends(index_missing=1)
    assert "mine" in indexes(documents, "lessons")


def test_the_report_says_what_lacks_and_what_differs(documents):
    documents.lessons.drop_index("lessons_of_a_course")
    documents.command("collMod", "progress", validator={})
    documents.lesson_revisions.drop()
    found = look()
    assert found["index_missing"].examples == ["lessons: the index lessons_of_a_course is missing"]
    assert found["validator_missing"].examples == ["progress: the validator is missing"]
    assert found["collection_missing"].examples == ["lesson_revisions: the collection is missing"]


def test_without_the_owners_address_it_says_who_may_do_it(documents, monkeypatch):
    documents.lessons.drop_index("lessons_of_a_course")
    documents.command("collMod", "progress", validator={})
    with monkeypatch.context() as address:
        address.setattr(settings, "MONGO_OWNER_URL", settings.MONGO_URL)
        found = look(repair=True)["validator_missing"]
    assert found.mended == 0 and "set MONGO_OWNER_URL" in found.obstacle


def test_with_a_wrong_password_it_says_so_too(documents, monkeypatch):
    documents.lessons.drop_index("lessons_of_a_course")
    password = settings.MONGO_OWNER_URL.split(":")[2].split("@")[0]
    with monkeypatch.context() as address:
        address.setattr(settings, "MONGO_OWNER_URL", settings.MONGO_OWNER_URL.replace(password, "x"))
        found = look(repair=True)["index_missing"]
    assert found.mended == 0 and "set MONGO_OWNER_URL" in found.obstacle


def test_two_documents_where_one_must_be_stand_in_the_way_of_a_unique_index(learner, course, documents):
    twin = documents.progress.find_one({}, {"_id": 0})
    documents.progress.drop_index("one_progress_per_person_and_course")
    documents.progress.insert_one(twin)
    found = {each.kind.name: each for each in check(setup.EXAMINATIONS, repair=True)}["index_missing"]
    assert found.mended == 0
    assert found.obstacle == (
        "a unique index can't be made, for more than one document has "
        f"{{'user_id': {learner.pk}, 'course_id': {course.pk}}}"
    )
    assert mongo.database().progress.count_documents({}) == 2


# --- Twins ----------------------------------------------------------------------------------------


def test_twins_of_progress_are_parted_and_the_unique_index_comes_back(learner, course, documents, mends):
    documents.progress.drop_index("one_progress_per_person_and_course")
    newest = documents.progress.find_one()
    for seconds in (5, 7):
        older = {"_id": ObjectId(), "updated_at": LONG_AGO, "total_seconds_spent": seconds}
        documents.progress.insert_one(newest | older)
    assert look()["progress_twice"].examples == [f"user_id {learner.pk}, course_id {course.pk}: 3 documents"]
    mends(progress_twice=1, index_missing=1)
    assert list(documents.progress.find()) == [newest]
    aside = documents.set_aside.find({"because": "progress_twice"})
    assert sorted(each["document"]["total_seconds_spent"] for each in aside) == [5, 7]


def test_twins_of_a_revision_are_parted(author, course, documents, mends):
    lesson_id = lesson_ids(course)[0]
    change_lesson(actor=author, lesson_id=lesson_id, version=1, body=text_body())
    documents.lesson_revisions.drop_index("one_revision_per_version")
    older = {**documents.lesson_revisions.find_one({}, {"_id": 0}), "created_at": LONG_AGO, "author_id": None}
    documents.lesson_revisions.insert_one(older)
    mends(revision_twice=1, index_missing=1)
    assert [each["author_id"] for each in lessons.get_revisions(lesson_id)] == [author.pk]


def test_a_twin_that_went_meanwhile_leaves_the_other(learner, documents):
    documents.progress.drop_index("one_progress_per_person_and_course")
    twin = documents.progress.insert_one({**documents.progress.find_one({}, {"_id": 0}), "version": -1}).inserted_id
    [(key, count)] = find_twins("progress")
    documents.progress.delete_one({"_id": twin})
    assert count == 2 and part_twins("progress", key, because="progress_twice") is False
    assert documents.progress.count_documents({}) == 1
