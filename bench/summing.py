"""A month of events of the learners of the world, and what the roll-up needs for them."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from pymongo import WriteConcern

Document = dict[str, Any]

DAYS = 30
OVERLAP_SECONDS = 130.0  # for so long after its arrival an event is found once more, and a little
BATCH = 5_000
BEAT_SECONDS = (15, 20)
SITTING_EVENTS = (20, 120)
LESSON_EVENTS = 40  # after which one goes on to the next lesson
EVERY_NTH_HAS_TWO_TABS = 8  # sittings, in which half of the time is that of two tabs
CLOCKS = (0, 60, 120, 330, -300, -480)  # minutes ahead of UTC
DIGEST = """
SELECT count(*), sum(seconds_spent), md5(string_agg(concat_ws(' ', user_id, course_id, lesson_id, day, seconds_spent,
       events), '|' ORDER BY user_id, course_id, lesson_id, day)) FROM telemetry
"""


@dataclass(frozen=True)
class Work:
    """One run of the roll-up: events that it read, rows that it wrote, and what it took. Memory in megabytes, at most,
    and before it began."""

    events: int
    people: int
    rows: int
    seconds: float
    cpu_seconds: float  # of its own process
    memory: float
    memory_before: float

    @property
    def per_second(self) -> float:
        return self.events / self.seconds


def generate(events: int, part: int, parts: int) -> float:
    """Insert this part of so many events, by person; how many seconds of learning they claim."""
    from learnflow import mongo

    claimed = 0.0
    with mongo.connect(os.environ["MONGO_OWNER_URL"], timeout_ms=600_000) as client:
        quick = WriteConcern(w=1, j=False)
        collection = client.get_default_database().course_telemetry.with_options(write_concern=quick)
        documents = _documents(events, part, parts)
        while batch := list(islice(documents, BATCH)):
            collection.insert_many(batch, ordered=False, bypass_document_validation=True)
            claimed += sum(each["seconds_spent"] for each in batch)
    return claimed


def roll_up_all(*, is_rebuild: bool) -> Work:
    """A round, in this process, which should have done nothing else."""
    from telemetry.services import rollup

    before, began, cpu = _memory(), time.perf_counter(), time.process_time()
    summary = rollup.rebuild() if is_rebuild else rollup.roll_up()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return Work(summary.events, summary.people, summary.rows, seconds, cpu_seconds, _memory(), before)


def learn_a_minute(people: int) -> None:
    """What arrives within a minute while so many people learn: three or four events each."""
    from bench.world import World
    from learnflow import mongo

    now = datetime.now(UTC).replace(microsecond=0)
    enrollments = World().enrollments[:: max(1, len(World().enrollments) // people)][:people]
    documents = [
        _document(each.user, each.course, 0, now - timedelta(seconds=17 * (number + 1)), 17, 60, f"now{number}")
        for each in enrollments
        for number in range(3 + each.user % 2)
    ]
    mongo.database().course_telemetry.insert_many(documents, ordered=False)


def digest() -> tuple[int, int, str]:
    """Rows, seconds in them, and a digest of all."""
    from bench.visiting import row

    number, seconds, text = row(DIGEST)
    return number, int(seconds), text


def _memory() -> float:
    """The most of this program so far."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def _documents(events: int, part: int, parts: int) -> Iterator[Document]:
    from bench.world import World

    courses: dict[int, list[Any]] = {}
    for enrollment in World().enrollments:
        courses.setdefault(enrollment.user, []).append(enrollment.course)
    each = -(-events // len(courses))
    people = sorted(courses)[part::parts]
    for user in people:
        yield from islice(month_of(user, courses[user]), each)


def month_of(user: int, courses: list[Any]) -> Iterator[Document]:
    """One sitting after the other, spread over the days, and then more on the same days."""
    random = Random(user)
    begins = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    ahead, number, day = CLOCKS[user % len(CLOCKS)], 0, random.randrange(DAYS)
    while True:
        at = begins + timedelta(days=day % DAYS, seconds=random.randrange(80_000))
        course, lesson = random.choice(courses), random.randrange(20)
        has_two_tabs = random.randrange(EVERY_NTH_HAS_TWO_TABS) == 0
        for beat in range(random.randint(*SITTING_EVENTS)):
            seconds = random.randint(*BEAT_SECONDS)
            place = lesson + beat // LESSON_EVENTS
            yield _document(user, course, place, at, seconds, ahead, f"{number}")
            number += 1
            if has_two_tabs and beat % 2:
                yield _document(user, course, place + 1, at + timedelta(seconds=7), seconds, ahead, f"{number}")
                number += 1
            at += timedelta(seconds=seconds)
        day += random.randint(1, 5)


def _document(user: int, course: Any, place: int, at: datetime, seconds: int, ahead: int, number: str) -> Document:
    from telemetry.events import WHEN_IT_ARRIVES

    ends = at + timedelta(seconds=seconds)
    return {
        "_id": f"{user}:{number:0>32}",
        "user_id": user,
        "course_id": course.id,
        "lesson_id": course.lessons[place % len(course.lessons)].id,
        "started_at": at,
        "ended_at": ends,
        "seconds_spent": float(seconds),
        "utc_offset": ahead,
        "claimed": {"seconds": seconds, "age": 0},
        "session": "bench",
        "created_at": ends,
        "arrived": WHEN_IT_ARRIVES,
    }
