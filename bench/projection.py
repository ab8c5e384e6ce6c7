"""`python -m bench.projection`: what the copy in MongoDB adds to completing a lesson, and how fast a backlog goes.

Both are measured on the data of `make bench`, in this process: completions with and without their projection take
turns, so that both meet the same machine; then every enrollment is made to lag, and one worker's job brings them back.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from bench import stores

PERCENTILES = (50, 95)


def main() -> None:
    options = _options()
    stores.prepare(options.folder.absolute(), print)
    from bench import report

    print(report.surroundings())
    with_copy, without = _completions(options.acts)
    print(f"Completing or reopening a lesson, {options.acts} times each, milliseconds:")
    for title, milliseconds in (("without its copy", without), ("with its copy", with_copy)):
        print(f"  {title:18} " + "  ".join(f"p{each} {_percentile(milliseconds, each):6.2f}" for each in PERCENTILES))
    print(f"  the copy adds      p50 {_percentile(with_copy, 50) - _percentile(without, 50):6.2f}  (aim: under 3)")
    done, seconds = _backlog(options.backlog)
    print(f"Backlog of {done:,} enrollments, one worker: {seconds:.1f} s, {done / seconds:,.0f} a second (aim: 1,000)")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.projection", description=__doc__)
    var_dir = Path(os.environ.get("VAR_DIR") or stores.ROOT / "var")
    parser.add_argument("--folder", type=Path, default=var_dir / "bench", help="where its stores live (%(default)s)")
    parser.add_argument(
        "--acts", type=int, default=2_000, help="how often a lesson is completed, or reopened, each way"
    )
    parser.add_argument("--backlog", type=int, default=100_000, help="how many enrollments lag (%(default)s)")
    return parser.parse_args()


def _completions(acts: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each act with its projection, and without; every learner's lesson is as it was in the end."""
    from courses.services import progress

    with_copy: list[float] = []
    without: list[float] = []
    turns: list[tuple[list[float], Callable[[object], None]]] = [
        (with_copy, progress.project_soon),
        (without, lambda enrollment_ids: None),
    ]
    for number, (learner, course, lesson) in enumerate(_open_lessons(acts)):
        times, project = turns[number % 2]
        with _projecting_by(project):
            for act in (progress.complete_lesson, progress.reopen_lesson):
                began = time.perf_counter()
                act(learner=learner, course=course, lesson_id=lesson)
                times.append((time.perf_counter() - began) * 1000)
    return with_copy, without


def _open_lessons(number: int) -> Iterator[tuple[object, object, str]]:
    """(learner, course, a lesson they haven't begun), of people drawn by chance."""
    from courses.models import Enrollment, LessonProgress

    standing = Enrollment.objects.filter(status="active").select_related("user", "course")
    keys = list(standing.values_list("pk", flat=True))
    for key in Random(1).sample(keys, number):
        enrollment = standing.get(pk=key)
        begun = LessonProgress.objects.filter(enrollment=enrollment).values("lesson_id")
        place = enrollment.course.placements.exclude(lesson_id__in=begun).first()
        if place:
            yield enrollment.user, enrollment.course, place.lesson_id


@contextmanager
def _projecting_by(project: Callable[[object], None]) -> Iterator[None]:
    from courses.services import progress

    usual, progress.project_soon = progress.project_soon, project
    try:
        yield
    finally:
        progress.project_soon = usual


def _backlog(least: int) -> tuple[int, float]:
    """How many lagging enrollments were brought up to date, and in how many seconds."""
    from django.db.models import F

    from courses.models import Enrollment
    from courses.services.projection import project_lagging

    project_lagging()
    done, seconds = 0, 0.0
    while done < least:
        lagging = Enrollment.objects.filter(projected_version=F("version"))[: least - done].values("pk")
        Enrollment.objects.filter(pk__in=lagging).update(version=F("version") + 1)
        began = time.perf_counter()
        while brought := project_lagging():
            done += brought
        seconds += time.perf_counter() - began
    return done, seconds


def _percentile(milliseconds: list[float], percent: int) -> float:
    return statistics.quantiles(milliseconds, n=100)[percent - 1]


if __name__ == "__main__":
    main()
