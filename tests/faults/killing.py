"""What can happen to a site: parts of it are killed, or made to hang, at moments that a seed chooses."""

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from learnflow.embedded.server import Server
from tests.faults.site import Site, children_of

PAUSE_SECONDS = (0.3, 3.7)  # between one kill and the next: what was killed last may not have recovered
GONE_SECONDS = (0.0, 1.0)  # until somebody starts again what was killed
HANGING_SECONDS = (0.5, 4.0)

Kill = Callable[[Site, random.Random], None]


def web_process(site: Site, choose: random.Random) -> None:
    kill(choose.choice(site.web_processes() or [0]))


def web_master(site: Site, choose: random.Random) -> None:
    if site.web:
        kill(site.web.pid)


def worker(site: Site, choose: random.Random) -> None:
    if site.worker:
        kill(site.worker.pid)


def mongod(site: Site, choose: random.Random) -> None:
    kill(store(site, "MongoDB").pid())


def mongod_hangs(site: Site, choose: random.Random) -> None:
    pid = store(site, "MongoDB").pid()
    if pid:
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(choose.uniform(*HANGING_SECONDS))
        finally:
            os.kill(pid, signal.SIGCONT)


def postgresql_backend(site: Site, choose: random.Random) -> None:
    """PostgreSQL takes it for a crash: it ends every session, and recovers."""
    kill(choose.choice(backends(site) or [0]))


def postgresql(site: Site, choose: random.Random) -> None:
    kill(store(site, "PostgreSQL").pid())


def everything(site: Site, choose: random.Random) -> None:
    masters = [each.pid for each in (site.web, site.worker) if each]
    stores = [each.pid() for each in site.stores.servers]
    for pid in [*masters, *site.web_processes(), *backends(site), *stores]:
        kill(pid)


KINDS: dict[Kill, int] = {
    web_process: 22,
    web_master: 8,
    worker: 10,
    mongod: 18,
    mongod_hangs: 10,
    postgresql_backend: 16,
    postgresql: 8,
    everything: 8,
}  # how often each comes, of 100


def title_of(kind: Kill) -> str:
    return kind.__name__.replace("_", " ")


def strike(site: Site, kills: int, seed: str, kinds: Sequence[Kill] = tuple(KINDS)) -> Counter[str]:
    """Kill so many times, and tend the site in between; how often each kind came.

    Every kind comes once, as far as there is room, before chance chooses.
    """
    choose = random.Random(f"{seed}/kills")
    first = choose.sample(kinds, min(kills, len(kinds)))
    rest = choose.choices(kinds, [KINDS[kind] for kind in kinds], k=kills - len(first))
    done: Counter[str] = Counter()
    for kind in first + rest:
        site.tend_for(choose.uniform(*PAUSE_SECONDS))
        kind(site, choose)
        done[title_of(kind)] += 1
        time.sleep(choose.uniform(*GONE_SECONDS))
    site.tend()
    return done


def kill(pid: int | None) -> None:
    """`kill -9`; whoever is gone already is as good as killed."""
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def store(site: Site, title: str) -> Server:
    return next(each for each in site.stores.servers if each.title == title)


def backends(site: Site) -> list[int]:
    """PostgreSQL's processes that serve the application."""
    pid = store(site, "PostgreSQL").pid()
    return [each for each in children_of(pid) if b"learnflow_app" in _command_line(each)] if pid else []


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
