"""Authors who save and learners who read all the time, through any web server; they write down what was answered.

Every title says how many minutes the lesson takes, so a page on which both come from different times is seen at once.
"""

import http.client
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

TOKEN = "t" * 32
VERSION = re.compile(r'name="version" value="(\d+)"')
NEW_ID = re.compile(r'name="lesson_id" value="([0-9a-f]{24})"')
SECTION = re.compile(r'<option value="(\d+)" selected')
TOLD = re.compile(r'dir="auto">\S+ for (\d+) minutes</span><small>(?:(\d+) min)?</small>')  # in the outline
TOLD_ABOVE = re.compile(r'class="lf-kicker">Text(?: · (\d+) min)?</p>\s*<h1>\S+ for (\d+) minutes</h1>')
EDITED_FIELDS = re.compile(r'name="(title|duration)" value="([^"]*)"')
LONGEST_PHASE = 90
PAUSE_SECONDS = 0.1  # between two acts: people leave the rest of the machine to what is being deployed

Saved = tuple[str, int]  # title and minutes


@dataclass
class Journal:
    """What was acknowledged, by lesson and version; what went wrong; how often each person succeeded."""

    saved: dict[tuple[str, int], Saved] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledge(self, lesson_id: str, version: int, saved: Saved) -> None:
        with self.lock:
            if (lesson_id, version) in self.saved:
                self.wrong.append(f"version {version} of {lesson_id} was acknowledged twice")
            self.saved[lesson_id, version] = saved

    def wait_for(self, *names: str, acts: int) -> None:
        """Until each of these people has succeeded so many times more."""
        goals = {name: self.counts.get(name, 0) + acts for name in names}
        deadline = time.monotonic() + LONGEST_PHASE
        while any(self.counts.get(name, 0) < goal for name, goal in goals.items()):
            assert not self.wrong, self.wrong[:5]
            assert time.monotonic() < deadline, f"after {LONGEST_PHASE} s: {self.counts}, wanted {goals}"
            time.sleep(0.02)


class Person:
    """Somebody at work on one web server, in a thread of their own."""

    def __init__(self, name: str, address: str, known: dict[str, Any], journal: Journal) -> None:
        self.name, self.journal, self.lessons = name, journal, known["lessons"]
        self.course, self.random = known["course"], random.Random(name)
        self.host = urlsplit(address).netloc
        self.cookie = f"csrftoken={TOKEN}; sessionid={known['sessions'][name.split('-')[0]]}"
        self.number = 0

    def ask(self, path: str, expected: tuple[int, ...] = (200,), **fields: object) -> tuple[int, str]:
        """(status, text) of a page, or of a form that is sent; notes a status that isn't expected."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        headers = {"Cookie": self.cookie, "X-CSRFToken": TOKEN, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST" if fields else "GET", path, urlencode(fields) if fields else None, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status not in expected:
            self.journal.wrong.append(f"{self.name}: {path} answered {response.status}")
        return response.status, text

    def count(self) -> None:
        self.journal.counts[self.name] = self.journal.counts.get(self.name, 0) + 1

    def act(self) -> None:
        raise NotImplementedError

    def work(self, until: Event) -> None:
        while not until.wait(PAUSE_SECONDS):
            try:
                self.act()
            except Exception as error:
                self.journal.wrong.append(f"{self.name}: {error!r}")
                return


class Author(Person):
    """Saves lessons that others save, too; brings back earlier versions; adds a lesson now and then."""

    def act(self) -> None:
        self.number += 1
        acts: list[Callable[[], None]] = [self.save, self.save, self.save, self.restore]
        (self.add if self.number == 2 else self.random.choice(acts))()

    @property
    def admin(self) -> str:
        return f"/admin/courses/course/{self.course}/lessons/"

    def form(self) -> tuple[dict[str, object], Saved]:
        minutes = self.random.randint(0, 59)
        title = f"{self.name}-{self.number} for {minutes} minutes"
        common = {"language": "en", "kind": "text", "notes": "", "resources": "", "act": "save"}
        return {"title": title, "duration": minutes, "markdown": title, **common}, (title, minutes)

    def open(self) -> tuple[str, int]:
        """A lesson to work at, and the version it has; what the form begins with belongs together."""
        lesson_id = self.random.choice(self.lessons)
        _status, page = self.ask(f"{self.admin}{lesson_id}/")
        shown = dict(EDITED_FIELDS.findall(page))
        if " for " in shown["title"] and f" for {shown['duration']} minutes" not in shown["title"]:
            self.journal.wrong.append(f"{self.name}: the form of {lesson_id} begins with {shown}")
        return lesson_id, int(VERSION.search(page)[1])

    def save(self) -> None:
        lesson_id, version = self.open()
        fields, saved = self.form()
        status, _page = self.ask(f"{self.admin}{lesson_id}/", (302, 409), **fields, version=version)
        if status == 302:
            self.journal.acknowledge(lesson_id, version + 1, saved)
            self.count()

    def restore(self) -> None:
        lesson_id, version = self.open()
        self.ask(f"{self.admin}{lesson_id}/versions/")
        earlier = [number for number in range(1, version) if (lesson_id, number) in self.journal.saved]
        if not earlier:
            return
        chosen = self.random.choice(earlier)
        path = f"{self.admin}{lesson_id}/versions/{chosen}/"
        self.ask(path)
        status, _page = self.ask(f"{path}restore/", (302, 409), version=version)
        if status == 302:
            self.journal.acknowledge(lesson_id, version + 1, self.journal.saved[lesson_id, chosen])
            self.count()

    def add(self) -> None:
        path = f"{self.admin}add/text/"
        _status, page = self.ask(path)
        lesson_id, section = NEW_ID.search(page)[1], SECTION.search(page)[1]
        fields, saved = self.form()
        self.ask(path, (302,), **fields, lesson_id=lesson_id, section=section)
        self.journal.acknowledge(lesson_id, 1, saved)
        self.count()


class Learner(Person):
    """Reads lessons with the outline beside them."""

    def act(self) -> None:
        lesson_id = self.random.choice(self.lessons)
        _status, page = self.ask(f"/courses/weaving/lessons/{lesson_id}/")
        told = [*TOLD.findall(page), *((title, label) for label, title in TOLD_ABOVE.findall(page))]
        wrong = [(title, label) for title, label in told if int(title) != int(label or 0)]
        if wrong:
            self.journal.wrong.append(f"{self.name}: {lesson_id} has titles and durations apart: {wrong}")
        if told:
            self.count()


@contextmanager
def at_work(*people: Person) -> Iterator[None]:
    """These people work until the block ends."""
    is_over = Event()
    threads = [Thread(target=person.work, args=[is_over], daemon=True) for person in people]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join(LONGEST_PHASE)
