"""What can happen to a site: parts of it are killed, or made to hang, at moments that a seed chooses."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from learnflow.embedded.processes import is_alive
from learnflow.embedded.server import Server
from tests.faults.site import LOOK_SECONDS, Site, children_of

PAUSE_SECONDS = (0.2, 3.3)  # between one kill and the next: what was killed last may not have recovered
GONE_SECONDS = (0.0, 1.0)  # until somebody starts again what was killed
HANGING_SECONDS = (0.5, 4.0)

Kill = Callable[[Site, random.Random], bool]  # whether there was anything to kill


def web_process(site: Site, choose: random.Random) -> bool:
    return kill(choose.choice(site.web_processes() or [0]))


def web_master(site: Site, choose: random.Random) -> bool:
    return site.web is not None and kill(site.web.pid)


def worker(site: Site, choose: random.Random) -> bool:
    return site.worker is not None and kill(site.worker.pid)


def mongod(site: Site, choose: random.Random) -> bool:
    return kill(store(site, "MongoDB").pid())


def mongod_hangs(site: Site, choose: random.Random) -> bool:
    pid = store(site, "MongoDB").pid()
    if pid is None:
        return False
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(choose.uniform(*HANGING_SECONDS))
    finally:
        os.kill(pid, signal.SIGCONT)
    return True


def postgresql_backend(site: Site, choose: random.Random) -> bool:
    """PostgreSQL takes it for a crash: it ends every session, and recovers."""
    return kill(choose.choice(backends(site) or [0]))


def postgresql(site: Site, choose: random.Random) -> bool:
    return kill(store(site, "PostgreSQL").pid())


def everything(site: Site, choose: random.Random) -> bool:
    masters = [each.pid for each in (site.web, site.worker) if each]
    stores = [each.pid() for each in site.stores.servers]
    for pid in [*masters, *site.web_processes(), *backends(site), *stores]:
        kill(pid)
    return all(stores)


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

    Every kind comes once, as far as there is room, before chance chooses. What runs no more, or not yet, is killed when
    it runs again.
    """
    choose, details = random.Random(f"{seed}/kills"), random.Random(f"{seed}/details")
    first = choose.sample(kinds, min(kills, len(kinds)))
    rest = choose.choices(kinds, [KINDS[kind] for kind in kinds], k=kills - len(first))
    done: Counter[str] = Counter()
    for kind in first + rest:
        site.tend_for(choose.uniform(*PAUSE_SECONDS))
        while not kind(site, details):
            site.tend_for(LOOK_SECONDS)
        done[title_of(kind)] += 1
        site.note(f"killed: {title_of(kind)}")
        time.sleep(choose.uniform(*GONE_SECONDS))
    site.tend()
    return done


def kill(pid: int | None) -> bool:
    """`kill -9`; False when there is nobody any more."""
    if not pid or not is_alive(pid):
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


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
