"""`python -m bench.time`: beats a second, the roll-up of millions of them, and pages of a course of 100,000 learners.

All of it on copies of the stores of `make bench`. `--only beats`, `--only rollup` or `--only crowd` measures a part.
"""

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import quantiles

from bench import beating, copies, crowding, standing, stores, summing
from bench.accounting import cpu_seconds
from bench.measuring import Target
from bench.servers import web_server
from bench.visiting import Answer

PARTS = ("beats", "rollup", "crowd")
SIZES = {"thousand": 1_000, "hundred_thousand": 100_000}
BEATS, BARE = "a beat", "bare view with one insert"
AIM_TIMES, AIM_EVENTS_PER_SECOND = 1.3, 50_000
AIMED_AT = ("leaderboard", "analytics", "learners")
WARM_UP_SECONDS, WARM_UP_VISITS = 4.0, 5


def main() -> None:
    options = _options()
    folder = options.folder.absolute()
    stores.prepare(folder, print)
    from bench import report

    print(report.surroundings(), flush=True)
    began = time.monotonic()
    if {"beats", "rollup"} & set(options.only):
        with copies.copy_for_a_while(folder, "time") as urls:
            _do(urls, beating.set_up)
            if "beats" in options.only:
                _measure_beats(folder, urls, options)
            if "rollup" in options.only:
                _measure_rollup(folder, urls, options.events)
    if "crowd" in options.only:
        _measure_crowd(folder, options.visits)
    print(f"Measured in {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f} after.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.time", description=__doc__)
    var_dir = Path(os.environ.get("VAR_DIR") or stores.ROOT / "var")
    parser.add_argument("--folder", type=Path, default=var_dir / "bench", help="where its stores live (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts (all)")
    parser.add_argument("--rounds", type=int, default=5, help="how often beats are measured (%(default)s)")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each of these takes (%(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="how many pages beat at once (%(default)s)")
    parser.add_argument("--events", type=int, default=5_000_000, help="how many are rolled up (%(default)s)")
    parser.add_argument("--visits", type=int, default=40, help="how often each page is asked for (%(default)s)")
    return parser.parse_args()


def _do(urls: dict[str, str], act, *arguments, **options):  # in a process that does nothing else
    with copies.process(urls) as process:
        return process.submit(partial(act, *arguments, **options)).result()


def _store_pids(folder: Path) -> dict[str, int]:
    from learnflow.embedded import SERVERS
    from learnflow.embedded.place import Place

    place = Place(folder / "stores")
    return {server.name: server(place, durable=True).pid() or 0 for server in SERVERS}


# --- Beats ----------------------------------------------------------------------------------------


def _measure_beats(folder: Path, urls: dict[str, str], options: argparse.Namespace) -> None:
    pids = _store_pids(folder)
    with ExitStack() as stack:
        generator = stack.enter_context(copies.process(urls))
        ours = stack.enter_context(web_server("learnflow.wsgi:application", **urls))
        least = "django.core.wsgi:get_wsgi_application()"
        bare = stack.enter_context(web_server(least, DJANGO_SETTINGS_MODULE="bench.bare_insert", **urls))
        journeys = generator.submit(beating.shared_out, options.connections).result()
        targets = [
            Target(BEATS, ours.port, ours.pid, journeys),
            Target(BARE, bare.port, bare.pid, beating.bare(options.connections)),
        ]
        for target in targets:
            target.run(generator, pids, WARM_UP_SECONDS, is_warm_up=True)
        for _ in range(options.rounds):
            for target in targets:
                target.run(generator, pids, options.seconds)
        events, people = generator.submit(beating.count_events).result()
    print(f"\nBeats over {options.connections} connections, two web processes of four threads, signed in:")
    print("\n".join(_beats_table(targets)))
    print(f"{events:,} events of {people:,} people stand; the pages sent {sum(targets[0].begin):,}.", flush=True)


def _beats_table(targets: list[Target]) -> Iterator[str]:
    yield "| | a second | p50 ms | p99 ms | CPU-ms | web | PostgreSQL | MongoDB | x bare |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for each in targets:
        latencies = " | ".join(f"{each.latency_ms(percentile):.1f}" for percentile in (50, 99))
        parts = " | ".join(f"{each.part(name):.2f}" for name in ("web", "postgresql", "mongodb"))
        times = f"{each.times(targets[-1]):.1f}"
        yield f"| {each.name} | {each.per_second:.0f} | {latencies} | {each.cpu_ms:.2f} | {parts} | {times} |"


# --- The roll-up ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """What the job did, and the CPU seconds of the databases meanwhile."""

    work: summing.Work
    stores_cpu: dict[str, float]

    def row(self, name: str) -> str:
        each, cpu = self.work, (self.work.cpu_seconds, *self.stores_cpu.values())
        numbers = f"{each.events:,} | {each.people:,} | {each.rows:,} | {each.seconds:.1f} | {each.per_second:,.0f}"
        times = " | ".join(f"{seconds:.1f}" for seconds in cpu)
        return f"| {name} | {numbers} | {times} | {each.memory:.0f} | {each.memory_before:.0f} |"


def _measure_rollup(folder: Path, urls: dict[str, str], events: int) -> None:
    began, pids = time.monotonic(), _store_pids(folder)
    _do(urls, beating.forget_events)
    with copies.process(urls) as one, copies.process(urls) as other:
        halves = [each.submit(summing.generate, events, part, 2) for part, each in enumerate((one, other))]
        claimed = sum(half.result() for half in halves)
    generated = time.monotonic()
    print(f"\nRoll-up: {events:,} events generated in {generated - began:.0f} s.", flush=True)
    runs = {"the first round": _run(urls, pids)}
    rows, seconds, before = _do(urls, summing.digest)
    runs["rebuilt"] = _run(urls, pids, is_rebuild=True)
    is_equal = _do(urls, summing.digest) == (rows, seconds, before)
    time.sleep(max(0.0, generated + summing.OVERLAP_SECONDS - time.monotonic()))
    _run(urls, pids)  # what arrived within the overlap is looked at once more
    _do(urls, summing.learn_a_minute, 1_000)
    runs["a minute of 1,000 people"] = _run(urls, pids)
    print("\n".join(_runs_table(runs)))
    print(
        f"{rows:,} rows, {seconds / 3600:,.0f} of {claimed / 3600:,.0f} claimed hours counted; rebuilt "
        f"{'equal' if is_equal else 'DIFFERENT'}."
    )
    for name in ("the first round", "rebuilt"):
        speed = runs[name].work.per_second
        verdict = "met" if speed >= AIM_EVENTS_PER_SECOND else "MISSED"
        print(f"{name}: {speed:,.0f} events/s, at least {AIM_EVENTS_PER_SECOND:,}: {verdict}", flush=True)


def _run(urls: dict[str, str], pids: dict[str, int], *, is_rebuild: bool = False) -> Run:
    before = {name: cpu_seconds([pid]) for name, pid in pids.items()}
    work = _do(urls, summing.roll_up_all, is_rebuild=is_rebuild)
    return Run(work, {name: cpu_seconds([pid]) - before[name] for name, pid in pids.items()})


def _runs_table(runs: dict[str, Run]) -> Iterator[str]:
    cpu = " | ".join(f"CPU-s of {name}" for name in ("the job", *next(iter(runs.values())).stores_cpu))
    yield f"| | events | people | rows written | seconds | events/s | {cpu} | MB at most | MB before |"
    yield f"|---|{'--:|' * 10}"
    for name, run in runs.items():
        yield run.row(name)


# --- The crowd --------------------------------------------------------------------------------------


@dataclass
class Page:
    title: str
    answers: dict[str, list[Answer]] = field(default_factory=lambda: {size: [] for size in SIZES})

    def quick(self, size: str, what: str) -> float:
        """Of the quickest quarter the slowest: on shared processors the others tell of the neighbors."""
        return quantiles((getattr(answer, what) for answer in self.answers[size]), n=4)[0]

    def ratio(self, what: str) -> float:
        few, many = (self.quick(size, what) for size in SIZES)
        return many / few

    def row(self) -> str:
        cells = [self.title]
        for what in ("milliseconds", "cpu_ms", "postgresql_ms"):
            cells += [*(f"{self.quick(size, what):.2f}" for size in SIZES), f"{self.ratio(what):.2f}"]
        last = [answers[-1] for answers in self.answers.values()]
        cells += ["/".join(str(each.queries) for each in last), "/".join(f"{each.bytes / 1024:.0f}" for each in last)]
        return f"| {' | '.join(cells)} |"


def _measure_crowd(folder: Path, visits: int) -> None:
    week = time.strftime("%G-%V", time.gmtime())  # what is this week's isn't next week's
    with ExitStack() as stack:
        readers, jobs = {}, {}
        for size, learners in SIZES.items():
            fill = partial(crowding.gather, learners=learners)
            urls = copies.copied(folder, f"crowd_{size}", made_by=crowding.__file__, fill=fill, version=week)
            readers[size] = stack.enter_context(copies.process(urls))
            jobs[size] = readers[size].submit(standing.work).result()
        pages = _visited(readers, visits)
    print("\nA course of 1,000 and of 100,000 learners: milliseconds of a page, of them CPU of the web process, and in"
          " PostgreSQL:")  # fmt: skip
    print("\n".join(_crowd_table(pages)))
    for job, seconds in jobs["hundred_thousand"].items():
        print(f"{job}: {seconds:.2f} s (of 1,000: {jobs['thousand'][job]:.2f} s)")


def _visited(readers: dict[str, ProcessPoolExecutor], visits: int) -> list[Page]:
    pages = [Page(title) for title in readers["thousand"].submit(standing.titles).result()]
    for number in range(WARM_UP_VISITS + visits):
        for page in pages:
            # The one that comes second finds the processor's caches filled by the other, so they change places.
            for size in list(SIZES)[:: 1 if number % 2 else -1]:
                answer = readers[size].submit(standing.ask, page.title).result()
                if number >= WARM_UP_VISITS:
                    page.answers[size].append(answer)
    return pages


def _crowd_table(pages: list[Page]) -> Iterator[str]:
    times = " | ".join(f"{what} 1,000 | 100,000 | ratio" for what in ("ms", "CPU", "PG"))
    yield f"| page | {times} | queries | KB |"
    yield f"|---|{'--:|' * 11}"
    for page in pages:
        yield page.row()
    for page in pages:
        if page.title.startswith(AIMED_AT):
            ratio = page.ratio("milliseconds")
            verdict = "met" if ratio <= AIM_TIMES else "MISSED"
            yield f"{page.title}: {ratio:.2f} times the time for 1,000, at most {AIM_TIMES}: {verdict}"


if __name__ == "__main__":
    main()
