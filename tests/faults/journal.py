"""What the clients did and what they were told, written down outside the site; what follows from it for the stores."""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

Thing = tuple[str, ...]  # kind, then whose or which
Value = Any

# An act without an answer may still be done by a process that was cut off: a lock, a statement and MongoDB's time-outs
# end it well before. Until then its client leaves the thing alone, so that acts upon one thing never overlap.
REST_SECONDS = 15.0


class Outcome(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # the site says that it didn't do it, and why
    UNKNOWN = "unknown"  # 5xx, or no answer: done or not
    UNSENT = "unsent"  # there was nobody to send it to


@dataclass(frozen=True)
class Entry:
    """One request that was to change something. An act that was sent again has several, under one number."""

    client: str
    number: int
    act: str
    thing: Thing
    value: Value
    begun: float
    ended: float
    outcome: Outcome
    status: int | None

    @property
    def key(self) -> str:
        """What the audit log knows this act by: its client sends it as the browser's name."""
        return f"{self.client}/{self.number}"


@dataclass
class Belief:
    """What a thing's state can be: one value, or several after acts without an answer."""

    values: list[Value]
    rests_until: float = 0.0

    @property
    def is_certain(self) -> bool:
        return len(self.values) == 1 and self.is_rested

    @property
    def is_rested(self) -> bool:
        return time.monotonic() >= self.rests_until

    @property
    def value(self) -> Value:
        return self.values[0]

    def doubt(self, value: Value) -> None:
        """It may have become this value, or will in a moment."""
        self.values = [*(each for each in self.values if each != value), value]
        self.rests_until = time.monotonic() + REST_SECONDS


@dataclass
class Journal:
    """Every client's entries, in memory and in a file, and what every client believes at the end."""

    file: Path
    entries: list[Entry] = field(default_factory=list)
    beliefs: dict[Thing, Belief] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    half_added: set[str] = field(
        default_factory=set
    )  # lessons whose adding nobody acknowledged: they may have no place
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, entry: Entry) -> None:
        with self.lock, self.file.open("a") as stream:
            self.entries.append(entry)
            stream.write(json.dumps(asdict(entry)) + "\n")

    def contradict(self, thing: Thing, belief: Belief, seen: Value) -> None:
        """A page shows what can't be, from all that its reader did."""
        self.contradictions.append(f"{' '.join(thing)}: {belief.values} was to be, a page shows {seen}")

    def acts(self) -> dict[str, list[Entry]]:
        """The requests of each act, in the order in which they were sent."""
        by_act = sorted(self.entries, key=lambda entry: (entry.client, entry.number))
        return {key: list(group) for key, group in itertools.groupby(by_act, key=lambda entry: entry.key)}

    def acknowledged(self, *acts: str) -> Iterator[Entry]:
        return (each for each in self.entries if each.act in acts and each.outcome == Outcome.ACKNOWLEDGED)

    def counted(self) -> dict[str, Counter[Outcome]]:
        """How often each act ended how."""
        counts: dict[str, Counter[Outcome]] = {}
        for entry in self.entries:
            counts.setdefault(entry.act, Counter())[entry.outcome] += 1
        return counts

    def longest(self) -> float:
        """Seconds that somebody waited for an answer, or for none."""
        return max((entry.ended - entry.begun for entry in self.entries), default=0.0)

    def failures(self) -> list[Entry]:
        """Answers that no fault of a store excuses."""
        return [entry for entry in self.entries if entry.status == 500]
