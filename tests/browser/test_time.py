"""Time on a lesson, in a real browser: what counts is what one sees and uses, and what is counted is what happened."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
import time_machine

from accounts.models import User
from courses.models import Enrollment
from courses.services.lessons import add_lesson
from learnflow import mongo
from telemetry.models import TimeSpent
from telemetry.page_views import begin_page_view, read_page_view
from telemetry.services.rollup import roll_up
from tests.browser.tabs import Window
from tests.factories import lesson_ids, video_body
from tests.signing_in import session_key_of

pytestmark = pytest.mark.django_db(transaction=True)

MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
BEATS, LESSONS = re.compile(r"/telemetry/beats/$"), re.compile(r"/lessons/[0-9a-f]{24}/$")
VIEW = re.compile(r'(?<=data-view=")[^"]+')
LONGEST_WAIT = 15
KEPT = "Object.keys(localStorage).filter(name => name.startsWith('beat:')).length"
# When the page was there, seen, hidden and left, by the clock of this machine, which is the server's as well.
RECORD = """
    const note = (what) => {
        const noted = JSON.parse(sessionStorage.getItem("noted") ?? "[]");
        sessionStorage.setItem("noted", JSON.stringify([...noted, [what, Date.now()]]));
    };
    addEventListener("DOMContentLoaded", () => note("there"));
    document.addEventListener("visibilitychange", () => note(document.visibilityState));
    addEventListener("pagehide", () => note("left"));
"""
# How many answers the page waits for: they take no time while the test moves the clock.
COUNT_QUESTIONS = """
    window.asked = 0;
    const { fetch } = window;
    window.fetch = (...how) => {
        window.asked += 1;
        return fetch(...how).finally(() => (window.asked -= 1));
    };
"""


@pytest.fixture
def lesson(course):
    """The address of a lesson."""
    return f"/courses/weaving/lessons/{lesson_ids(course)[0]}/"


@pytest.fixture
def window(chromium, site, learner):
    """A window of the learner's."""
    window = Window(chromium, site, {"sessionid": session_key_of(learner)}, RECORD)
    yield window
    window.close()


def events():
    """What was counted, in the order of time."""
    with mongo.store() as db:
        return list(db.course_telemetry.find().sort("started_at"))


def until(is_so):
    deadline = time.monotonic() + LONGEST_WAIT
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def seen_of(noted):
    """(from when, until when) the first page was seen, in seconds since 1970."""
    spans, begun = [], None
    for what, at in noted:
        if what in ("there", "visible"):
            begun = begun or at
        elif begun:
            spans.append((begun / 1000, at / 1000))
            begun = None
        if what == "left":
            break
    return spans


def test_a_learner_stays_switches_tabs_goes_offline_comes_back_and_leaves(window, lesson, learner, course):
    tab = window.open(lesson)
    time.sleep(2)
    other = window.open("/healthz")
    until(lambda: len(events()) == 1)
    time.sleep(1)
    tab.show()
    tab.set_offline(True)
    time.sleep(2)
    other.show()
    tab.wait_for(f"{KEPT} === 1")
    time.sleep(1)
    assert len(events()) == 1, "nobody could be told"
    tab.set_offline(False)
    until(lambda: len(events()) == 2)
    tab.show()
    time.sleep(1)
    tab.go("/courses/weaving/")
    until(lambda: len(events()) == 3)
    spans = seen_of(json.loads(tab.evaluate("sessionStorage.getItem('noted')")))
    assert len(spans) == 3
    for event, (begun, ended) in zip(events(), spans, strict=True):
        assert event["seconds_spent"] == pytest.approx(ended - begun, abs=0.5)
        assert event["started_at"].timestamp() == pytest.approx(begun, abs=3), "as late as it was heard"
    roll_up()
    counted = int(covered(events()))
    assert counted == pytest.approx(sum(ended - begun for begun, ended in spans), abs=2)
    assert TimeSpent.objects.of(learner).get().seconds_spent == counted
    assert Enrollment.objects.get(user=learner, course=course).seconds_spent == counted


def a_day_earlier(found):
    """The same page view, begun a day ago."""
    view = read_page_view(found[0])
    with time_machine.travel(-timedelta(days=1)):
        return begin_page_view(person=User(view.person_id), course_id=view.course_id, lesson_id=view.lesson_id)


def covered(events):
    """Seconds in which at least one of these events lies."""
    total, end = 0.0, datetime.min.replace(tzinfo=UTC)
    for event in events:
        total += max((event["ended_at"] - max(event["started_at"], end)).total_seconds(), 0)
        end = max(event["ended_at"], end)
    return total


class Reading:
    """A lesson page whose clock the test moves, what it tells, and what it is answered; at first nobody uses it.

    The page was opened a day ago, so that the server has room for what its clock says.
    """

    def __init__(self, page, path):
        self.page = page
        self.told = []
        self.answer = None
        page.clock.install(time=MORNING)
        page.add_init_script(COUNT_QUESTIONS)
        page.route(LESSONS, self._show)
        page.route(BEATS, self._hear)
        page.goto(path)
        page.clock.pause_at(MORNING + timedelta(hours=1))
        self.settle()
        self.told.clear()

    def _show(self, route):
        response = route.fetch()
        route.fulfill(response=response, body=VIEW.sub(a_day_earlier, response.text()))

    def _hear(self, route):
        self.told.append(json.loads(parse_qs(route.request.post_data)["beats"][0]))
        if self.answer is None:
            route.continue_()
        elif self.answer == "offline":
            route.abort("internetdisconnected")
        else:
            route.fulfill(status=self.answer, headers={"Retry-After": "5"})

    def use(self):
        self.page.keyboard.press("Shift")

    def scroll(self):
        self.page.set_viewport_size({"width": 800, "height": 300})
        self.page.evaluate("""() => new Promise((done) => {
            addEventListener("scroll", done, { once: true });
            scrollTo({ top: 200, behavior: "instant" });
        })""")

    def run(self, seconds):
        """Let so much time pass."""
        for passed in range(0, seconds, 5):
            self.page.clock.run_for(1_000 * min(seconds - passed, 5))
            until(lambda: self.page.evaluate("asked") == 0)

    def settle(self):
        """Until nothing is kept in the browser."""
        until(lambda: self.kept == 0)

    @property
    def kept(self):
        return self.page.evaluate(KEPT)

    @property
    def beats(self):
        """What was told last of each beat."""
        return list({beat["id"]: beat for batch in self.told for beat in batch}.values())

    @property
    def seconds(self):
        return pytest.approx(sum(beat["seconds"] for beat in self.beats))


@pytest.fixture
def read(open_browser, learner, lesson):
    """`read()`: the learner opens a lesson, and does nothing yet."""
    return lambda path=lesson: Reading(open_browser(learner), path)


def test_who_reads_is_counted_until_a_minute_after_they_last_moved(read):
    reading = read()
    for act in (reading.use, reading.scroll, lambda: reading.page.mouse.move(300, 150)):
        act()
        reading.run(50)
    reading.run(300)
    reading.settle()
    assert reading.seconds == 100 + 60
    assert all(beat["seconds"] <= 21 for beat in reading.beats)
    assert sorted(beat["seconds"] for beat in reading.beats)[1] >= 15, "only the last is shorter"
    reading.use()
    reading.run(100)
    reading.settle()
    assert reading.seconds == 160 + 60
    assert len(events()) == len(reading.beats), "each stands once, in as much of the clock as there was"


def test_a_computer_that_sleeps_learns_nothing(read):
    reading = read()
    reading.use()
    reading.run(12)
    reading.page.clock.fast_forward(600_000)
    reading.run(100)
    reading.settle()
    assert 7 <= sum(beat["seconds"] for beat in reading.beats) <= 12


def test_a_film_that_plays_is_used_and_one_that_stands_is_not(read, author, course):
    body = video_body(url="")
    body["content"]["file"] = "lessons/film.mp4"
    add_lesson(actor=author, course=course, body=body)
    reading = read(f"/courses/weaving/lessons/{lesson_ids(course)[-1]}/")
    for seconds in (30, 60, 90, 120, 120, 120, 120):
        reading.page.evaluate(
            """seconds => {
            const film = document.querySelector("video");
            Object.defineProperty(film, "currentTime", { configurable: true, get: () => seconds });
            film.dispatchEvent(new Event("timeupdate"));
        }""",
            seconds,
        )
        reading.run(30)
    reading.settle()
    assert reading.seconds == 90 + 60


def test_what_the_server_could_not_take_is_told_again_under_the_same_id(read):
    reading = read()
    reading.answer = 503
    reading.use()
    reading.run(300)
    assert 3 <= len(reading.told) <= 12, "with growing pauses"
    assert reading.seconds == 60
    reading.answer = None
    reading.run(120)
    reading.settle()
    assert len(reading.beats) == len(events()) and reading.seconds == 60
    first = [beat for batch in reading.told for beat in batch if beat["id"] == reading.beats[0]["id"]]
    assert [beat["age"] for beat in first] == sorted(beat["age"] for beat in first) and first[-1]["age"] > 240


def test_after_a_quarter_of_an_hour_it_is_forgotten(read):
    reading = read()
    reading.answer = "offline"
    reading.use()
    reading.run(60)
    assert reading.kept >= 3
    reading.run(16 * 60)
    reading.settle()
    assert events() == []


def test_the_next_page_tells_what_this_one_could_not(read, course):
    """To the next page it is an hour earlier, as it may be when somebody sets the clock meanwhile."""
    reading = read()
    reading.answer = "offline"
    reading.use()
    reading.run(8)
    first, second = lesson_ids(course)[:2]
    reading.page.goto(f"/courses/weaving/lessons/{second}/")
    assert reading.kept == 1, "nobody knows whether it was heard on leaving"
    reading.answer = None
    reading.run(40)
    reading.settle()
    assert {event["lesson_id"] for event in events()} == {first, second}
    assert len(events()) == len(reading.beats)


def test_who_signed_out_elsewhere_is_asked_no_more(read):
    reading = read()
    reading.answer = 403
    reading.use()
    reading.run(200)
    assert len(reading.told) == 1
    assert reading.kept >= 3, "the next page may tell it"


@pytest.mark.parametrize("answer", [400, 404])
def test_what_the_server_will_never_take_is_dropped(read, answer):
    reading = read()
    reading.answer = answer
    reading.use()
    reading.run(200)
    reading.settle()
    assert max(map(len, reading.told)) == 1 and len(reading.told) == len(reading.beats)


def test_a_browser_that_keeps_nothing_tells_it_all_the_same(read):
    reading = read()
    reading.page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    reading.answer = 503
    reading.use()
    reading.run(30)
    assert len(reading.beats) >= 1
    reading.answer = None
    reading.run(200)
    assert reading.seconds == 60 and len(events()) == len(reading.beats)


LEAVE_BEHIND = """name => {
    const end = performance.timeOrigin + performance.now();
    localStorage.setItem(name, JSON.stringify({ view: "theirs", seconds: 20, end, told: null }));
}"""


def test_nobody_tells_how_long_another_person_learned(read, stranger):
    reading = read()
    reading.page.evaluate(LEAVE_BEHIND, f"beat:{stranger.pk}:6f1a3a52-0d8f-4d0b-9d3e-3f9a8c0d1b2e")
    reading.use()
    reading.run(100)
    until(lambda: reading.kept == 1)
    assert "theirs" not in {beat["view"] for beat in reading.beats} and reading.seconds == 60
    reading.run(900)
    reading.use()
    reading.run(30)
    reading.settle()


def test_back_in_history_it_goes_on(read):
    reading = read()
    reading.use()
    reading.run(10)
    for name in ("pagehide", "pageshow"):
        reading.page.evaluate("name => dispatchEvent(new PageTransitionEvent(name, { persisted: true }))", name)
    reading.run(200)
    reading.settle()
    assert reading.seconds == 10 + 60


def test_without_script_a_lesson_is_read_and_not_counted(open_browser, learner, lesson):
    page = open_browser(learner, script=False)
    page.goto(lesson)
    page.get_by_role("button", name="Mark complete and continue").click()
    page.wait_for_url(lambda url: lesson not in url)
    assert events() == []
