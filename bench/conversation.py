"""`python -m bench.conversation`: whether pages of conversation cost the same with a hundred times as much of it.

Two databases begin as copies of the one of `make bench`: one gets 200,000 comments with votes, 1,000,000 messages,
100,000 posts and what belongs to them, the other a hundredth. A process each answers pages, in turns.
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

from bench import copies, stores, talking, visiting
from bench.visiting import Answer

SIZES = {"small": 1, "large": 100}  # hundredths
AIM = 1.3
AIMED_AT = ("discussion", "inbox", "feed")
WARM_UP = 5


@dataclass
class Page:
    title: str
    answers: dict[str, list[Answer]] = field(default_factory=lambda: {size: [] for size in SIZES})

    def milliseconds(self, size: str) -> float:
        """Of the quickest quarter the slowest: on shared processors the others tell of the neighbors."""
        return quantiles((answer.milliseconds for answer in self.answers[size]), n=4)[0]

    @property
    def ratio(self) -> float:
        return self.milliseconds("large") / self.milliseconds("small")

    def row(self) -> str:
        last = {size: answers[-1] for size, answers in self.answers.items()}
        times = [f"{self.milliseconds(size):.2f}" for size in SIZES]
        queries = "/".join(str(last[size].queries) for size in SIZES)
        sizes = "/".join(f"{last[size].bytes / 1024:.0f}" for size in SIZES)
        return f"| {self.title} | {' | '.join(times)} | {self.ratio:.2f} | {queries} | {sizes} |"


def main() -> None:
    options = _options()
    folder = options.folder.absolute()
    stores.prepare(folder, print)
    from bench import report

    print(report.surroundings())
    urls = {}
    for size, hundredths in SIZES.items():
        fill = partial(talking.talk, hundredths=hundredths)
        urls[size] = copies.copied(folder, f"conversation_{size}", made_by=talking.__file__, fill=fill)
    began = time.monotonic()
    with ExitStack() as stack:
        readers = {size: stack.enter_context(copies.process(url)) for size, url in urls.items()}
        pages = _measure(readers, options.rounds, options.only)
    print("\n".join(_table(pages)))
    print(f"Lower quartiles of {options.rounds} visits of each page in turns, in {time.monotonic() - began:.0f} s.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.conversation", description=__doc__)
    var_dir = Path(os.environ.get("VAR_DIR") or stores.ROOT / "var")
    parser.add_argument("--folder", type=Path, default=var_dir / "bench", help="where its stores live (%(default)s)")
    parser.add_argument("--rounds", type=int, default=60, help="how often each page is asked for (%(default)s)")
    parser.add_argument("--only", default="", help="pages whose title contains this")
    return parser.parse_args()


# --- Measuring --------------------------------------------------------------------------------------


def _measure(readers: dict[str, ProcessPoolExecutor], rounds: int, only: str) -> list[Page]:
    titles = [title for title in readers["large"].submit(visiting.titles).result() if only in title]
    pages = [Page(title) for title in titles]
    for number in range(WARM_UP + rounds):
        for page in pages:
            # The one that comes second finds the processor's caches filled by the other, so they change places.
            for size in list(SIZES)[:: 1 if number % 2 else -1]:
                answer = readers[size].submit(visiting.ask, page.title).result()
                if number >= WARM_UP:
                    page.answers[size].append(answer)
    return pages


def _table(pages: list[Page]) -> Iterator[str]:
    yield "| page | ms small | ms large | ratio | queries | KB |"
    yield "|---|--:|--:|--:|--:|--:|"
    for page in pages:
        yield page.row()
    for page in pages:
        if page.title in AIMED_AT:
            verdict = "met" if page.ratio <= AIM else "MISSED"
            yield f"{page.title}: {page.ratio:.2f} times the time on a hundredth, at most {AIM}: {verdict}"


if __name__ == "__main__":
    main()
