"""Rounds of load, one target after the other and all over again, with what each cost in every process."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench import load
from bench.accounting import cpu_seconds


class WrongAnswer(Exception):
    """A page didn't answer as it should, so what it costs says nothing."""


@dataclass
class Round:
    requests: int
    seconds: float
    cpu_ms: dict[str, float]  # per request: web, postgresql, mongodb

    @property
    def total_ms(self) -> float:
        return sum(self.cpu_ms.values())


@dataclass
class Target:
    """One page of one web server; `journeys` are the requests of each connection."""

    name: str
    port: int
    pid: int
    journeys: Sequence[Sequence[bytes]]
    expected: int = 200
    begin: list[int] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin = [0] * len(self.journeys)

    def run(self, generator: Executor, stores: dict[str, int], seconds: float, *, is_warm_up: bool = False) -> None:
        """Ask for as long as this; `stores` are the processes of the databases. Raises `WrongAnswer`."""
        roots = {"web": self.pid, **stores}
        before = {name: cpu_seconds([pid]) for name, pid in roots.items()}
        answers = generator.submit(load.ask, self.port, self.journeys, self.begin, seconds).result()
        used = {name: cpu_seconds([pid]) - before[name] for name, pid in roots.items()}
        statuses = sum((each.statuses for each in answers), Counter())
        if set(statuses) != {self.expected}:
            raise WrongAnswer(f"{self.name} answered {dict(statuses)}, expected {self.expected}")
        self.begin = [at + len(each.latencies) for at, each in zip(self.begin, answers, strict=True)]
        if is_warm_up:
            return
        count = statuses.total()
        longest = max(sum(each.latencies) for each in answers)
        self.rounds.append(Round(count, longest, {name: 1000 * value / count for name, value in used.items()}))
        self.latencies += [latency for each in answers for latency in each.latencies]
        self.sizes.append(sum(each.body_bytes for each in answers) / count)

    @property
    def cpu_ms(self) -> float:
        return median(each.total_ms for each in self.rounds)

    def part(self, name: str) -> float:
        return median(each.cpu_ms[name] for each in self.rounds)

    @property
    def per_second(self) -> float:
        return median(each.requests / each.seconds for each in self.rounds)

    def latency_ms(self, percentile: int) -> float:
        return 1000 * quantiles(self.latencies, n=100)[percentile - 1]

    @property
    def size(self) -> float:
        return median(self.sizes)

    def times(self, floor: "Target") -> float:
        """How many times the floor this costs: the median of what each round says, for both met the same weather."""
        pairs = zip(self.rounds, floor.rounds, strict=True)
        return median(mine.total_ms / theirs.total_ms for mine, theirs in pairs)
