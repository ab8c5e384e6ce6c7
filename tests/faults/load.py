"""One load: clients act, parts of the site are killed meanwhile, and then what was acknowledged is looked for."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.faults import agreement, pages, picture, verdict
from tests.faults.authors import Author
from tests.faults.clients import Client, Unanswered, Unsent
from tests.faults.journal import Journal, Outcome
from tests.faults.learners import TABS, Tab
from tests.faults.site import Site
from tests.faults.verdict import Loss

QUIET_SECONDS = 65  # a minute once everything runs again, and what the worker's work of each minute takes
LOOK_SECONDS = 0.5
CHECK_SECONDS = 60  # that `check_stores` gives what the worker mends by itself
EXAMPLES = 5
EVERY_MINUTE = "courses.tasks.settle_what_lags"


@dataclass
class Result:
    """What came out, and where the journal of it lies."""

    seed: str
    journal: Journal
    kills: Counter[str] = field(default_factory=Counter)
    losses: list[Loss] = field(default_factory=list)
    seconds: float = 0.0
    quiet_after: float = 0.0

    def count(self, kind: str) -> int:
        return sum(loss.kind == kind for loss in self.losses)

    def table(self) -> str:
        """The figures, for people."""
        lines = [f"Kills: {sum(self.kills.values())}, in {self.seconds:.0f} s; seed {self.seed}", ""]
        lines += [f"    {title:24}{number:6}" for title, number in self.kills.most_common()]
        heads = [str(each) for each in Outcome]
        lines += ["", f"    {'act':16}" + "".join(f"{head:>14}" for head in heads)]
        counted = self.journal.counted()
        counted["all"] = sum(counted.values(), Counter())
        for act, outcomes in counted.items():
            lines.append(f"    {act:16}" + "".join(f"{outcomes[each]:14}" for each in Outcome))
        lines += ["", f"The longest wait for an answer: {self.journal.longest():.1f} s."]
        lines += [f"Quiet {self.quiet_after:.1f} s after everything ran again.", ""]
        lines += [f"    {kind:36}{self.count(kind):6}" for kind in verdict.KINDS]
        return "\n".join(lines)

    def story(self) -> str:
        """The first few losses of each kind, and how to come back to them."""
        told: list[str] = []
        for kind in verdict.KINDS:
            sentences = [loss.sentence for loss in self.losses if loss.kind == kind]
            told += [f"{kind}: {sentence}" for sentence in sentences[:EXAMPLES]]
            told += [f"{kind}: and {len(sentences) - EXAMPLES} more"] if len(sentences) > EXAMPLES else []
        repeat = f"python -m tests.faults --kills {sum(self.kills.values())} --seed {self.seed}"
        told += [f"The journal is {self.journal.file}; `{repeat}` chooses the same acts and kills, at other moments."]
        return "\n".join(told)


@dataclass
class Load:
    """The clients of one cast on a running site."""

    site: Site
    seed: str
    name: str  # of everybody in it
    who: str = ""  # "learners" or "authors" when the others rest
    only: str = ""  # one thing that authors do all the time
    is_hasty: bool = False  # what the worker does once a minute is asked for at once
    is_repaired: bool = False  # what `check_stores` finds, it mends

    def __post_init__(self) -> None:
        self.cast: dict[str, Any] = self.site.cast(self.name)
        self.journal = Journal(self.site.folder / f"journal-{self.name}.jsonl")

    def run(self, strike: Callable[[], Counter[str] | None]) -> Result:
        """Let everybody act while `strike` does its worst, and judge when all is quiet again."""
        began = time.monotonic()
        clients = self._clients()
        for client in clients:
            client.start()
        try:
            kills = strike() or Counter()
        finally:
            for client in clients:
                client.stopped.set()
        for client in clients:
            client.finish()
        self.site.start(**self.site.settings)
        result = Result(self.seed, self.journal, kills)
        result.quiet_after = self._wait_until_quiet()
        self.site.run("django", "rollup", check=False)  # what it leaves undone shows
        result.losses = list(self._losses())
        result.seconds = time.monotonic() - began
        return result

    def _clients(self) -> list[Client]:
        host, journal, seed = self.site.host, self.journal, self.seed
        learners = [Tab(each, tab, host, journal, seed) for each in self.cast["learners"] for tab in range(TABS)]
        authors = [Author(each, host, journal, seed, self.only) for each in self.cast["authors"]]
        return [*(learners if self.who != "authors" else []), *(authors if self.who != "learners" else [])]

    def _wait_until_quiet(self) -> float:
        """Seconds until the worker had nothing left to do, or all that it is given."""
        began = time.monotonic()
        if self.is_hasty:
            self.site.run("django", "procrastinate", "defer", EVERY_MINUTE, '{"timestamp": 0}', check=False)
        while (seconds := time.monotonic() - began) < QUIET_SECONDS and self._lags():
            self.site.tend_for(LOOK_SECONDS)
        return seconds

    def _lags(self) -> bool:
        try:
            return picture.how_much_lags(self.site.variables["DATABASE_OWNER_URL"]) > 0
        except psycopg.OperationalError:
            return True

    def _losses(self) -> list[Loss]:
        found = picture.take(self.site.variables)
        losses = list(verdict.losses(self.journal, found))
        losses += [Loss(verdict.DIFFERENT, each) for each in agreement.differences(found, self.journal.half_added)]
        try:
            promises = list(pages.broken_promises(self.site.host, self.cast, found))
        except (Unsent, Unanswered) as error:
            promises = [f"a page doesn't answer: {error.__cause__}"]
        losses += [Loss(verdict.PROMISED, each) for each in promises]
        return losses + [Loss(verdict.FOUND, each) for each in check_stores(self.site, is_repair=self.is_repaired)]


def check_stores(site: Site, *, is_repair: bool = False) -> list[str]:
    """What `manage.py check_stores` finds, in a process of its own."""
    options = ["--json", f"--patience={CHECK_SECONDS}", *(["--repair"] if is_repair else [])]
    ran = site.run("django", "check_stores", *options, check=False)
    try:
        kinds = json.loads(ran.stdout)["kinds"]
    except ValueError:
        return [f"check_stores could not look: {ran.stderr[-500:]}"]
    return [f"{kind['name']}, {kind['count']} times: {kind['examples']}" for kind in kinds if kind["count"]]


def in_folder(folder: Path) -> Site:
    """A site with fresh stores in this folder, not started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(folder)
    try:
        site.make()
    except BaseException:
        site.end()
        raise
    return site
