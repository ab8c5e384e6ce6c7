"""What a page couldn't tell the server is kept in the browser, and told when the server is back: nobody is bothered."""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from courses.content import progress
from courses.services.lessons import add_lesson
from tests.browser.conftest import STORES
from tests.browser.test_accessibility import problems
from tests.factories import lesson_ids, video_body
from tests.proxies import door_before
from tests.sites import running_site

pytestmark = pytest.mark.django_db(transaction=True)

LONGEST_WAIT = 20
MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
KEPT = "Object.keys(localStorage).filter(name => name.startsWith('outbox:')).length"
WATCH = """seconds => {
    const player = document.querySelector("video");
    player.currentTime = seconds;
    for (const name of ["timeupdate", "pause"]) player.dispatchEvent(new Event(name));
}"""


@pytest.fixture(scope="module")
def door(django_db_setup):
    with door_before(os.environ["MONGO_URL"]) as door:
        yield door


@pytest.fixture(scope="module")
def site(door, tmp_path_factory):
    """The address of a site whose way to MongoDB leads through the door."""
    stores = {name: os.environ[name] for name in STORES} | {"MONGO_URL": door.url(os.environ["MONGO_URL"])}
    with running_site(stores, tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture
def film(course, author):
    """The address of a lesson with a film of our own; nothing is to be seen in it."""
    body = video_body(url="")
    body["content"]["file"] = "lessons/film.mp4"
    add_lesson(actor=author, course=course, body=body)
    return f"/courses/weaving/lessons/{lesson_ids(course)[-1]}/"


@pytest.fixture
def outage(site, door):
    """`outage.begin()` shuts the door to MongoDB, `outage.end()` returns when the site has found it open again."""

    def end():
        door.open()
        until(lambda: json.load(urlopen(f"{site}/readyz"))["mongodb"]["ok"])

    yield SimpleNamespace(begin=door.shut, end=end)
    end()


def until(is_so):
    deadline = time.monotonic() + LONGEST_WAIT
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def positions(learner, course):
    """Where the learner's films stopped, by lesson, as MongoDB knows."""
    return (progress.get_progress(user_id=learner.pk, course_id=course.pk) or {}).get("positions", {})


def is_told(response):
    return response.url.endswith("/position/")


def watch(page, seconds):
    """Watch until there; the status with which the server took it."""
    with page.expect_response(is_told) as answer:
        page.evaluate(WATCH, seconds)
    return answer.value.status


def test_a_position_is_told_and_not_kept(open_browser, film, course, learner):
    page = open_browser(learner)
    page.goto(film)
    assert watch(page, 42) == 204 and positions(learner, course) == {film[-25:-1]: 42}
    page.wait_for_function(f"{KEPT} === 0")


def test_whoever_leaves_is_remembered_where_they_were(open_browser, film, course, learner):
    page = open_browser(learner)
    page.goto(film)
    watch(page, 42)
    page.evaluate("""() => {
        const player = document.querySelector("video");
        player.currentTime = 57;
        player.dispatchEvent(new Event("timeupdate"));
    }""")
    assert positions(learner, course) == {film[-25:-1]: 42}, "it was told less than ten seconds ago"
    page.goto("/courses/weaving/")
    until(lambda: positions(learner, course) == {film[-25:-1]: 57})


def test_what_the_server_could_not_take_is_told_when_it_can(open_browser, film, course, learner, outage):
    page = open_browser(learner)
    page.clock.install(time=MORNING)
    page.goto(film)
    page.clock.pause_at(MORNING + timedelta(hours=1))
    outage.begin()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if is_told(request) else None)
    assert watch(page, 42) == 503
    for seconds in range(43, 60):
        page.evaluate(WATCH, seconds)
    assert len(asked) == 1, "it doesn't ask again before the time that the server named"
    assert page.get_by_role("alert").count() == 0
    outage.end()
    with page.expect_response(is_told) as answer:
        page.clock.fast_forward(10_000)
    assert answer.value.status == 204 and positions(learner, course) == {film[-25:-1]: 59}
    page.wait_for_function(f"{KEPT} === 0")


def test_the_next_page_goes_on_from_what_this_one_could_not_tell(open_browser, film, course, learner, outage):
    page = open_browser(learner)
    page.goto(film)
    outage.begin()
    assert watch(page, 42) == 503
    page.reload()
    expect(page.get_by_text("unavailable for the moment")).to_be_visible()
    assert problems(page, film) == []
    page.goto("about:blank")  # else this page tells it
    outage.end()
    with page.expect_response(is_told) as answer:
        page.goto(film)
        assert page.evaluate("document.querySelector('video').currentTime") == 42
    assert answer.value.status == 204 and positions(learner, course) == {film[-25:-1]: 42}


def test_with_the_network_back_it_is_told_at_once(open_browser, film, course, learner):
    page = open_browser(learner)
    page.goto(film)
    page.context.set_offline(True)
    page.evaluate(WATCH, 42)
    page.wait_for_function(f"{KEPT} === 1")
    with page.expect_response(is_told) as answer:
        page.context.set_offline(False)
    assert answer.value.status == 204 and positions(learner, course) == {film[-25:-1]: 42}


def test_a_browser_without_room_tells_the_latest_all_the_same(open_browser, film, course, learner):
    page = open_browser(learner)
    page.goto(film)
    page.context.set_offline(True)
    page.evaluate(WATCH, 42)
    page.wait_for_function(f"{KEPT} === 1")
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    page.evaluate(WATCH, 43)
    with page.expect_response(is_told) as answer:
        page.context.set_offline(False)
    assert answer.value.status == 204 and positions(learner, course) == {film[-25:-1]: 43}


def leave_behind(page, person, film, *, seconds, hours=0):
    """What a page of this person couldn't tell, so many hours ago."""
    letter = {"url": f"{film}position/", "fields": {"seconds": seconds}, "at": (time.time() - hours * 3600) * 1000}
    page.goto("/healthz")
    page.evaluate(
        "([name, letter]) => localStorage.setItem(name, letter)",
        [f"outbox:{person.pk}:{film}position/", json.dumps(letter)],
    )


def test_nobody_tells_what_another_person_watched(open_browser, film, course, learner, stranger):
    page = open_browser(learner)
    leave_behind(page, learner, film, seconds=41)
    leave_behind(page, stranger, "/elsewhere/", seconds=99)
    with page.expect_response(is_told) as answer:
        page.goto(film)
    assert answer.value.url.endswith(f"{film}position/") and positions(learner, course) == {film[-25:-1]: 41}
    assert watch(page, 42) == 204
    page.wait_for_function(f"{KEPT} === 1")


def test_what_is_a_day_old_is_forgotten(open_browser, film, course, learner):
    page = open_browser(learner)
    leave_behind(page, learner, film, seconds=41, hours=25)
    page.goto(film)
    page.wait_for_function(f"{KEPT} === 0")
    assert watch(page, 7) == 204 and positions(learner, course) == {film[-25:-1]: 7}
