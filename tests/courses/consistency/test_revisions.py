"""Versions of lessons that are gone, ahead, or of nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from courses.content import lessons
from courses.content.consistency import histories, inventory
from courses.services.consistency.revisions import Histories, Revisions
from courses.services.deletions import work_off_deletions
from courses.services.lessons import change_lesson, restore_revision
from courses.services.outline import remove_lesson
from courses.services.publishing import check_list
from tests.courses.consistency.conftest import look
from tests.factories import lesson_ids, text_body

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def lesson_id(course, author):
    """A lesson at version 5, called “Title 5”."""
    lesson_id = lesson_ids(course)[0]
    for version in range(1, 5):
        body = text_body(title=f"Title {version + 1}")
        change_lesson(actor=author, lesson_id=lesson_id, version=version, body=body)
    return lesson_id


def forget(documents, lesson_id, *versions):
    documents.lesson_revisions.delete_many({"lesson_id": lesson_id, "version": {"$in": versions}})


def set_version(documents, lesson_id, version):
    documents.lessons.update_one({"_id": ObjectId(lesson_id)}, {"$set": {"version": version}})


def versions(lesson_id):
    return [each["version"] for each in lessons.get_revisions(lesson_id)]


# --- Gaps -----------------------------------------------------------------------------------------


def test_a_revision_that_is_gone_is_stood_in_for(lesson_id, documents, mends):
    forget(documents, lesson_id, 2, 3)
    mends(revision_missing=1)
    titles = {each["version"]: each["title"] for each in lessons.get_revisions(lesson_id)}
    assert titles == {1: "Lesson 1", 2: "Version 2, lost", 3: "Version 3, lost", 4: "Title 4"}
    assert "lost" in lessons.get_revision(lesson_id, 2)["body"]["content"]["html"]


def test_the_report_says_which_versions_are_gone(lesson_id, documents):
    forget(documents, lesson_id, 1, 3, 4)
    assert look()["revision_missing"].examples == [
        f"{lesson_id} “Title 5” is at version 5; of the earlier ones these aren't kept: 1, 3 to 4"
    ]


def test_a_stand_in_that_an_author_brings_back_is_a_problem_of_the_course(course, author, lesson_id, documents, mends):
    forget(documents, lesson_id, 2)
    mends(revision_missing=1)
    restore_revision(actor=author, lesson_id=lesson_id, version=5, revision=2)
    assert "Version 2, lost: The text of this lesson was lost; write it again." in [
        check.sentence for check in check_list(course) if not check.is_met
    ]


def test_what_a_crash_between_revision_and_lesson_leaves_is_no_difference(lesson_id, documents):
    lesson = lessons.get_lesson(lesson_id)
    twin = {**documents.lesson_revisions.find_one({"lesson_id": lesson_id, "version": 4}, {"_id": 0}), "version": 5}
    documents.lesson_revisions.insert_one({**twin, "body": lessons.body_of(lesson)})
    assert look() == {}


def test_an_author_saves_while_a_gap_is_mended(author, lesson_id, documents, monkeypatch):
    forget(documents, lesson_id, 2)
    fill = histories.fill_gaps

    def save_first(history, **options):
        change_lesson(actor=author, lesson_id=lesson_id, version=5, body=text_body(title="Title 6"))
        fill(history, **options)

    monkeypatch.setattr(histories, "fill_gaps", save_first)
    assert look(repair=True)["revision_missing"].mended == 1
    assert look() == {}
    assert lessons.get_lesson(lesson_id)["title"] == "Title 6" and versions(lesson_id) == [5, 4, 3, 2, 1]
    assert lessons.get_revision(lesson_id, 5)["body"]["title"] == "Title 5"


def test_an_author_saves_while_versions_are_looked_at(author, lesson_id, monkeypatch):
    """Whichever of the three readings comes before or after: what was right all the time is never called wrong."""
    kept, saved = histories._kept, []

    def save_first(ids):
        version = lessons.get_lesson(lesson_id)["version"]
        saved.append(change_lesson(actor=author, lesson_id=lesson_id, version=version, body=text_body()))
        return kept(ids)

    monkeypatch.setattr(histories, "_kept", save_first)
    assert [found for _, found in histories.walk_histories()] == [[]]
    assert saved == [6, 7]


def test_a_lesson_that_was_put_in_order_meanwhile_is_left_alone(lesson_id):
    assert Histories.missing.mend([(lesson_id,)]) == 0 and Histories.missing.mend([("f" * 24,)]) == 0


def test_a_version_that_was_never_reached_is_taken_back(lesson_id, documents, mends):
    set_version(documents, lesson_id, 10**12)
    mends(revision_missing=1)
    assert lessons.get_lesson(lesson_id)["version"] == 5 and versions(lesson_id) == [4, 3, 2, 1]


# --- Ahead ----------------------------------------------------------------------------------------


def test_a_lesson_behind_its_revisions_moves_beyond_them(lesson_id, documents, mends):
    set_version(documents, lesson_id, 3)
    mends(revision_ahead=1)
    lesson = lessons.get_lesson(lesson_id)
    assert (lesson["version"], lesson["title"]) == (5, "Title 5") and versions(lesson_id) == [4, 3, 2, 1]


def test_the_report_says_how_far_a_lesson_is_behind(lesson_id, documents):
    set_version(documents, lesson_id, 3)
    assert look()["revision_ahead"].examples == [f"{lesson_id} “Title 5” is at version 3, its newest revision at 4"]


def test_a_revision_of_the_same_version_with_another_text_is_kept_as_a_version_before(lesson_id, documents, mends):
    set_version(documents, lesson_id, 4)
    found = look()["revision_ahead"].examples
    assert found == [f"{lesson_id} “Title 5” is at version 4, its newest revision at 4, with another text"]
    mends(revision_ahead=1)
    assert (lessons.get_lesson(lesson_id)["version"], lessons.get_revision(lesson_id, 4)["body"]["title"]) == (
        5,
        "Title 4",
    )


def test_a_lesson_that_jumps_ahead_gets_stand_ins_for_what_it_jumped_over(lesson_id, documents, mends):
    documents.lesson_revisions.update_one({"lesson_id": lesson_id, "version": 4}, {"$set": {"version": 9}})
    set_version(documents, lesson_id, 4)
    mends(revision_ahead=1)
    assert lessons.get_lesson(lesson_id)["version"] == 10 and versions(lesson_id) == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_a_revision_too_far_ahead_to_be_one_is_set_aside(lesson_id, documents, mends):
    twin = documents.lesson_revisions.find_one({"lesson_id": lesson_id, "version": 4}, {"_id": 0})
    documents.lesson_revisions.insert_one({**twin, "version": 2**63 - 1})
    mends(revision_ahead=1)
    assert lessons.get_lesson(lesson_id)["version"] == 5 and versions(lesson_id) == [4, 3, 2, 1]
    assert documents.set_aside.find_one({"because": "revision_ahead"})["document"]["version"] == 2**63 - 1


def test_a_lesson_that_is_saved_between_finding_and_mending_keeps_what_was_saved(lesson_id, author, documents):
    set_version(documents, lesson_id, 3)
    [history] = histories.look([lesson_id])
    documents.lesson_revisions.delete_many({"lesson_id": lesson_id, "version": {"$gte": 3}})
    change_lesson(actor=author, lesson_id=lesson_id, version=3, body=text_body(title="Mine"))
    assert histories.catch_up(history) is False
    assert lessons.get_lesson(lesson_id)["title"] == "Mine" and look() == {}


# --- Of nobody ------------------------------------------------------------------------------------


def test_revisions_of_a_lesson_that_is_gone_are_set_aside_and_go(course, author, lesson_id, documents, mends):
    revisions = list(documents.lesson_revisions.find())
    remove_lesson(actor=author, placement=course.placements.get(lesson_id=lesson_id))
    work_off_deletions()
    documents.lesson_revisions.insert_many(revisions)
    mends(revision_of_nobody=4)
    assert versions(lesson_id) == []
    kept = documents.set_aside.find({"because": "revision_of_nobody"})
    assert [each["document"] for each in kept] == revisions


def test_revisions_of_a_lesson_that_an_outline_names_wait_for_it(lesson_id, documents, mends):
    documents.lessons.delete_one({"_id": ObjectId(lesson_id)})
    mends(lesson_missing=1)
    assert versions(lesson_id) == [4, 3, 2, 1]


def test_young_revisions_of_nobody_are_let_be(course, author, lesson_id, documents):
    revisions = list(documents.lesson_revisions.find())
    remove_lesson(actor=author, placement=course.placements.get(lesson_id=lesson_id))
    work_off_deletions()
    documents.lesson_revisions.insert_many(revisions)
    assert look(grace=timedelta(days=1)) == {}
    documents.lesson_revisions.update_one({"version": 1}, {"$set": {"created_at": LONG_AGO}})
    assert look(grace=timedelta(days=1))["revision_of_nobody"].examples == [
        f"{lesson_id}, version 1 of 2026-01-01 00:00:00 UTC: this lesson isn't there"
    ]


def test_revisions_whose_lesson_is_being_deleted_are_let_be(course, author, lesson_id, documents):
    remove_lesson(actor=author, placement=course.placements.get(lesson_id=lesson_id))
    documents.lessons.delete_one({"_id": ObjectId(lesson_id)})
    assert look().keys() == {"deletion_due"}


def test_a_revision_whose_lesson_came_back_meanwhile_stays(course, lesson_id):
    keys = [(each.key, each.lesson_id) for batch in inventory.walk_revisions() for each in batch]
    assert len(keys) == 4 and Revisions.of_nobody.mend(keys) == 0
