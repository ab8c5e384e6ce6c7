"""Learners: each has two tabs open, which complete and reopen different lessons of the same courses at once.

Both tell how long they were on lessons, and claim more than that now and then.
"""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.faults.clients import Browser, Client
from tests.faults.journal import Journal, Outcome, Thing

STEP = re.compile(r'<li class="lf-step( is-done)?">\s*<a href="/courses/[-\w]+/lessons/([0-9a-f]{24})/">')
PERCENT = re.compile(r"Why (\d+)%\?")
VIEW = re.compile(r'<script data-view="([^"]+)"')
ENROLLING, LOOKING, BEATING = 0.06, 0.15, 0.25
LONGEST_CLAIM = 45.0  # seconds; no more than 30 are counted
TABS = 2


@dataclass(frozen=True)
class CoursePage:
    """What a learner's course page says; without an enrollment it has no percent and no open lessons."""

    percent: int | None
    done: dict[str, bool]  # by lesson, in order


def read_course(text: str) -> CoursePage:
    percent = PERCENT.search(text)
    return CoursePage(
        int(percent[1]) if percent else None, {lesson: bool(is_done) for is_done, lesson in STEP.findall(text)}
    )


class Tab(Client):
    """One tab: it owns every second lesson, and the first one the enrollments, too."""

    def __init__(self, person: dict[str, Any], number: int, host: str, journal: Journal, seed: str) -> None:
        browser = Browser(host, person["sessions"][number])
        super().__init__(f"{person['name']}-{number + 1}", browser, journal, seed)
        self.person = person["name"]
        self.tab = number
        self.courses: list[str] = person["courses"]
        self.lessons: dict[str, list[str]] = {slug: [] for slug in self.courses}
        self.views: dict[str, tuple[float, str]] = {}  # when a lesson of the course was opened, and its page's token
        for slug in self.courses if number == 0 else []:
            self.belief(self.enrollment(slug), True)

    def enrollment(self, slug: str) -> Thing:
        return ("enrollment", self.person, slug)

    def progress(self, slug: str, lesson: str) -> Thing:
        return ("progress", self.person, slug, lesson)

    def act(self) -> None:
        slug = self.random.choice(self.courses)
        is_lost = not self.lessons[slug]
        if is_lost or self.random.random() < LOOKING:
            self.look_at(slug)
        elif self.random.random() < BEATING:
            self.beat(slug)
        elif self.tab == 0 and self.random.random() < ENROLLING:
            self.enroll_or_leave(slug)
        else:
            self.complete_or_reopen(slug)

    def look_at(self, slug: str) -> None:
        answer = self.look(f"/courses/{slug}/")
        if answer is None:
            return
        page = read_course(answer.text)
        if self.tab == 0:
            self.see(self.enrollment(slug), page.percent is not None)
        mine = [lesson for lesson in page.done if int(lesson, 16) % TABS == self.tab]
        for lesson in mine:
            self.belief(self.progress(slug, lesson), False)
            self.see(self.progress(slug, lesson), page.done[lesson])
        self.lessons[slug] = mine
        if page.percent is None:
            self.enroll_or_leave(slug)

    def enroll_or_leave(self, slug: str) -> None:
        thing = self.enrollment(slug)
        if self.tab or not self.belief(thing).is_certain:
            return
        if self.belief(thing).value:
            self.send("unenroll", thing, False, f"/courses/{slug}/unenroll/", "/my-learning/")
        else:
            self.send("enroll", thing, True, f"/courses/{slug}/enroll/", f"/courses/{slug}/")

    def beat(self, slug: str) -> None:
        """Tell how long a lesson was open; when it is told again, how long ago that is by then."""
        if slug not in self.views or self.random.random() < LOOKING:
            self.open_lesson(slug)
        if slug not in self.views:
            return
        opened, view = self.views[slug]
        beat_id = str(UUID(int=self.random.getrandbits(128), version=4))
        seconds, ended = self.random.uniform(0.1, LONGEST_CLAIM), time.monotonic()
        thing = ("beat", self.person, beat_id, str(opened))
        self.belief(thing, False)

        def beats() -> str:
            age = time.monotonic() - ended
            return json.dumps([{"id": beat_id, "view": view, "seconds": seconds, "age": age}])

        if self.send("beat", thing, True, "/telemetry/beats/", beat_id, beats=beats) == Outcome.REFUSED:
            del self.views[slug]

    def open_lesson(self, slug: str) -> None:
        """A lesson's page, when it can be had now and one is enrolled."""
        opened, lesson = time.time(), self.random.choice(self.lessons[slug])
        answer = self.look(f"/courses/{slug}/lessons/{lesson}/")
        if answer and (view := VIEW.search(answer.text)):
            self.views[slug] = opened, view[1]

    def complete_or_reopen(self, slug: str) -> None:
        """A refusal is no surprise: the author has taken the lesson out, or the other tab has left the course."""
        sure = [each for each in self.lessons[slug] if self.belief(self.progress(slug, each), False).is_certain]
        if not sure:
            return self.look_at(slug)
        lesson = self.random.choice(sure)
        thing = self.progress(slug, lesson)
        act, verb = ("undo", "reopen") if self.belief(thing).value else ("complete", "complete")
        path = f"/courses/{slug}/lessons/{lesson}/{verb}/"
        outcome = self.send(act, thing, act == "complete", path, f"/courses/{slug}/")
        if outcome == Outcome.REFUSED:
            self.look_at(slug)
