"""Progress documents that aren't what PostgreSQL says: lost, old, from the future, contradicting, nobody's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F

from courses.content import progress
from courses.content.consistency import copies
from courses.models import Enrollment, LessonProgress, PendingDeletion
from courses.services.consistency import progress as examined
from courses.services.consistency.progress import ProgressCopies
from courses.services.enrollment import enroll, unenroll
from courses.services.progress import complete_lesson, reopen_lesson
from courses.services.projection import project_lagging
from learnflow.consistency import check
from tests.courses.consistency.conftest import look
from tests.factories import EnrollmentFactory, UserFactory, lesson_ids
from tests.races import wait_until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def neighbors(course, enrollment):
    """People whose progress nobody touches, on both sides of the learner's."""
    return [EnrollmentFactory(course=course, done=done) for done in (0, 1, 3)]


def change(documents, enrollment, **fields):
    key = {"user_id": enrollment.user_id, "course_id": enrollment.course_id}
    assert documents.progress.update_one(key, {"$set": fields}).matched_count == 1


def look_at_documents(**options):
    findings = check([ProgressCopies()], grace=timedelta(0), **options)
    return {each.kind.name: each for each in findings if each.count}


def copy_of(enrollment):
    return progress.get_progress(user_id=enrollment.user_id, course_id=enrollment.course_id)


def assert_agrees(enrollment):
    """The document shows what PostgreSQL says of this enrollment."""
    enrollment.refresh_from_db()
    percents = dict(enrollment.lesson_progress.exclude(progress_percent=0).values_list("lesson_id", "progress_percent"))
    document = copy_of(enrollment)
    assert document["version"] == enrollment.version == enrollment.projected_version
    assert document["lessons"] == percents
    assert document["completed_lessons"] == sorted(each for each, percent in percents.items() if percent == 100)


# --- What differs is found by its name and mended --------------------------------------------------


def test_a_lost_document_is_written_anew(enrollment, neighbors, documents, mends):
    documents.progress.delete_one({"user_id": enrollment.user_id})
    mends(progress_missing=1)
    assert_agrees(enrollment)


def test_all_documents_lost_come_back(enrollment, neighbors, documents, mends):
    documents.progress.delete_many({})
    mends(progress_missing=4)


def test_a_document_of_an_older_backup_is_brought_up_to_date(enrollment, neighbors, documents, mends):
    before = copy_of(enrollment)
    complete_lesson(learner=enrollment.user, course=enrollment.course, lesson_id=lesson_ids(enrollment.course)[1])
    documents.progress.replace_one({"_id": before["_id"]}, before)
    mends(progress_behind=1)
    assert_agrees(enrollment)


def test_a_document_that_a_page_began_after_the_first_was_lost_is_brought_up_to_date(enrollment, documents, mends):
    documents.progress.delete_many({})
    first = lesson_ids(enrollment.course)[0]
    progress.open_lesson(user_id=enrollment.user_id, course_id=enrollment.course_id, lesson_id=first)
    mends(progress_behind=1)
    assert_agrees(enrollment)
    assert copy_of(enrollment)["last_lesson"] == first


def test_a_document_newer_than_postgresql_says_what_was_lost_and_is_kept_aside(enrollment, documents, mends):
    second = lesson_ids(enrollment.course)[1]
    row = Enrollment.objects.filter(pk=enrollment.pk).values().get()
    complete_lesson(learner=enrollment.user, course=enrollment.course, lesson_id=second)
    newer = copy_of(enrollment)
    LessonProgress.objects.filter(lesson_id=second).delete()
    Enrollment.objects.filter(pk=enrollment.pk).update(**row)
    assert second in look()["progress_ahead"].examples[0]
    mends(progress_ahead=1)
    assert_agrees(enrollment)
    kept = documents.set_aside.find_one({"because": "progress_ahead"})
    assert (kept["collection"], kept["document"]) == ("progress", newer)


def test_a_document_of_another_epoch_is_taken_back(enrollment, documents, mends):
    change(documents, enrollment, version=7 << 40)
    mends(progress_ahead=1)
    assert_agrees(enrollment)
    assert enrollment.version < 1 << 40


@pytest.mark.parametrize(
    "fields",
    [{"lessons": {}}, {"completed_lessons": []}, {"lessons": {"f" * 24: 100}, "completed_lessons": ["f" * 24]}],
    ids=["a percent lost", "a completion lost", "another lesson"],
)
def test_a_document_that_says_something_else_is_set_right(enrollment, neighbors, documents, mends, fields):
    change(documents, enrollment, **fields)
    mends(progress_different=1)
    assert_agrees(enrollment)
    assert documents.set_aside.count_documents({"because": "progress_different"}) == 1


def test_what_postgresql_lost_without_a_trace_shows_in_the_document_and_is_kept_aside(enrollment, documents, mends):
    LessonProgress.objects.filter(enrollment=enrollment).delete()
    first = lesson_ids(enrollment.course)[0]
    found = look()
    assert set(found) == {"progress_different", "wrong_progress"}
    assert f"lesson {first} stands at 100 % there and 0 % here" in found["progress_different"].examples[0]
    mends(progress_different=1, wrong_progress=1)
    assert documents.set_aside.find_one()["document"]["completed_lessons"] == [first]


def test_what_only_the_document_knows_survives_its_mending(enrollment, documents, mends):
    first = lesson_ids(enrollment.course)[0]
    progress.remember_position(user_id=enrollment.user_id, course_id=enrollment.course_id, lesson_id=first, seconds=42)
    change(documents, enrollment, lessons={}, attempts={first: [1]})
    mends(progress_different=1)
    document = copy_of(enrollment)
    assert (document["positions"], document["attempts"]) == ({first: 42}, {first: [1]})


def test_a_mark_that_is_too_high_hides_nothing(enrollment, documents, mends):
    Enrollment.objects.filter(pk=enrollment.pk).update(projected_version=enrollment.version + 1_000)
    mends(progress_behind=1)
    assert_agrees(enrollment)
    complete_lesson(learner=enrollment.user, course=enrollment.course, lesson_id=lesson_ids(enrollment.course)[1])
    assert_agrees(enrollment)


def test_a_cancelled_enrollment_keeps_its_document(enrollment, documents, mends):
    unenroll(learner=enrollment.user, course=enrollment.course)
    assert look() == {}
    documents.progress.delete_many({})
    mends(progress_missing=1)


def test_what_waits_for_its_document_is_written(enrollment, course, mongodb_is_away, mends):
    with mongodb_is_away():
        complete_lesson(learner=enrollment.user, course=course, lesson_id=lesson_ids(course)[1])
    mends(progress_waiting=1)
    assert_agrees(enrollment)


def test_several_damages_at_once_are_told_apart(course, neighbors, enrollment, documents, mends):
    lost, old, newer = neighbors
    documents.progress.delete_one({"user_id": lost.user_id})
    change(documents, old, version=0)
    change(documents, newer, version=newer.version + 5)
    change(documents, enrollment, lessons={})
    documents.progress.insert_one({**copy_of(old), "_id": None, "user_id": 10**6, "updated_at": LONG_AGO})
    mends(progress_missing=1, progress_behind=1, progress_ahead=1, progress_different=1, progress_of_nobody=1)
    for each in (*neighbors, enrollment):
        assert_agrees(each)


def test_the_report_says_what_both_say(course, enrollment, neighbors, documents):
    lost, old, _ = neighbors
    documents.progress.delete_one({"user_id": lost.user_id})
    change(documents, old, version=0)
    found = {name: each.examples for name, each in look().items()}
    assert found == {
        "progress_missing": [
            f"enrollment {lost.pk} (person {lost.user_id} in “{course.title}”): "
            "no document, and version 0.1 was noted as written"
        ],
        "progress_behind": [
            f"enrollment {old.pk} (person {old.user_id} in “{course.title}”): "
            "the document shows version 0.0, and 0.2 was noted as written"
        ],
    }


# --- Documents of nobody ---------------------------------------------------------------------------


@pytest.fixture
def nobodys(enrollment, documents):
    """The document of a stranger who isn't enrolled, written long ago; its place among the others is the last."""
    stranger = UserFactory()
    document = {**copy_of(enrollment), "user_id": stranger.pk, "updated_at": LONG_AGO}
    del document["_id"]
    documents.progress.insert_one(document)
    return stranger


def left(documents, person):
    return documents.progress.count_documents({"user_id": person.pk})


def test_an_old_document_of_nobody_goes_and_is_kept_aside(nobodys, enrollment, documents, mends):
    done = lesson_ids(enrollment.course)[0]
    assert look()["progress_of_nobody"].examples == [
        f"person {nobodys.pk} in course {enrollment.course_id}: no enrollment; "
        f"written at 2026-01-01 00:00:00 UTC, version 0.2, completed lessons: {done}"
    ]
    mends(progress_of_nobody=1)
    assert left(documents, nobodys) == 0
    assert documents.set_aside.find_one({})["document"]["user_id"] == nobodys.pk
    assert_agrees(enrollment)


@pytest.mark.parametrize("user_id", [-(2**62), -1, 0, 2**31, 2**62])
def test_a_document_of_somebody_who_cannot_be_goes(enrollment, documents, mends, user_id):
    copy = copy_of(enrollment)
    del copy["_id"]
    documents.progress.insert_one({**copy, "user_id": user_id, "updated_at": LONG_AGO})
    mends(progress_of_nobody=1)


def test_a_young_document_of_nobody_is_left_alone(nobodys, documents):
    yesterday = {"$set": {"updated_at": datetime.now(UTC) - timedelta(hours=23)}}
    documents.progress.update_one({"user_id": nobodys.pk}, yesterday)
    assert look(repair=True, grace=timedelta(days=1)) == {}
    assert "progress_of_nobody" in look(grace=timedelta(hours=22))


def test_a_document_whose_deletion_is_promised_is_left_to_it(nobodys, course):
    promise = PendingDeletion.objects.create(
        collection="progress", filter={"user_id": nobodys.pk}, due_at=datetime.now(UTC) + timedelta(days=1)
    )
    assert look() == {}
    promise.delete()
    assert look().keys() == {"progress_of_nobody"}


def test_a_document_whose_person_enrolls_before_it_goes_stays(nobodys, course, documents):
    keys = [each.key for each in ProgressCopies().find(grace=timedelta(0), advance=lambda number: None)]
    assert enroll(learner=nobodys, course=course)
    assert examined.OF_NOBODY.mend(keys) == 0
    assert left(documents, nobodys) == 1


def test_a_document_that_is_written_to_before_it_goes_stays(nobodys, course, documents):
    keys = [each.key for each in ProgressCopies().find(grace=timedelta(0), advance=lambda number: None)]
    progress.open_lesson(user_id=nobodys.pk, course_id=course.pk, lesson_id=lesson_ids(course)[0])
    assert examined.OF_NOBODY.mend(keys) == 0
    assert left(documents, nobodys) == 1


def test_nobody_enrolls_while_their_document_goes(nobodys, course, documents, monkeypatch):
    """Who enrolls in that moment waits, and has a document of their own afterwards."""
    take_away, threads = copies.take_away, ThreadPoolExecutor(1)

    def enroll_in_their_own_thread():
        try:
            return enroll(learner=nobodys, course=course)
        finally:
            connection.close()

    def take_away_slowly(found, *, because):
        enrolling.append(threads.submit(enroll_in_their_own_thread))
        wait_until_somebody_waits()
        return take_away(found, because=because)

    enrolling = []
    monkeypatch.setattr(copies, "take_away", take_away_slowly)
    assert look(repair=True)["progress_of_nobody"].mended == 1
    assert enrolling[0].result(timeout=20) is True
    threads.shutdown()
    assert look() == {}
    assert_agrees(Enrollment.objects.get(user=nobodys))


# --- The walk -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [1, 2, 3, 5])
def test_nothing_is_missed_between_two_pages(course, enrollment, neighbors, documents, monkeypatch, mends, page):
    monkeypatch.setattr(examined, "PAGE", page)
    strays = [(0, 1), (0, 2), (0, 3), (enrollment.user_id, 0), (enrollment.user_id, 10**6), (10**6, 1), (10**6, 2)]
    copy = copy_of(enrollment)
    del copy["_id"]
    documents.progress.insert_many(
        {**copy, "user_id": user, "course_id": number, "updated_at": LONG_AGO} for user, number in strays
    )
    documents.progress.delete_one({"user_id": neighbors[-1].user_id})
    mends(progress_of_nobody=len(strays), progress_missing=1)
    for each in (enrollment, *neighbors):
        assert_agrees(each)


def test_no_more_than_a_page_is_in_memory(enrollment, neighbors, monkeypatch):
    monkeypatch.setattr(examined, "PAGE", 2)
    sizes = [(len(homes), len(found)) for homes, found in examined._pages()]
    assert max(sizes) == (2, 2)
    assert sum(homes for homes, _found in sizes) == sum(found for _homes, found in sizes) == 4


def test_a_clean_page_costs_one_question_to_each_store(
    enrollment, neighbors, monkeypatch, mongo_commands, django_assert_num_queries
):
    monkeypatch.setattr(examined, "PAGE", 2)
    with mongo_commands() as sent, django_assert_num_queries(3):
        assert list(ProgressCopies().find(grace=timedelta(0), advance=lambda number: None)) == []
    assert sent == ["find progress"] * 3  # two pages, and one that finds the end


def test_illegible_documents_are_left_to_their_validator(enrollment, documents):
    documents.command("collMod", "progress", validationLevel="off")
    try:
        change(documents, enrollment, lessons="all of them", version="the newest")
    finally:
        documents.command("collMod", "progress", validationLevel="strict")
    assert look().keys() == {"invalid_progress"}


# --- Beside people who learn ----------------------------------------------------------------------


def test_mending_beside_a_learner_loses_nothing(course, enrollment, neighbors, documents):
    """The document is damaged and mended, again and again, while its learner goes on."""
    damages = [{"version": 9 << 40}, {"lessons": {}}, {"version": -1}] * 4
    stopped = []

    def learn():
        try:
            is_first = True
            while is_first or not stopped:
                is_first = False
                for act in (complete_lesson, reopen_lesson):
                    for lesson_id in lesson_ids(course):
                        act(learner=enrollment.user, course=course, lesson_id=lesson_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        learning = [threads.submit(learn) for _ in range(2)]
        try:
            for damage in damages:
                change(documents, enrollment, **damage)
                look_at_documents(repair=True)
        finally:
            stopped.append(True)
        [each.result() for each in learning]
    project_lagging()  # a request that had no time for its copy
    look(repair=True)
    assert look() == {}
    for each in (enrollment, *neighbors):
        assert_agrees(each)


def test_who_acts_between_two_readings_is_looked_at_again(enrollment, course, documents, monkeypatch):
    """The document is read before the act, its home after it: what differs then is no difference."""
    get_copies, waiting = copies.get_copies, lesson_ids(course)[1:]

    def read_and_act(keys):
        found = get_copies(keys)
        if waiting:
            complete_lesson(learner=enrollment.user, course=course, lesson_id=waiting.pop())
        return found

    change(documents, enrollment, lessons={})
    monkeypatch.setattr(copies, "get_copies", read_and_act)
    assert look() == {}
    assert waiting == []


def test_who_never_stops_acting_is_let_be(enrollment, course, documents, monkeypatch):
    get_copies = copies.get_copies

    def read_and_act(keys):
        found = get_copies(keys)
        Enrollment.objects.update(version=F("version") + 1)
        return found

    change(documents, enrollment, lessons={})
    monkeypatch.setattr(copies, "get_copies", read_and_act)
    assert look_at_documents() == {}
