"""One round at a time, whoever begins it, whatever becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from courses.content import progress
from courses.content.progress import get_progress, open_lesson
from courses.models import Enrollment
from courses.services.progress import complete_lesson
from learnflow import mongo
from learnflow.mongo import ContentUnavailable
from telemetry import events
from telemetry.models import Rollup, TimeSpent
from telemetry.services import rollup, rounds, sums
from telemetry.services.rollup import rebuild, roll_up
from telemetry.services.rounds import RoundLost, RoundUnderWay, begun_round
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.races import at_once
from tests.telemetry.times import rolled_up, spend

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


class Killed(BaseException):
    """What a process that is killed doesn't live to see."""


@pytest.fixture(autouse=True)
def _wednesday(time_machine):
    time_machine.move_to(NOON + timedelta(hours=11), tick=False)


def hours_pass():
    """Whoever held the roll-up is taken for dead."""
    Rollup.objects.update(held_until=datetime(2020, 1, 1, tzinfo=UTC))


def total(person):
    return sum(TimeSpent.objects.of(person).values_list("seconds_spent", flat=True))


def told(person, course):
    return (get_progress(user_id=person.pk, course_id=course.pk) or {}).get("total_seconds_spent")


@pytest.mark.usefixtures("db")
def test_no_round_begins_beside_another():
    with begun_round(), pytest.raises(RoundUnderWay):
        rolled_up()
    rolled_up()


@pytest.mark.usefixtures("db")
def test_a_round_that_is_killed_is_taken_for_dead_after_a_while(monkeypatch):
    monkeypatch.setattr(rounds, "FINISH", "UPDATE rollups SET round = round WHERE false AND %s AND id = %s")
    with pytest.raises(Killed), begun_round():
        raise Killed
    with pytest.raises(RoundUnderWay):
        rolled_up()
    hours_pass()
    rolled_up()


@pytest.mark.usefixtures("db")
def test_who_was_taken_for_dead_neither_writes_nor_notes():
    with begun_round() as mine:
        hours_pass()
        with begun_round():
            for act in (mine.hold, lambda: mine.note(7)):
                with pytest.raises(RoundLost):
                    act()
    assert Rollup.objects.get().watermark != 7


def test_a_round_that_stood_still_writes_no_row(learner, course, monkeypatch):
    """It has read its events, stands still for minutes, and wants to write when others have read later ones."""
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    read = rollup.read_sums

    def read_and_stand_still(*which, **also):
        batches = list(read(*which, **also))
        monkeypatch.setattr(rollup, "read_sums", read)
        hours_pass()
        spend(learner, course, lesson_ids(course)[0], began=NOON + timedelta(minutes=2), seconds=30)
        rolled_up()
        return batches

    monkeypatch.setattr(rollup, "read_sums", read_and_stand_still)
    with pytest.raises(RoundLost):
        rolled_up()
    assert (total(learner), told(learner, course)) == (60, 60)


@pytest.mark.parametrize(
    ("module", "door"),
    [
        (events, "find_arrivals"),
        (events, "read_events"),
        (sums, "_write_rows"),
        (sums, "_sum_up"),
        (sums, "write_times"),
        (progress, "_write_times"),
        (rounds.Round, "note"),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_round_that_is_killed_anywhere_is_done_again(learner, course, monkeypatch, module, door, after):
    rolled_up()
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    real = getattr(module, door)

    def broken(*which, **also):
        if after:
            real(*which, **also)
        raise Killed

    with monkeypatch.context() as breaking:
        breaking.setattr(module, door, broken)
        breaking.setattr(rounds, "FINISH", "UPDATE rollups SET round = round WHERE false AND %s AND id = %s")
        with pytest.raises(Killed):
            rolled_up()
    hours_pass()
    rolled_up()
    assert (total(learner), told(learner, course)) == (30, 30)
    assert Enrollment.objects.get(user=learner).seconds_spent == 30


def test_beats_that_arrive_while_a_round_reads_are_of_the_next(learner, course, monkeypatch):
    monkeypatch.setattr(rollup, "OVERLAP", timedelta(0))
    rolled_up()
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    find = rollup.events.find_arrivals

    def find_and_go_on(**which):
        yield from list(find(**which))
        spend(learner, course, lesson_ids(course)[0], began=NOON + timedelta(minutes=1), seconds=30)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(rollup.events, "find_arrivals", find_and_go_on)
        rolled_up()
    rolled_up()
    assert total(learner) == 60


def test_a_round_holds_on_while_it_reads(learner, course, monkeypatch):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    monkeypatch.setattr(rounds, "RENEW_SECONDS", -1)
    Rollup.objects.update(held_until=None)
    rolled_up()
    assert total(learner) == 30


# --- The copy -------------------------------------------------------------------------------------


def test_an_older_round_writes_no_document(learner, course):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rolled_up()
    older = progress.TimesCopy(learner.pk, course.pk, 0, {"a" * 24: 7})
    progress.write_times([older])
    assert told(learner, course) == 30


def test_a_damaged_document_holds_up_no_other(learner, course, documents):
    other = EnrollmentFactory(course=course).user
    open_lesson(user_id=learner.pk, course_id=course.pk, lesson_id=lesson_ids(course)[0])
    documents.progress.update_one({"user_id": learner.pk}, {"$set": {"positions": 7}}, bypass_document_validation=True)
    for person in (learner, other):
        spend(person, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rolled_up()
    assert (told(learner, course), told(other, course)) == (0, 30)


def test_a_document_that_somebody_makes_at_that_moment_gets_its_times(learner, course, documents):
    documents.progress.delete_many({})
    lesson_id = lesson_ids(course)[0]
    spend(learner, course, lesson_id, began=NOON, seconds=30)
    copies = [progress.TimesCopy(learner.pk, course.pk, 7, {lesson_id: 30})]
    open_lesson(user_id=learner.pk, course_id=course.pk, lesson_id=lesson_id)
    assert progress._write_times(copies, NOON, True) == []
    assert progress.write_times(copies) is None
    assert told(learner, course) == 30


@pytest.fixture
def documents(db):
    """The documents as somebody sees them who may do anything to them."""
    owner = mongo.connect(mongo.settings.MONGO_OWNER_URL)
    yield owner.get_default_database()
    owner.close()


# --- At once --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_rounds_and_rebuilds_and_beats_at_once():
    courses = [CourseFactory(lessons=2) for _ in range(2)]
    learners = [UserFactory() for _ in range(3)]
    for learner in learners:
        for course in courses:
            EnrollmentFactory(user=learner, course=course)

    def learn(number):
        for minute in range(6):
            began = NOON + timedelta(minutes=minute, seconds=number)
            course = courses[(minute + number) % 2]
            spend(learners[minute % 3], course, lesson_ids(course)[number % 2], began=began, seconds=30)

    def work(act):
        for _ in range(4):
            try:
                act()
            except (RoundUnderWay, RoundLost):
                pass

    acts = [lambda number=number: learn(number) for number in range(3)]
    acts += [lambda act=act: work(act) for act in (roll_up, roll_up, rebuild)]
    assert [each for each in at_once(acts) if each] == []
    rolled_up()
    assert [total(learner) for learner in learners] == [64, 64, 64]
    assert (rebuild().rows, Rollup.objects.get().held_until) == (0, None)


@pytest.mark.django_db(transaction=True)
def test_somebody_who_completes_lessons_and_is_summed_at_once(learner, course):
    first, second, _third = lesson_ids(course)
    spend(learner, course, first, began=NOON, seconds=30)
    acts = [
        lambda each=each: complete_lesson(learner=learner, course=course, lesson_id=each) for each in (first, second)
    ]
    answers = at_once([*acts, roll_up, lambda: rebuild(patience=timedelta(seconds=30))])
    assert not [each for each in answers if isinstance(each, Exception) and not isinstance(each, RoundUnderWay)]
    enrollment = Enrollment.objects.get(user=learner)
    assert (enrollment.seconds_spent, int(enrollment.progress)) == (30, 66)


def test_an_outage_in_the_middle_leaves_the_document_to_the_next_round(learner, course, monkeypatch):
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)

    def away(copies):
        raise ContentUnavailable

    with monkeypatch.context() as breaking:
        breaking.setattr(sums, "write_times", away)
        with pytest.raises(ContentUnavailable):
            rolled_up()
    assert (total(learner), told(learner, course)) == (30, None)
    rolled_up()
    assert told(learner, course) == 30


def test_the_watermark_grows(learner, course):
    rolled_up()
    before = Rollup.objects.get()
    spend(learner, course, lesson_ids(course)[0], began=NOON, seconds=30)
    rolled_up()
    after = Rollup.objects.get()
    assert (after.watermark > before.watermark, after.round) == (True, before.round + 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT first_progress_version() + round FROM rollups")
        assert get_progress(user_id=learner.pk, course_id=course.pk)["times_version"] == cursor.fetchone()[0]
