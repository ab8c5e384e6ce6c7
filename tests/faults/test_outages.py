"""Stores that die, hang or dawdle for ten seconds while people use a real site: DESIGN.md, section 1, page by page."""

import http.client
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pymongo
import pytest

from learnflow.embedded import Embedded
from tests.proxies import Door, door_before
from tests.sites import running_site, running_worker
from tests.stores import ROOT

OUTAGE_SECONDS = 10
LONGEST_ANSWER = 5.0
# On a machine too busy for these, five times as long as what asks no store and does nothing.
USUAL_ANSWER = 0.5  # of 95 in 100 pages that need only PostgreSQL
QUICK_REFUSAL = 0.3  # of 95 in 100 lesson pages once the breaker is open
PAUSE_OF_A_READER = 0.1
RECOVERY_SECONDS = 10
CATCHING_UP_SECONDS = 60
TOKEN = "t" * 32

LIVING_PAGES = [
    ("nobody", "/"),
    ("nobody", "/courses/"),
    ("nobody", "/courses/?q=weaving"),
    ("nobody", "/courses/weaving/"),
    ("nobody", "/accounts/login/"),
    ("learner", "/courses/weaving/"),
    ("learner", "/courses/weaving/progress/"),
    ("learner", "/my-learning/"),
    ("learner", "/dashboard/"),
    ("learner", "/profile/"),
    ("learner", "/people/author/"),
    ("author", "/admin/courses/course/"),
    ("admin", "/admin/"),
    ("admin", "/admin/courses/course/"),
    ("admin", "/admin/courses/enrollment/"),
    ("admin", "/admin/accounts/user/"),
    ("admin", "/admin/accounts/auditlog/"),
]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str
    seconds: float


@dataclass
class Site:
    """A running site on stores that may be killed; its way to MongoDB leads through a door."""

    address: str
    files: Path
    stores: Embedded
    door: Door
    known: dict[str, Any]

    def ask(self, path: str, person: str = "nobody", method: str = "GET") -> Answer:
        """One request, as a browser without script sends it."""
        session = self.known["sessions"].get(person, "")
        headers = {"Cookie": f"csrftoken={TOKEN}; sessionid={session}", "X-CSRFToken": TOKEN}
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=30)
        began = time.monotonic()
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        return Answer(response.status, dict(response.headers), text, time.monotonic() - began)

    def lesson(self, number: int) -> str:
        return f"/courses/weaving/lessons/{self.known['lessons'][number]}/"

    def ready(self) -> tuple[int, str, bool, bool]:
        """What /readyz says: (status, word, PostgreSQL answers, MongoDB answers)."""
        answer = self.ask("/readyz")
        said = json.loads(answer.text)
        return answer.status, said["status"], said["postgresql"]["ok"], said["mongodb"]["ok"]

    def signal(self, title: str, number: signal.Signals) -> None:
        """Send a signal to a store and to all its processes."""
        [server] = [each for each in self.stores.servers if each.title == title]
        parent = server.pid()
        for process in (parent, *children_of(parent)):
            os.kill(process, number)

    def copied_lessons(self) -> list[str]:
        """What MongoDB's copy says that the learner has completed."""
        with pymongo.MongoClient(self.stores.environment()["MONGO_URL"]) as client:
            query = {"user_id": self.known["learner"], "course_id": self.known["course"]}
            return client.get_default_database().progress.find_one(query)["completed_lessons"]


def children_of(parent):
    with open(f"/proc/{parent}/task/{parent}/children") as file:
        return [int(child) for child in file.read().split()]


@dataclass
class Load:
    """People who read meanwhile: what each of them got, and when they asked."""

    site: Site
    answers: list[tuple[float, str, Answer]] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def read(self, pages: list[tuple[str, str]]) -> None:
        """Ask for these pages in turns until it is over."""
        for person, path in cycle(pages):
            if self.is_over.wait(PAUSE_OF_A_READER):
                return
            began = time.monotonic()
            self.answers.append((began, f"{path} for {person}", self.site.ask(path, person)))

    def asked(self, since: float, until: float = math.inf) -> list[tuple[str, Answer]]:
        """The pages that were asked for and answered between these moments, with their answers."""
        return [
            (path, answer) for began, path, answer in self.answers if since <= began and began + answer.seconds < until
        ]


@contextmanager
def people_reading(site, *circles):
    """One reader for each circle of pages; whatever breaks off their connection fails the test."""
    load = Load(site)
    with ThreadPoolExecutor(len(circles)) as readers:
        reading = [readers.submit(load.read, circle) for circle in circles]
        try:
            yield load
        finally:
            load.is_over.set()
    for each in reading:
        each.result()


def wrong(asked, *statuses):
    """Which of these answers isn't of such a status, in good time and without a trace of the code."""
    return [
        f"{path}: {answer.status} after {answer.seconds:.1f} s"
        for path, answer in asked
        if answer.status not in statuses or answer.seconds > LONGEST_ANSWER or not shows_no_code(answer)
    ]


def within(share, asked):
    """The time that this share of the answers kept, in seconds."""
    times = sorted(answer.seconds for _path, answer in asked)
    return times[math.ceil(share * len(times)) - 1]


def say(remark, **asked):
    """How long each kind of page took; shown by `-s`, and when the test fails."""
    for name, answers in asked.items():
        median, p95, longest = (round(1000 * within(share, answers)) for share in (0.5, 0.95, 1))
        sys.stdout.write(f"\n{name}: {len(answers)} answers, median {median} ms, p95 {p95} ms, longest {longest} ms")
    sys.stdout.write(f"\n{remark}\n")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of four threads and its worker, on throw-away stores."""
    files = tmp_path_factory.mktemp("outages")
    stores = Embedded(files / "var", durable=True)  # what is acknowledged must outlive the server
    found = stores.start()
    surroundings = os.environ | found | {"DJANGO_SETTINGS_MODULE": "learnflow.settings", "VAR_DIR": str(files / "var")}
    django = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
    subprocess.run(django, cwd=ROOT, env=surroundings, check=True)
    made = [sys.executable, "-m", "tests.faults.world"]
    known = json.loads(subprocess.run(made, cwd=ROOT, env=surroundings, check=True, stdout=subprocess.PIPE).stdout)
    try:
        with door_before(found["MONGO_URL"]) as door:
            found |= {"MONGO_URL": door.url(found["MONGO_URL"])}
            with running_site(found, files) as address, running_worker(found, files):
                yield Site(address, files, stores, door, known)
    finally:
        stores.release()


class Outage(NamedTuple):
    """One way to lose a store, and the way back."""

    seconds: float
    begin: Callable[[], object]
    end: Callable[[], object]


@pytest.fixture
def outage(site, request):
    """A store goes in this way; it is back at the end."""
    title, way = request.param
    outage = {
        "killed": Outage(OUTAGE_SECONDS, lambda: site.signal(title, signal.SIGKILL), site.stores.start),
        "hanging": Outage(
            OUTAGE_SECONDS if title == "MongoDB" else OUTAGE_SECONDS / 2,
            lambda: site.signal(title, signal.SIGSTOP),
            lambda: site.signal(title, signal.SIGCONT),
        ),
        "swallowed": Outage(OUTAGE_SECONDS / 2, site.door.swallow, site.door.open),
        "slow": Outage(OUTAGE_SECONDS / 2, lambda: site.door.slow_down(3), site.door.open),
    }[way]
    for number in range(4):
        assert site.ask(site.lesson(number), "learner").status == 200
    yield outage
    outage.end()


def outages(title, *ways):
    return pytest.mark.parametrize("outage", [(title, way) for way in ways], ids=ways, indirect=True)


def until(seconds, is_so):
    """Ask again and again until it is so; how long that took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() < began + seconds, f"not so after {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began


def shows_no_code(answer):
    return "Traceback" not in answer.text and "psycopg" not in answer.text and "pymongo" not in answer.text


def check_lesson_without_text(site):
    answer = site.ask(site.lesson(0), "learner")
    assert answer.status == 503 and answer.headers["Retry-After"] and shows_no_code(answer)
    assert site.lesson(1) in answer.text, "the way to the next lesson stands"
    assert "Weaving for everyone" in answer.text


def check_completing(site, number):
    """A completion is accepted without MongoDB, and every page shows it at once; taking it back likewise."""
    act(site, number, "complete")
    pages = ("/courses/weaving/", "/courses/weaving/progress/", "/my-learning/", "/dashboard/")
    assert all("25%" in site.ask(path, "learner").text for path in pages)
    assert "Lesson completed" in site.ask(site.lesson(number), "learner").text
    act(site, number, "reopen")
    assert not any("25%" in site.ask(path, "learner").text for path in pages)
    assert "Mark complete" in site.ask(site.lesson(number), "learner").text


def act(site, number, word):
    answer = site.ask(f"{site.lesson(number)}{word}/", "learner", "POST")
    assert (answer.status, answer.seconds < LONGEST_ANSWER) == (302, True)


@outages("MongoDB", "killed", "hanging", "swallowed", "slow")
def test_mongodb_may_be_away(site, outage):
    lessons = [("learner", site.lesson(number)) for number in range(4)]
    circles = LIVING_PAGES, LIVING_PAGES[6:] + LIVING_PAGES[:6], LIVING_PAGES[12:] + LIVING_PAGES[:12]
    with (
        people_reading(site, *circles) as pages,
        people_reading(site, lessons, lessons) as texts,
        people_reading(site, [("nobody", "/healthz")]) as signs,
    ):
        began = time.monotonic()
        outage.begin()
        until(LONGEST_ANSWER, lambda: site.ask(site.lesson(0), "learner").status == 503)
        noticed = time.monotonic()
        check_lesson_without_text(site)
        while time.monotonic() < began + outage.seconds:
            check_completing(site, 2)
            assert site.ready() == (200, "degraded", True, False)
        act(site, 1, "complete")
        over = time.monotonic()
        outage.end()
        until(RECOVERY_SECONDS, lambda: site.ask(site.lesson(2), "learner").status == 200)
        until(RECOVERY_SECONDS, lambda: site.ready() == (200, "ready", True, True))
        back = time.monotonic()
        until(CATCHING_UP_SECONDS, lambda: site.copied_lessons() == [site.known["lessons"][1]])
    act(site, 1, "reopen")
    living, refused = pages.asked(began), texts.asked(noticed, over)
    say(f"back after {back - over:.1f} s", pages=living, texts=refused, signs=signs.asked(began))
    assert (
        wrong(living, 200)
        == wrong(signs.asked(began), 200)
        == wrong(refused, 503)
        == wrong(texts.asked(began), 200, 503)
        == []
    )
    noise = within(0.95, signs.asked(began))
    assert within(0.95, living) < max(USUAL_ANSWER, 5 * noise)
    assert within(0.95, refused) < max(QUICK_REFUSAL, 5 * noise)


@outages("PostgreSQL", "killed", "hanging")
def test_postgresql_may_be_away(site, outage):
    # The sign-in page asks no store before somebody signs in.
    pages = [page for page in LIVING_PAGES if "login" not in page[1]]
    with people_reading(site, pages, pages[8:] + pages[:8], [("learner", site.lesson(0))]) as load:
        began = time.monotonic()
        outage.begin()
        until(LONGEST_ANSWER, lambda: site.ask("/courses/").status == 503)
        noticed = time.monotonic()
        while time.monotonic() < began + outage.seconds:
            assert site.ask(f"{site.lesson(3)}complete/", "learner", "POST").status == 503
            assert site.ready() == (503, "unavailable", False, True)
            assert site.ask("/healthz").status == 200 and site.ask("/faces/a/b.svg").status == 200
        over = time.monotonic()
        outage.end()
        until(RECOVERY_SECONDS, lambda: site.ask("/courses/weaving/", "learner").status == 200)
        until(RECOVERY_SECONDS, lambda: site.ready()[2:] == (True, True))
        back = time.monotonic()
        assert "Mark complete" in site.ask(site.lesson(3), "learner").text, "what was refused isn't there"
        act(site, 3, "complete")
        # A worker may end when it loses PostgreSQL; its supervisor starts another.
        with running_worker(site.stores.environment(), site.files):
            until(CATCHING_UP_SECONDS, lambda: site.copied_lessons() == [site.known["lessons"][3]])
    act(site, 3, "reopen")
    refused = load.asked(noticed, over)
    say(f"back after {back - over:.1f} s", refused=refused)
    assert wrong(refused, 503) == wrong(load.asked(began), 200, 503) == wrong(load.asked(back), 200) == []
    assert all(answer.headers.get("Retry-After") for _path, answer in refused)
