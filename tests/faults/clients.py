"""A client of the site: acts one after the other, and writes down what it was told."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from tests.faults.journal import Belief, Entry, Journal, Outcome, Thing, Value

ANSWER_SECONDS = 20
LONGEST_THOUGHT = 0.06
TOKEN = "t" * 32
MOST_SENDINGS = 4


class Unsent(Exception):
    """Nobody took the connection."""


class Unanswered(Exception):
    """The request was sent, at least in part, and no answer came."""


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str


@dataclass(frozen=True)
class Browser:
    """One person's browser, without script. `host` has the port in it."""

    host: str
    session: str

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, "reader")

    def post(self, path: str, fields: dict[str, object], name: str) -> Answer:
        return self._ask("POST", path, urlencode(fields), name)

    def _ask(self, method: str, path: str, body: str | None, name: str) -> Answer:
        """One request on a connection of its own. Raises `Unsent` and `Unanswered`."""
        headers = {"Cookie": f"csrftoken={TOKEN}; sessionid={self.session}", "X-CSRFToken": TOKEN, "User-Agent": name}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(self.host, timeout=ANSWER_SECONDS)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise Unsent from error
            try:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                return Answer(response.status, response.headers.get("Location", ""), response.read().decode())
            except (OSError, HTTPException) as error:
                raise Unanswered from error
        finally:
            connection.close()


class Client(threading.Thread):
    """Somebody who acts until told to stop. What they believe of their own things is known to nobody else."""

    def __init__(self, name: str, browser: Browser, journal: Journal, seed: str) -> None:
        super().__init__(name=name, daemon=True)
        self.browser = browser
        self.journal = journal
        self.random = random.Random(f"{seed}/{name}")
        self.beliefs: dict[Thing, Belief] = {}
        self.stopped = threading.Event()
        self.problem: BaseException | None = None
        self.number = 0

    def act(self) -> None:
        """One act of this person's choice."""
        raise NotImplementedError

    def run(self) -> None:
        try:
            while not self.stopped.wait(self.random.uniform(0, LONGEST_THOUGHT)):
                self.act()
        except BaseException as problem:  # told by `finish`, in the thread that asks
            self.problem = problem
        self.journal.beliefs.update(self.beliefs)

    def finish(self) -> None:
        """Wait for the end of what this client is doing. Raises what went wrong in it."""
        self.stopped.set()
        self.join()
        if self.problem:
            raise self.problem

    def belief(self, thing: Thing, initially: Value = None) -> Belief:
        return self.beliefs.setdefault(thing, Belief([initially]))

    def send(
        self, act: str, thing: Thing, value: Value, path: str, leads_to: str, *, again: bool = True, **fields: object
    ) -> Outcome:
        """Do one act, which makes this thing this value when the answer leads there.

        Without an answer it is sent again now and then, as people do, under the same number; `again` says whether it
        may be. What is refused the second time may have been done the first time. A field that can be called is asked
        for its value at each sending.
        """
        self.number += 1
        outcome, is_doubtful = Outcome.UNSENT, False
        for _ in range(MOST_SENDINGS):
            outcome = self._send(act, thing, value, path, leads_to, fields)
            if outcome == Outcome.ACKNOWLEDGED:
                self.belief(thing).values = [value]
            if outcome == Outcome.UNKNOWN:
                self.belief(thing).doubt(value)
                is_doubtful = True
            is_over = outcome in (Outcome.ACKNOWLEDGED, Outcome.REFUSED) or not again or self.random.random() < 0.3
            if is_over or self.stopped.wait(self.random.uniform(0.1, 1.0)):
                break
        return Outcome.UNKNOWN if is_doubtful and outcome != Outcome.ACKNOWLEDGED else outcome

    def _send(
        self, act: str, thing: Thing, value: Value, path: str, leads_to: str, fields: dict[str, object]
    ) -> Outcome:
        begun, status = time.time(), None
        try:
            given = {name: value() if callable(value) else value for name, value in fields.items()}
            answer = self.browser.post(path, given, f"{self.name}/{self.number}")
        except Unsent:
            outcome = Outcome.UNSENT
        except Unanswered:
            outcome = Outcome.UNKNOWN
        else:
            status, outcome = answer.status, outcome_of(answer, leads_to)
        self.journal.note(Entry(self.name, self.number, act, thing, value, begun, time.time(), outcome, status))
        return outcome

    def look(self, path: str) -> Answer | None:
        """A page; None when it can't be had now."""
        try:
            answer = self.browser.get(path)
        except (Unsent, Unanswered):
            time.sleep(0.2)
            return None
        return None if answer.status >= 500 else answer

    def see(self, thing: Thing, seen: Value) -> None:
        """A page shows this state, which settles every doubt once nothing is under way any more."""
        belief = self.belief(thing, seen)
        if not belief.is_rested:
            return
        if seen not in belief.values:
            self.journal.contradict(thing, belief, seen)
        belief.values = [seen]

    def choose(self, weighted: dict[Callable[[], None], float]) -> Callable[[], None]:
        return self.random.choices(list(weighted), list(weighted.values()))[0]


def outcome_of(answer: Answer, leads_to: str) -> Outcome:
    """What an answer means: acts are acknowledged by leading on, beats by their id."""
    if answer.status == 302 and answer.location.startswith(leads_to):
        return Outcome.ACKNOWLEDGED
    if answer.status == 200 and answer.text == f'{{"counted": ["{leads_to}"]}}':
        return Outcome.ACKNOWLEDGED
    return Outcome.UNKNOWN if answer.status >= 500 else Outcome.REFUSED
