"""Stores that die or hang while a real site runs on them: DESIGN.md, section 1, page by page."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pytest

from learnflow.embedded import Embedded
from tests.sites import running_site, running_worker
from tests.stores import ROOT

LONGEST_ANSWER = 5.0
RECOVERY_SECONDS = 10
CATCHING_UP_SECONDS = 20
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
    """A running site on stores that may be killed."""

    address: str
    stores: Embedded
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

    def signal(self, title: str, number: signal.Signals) -> None:
        [server] = [each for each in self.stores.servers if each.title == title]
        os.kill(server.pid(), number)

    def copied_lessons(self) -> list[str]:
        """What MongoDB's copy says that the learner has completed."""
        with pymongo.MongoClient(self.stores.environment()["MONGO_URL"]) as client:
            query = {"user_id": self.known["learner"], "course_id": self.known["course"]}
            return client.get_default_database().progress.find_one(query)["completed_lessons"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of four threads and its worker, on throw-away stores."""
    files = tmp_path_factory.mktemp("outages")
    stores = Embedded(files / "var", durable=False)
    found = stores.start()
    surroundings = os.environ | found | {"DJANGO_SETTINGS_MODULE": "learnflow.settings", "VAR_DIR": str(files / "var")}
    django = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
    subprocess.run(django, cwd=ROOT, env=surroundings, check=True)
    made = [sys.executable, "-m", "tests.faults.world"]
    known = json.loads(subprocess.run(made, cwd=ROOT, env=surroundings, check=True, stdout=subprocess.PIPE).stdout)
    try:
        with running_site(found, files) as address, running_worker(found, files):
            yield Site(address, stores, known)
    finally:
        stores.release()


@pytest.fixture(params=[signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hanging"])
def without_mongodb(site, request):
    """The site while its MongoDB is dead, or hangs."""
    for number in range(4):
        assert site.ask(site.lesson(number), "learner").status == 200
    site.signal("MongoDB", request.param)
    yield site
    bring_back(site, request.param)


def bring_back(site, how):
    if how == signal.SIGSTOP:
        site.signal("MongoDB", signal.SIGCONT)
    site.stores.start()


def until(seconds, is_so):
    """Ask again and again until it is so; how long that took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() < began + seconds, f"not so after {seconds} s"
        time.sleep(0.2)
    return time.monotonic() - began


def shows_no_code(answer):
    return "Traceback" not in answer.text and "psycopg" not in answer.text and "pymongo" not in answer.text


def check_pages_without_mongodb(site):
    """Everything but the text of lessons works, and soon."""
    wrong = []
    for person, path in LIVING_PAGES:
        answer = site.ask(path, person)
        if answer.status != 200 or answer.seconds > LONGEST_ANSWER or not shows_no_code(answer):
            wrong.append(f"{path} for {person}: {answer.status} after {answer.seconds:.1f} s")
    assert not wrong, "\n".join(wrong)


def check_lesson_without_text(site):
    answer = site.ask(site.lesson(0), "learner")
    assert answer.status == 503 and answer.headers["Retry-After"]
    assert answer.seconds < LONGEST_ANSWER and shows_no_code(answer)
    assert site.lesson(1) in answer.text, "the way to the next lesson stands"
    assert "Weaving for everyone" in answer.text


def check_completing(site, number, percent):
    """Completing works without MongoDB, and every page shows it at once."""
    answer = site.ask(f"{site.lesson(number)}complete/", "learner", "POST")
    assert (answer.status, answer.seconds < LONGEST_ANSWER) == (302, True)
    for path in ("/courses/weaving/", "/courses/weaving/progress/", "/my-learning/"):
        assert percent in site.ask(path, "learner").text, path


def test_mongodb_may_be_away(without_mongodb, request):
    site = without_mongodb
    number = 0 if "killed" in request.node.name else 1
    check_pages_without_mongodb(site)
    check_lesson_without_text(site)
    check_completing(site, number, ["25", "50"][number])
    ready = json.loads(site.ask("/readyz").text)
    assert (ready["status"], ready["mongodb"]["ok"], ready["postgresql"]["ok"]) == ("degraded", False, True)
    bring_back(site, signal.SIGSTOP if number else signal.SIGKILL)
    until(RECOVERY_SECONDS, lambda: site.ask(site.lesson(2), "learner").status == 200)
    until(CATCHING_UP_SECONDS, lambda: site.known["lessons"][number] in site.copied_lessons())


def test_many_readers_wait_no_longer_than_one_when_mongodb_hangs(site):
    site.signal("MongoDB", signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(4) as readers:
            answers = list(readers.map(lambda number: site.ask(site.lesson(number), "learner"), range(4)))
        assert {answer.status for answer in answers} == {503}
        assert max(answer.seconds for answer in answers) < LONGEST_ANSWER
        assert site.ask(site.lesson(0), "learner").seconds < 1, "the breaker answers at once"
    finally:
        site.signal("MongoDB", signal.SIGCONT)
    until(RECOVERY_SECONDS, lambda: site.ask(site.lesson(0), "learner").status == 200)


def test_postgresql_may_be_away(site):
    assert site.ask("/courses/weaving/", "learner").status == 200
    site.signal("PostgreSQL", signal.SIGKILL)
    until(5, lambda: site.ask("/courses/").status == 503)  # its backends notice a moment later
    wrong = []
    # The sign-in page asks no store before somebody signs in.
    pages = [page for page in LIVING_PAGES if "login" not in page[1]] + [("learner", site.lesson(0))]
    with ThreadPoolExecutor(4) as readers:
        answers = list(readers.map(lambda page: site.ask(page[1], page[0]), pages))
    for (person, path), answer in zip(pages, answers, strict=True):
        is_plain = answer.status == 503 and answer.headers.get("Retry-After") and shows_no_code(answer)
        if not is_plain or answer.seconds > LONGEST_ANSWER:
            wrong.append(f"{path} for {person}: {answer.status} after {answer.seconds:.1f} s")
    assert not wrong, "\n".join(wrong)
    assert site.ask(f"{site.lesson(3)}complete/", "learner", "POST").status == 503
    assert site.ask("/healthz").status == 200 and site.ask("/faces/a/b.svg").status == 200
    assert site.ask("/readyz").status == 503
    site.stores.start()
    until(RECOVERY_SECONDS, lambda: site.ask("/courses/weaving/", "learner").status == 200)
    assert "Mark complete" in site.ask(site.lesson(3), "learner").text, "what was refused isn't there"
    assert site.ask(f"{site.lesson(3)}complete/", "learner", "POST").status == 302
    until(CATCHING_UP_SECONDS, lambda: site.known["lessons"][3] in site.copied_lessons())
