"""What processes cost, as the operating system counts it."""

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PARENT, FIRST_TIME, LAST_TIME = 1, 11, 15  # places in /proc/<pid>/stat after the name


@dataclass(frozen=True)
class Memory:
    """Megabytes of one process: resident, and proportional (what is shared counted in parts)."""

    resident: float
    proportional: float


def cpu_seconds(roots: Iterable[int]) -> float:
    """Processor time that these processes and their descendants, also those gone by now, have used so far."""
    times, children = _processes()
    waiting, total = list(roots), 0
    while waiting:
        pid = waiting.pop()
        total += times.get(pid, 0)
        waiting += children[pid]
    return total / TICKS


def children_of(pid: int) -> list[int]:
    return sorted(_processes()[1][pid])


def memory_of(pid: int) -> Memory:
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:] if ":" in line
    )
    resident, proportional = (int(fields[name].split()[0]) / 1024 for name in ("Rss", "Pss"))
    return Memory(resident, proportional)


def _processes() -> tuple[dict[int, int], dict[int, list[int]]]:
    """Ticks of each process with its children that have ended, and the children that live."""
    times: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            pid = int(folder.name)
            times[pid] = sum(map(int, fields[FIRST_TIME:LAST_TIME]))
            children[int(fields[PARENT])].append(pid)
    return times, children
