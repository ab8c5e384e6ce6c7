"""Events that are damaged, or of nobody."""

from datetime import timedelta

import pytest
from bson import Timestamp
from django.utils import timezone

from learnflow import mongo
from telemetry import events
from telemetry.models import TimeSpent
from tests.courses.consistency.conftest import look
from tests.factories import UserFactory, lesson_ids
from tests.telemetry.times import rolled_up, spend

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _furnished_again(documents):
    """An index that has met a damaged document isn't what it was."""
    yield
    documents.course_telemetry.drop()
    events.set_up()


@pytest.mark.parametrize(
    "damage",
    [
        {"lesson_id": "no lesson"},
        {"user_id": "x"},
        {"course_id": 2.5},
        {"started_at": [None]},
        {"ended_at": None},
        {"utc_offset": float("nan")},
        {"claimed": "much"},
        {"arrived": "late"},
    ],
)
def test_a_damaged_event_is_set_aside(studious, documents, damage):
    one = documents.course_telemetry.find_one()
    changed = {**one, **damage, "_id": "damaged"}
    documents.course_telemetry.insert_one(changed, bypass_document_validation=True)
    found = look()
    assert found["event_damaged"].count == 1
    assert found["event_damaged"].examples[0].startswith("damaged: user_id")
    look(repair=True)
    assert look() == {}
    [aside] = documents.set_aside.find()
    assert (aside["collection"], aside["document"]["_id"]) == ("course_telemetry", "damaged")


@pytest.mark.parametrize("seconds", [-1, 0, 30.001, 36_000])
def test_an_event_that_no_page_can_have_sent_is_set_aside(studious, documents, seconds, mends):
    one = documents.course_telemetry.find_one()
    ended = {"ended_at": one["started_at"] + timedelta(seconds=seconds), "_id": "damaged"}
    documents.course_telemetry.insert_one({**one, **ended})
    mends(event_damaged=1)


def test_what_a_damaged_event_counted_is_taken_back(learner, course, documents):
    """Somebody's other fields are damaged: its time was counted until it goes."""
    spend(learner, course, lesson_ids(course)[0], began=timezone.now() - timedelta(minutes=9), seconds=30)
    rolled_up()
    change = {"$set": {"claimed": 7, "arrived": Timestamp(1, 1)}}
    documents.command("collMod", "course_telemetry", validator={})
    documents.course_telemetry.update_one({}, change)
    events.set_up()
    look(repair=True)
    assert look() == {}
    assert not TimeSpent.objects.exists()


def test_events_of_somebody_who_is_gone_go(studious, course, mends):
    gone = UserFactory()
    spend(gone, course, lesson_ids(course)[0], began=timezone.now() - timedelta(minutes=9), seconds=60)
    number = gone.pk
    gone.delete()
    of_nobody = {"created_at": timezone.now() - timedelta(hours=1)}
    mongo.database().course_telemetry.update_many({"user_id": number}, {"$set": of_nobody})
    assert look()["events_of_nobody"].examples == [f"person {number} in course {course.pk}: 2 events"]
    assert look(grace=timedelta(days=1)) == {}
    mends(events_of_nobody=1)
    assert mongo.database().course_telemetry.count_documents({"user_id": number}) == 0
    assert TimeSpent.objects.count() == 4


def test_events_of_a_course_that_is_gone_go(studious):
    one = mongo.database().course_telemetry.find_one()
    long_ago = timezone.now() - timedelta(hours=1)
    mongo.database().course_telemetry.insert_one({**one, "_id": "x", "course_id": 10**6, "created_at": long_ago})
    found = look()
    assert found["events_of_nobody"].examples == [f"person {studious.pk} in course 1000000: 1 events"]
    look(repair=True)
    assert look() == {}


def test_a_collection_of_events_that_is_gone_comes_back(documents, mends):
    documents.course_telemetry.drop()
    mends(collection_missing=1)
    assert "validator" in documents.course_telemetry.options()


def test_an_index_of_events_that_is_gone_comes_back(documents, mends):
    documents.course_telemetry.drop_index("events_in_order_of_arrival")
    mends(index_missing=1)


def test_a_validator_of_events_that_is_gone_comes_back(documents, mends):
    documents.command("collMod", "course_telemetry", validator={})
    mends(validator_missing=1)
