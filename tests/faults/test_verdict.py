"""The judge is no easy one: each way of breaking the promise, written into a journal or a picture, is named."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.faults import verdict
from tests.faults.agreement import differences, seconds_of
from tests.faults.journal import Belief, Entry, Journal, Outcome
from tests.faults.picture import Course, Picture

LESSON, OTHER = "a" * 24, "b" * 24
DONE = ("progress", "lee", "weaving", LESSON)
TEXT = ("text", LESSON)
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
BEAT = ("beat", "lee", "id", str(MORNING.timestamp()))
ACKNOWLEDGED, REFUSED, UNKNOWN = Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.UNKNOWN


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal.jsonl")


@pytest.fixture
def did(journal):
    """`did(1, "complete", ACKNOWLEDGED)`: Lee's act number 1 and how it ended; what it made true is believed."""

    def note(number, act, *outcomes, thing=DONE, value=True, ended=0.1):
        for outcome in outcomes:
            journal.note(Entry("lee", number, act, thing, value, 0.0, ended, outcome, 302))
        if ACKNOWLEDGED in outcomes:
            journal.beliefs[thing] = Belief([value])

    return note


@pytest.fixture
def picture():
    """Lee has completed one lesson of two, in 25 seconds; both stores say so."""
    course = SimpleNamespace(id=1, duration_minutes=20, outline_version=3, settled_version=3, enrollment_count=1)
    enrollment = SimpleNamespace(
        id=5, user_id=7, course_id=1, status="active", progress=50, version=4, projected_version=4, seconds_spent=25
    )
    copy = {"version": 4, "lessons": {LESSON: 100}, "completed_lessons": [LESSON]}
    copy |= {"lesson_times": {LESSON: 25}, "total_seconds_spent": 25}
    return Picture(
        people={"lee": 7},
        courses={"weaving": Course(course, [[2, [LESSON, OTHER]]], positions=[1, 2], section_positions=[1])},
        enrollments={(7, 1): enrollment},
        percents={5: {LESSON: 100}},
        audit=[row(1, "lesson_completed", "lee/1")],
        lessons={LESSON: lesson("new", 2), OTHER: lesson("other", 1)},
        revisions={LESSON: {1: lesson("old", 1)}, OTHER: {}},
        progress={(7, 1): copy},
        events={"7:id": event("7:id", 0, 20), "7:other": event("7:other", 10, 25.5)},
        seconds={(7, 1, LESSON, MORNING.date()): 25},
    )


def event(key, begun, ended):
    """On the lesson, from so many until so many seconds after nine."""
    times = {"started_at": MORNING + timedelta(seconds=begun), "ended_at": MORNING + timedelta(seconds=ended)}
    return {"_id": key, "user_id": 7, "course_id": 1, "lesson_id": LESSON, "utc_offset": 0, **times}


def row(number, action, browser):
    return SimpleNamespace(id=number, user_id=7, action=action, resource_id=LESSON, browser=browser)


def lesson(word, version):
    text = {"markdown": f"The thread {word} is drawn *once*."}
    return {"title": f"Lesson {word}", "content": text, "version": version, "duration": 10}


def kinds(journal, picture):
    return {loss.kind for loss in verdict.losses(journal, picture)}


def test_site_that_kept_its_word_has_lost_nothing(journal, did, picture):
    did(1, "complete", UNKNOWN, ACKNOWLEDGED)
    did(2, "edit", ACKNOWLEDGED, thing=TEXT, value="new")
    picture.audit.append(row(2, "lesson_changed", "lee/2"))
    assert kinds(journal, picture) == set()
    assert list(differences(picture, set())) == []


def test_completion_that_is_gone_is_lost(journal, did, picture):
    did(1, "complete", ACKNOWLEDGED)
    picture.percents[5].clear()
    assert kinds(journal, picture) == {verdict.LOST}


def test_completion_without_its_audit_row_is_lost(journal, did, picture):
    did(1, "complete", ACKNOWLEDGED)
    picture.audit.clear()
    assert kinds(journal, picture) == {verdict.LOST}


def test_act_without_an_answer_may_be_done_or_not(journal, did, picture):
    did(1, "complete", UNKNOWN)
    journal.beliefs[DONE] = Belief([False, True])
    assert kinds(journal, picture) == set()
    picture.audit.clear()
    picture.percents[5].clear()
    assert kinds(journal, picture) == set()


def test_completion_of_two_audit_rows_is_done_twice(journal, did, picture):
    did(1, "complete", ACKNOWLEDGED)
    picture.audit.append(row(2, "lesson_completed", "lee/1"))
    assert kinds(journal, picture) == {verdict.TWICE}


def test_refused_act_that_was_done_is_named(journal, did, picture):
    did(1, "complete", REFUSED)
    assert kinds(journal, picture) == {verdict.REFUSED_YET_DONE}


def test_later_act_before_an_earlier_one_is_disorder(journal, did, picture):
    did(1, "undo", ACKNOWLEDGED, value=False)
    did(2, "complete", ACKNOWLEDGED)
    picture.audit[:] = [row(1, "lesson_completed", "lee/2"), row(2, "lesson_reopened", "lee/1")]
    assert kinds(journal, picture) == {verdict.DISORDER}


def test_text_that_no_version_has_is_lost(journal, did, picture):
    did(1, "edit", ACKNOWLEDGED, thing=TEXT, value="mine")
    did(2, "edit", UNKNOWN, thing=TEXT, value="new")
    journal.beliefs[TEXT] = Belief(["mine", "new"])
    picture.audit[:] = [row(1, "lesson_changed", "lee/1")]
    assert kinds(journal, picture) == {verdict.LOST}


def test_text_of_two_versions_is_done_twice(journal, did, picture):
    did(1, "edit", ACKNOWLEDGED, thing=TEXT, value="new")
    picture.revisions[LESSON][1] = lesson("new", 1)
    picture.audit[:] = [row(1, "lesson_changed", "lee/1")]
    assert kinds(journal, picture) == {verdict.TWICE}


@pytest.fixture
def heard(did):
    """Both beats were told and acknowledged, the first one at the second sending."""
    did(3, "beat", UNKNOWN, ACKNOWLEDGED, thing=BEAT, ended=MORNING.timestamp() + 30)
    did(4, "beat", ACKNOWLEDGED, thing=("beat", "lee", "other", BEAT[3]), ended=MORNING.timestamp() + 30)


def test_beats_that_stand_as_they_were_told_are_no_loss(heard, journal, picture):
    assert kinds(journal, picture) == set()


def test_acknowledged_beat_that_is_gone_is_lost(heard, journal, picture):
    del picture.events["7:id"]
    assert kinds(journal, picture) == {verdict.LOST}


@pytest.mark.parametrize(("begun", "ended"), [(-0.1, 20), (10, 46), (20, 10), (0, 30.1)])
def test_beat_beyond_the_clock_is_named(heard, journal, picture, begun, ended):
    picture.events["7:id"] = event("7:id", begun, ended)
    assert kinds(journal, picture) == {verdict.BEYOND}


def test_beat_that_nobody_told_is_named(heard, journal, picture):
    picture.events["7:twice"] = event("7:twice", 0, 20)
    assert kinds(journal, picture) == {verdict.BEYOND}


def test_seconds_are_those_of_the_persons_day_and_count_once():
    events = [event("7:a", 0, 20), event("7:b", 5, 25), event("7:c", 40, 41.9)]
    assert seconds_of(events) == {(7, 1, LESSON, date(2026, 3, 2)): 26}
    late = [each | {"utc_offset": 15 * 60 - 1} for each in (event("7:a", 40, 65), event("7:b", 50, 62))]
    assert seconds_of(late) == {(7, 1, LESSON, date(2026, 3, 2)): 20, (7, 1, LESSON, date(2026, 3, 3)): 5}


def test_texts_in_the_wrong_order_are_disorder(journal, did, picture):
    did(1, "edit", ACKNOWLEDGED, thing=TEXT, value="new")
    did(2, "edit", ACKNOWLEDGED, thing=TEXT, value="old")
    journal.beliefs[TEXT] = Belief(["new"])
    picture.audit[:] = [row(1, "lesson_changed", "lee/1"), row(2, "lesson_changed", "lee/2")]
    assert kinds(journal, picture) == {verdict.DISORDER}


@pytest.mark.parametrize(
    "damage",
    [
        lambda picture: picture.progress.clear(),
        lambda picture: picture.progress[7, 1].update(version=3),
        lambda picture: picture.progress[7, 1].update(lessons={}),
        lambda picture: picture.progress[7, 1].update(completed_lessons=[]),
        lambda picture: picture.progress.update({(8, 1): {}}),
        lambda picture: setattr(picture.enrollments[7, 1], "projected_version", 3),
        lambda picture: setattr(picture.enrollments[7, 1], "progress", 49),
        lambda picture: setattr(picture.enrollments[7, 1], "seconds_spent", 26),
        lambda picture: picture.progress[7, 1].update(lesson_times={}),
        lambda picture: picture.progress[7, 1].update(total_seconds_spent=26),
        lambda picture: picture.events.pop("7:other"),
        lambda picture: picture.seconds.clear(),
        lambda picture: picture.seconds.update({(8, 1, LESSON, MORNING.date()): 1}),
        lambda picture: setattr(picture.courses["weaving"].row, "duration_minutes", 21),
        lambda picture: setattr(picture.courses["weaving"].row, "settled_version", 2),
        lambda picture: setattr(picture.courses["weaving"].row, "enrollment_count", 2),
        lambda picture: picture.courses["weaving"].positions.reverse(),
        lambda picture: picture.courses["weaving"].section_positions.append(3),
        lambda picture: picture.courses["weaving"].outline.clear(),
        lambda picture: picture.lessons.pop(OTHER),
        lambda picture: picture.revisions[LESSON].clear(),
        lambda picture: picture.revisions[LESSON].update({2: lesson("newer", 2)}),
        lambda picture: picture.revisions.update({"c" * 24: {1: lesson("gone", 1)}}),
    ],
)
def test_second_opinion_sees_every_difference(picture, damage):
    damage(picture)
    assert list(differences(picture, set()))


def test_half_added_lesson_is_no_difference(picture):
    picture.lessons["c" * 24] = lesson("half", 1)
    picture.revisions["c" * 24] = {}
    assert list(differences(picture, set()))
    assert list(differences(picture, {"c" * 24})) == []
