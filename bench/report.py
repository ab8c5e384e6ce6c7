"""What is printed."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.accounting import Memory
from bench.measuring import Target
from bench.stores import ROOT

HEAD = ("page", "CPU-ms", "web", "PostgreSQL", "MongoDB", "x floor", "requests/s", "p50 ms", "p99 ms", "bytes")
AIM_TIMES, AIM_CPU_MS, AIM_MEGABYTES = 3.0, 6.0, 200
FLOOR = "floor: "


def surroundings() -> str:
    """Commit and machine, in one line."""
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    model = cpu.partition(":")[2].strip() or "unknown processor"
    changed = " with local changes" if _git("status", "--porcelain", "--untracked-files=no") else ""
    commit = _git("rev-parse", "--short", "HEAD") or "unknown"
    return f"Commit {commit}{changed}; {os.cpu_count()} cores ({model}), load {os.getloadavg()[0]:.1f} before."


def table(targets: list[Target]) -> Iterator[str]:
    """The measurements as a Markdown table."""
    floors = {target.name.removeprefix(FLOOR): target for target in targets if target.name.startswith(FLOOR)}
    yield f"| {' | '.join(HEAD)} |"
    yield f"|---|{'--:|' * (len(HEAD) - 1)}"
    for target in targets:
        parts = [f"{target.part(name):.2f}" for name in ("web", "postgresql", "mongodb")]
        times = f"{target.times(floors[target.name]):.1f}" if target.name in floors else ""
        latencies = [f"{target.latency_ms(percentile):.1f}" for percentile in (50, 99)]
        cells = [target.name, f"{target.cpu_ms:.2f}", *parts, times, f"{target.per_second:.0f}", *latencies]
        yield f"| {' | '.join(cells)} | {target.size:,.0f} |"


def aims(targets: list[Target], workers: list[Memory]) -> Iterator[str]:
    """What was to be reached, and whether it is."""
    by_name = {target.name: target for target in targets}
    for name in ("catalogue", "course", "lesson"):
        if name in by_name and FLOOR + name in by_name:
            times = by_name[name].times(by_name[FLOOR + name])
            yield f"{name}: {times:.1f} times the floor, at most {AIM_TIMES:.0f}: {_verdict(times <= AIM_TIMES)}"
    if "discussion" in by_name:
        cost = by_name["discussion"].cpu_ms
        yield f"discussion: {cost:.2f} CPU-ms, at most {AIM_CPU_MS:.0f}: {_verdict(cost <= AIM_CPU_MS)}"
    for memory in workers:
        yield (
            f"web process: {memory.resident:.0f} MB resident, {memory.proportional:.0f} MB proportional, under "
            f"{AIM_MEGABYTES}: {_verdict(memory.resident < AIM_MEGABYTES)}"
        )


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "MISSED"


def _git(*arguments: str) -> str:
    try:
        said = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.strip()
