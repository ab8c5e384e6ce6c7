"""Documents in which anything stands that MongoDB can hold: none keeps the others from being examined."""

import pytest
from bson import Code, DatetimeMS, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

from courses.content import lessons, progress
from courses.content.consistency import walks
from courses.services.projection import project_lagging
from tests.courses.consistency.conftest import look
from tests.factories import lesson_ids

pytestmark = pytest.mark.django_db(transaction=True)


def nested(levels):
    value = 1
    for _ in range(levels):
        value = {"a": value}
    return value


ODD = {
    "a time long after": DatetimeMS(2**62),
    "a time long before": DatetimeMS(-(2**62)),
    "a decimal": Decimal128("1E6000"),
    "no number": float("nan"),
    "the highest number": Int64(2**63 - 1),
    "the lowest number": Int64(-(2**63)),
    "an array of numbers": [Int64(1), 2, "three", None],
    "names of operators": {"$set": {"$x": 1}, "a.b": 1, "": 2},
    "an expression": "$$ROOT",
    "control characters": "\x1b[31m\x00\n",
    "depth": nested(140),
    "a pattern": Regex("a(", "i"),
    "code": Code("x", {"a": 1}),
    "a reference": DBRef("a", 1),
    "a tick": Timestamp(1, 1),
    "the highest": MaxKey(),
    "the lowest": MinKey(),
    "nothing": None,
}


def write(documents, collection, document):
    """Past the validator. What the store itself doesn't take isn't there."""
    documents.command("insert", collection, documents=[document], bypassDocumentValidation=True, check=False)


@pytest.fixture
def odd(documents, course, enrollment):
    """`odd(value)` writes copies of documents with it in each of their fields, and in their ids."""

    def write_all(value):
        [lesson_id, *_] = lesson_ids(course)
        lesson = documents.lessons.find_one({"_id": ObjectId(lesson_id)})
        body = {name: lesson[name] for name in lesson if name not in ("_id", "course_id", "version", "source")}
        samples = {
            "lessons": lesson,
            "lesson_revisions": {"lesson_id": str(ObjectId()), "version": 1, "body": body, "created_at": None},
            "progress": documents.progress.find_one(),
        }
        for collection, sample in samples.items():
            for number, name in enumerate(sample):
                of_its_own = {"_id": ObjectId(), "user_id": 10_000 + number} if collection == "progress" else {}
                document = {**sample, "_id": ObjectId(), **of_its_own, name: value}
                write(documents, collection, document)

    return write_all


@pytest.mark.parametrize("value", ODD.values(), ids=ODD.keys())
def test_whatever_stands_in_a_field_is_found_and_mended(course, enrollment, documents, odd, value):
    good = [lessons.get_lesson(each) for each in lesson_ids(course)]
    odd(value)
    found = look(repair=True)
    assert {"invalid_lesson", "lesson_unplaced", "invalid_progress", "progress_of_nobody"} & found.keys()
    assert {name: each.obstacle for name, each in look().items()} == {}
    assert [lessons.get_lesson(each) for each in lesson_ids(course)] == good
    assert progress.get_progress(user_id=enrollment.user_id, course_id=course.pk)["version"] == enrollment.version


def test_a_damaged_date_keeps_no_page_and_no_copy_away(course, enrollment, documents):
    [lesson_id, *_] = lesson_ids(course)
    documents.lessons.update_one({"_id": ObjectId(lesson_id)}, {"$set": {"updated_at": DatetimeMS(2**62)}})
    documents.progress.update_one({}, {"$set": {"updated_at": DatetimeMS(2**62)}})
    assert lessons.get_lesson(lesson_id)["title"] == "Lesson 1"
    assert len(lessons.get_outline(lesson_ids(course))) == len(lesson_ids(course))
    type(enrollment).objects.update(version=enrollment.version + 1)
    project_lagging()
    assert progress.get_progress(user_id=enrollment.user_id, course_id=course.pk)["version"] == enrollment.version + 1


@pytest.mark.parametrize("last", [MaxKey(), MinKey(), None, float("nan")], ids=str)
def test_a_walk_ends_whatever_the_last_id_is(documents, last):
    for _id in (last, MinKey()):
        documents.set_aside.replace_one({"_id": _id}, {"_id": _id}, upsert=True, bypass_document_validation=True)
    number = documents.set_aside.count_documents({})
    for size in (1, 2):
        assert sum(len(piece) for piece in walks.walk("set_aside", size=size)) == number
        assert sum(len(piece) for _size, piece in walks.walk_matching("set_aside", {}, size=size)) == number
