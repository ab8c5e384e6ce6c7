"""Lessons that are gone from under their places, and lessons without one."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from accounts.models import AuditLog
from courses.content import lessons
from courses.content.consistency import inventory
from courses.content.lesson_types import get_type
from courses.models import Course, CourseLesson, PendingDeletion
from courses.services.consistency import lessons as examined
from courses.services.deletions import work_off_deletions
from courses.services.lessons import add_lesson, change_lesson
from courses.services.outline import place_lesson, remove_lesson, reuse_lesson
from courses.services.publishing import NotReady, check_list, publish
from courses.services.settling import settle_outlines
from tests.courses.consistency.conftest import look
from tests.factories import CourseFactory, lesson_ids, text_body

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def lesson_id(course):
    """The second of three lessons."""
    return lesson_ids(course)[1]


@pytest.fixture
def unplaced(course, author, documents):
    """A lesson whose place is gone without a promise, as no service would leave it; it is old, and has a revision."""
    placement = add_lesson(actor=author, course=course, body=text_body(title="Nobody's"))
    change_lesson(actor=author, lesson_id=placement.lesson_id, version=1, body=text_body(title="Nobody's own"))
    remove_lesson(actor=author, placement=placement)
    PendingDeletion.objects.all().delete()
    documents.lessons.update_one({"_id": ObjectId(placement.lesson_id)}, {"$set": {"updated_at": LONG_AGO}})
    return placement.lesson_id


def lose(documents, *ids):
    documents.lessons.delete_many({"_id": {"$in": [ObjectId(each) for each in ids]}})


def lose_with_revisions(documents, *ids):
    lose(documents, *ids)
    documents.lesson_revisions.delete_many({"lesson_id": {"$in": ids}})


# --- Places without a document --------------------------------------------------------------------


def test_a_lost_lesson_comes_back_from_its_newest_revision(author, course, lesson_id, documents, mends):
    for version, title in enumerate(("Warps", "Wefts", "Selvages"), start=1):
        body = text_body(title=title, markdown=f"About *{title}*.", duration=20 + version)
        change_lesson(actor=author, lesson_id=lesson_id, version=version, body=body)
    lose(documents, lesson_id)
    mends(lesson_missing=1)
    lesson = lessons.get_lesson(lesson_id)
    assert (lesson["title"], lesson["version"], lesson["course_id"]) == ("Wefts", 4, course.pk)
    assert lesson["content"]["markdown"] == "About *Wefts*."
    course.refresh_from_db()
    assert course.duration_minutes == 10 + 22 + 10


def test_a_lost_lesson_without_revisions_is_stood_in_for(course, lesson_id, as_learner, learner, documents, mends):
    lose_with_revisions(documents, lesson_id)
    mends(lesson_missing=1)
    lesson = lessons.get_lesson(lesson_id)
    assert (lesson["title"], lesson["type"], lesson["version"]) == ("Lesson 2", "text", 1)
    page = as_learner.get(f"/courses/{course.slug}/lessons/{lesson_id}/")
    assert "The text of this lesson was lost." in page.content.decode()


def test_the_report_says_which_lesson_is_lost_and_what_is_left(course, lesson_id, author, documents):
    change_lesson(actor=author, lesson_id=lesson_id, version=1, body=text_body(title="Wefts"))
    lose(documents, lesson_id)
    assert look()["lesson_missing"].examples == [
        f"{lesson_id} (“Wefts”), lesson 2 of “{course.title}”: the document isn't there; version 1 is kept"
    ]


def test_an_author_is_told_to_write_a_stand_in_again(author, course, lesson_id, documents, mends):
    lose_with_revisions(documents, lesson_id)
    mends(lesson_missing=1)
    told = "Lesson 2: The text of this lesson was lost; write it again."
    assert [check.sentence for check in check_list(course) if not check.is_met] == [told]
    with pytest.raises(NotReady):
        publish(actor=author, course=course)
    change_lesson(actor=author, lesson_id=lesson_id, version=1, body=text_body(title="Lesson 2"))
    assert all(check.is_met for check in check_list(course))


def test_a_stand_in_whose_form_was_sent_with_a_new_text_is_no_stand_in_any_more(course, lesson_id, documents, mends):
    lose_with_revisions(documents, lesson_id)
    mends(lesson_missing=1)
    before = lessons.get_lesson(lesson_id)["content"]
    kind = get_type("text")
    assert kind.problems(kind.content_from({"markdown": "Wefts, written again."}, before)) == []
    assert kind.problems(kind.content_from({"markdown": before["markdown"]}, before))


def test_a_lesson_that_a_repair_took_away_comes_back_when_somebody_names_it(author, course, unplaced, mends):
    """As when an older PostgreSQL was mended, and then the newer one was restored after all."""
    mends(lesson_unplaced=1)
    place_lesson(actor=author, course=course, lesson_id=unplaced)
    settle_outlines([course.pk])
    mends(lesson_missing=1)
    assert lessons.get_lesson(unplaced)["title"] == "Nobody's own"
    assert AuditLog.objects.filter(details__new__from="what was set aside").count() == 1


def test_what_was_set_aside_and_is_no_whole_lesson_does_not_come_back(author, course, unplaced, documents, mends):
    mends(lesson_unplaced=1)
    documents.set_aside.update_one({"document.title": "Nobody's own"}, {"$set": {"document.notes": 5}})
    place_lesson(actor=author, course=course, lesson_id=unplaced)
    settle_outlines([course.pk])
    mends(lesson_missing=1)
    assert "was lost" in lessons.get_lesson(unplaced)["content"]["markdown"]


def test_what_was_saved_after_it_came_back_is_newer_than_what_was_set_aside(author, course, unplaced, documents, mends):
    mends(lesson_unplaced=1)
    place_lesson(actor=author, course=course, lesson_id=unplaced)
    settle_outlines([course.pk])
    mends(lesson_missing=1)
    for version, title in ((1, "Newer"), (2, "Newest")):
        change_lesson(actor=author, lesson_id=unplaced, version=version, body=text_body(title=title))
    lose(documents, unplaced)
    mends(lesson_missing=1)
    assert lessons.get_lesson(unplaced)["title"] == "Newer"


def test_every_lost_lesson_counts_once_wherever_it_is_placed(author, course, lesson_id, documents, mends):
    other = CourseFactory(instructor=author, lessons=1)
    reuse_lesson(actor=author, course=other, section=other.sections.get(), lesson_id=lesson_id)
    lose(documents, *lesson_ids(course))
    mends(lesson_missing=3)
    assert {each.duration_minutes for each in Course.objects.all()} == {0, 10}


def test_the_audit_log_knows_what_came_back(lesson_id, author, documents, mends):
    change_lesson(actor=author, lesson_id=lesson_id, version=1, body=text_body(title="Wefts"))
    lose(documents, lesson_id)
    mends(lesson_missing=1)
    row = AuditLog.objects.get(action="stores_mended", resource_type="lesson")
    assert row.resource_id == lesson_id
    assert row.details == {"new": {"version": 2, "title": "Lesson 2", "from": "its newest revision"}}


def test_a_lesson_that_came_back_meanwhile_is_left_alone(course, lesson_id, author, documents):
    lose(documents, lesson_id)
    written = text_body(title="Mine")
    lessons.add_lesson(lesson_id=lesson_id, course_id=course.pk, body=written, author_id=author.pk)
    assert examined.PlacedLessons.missing.mend([(lesson_id,)]) == 0
    assert lessons.get_lesson(lesson_id)["title"] == "Mine"


def test_a_lesson_that_lost_its_place_meanwhile_does_not_come_back(course, lesson_id, author, documents):
    lose(documents, lesson_id)
    remove_lesson(actor=author, placement=CourseLesson.objects.get(lesson_id=lesson_id))
    assert examined.PlacedLessons.missing.mend([(lesson_id,)]) == 0
    assert inventory.missing_lessons([lesson_id]) == {lesson_id}


def test_a_lesson_that_is_taken_out_while_it_is_looked_for_is_not_missing(course, lesson_id, author, monkeypatch):
    """Between the reading of the outline and of the documents it is taken out and deleted."""
    missing = inventory.missing_lessons

    def slow(ids):
        for placement in CourseLesson.objects.filter(lesson_id=lesson_id):
            remove_lesson(actor=author, placement=placement)
            work_off_deletions()
        return missing(ids)

    monkeypatch.setattr(inventory, "missing_lessons", slow)
    assert look() == {}


# --- Documents without a place --------------------------------------------------------------------


def keys_of(lesson_id):
    """What the mending is given when this lesson was found."""
    found = (each for batch in inventory.walk_lessons() for each in batch if each.lesson_id == lesson_id)
    return [(each.key, each.lesson_id) for each in found]


def test_a_lesson_of_nobody_is_set_aside_with_its_revisions_and_goes(unplaced, documents, mends):
    mends(lesson_unplaced=1)
    assert inventory.missing_lessons([unplaced]) and not lessons.get_revisions(unplaced)
    kept = {each["collection"]: each["document"]["title" if "title" in each["document"] else "version"]
            for each in documents.set_aside.find({"because": "lesson_unplaced"})}  # fmt: skip
    assert kept == {"lessons": "Nobody's own", "lesson_revisions": 1}


def test_the_report_says_which_lesson_nobody_names(unplaced):
    assert look()["lesson_unplaced"].examples == [
        f"{unplaced} “Nobody's own”, last written 2026-01-01 00:00:00 UTC: no outline names it"
    ]


def test_a_lesson_younger_than_the_grace_is_about_to_be_placed(unplaced, documents):
    documents.lessons.update_one({"_id": ObjectId(unplaced)}, {"$set": {"updated_at": datetime.now(UTC)}})
    assert look(grace=timedelta(days=1)) == {}
    assert "lesson_unplaced" in look()


def test_a_promised_lesson_is_not_left_over(course, author):
    remove_lesson(actor=author, placement=course.placements.first())
    assert look().keys() == {"deletion_due"}


def test_a_lesson_of_nobody_with_a_strange_id_goes_too(documents, mends):
    strange = {**text_body(), "course_id": 1, "version": 1, "schema_version": 1, "source": None,
               "created_at": LONG_AGO, "updated_at": LONG_AGO, "updated_by": None}  # fmt: skip
    documents.lessons.insert_many([{"_id": each, **strange} for each in ("welcome", 7, "a" * 24)])
    mends(lesson_unplaced=3)
    assert documents.lessons.count_documents({}) == 0


def test_a_lesson_that_is_placed_again_meanwhile_stays(unplaced, course, author):
    keys = keys_of(unplaced)
    place_lesson(actor=author, course=course, lesson_id=unplaced)
    assert examined.UnplacedLessons.unplaced.mend(keys) == 0
    assert not inventory.missing_lessons(lesson_ids(course))


def test_a_lesson_that_is_promised_meanwhile_is_left_to_the_deletion(unplaced):
    keys = keys_of(unplaced)
    PendingDeletion.objects.create(collection="lessons", filter={"lesson_ids": [unplaced]})
    assert examined.UnplacedLessons.unplaced.mend(keys) == 0
    assert not inventory.missing_lessons([unplaced])


def test_a_lesson_that_is_written_meanwhile_stays(unplaced, author):
    keys = keys_of(unplaced)
    lessons.save_lesson(unplaced, version=2, body=text_body(title="Somebody's"), author_id=author.pk)
    assert examined.UnplacedLessons.unplaced.mend(keys) == 0
    assert lessons.get_lesson(unplaced)["title"] == "Somebody's"
    assert [each["version"] for each in lessons.get_revisions(unplaced)] == [2, 1]


def test_a_promise_that_is_kept_while_it_is_looked_for_is_no_difference(course, author, monkeypatch):
    """The document is read, then the worker deletes it and its promise, then the promises are read."""
    remove_lesson(actor=author, placement=course.placements.first())
    promised = examined.promised
    monkeypatch.setattr(examined, "promised", lambda ids: (work_off_deletions(), promised(ids))[1])
    assert look() == {}
