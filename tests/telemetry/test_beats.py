"""Time on a lesson is counted once, by the server's clock; who claims more than it allows gets what it allows."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.db import connection

from accounts.models import RateLimit
from courses.models import Course
from courses.services.enrollment import unenroll
from courses.services.lessons import add_lesson
from courses.services.outline import set_placement
from learnflow import mongo
from telemetry.page_views import begin_page_view
from telemetry.services.beats import BEATS
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids, text_body
from tests.races import at_once

BEGINNING = datetime.now(UTC).replace(microsecond=0)
ID = "6f1a3a52-0d8f-4d0b-9d3e-3f9a8c0d1b2e"


@pytest.fixture
def clock():
    """It is the beginning, and stays so."""
    with time_machine.travel(BEGINNING, tick=False) as clock:
        yield clock


@pytest.fixture
def page(learner, course, clock):
    """A lesson page that the learner opened at the beginning; now it is a minute later."""
    view = view_of(learner, course)
    clock.shift(60)
    return view


def view_of(person, course, number=0):
    return begin_page_view(person=person, course_id=course.pk, lesson_id=lesson_ids(course)[number])


def beat(view, seconds=20, age=0, **changed):
    return {"id": str(uuid4()), "view": view, "seconds": seconds, "age": age} | changed


def send(client, *beats):
    return client.post("/telemetry/beats/", {"beats": json.dumps(beats)})


def events():
    """What stands in MongoDB, in the order of time."""
    with mongo.store() as db:
        return list(db.course_telemetry.find().sort("started_at"))


def intervals(*, beyond=()):
    """From when until when somebody learned, in seconds after the beginning; those `beyond` these events."""
    found = [each for each in events() if each not in beyond]
    return [tuple((each[end] - BEGINNING).total_seconds() for end in ("started_at", "ended_at")) for each in found]


def test_time_on_a_lesson_is_counted(as_learner, learner, course, page):
    sent = beat(page, seconds=20, age=1.5)
    answer = send(as_learner, sent)
    assert answer.status_code == 200 and answer.json() == {"counted": [sent["id"]]}
    [event] = events()
    assert event.pop("arrived").time > 0, "MongoDB says itself when it arrived"
    assert len(event.pop("session")) == 16
    assert event == {
        "_id": f"{learner.pk}:{sent['id']}",
        "user_id": learner.pk,
        "course_id": course.pk,
        "lesson_id": lesson_ids(course)[0],
        "started_at": BEGINNING + timedelta(seconds=38.5),
        "ended_at": BEGINNING + timedelta(seconds=58.5),
        "seconds_spent": 20.0,
        "utc_offset": 0,
        "claimed": {"seconds": 20.0, "age": 1.5},
        "created_at": BEGINNING + timedelta(seconds=60),
    }


def test_the_day_is_that_of_the_learner(as_learner, learner, page):
    learner.time_zone = "Asia/Kolkata"
    learner.save()
    send(as_learner, beat(page))
    assert [event["utc_offset"] for event in events()] == [330]


def test_a_repeat_changes_nothing_and_is_answered_alike(as_learner, page, clock):
    sent = beat(page, seconds=20)
    first = send(as_learner, sent)
    stands = events()
    clock.shift(5)
    assert send(as_learner, sent | {"age": 5}).json() == first.json()
    assert send(as_learner, sent | {"seconds": 30, "age": 9}).json() == first.json()
    assert events() == stands


def test_of_two_with_one_id_in_a_batch_the_first_counts(as_learner, page):
    one = beat(page, seconds=20)
    assert send(as_learner, one, one | {"seconds": 10}).json() == {"counted": [one["id"]]}
    assert [event["seconds_spent"] for event in events()] == [20]


def test_a_batch_counts_each_beat_in_its_place_whatever_their_order(as_learner, learner, course, page):
    other = view_of(learner, course, 1)
    send(as_learner, beat(page, seconds=10, age=10), beat(page, seconds=20, age=30), beat(other, seconds=5, age=-1))
    assert intervals() == [(10, 30), (40, 50)], "the other page began just now"


CLAIMS = [
    ({"seconds": 36_000}, [(30, 60)]),
    ({"seconds": 36_000, "age": 20}, [(10, 40)]),
    ({"seconds": 1e300}, [(30, 60)]),
    ({"seconds": 10**400}, None),
    ({"seconds": 0}, []),
    ({"seconds": -5}, []),
    ({"seconds": -1e300, "age": -1e300}, []),
    ({"seconds": 0.0001}, []),
    ({"seconds": 20, "age": -3_600}, [(40, 60)]),
    ({"seconds": 20, "age": 50}, [(0, 10)]),
    ({"seconds": 20, "age": 60}, []),
    ({"seconds": 20, "age": 1e300}, []),
    ({"seconds": 20, "age": 2**63}, []),
    ({"seconds": float("nan")}, None),
    ({"seconds": float("inf")}, None),
    ({"age": float("-inf")}, None),
    ({"seconds": "20"}, None),
    ({"seconds": True}, None),
    ({"age": False}, None),
    ({"seconds": None}, None),
    ({"seconds": [20]}, None),
    ({"age": {"$gt": 0}}, None),
    ({"id": "1"}, None),
    ({"id": 1}, None),
    ({"id": ID.upper()}, None),
    ({"id": f"{{{ID}}}"}, None),
    ({"id": f"{ID}\n"}, None),
    ({"id": {"$ne": ""}}, None),
    ({"id": "\ud800"}, None),
    ({"view": "\ud800"}, None),
    ({"view": ["view"]}, None),
    ({"view": "1.1.aaaaaaaaaaaaaaaaaaaaaaaa.1.a~b"}, None),
]  # and from when until when it counts; `None`: that isn't a beat


def test_a_claim_is_cut_to_what_the_clock_allows(as_learner, page):
    for claim, counted in CLAIMS:
        before = events()
        answer = send(as_learner, beat(page) | claim)
        assert intervals(beyond=before) == (counted or []), claim
        assert answer.status_code == (400 if counted is None else 200), claim
        assert counted != [] or answer.json() == {"counted": []}
    assert len(events()) == sum(1 for _, counted in CLAIMS if counted)


def test_nothing_is_older_than_a_quarter_of_an_hour(as_learner, page, clock):
    clock.shift(86_400 - 60)
    send(as_learner, beat(page, age=80_000))
    assert intervals() == [(86_400 - 920, 86_400 - 900)]


NO_BATCHES = ["", "[", "{}", "[]", "7", "null", "[null]", "[[]]", '"beats"', '[{"id":', "NaN", "\ufeff[]", "9" * 5_000]
NO_BATCHES += [f"[{'9' * 5_000}]", "[" * 9_000, '{"a":' * 5_000, f"[1{',1' * 9_999}]", f"[{'x' * 50_000}]"]


def test_what_is_no_batch_is_a_bad_request(as_learner):
    for text in NO_BATCHES:
        assert as_learner.post("/telemetry/beats/", {"beats": text}).status_code == 400, text[:100]
    assert as_learner.post("/telemetry/beats/", {}).status_code == 400
    assert events() == []


def test_ten_thousand_beats_are_no_batch(as_learner, page):
    small = {"id": ID, "view": page, "seconds": 1, "age": 0}
    assert send(as_learner, *[small] * 10_000).status_code == 400
    assert send(as_learner, *[small] * 61).status_code == 400
    assert events() == []
    assert send(as_learner, *(beat(page) for _ in range(60))).status_code == 200
    assert len(events()) == 60


def test_what_is_no_beat_keeps_nothing_from_what_is(as_learner, page):
    good = beat(page)
    answer = send(as_learner, None, 7, beat(page, seconds="x"), good, beat(page[:-1]), beat(page + "x"), [good])
    assert answer.json() == {"counted": [good["id"]]} and len(events()) == 1


def test_nobody_counts_with_the_page_of_another(as_learner, sign_in, course, page):
    classmate = UserFactory()
    EnrollmentFactory(user=classmate, course=course)
    assert send(sign_in(classmate), beat(page)).status_code == 404
    assert events() == []
    sent = beat(page)
    mixed = send(as_learner, sent, beat(view_of(classmate, course)))
    assert mixed.json() == {"counted": [sent["id"]]} and len(events()) == 1


def test_an_id_is_ones_own_whoever_else_uses_it(as_learner, learner, sign_in, course, page):
    classmate = UserFactory()
    EnrollmentFactory(user=classmate, course=course)
    theirs = view_of(classmate, course)
    send(as_learner, beat(page, id=ID))
    with time_machine.travel(BEGINNING + timedelta(seconds=90), tick=False):
        assert send(sign_in(classmate), beat(theirs, id=ID)).json() == {"counted": [ID]}
    assert {event["_id"] for event in events()} == {f"{learner.pk}:{ID}", f"{classmate.pk}:{ID}"}


def leave(learner, course):
    unenroll(learner=learner, course=course)


def take_back_the_course(learner, course):
    Course.objects.filter(pk=course.pk).update(is_published=False)


def take_back_the_lesson(learner, course):
    set_placement(actor=course.instructor, placement=course.placements.first(), is_preview=False, is_published=False)


def remove_the_lesson(learner, course):
    course.placements.first().delete()


@pytest.mark.parametrize("happen", [leave, take_back_the_course, take_back_the_lesson, remove_the_lesson])
def test_where_one_may_not_learn_nothing_is_counted(as_learner, learner, course, page, happen):
    happen(learner, course)
    assert send(as_learner, beat(page)).status_code == 404
    assert events() == []


def test_one_lesson_that_is_gone_keeps_nothing_from_another(as_learner, learner, course, page):
    sent, gone = beat(view_of(learner, course, 1), age=-1), beat(page)
    remove_the_lesson(learner, course)
    with time_machine.travel(BEGINNING + timedelta(seconds=90), tick=False):
        assert send(as_learner, gone, sent).json() == {"counted": [sent["id"]]}
    assert len(events()) == 1


def test_a_page_of_a_lesson_elsewhere_counts_nothing(as_learner, learner, course, clock):
    """Enrolled in one course, with a lesson of another: such a page is never made, and wouldn't count."""
    elsewhere = CourseFactory(lessons=1)
    views = [
        begin_page_view(person=learner, course_id=course.pk, lesson_id=lesson_ids(elsewhere)[0]),
        view_of(learner, elsewhere),
        begin_page_view(person=learner, course_id=2**62, lesson_id="a" * 24),
    ]
    clock.shift(60)
    assert send(as_learner, *map(beat, views)).status_code == 404
    assert events() == []


@pytest.mark.parametrize(("role", "status"), [("author", 200), ("admin", 200), ("stranger", 404)])
def test_staff_who_are_enrolled_in_a_draft_learn_in_it(request, sign_in, author, admin, clock, role, status):
    person = request.getfixturevalue(role)
    draft = CourseFactory(instructor=author, lessons=1, is_published=False)
    EnrollmentFactory(user=person, course=draft, actor=admin)
    view = view_of(person, draft)
    clock.shift(60)
    assert send(sign_in(person), beat(view)).status_code == status


def test_an_instructor_elsewhere_sees_no_draft(sign_in, author, admin, clock):
    colleague = CourseFactory(lessons=1).instructor
    draft = CourseFactory(instructor=author, lessons=1, is_published=False)
    EnrollmentFactory(user=colleague, course=draft, actor=admin)
    view = view_of(colleague, draft)
    clock.shift(60)
    assert send(sign_in(colleague), beat(view)).status_code == 404


def test_a_visitor_is_led_to_the_sign_in_page(visitor, page):
    answer = send(visitor, beat(page))
    assert answer.status_code == 302 and answer.url.startswith("/accounts/login/")


def test_a_blocked_person_is_refused(as_learner, learner, page):
    type(learner).objects.filter(pk=learner.pk).update(is_blocked=True, blocked_at=BEGINNING)
    assert send(as_learner, beat(page)).status_code == 403
    assert events() == []


def test_it_takes_only_posts_of_our_own_pages(as_learner, learner, page):
    assert as_learner.get("/telemetry/beats/").status_code == 405
    as_learner.handler.enforce_csrf_checks = True
    assert send(as_learner, beat(page)).status_code == 403
    assert events() == []


def test_without_mongodb_it_is_to_be_sent_again_and_then_counted_once(as_learner, page, clock, mongodb_is_away):
    sent = [beat(page, seconds=20, age=20), beat(page, seconds=20, age=0)]
    with mongodb_is_away():
        for _ in range(3):
            answer = send(as_learner, *sent)
            assert (answer.status_code, answer["Retry-After"], answer.content) == (503, "5", b"")
    assert RateLimit.objects.get(key__startswith="beats").count == 0, "nobody is refused for what we couldn't take"
    clock.shift(600)
    later = [each | {"age": each["age"] + 600} for each in sent]
    assert send(as_learner, *later).json() == send(as_learner, *later).json() == {"counted": [s["id"] for s in sent]}
    assert intervals() == [(20, 40), (40, 60)]


def test_who_sends_more_than_any_page_waits(as_learner, learner, page, clock):
    RateLimit.objects.create(key=BEATS.key(str(learner.pk)), window_start=BEGINNING, count=BEATS.tries - 1)
    assert send(as_learner, beat(page)).status_code == 200
    answer = send(as_learner, beat(page))
    assert answer.status_code == 429 and answer["Retry-After"] == str(86_400 - 60)
    assert len(events()) == 1
    clock.shift(86_400)
    assert send(as_learner, beat(page)).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_from_many_tabs_at_once_counts_once(sign_in, learner, course):
    with time_machine.travel(BEGINNING, tick=False) as clock:
        view = view_of(learner, course)
        clock.shift(60)
        batch = [beat(view, seconds=20, age=20 * number) for number in range(3)]
        answers = at_once([partial(send, sign_in(learner), *batch)] * 6)
    assert {tuple(answer.json()["counted"]) for answer in answers} == {tuple(each["id"] for each in batch)}
    assert intervals() == [(0, 20), (20, 40), (40, 60)]


@pytest.mark.django_db(transaction=True)
def test_only_the_count_of_tries_does_not_wait_for_the_disk(as_learner, learner, course):
    view = view_of(learner, course)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the servers of the tests do without
        with time_machine.travel(timedelta(seconds=30)):
            assert send(as_learner, beat(view)).status_code == 200
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
        cursor.execute("RESET synchronous_commit")


def test_a_page_that_was_open_while_a_lesson_came_counts_there(as_learner, author, course, learner, clock):
    added = add_lesson(actor=author, course=course, body=text_body(title="New"))
    view = begin_page_view(person=learner, course_id=course.pk, lesson_id=added.lesson_id)
    clock.shift(60)
    assert send(as_learner, beat(view)).status_code == 200
