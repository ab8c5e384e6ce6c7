"""`python -m bench`: load the data unless they are there, measure every page beside the floor, print a table."""

import argparse
import multiprocessing
import os
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from bench import load, stores
from bench.accounting import children_of, memory_of
from bench.measuring import Target
from bench.servers import WebServer, web_server

FLOORS = ("catalogue", "course", "lesson")
# Each process of ours has to meet every course once; the others keep next to nothing.
WARM_UP_SECONDS, SHORT_WARM_UP_SECONDS = 14.0, 3.0


def main() -> None:
    options = _options()
    stores.prepare(options.folder.absolute(), print)
    from bench import report

    print(report.surroundings())
    began = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        generator = stack.enter_context(ProcessPoolExecutor(1, mp_context=context))
        ours = stack.enter_context(web_server("learnflow.wsgi:application"))
        floor = stack.enter_context(web_server("bench.floor:application"))
        bare = stack.enter_context(
            web_server("django.core.wsgi:get_wsgi_application()", DJANGO_SETTINGS_MODULE="bench.bare")
        )
        targets = _targets(options, ours, floor, bare)
        _measure(targets, generator, options)
        workers = [memory_of(pid) for pid in children_of(ours.pid)]
    print("\n".join(report.table(targets)))
    print("\n".join(report.aims(targets, workers)))
    print(f"{options.rounds} rounds of {options.seconds:g} s, {options.connections} connections, in "
          f"{time.monotonic() - began:.0f} s.")  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    var_dir = Path(os.environ.get("VAR_DIR") or stores.ROOT / "var")
    parser.add_argument("--folder", type=Path, default=var_dir / "bench", help="where its stores live (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is measured (%(default)s)")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long a round takes (%(default)s)")
    parser.add_argument("--connections", type=int, default=8, help="how many learners ask at once (%(default)s)")
    parser.add_argument(
        "--only", default="home,catalogue,course,lesson,discussion,complete", help="pages (%(default)s)"
    )
    return parser.parse_args()


def _targets(options: argparse.Namespace, ours: WebServer, floor: WebServer, bare: WebServer) -> list[Target]:
    """Every page of ours, each floor beside its page, and the bare view."""
    from bench.journeys import shared_out, sign_in
    from bench.report import FLOOR
    from bench.world import World

    visits, targets = sign_in(World()), []
    for page in options.only.split(","):
        journeys = shared_out(visits, page, options.connections)
        targets.append(Target(page, ours.port, ours.pid, journeys, expected=302 if page == "complete" else 200))
        if page in FLOORS:
            filled = _filled(journeys, ours.port, floor.port)
            targets.append(Target(FLOOR + page, floor.port, floor.pid, filled))
    constant = [[visits[0].get("/")]] * options.connections
    return [*targets, Target("bare view", bare.port, bare.pid, constant)]


def _filled(journeys: list[list[bytes]], ours: int, floor: int) -> list[list[bytes]]:
    """The requests for the floor, that it fill its pages up to the size of ours."""
    sample = journeys[0][0]
    missing = len(load.body_of(ours, sample)[1]) - len(load.body_of(floor, sample)[1])
    asked = f"?fill={max(0, missing)} HTTP/1.1".encode()
    return [[request.replace(b" HTTP/1.1", asked, 1) for request in journey] for journey in journeys]


def _measure(targets: list[Target], generator: Executor, options: argparse.Namespace) -> None:
    from learnflow.embedded import SERVERS
    from learnflow.embedded.place import Place

    place = Place(options.folder.absolute() / "stores")
    pids = {server.name: server(place, durable=True).pid() or 0 for server in SERVERS}
    for target in targets:
        is_ours = target.name in options.only.split(",")
        seconds = WARM_UP_SECONDS if is_ours else SHORT_WARM_UP_SECONDS
        target.run(generator, pids, seconds, is_warm_up=True)
    for number in range(options.rounds):
        print(f"Round {number + 1} of {options.rounds}", flush=True)
        for target in targets:
            target.run(generator, pids, options.seconds)


if __name__ == "__main__":
    main()
