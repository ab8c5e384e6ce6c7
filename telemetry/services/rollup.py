"""The roll-up: events become rows by day, sums of enrollments, standings of weeks and copies in documents.

A round looks whose events arrived since the one before, reads everything of the days that these can have changed, and
writes these days anew. Only at the very end it notes how far it came: what breaks off anywhere is done again.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from accounts.models import AuditAction
from accounts.services import audit
from courses.models import Enrollment
from learnflow.consistency import Watch
from telemetry import events
from telemetry.events import Arrivals
from telemetry.models import Rollup, TimeSpent
from telemetry.periods import monday_of
from telemetry.services.rounds import Round, begun_round
from telemetry.services.sums import WEEK, Written, write_sums
from telemetry.union import DAY, LONGEST, PersonSums, sum_events

if TYPE_CHECKING:
    from accounts.models import User

OVERLAP = timedelta(minutes=2)  # an event takes less from its place in the order until it can be seen
COVERED = timedelta(days=398)  # days since then have all their events: MongoDB deletes these after 400 days
PEOPLE, ROWS = 500, 10_000  # written at a time
ANOTHER_LOOK = 60.0  # seconds: so often a rebuild looks what has arrived meanwhile

PersonAndCourse = tuple[int, int]


@dataclass
class Summary:
    """What was done: people looked at, events read, rows that differed from what stood, rows that went."""

    people: int = 0
    events: int = 0
    rows: int = 0
    deleted: int = 0

    def add(self, sums: Sequence[PersonSums], written: Written) -> None:
        self.people += len(sums)
        self.events += sum(each.events for each in sums)
        self.rows += written.rows
        self.deleted += written.deleted


@dataclass(frozen=True)
class Window:
    """Days of people whose clocks are so many minutes ahead of UTC, at least and at most."""

    first_day: date
    last_day: date
    least_ahead: int
    most_ahead: int

    @property
    def begins(self) -> datetime:
        """In UTC, with what can still reach into the first day."""
        return _midnight(self.first_day) - timedelta(minutes=self.most_ahead) - LONGEST

    @property
    def ends(self) -> datetime:
        return _midnight(self.last_day) + DAY - timedelta(minutes=self.least_ahead)

    @property
    def in_weeks(self) -> "Window":
        """More than two days become whole weeks: so many people have the same after a long pause."""
        if self.last_day - self.first_day <= DAY:
            return self
        last = monday_of(self.last_day) + WEEK - DAY
        return Window(monday_of(self.first_day), last, self.least_ahead, self.most_ahead)

    @property
    def anywhere(self) -> "Window":
        """All days that events of these days can be on, wherever their people were."""
        most = events.MOST_MINUTES
        return Window(self.first_day - 2 * DAY, self.last_day + 2 * DAY, -most, most)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def roll_up(*, watch: Watch | None = None, patience: timedelta = timedelta(0)) -> Summary:
    """Sum what arrived since the round before. Called outside any transaction.

    Raises `RoundUnderWay`, when that is still so after `patience`, `RoundLost` and `ContentUnavailable`.
    """
    summary = Summary()
    with begun_round(patience=patience) as mine:
        _sum_arrivals(mine, summary, watch or Watch())
    return summary


def rebuild(*, person: "User | None" = None, watch: Watch | None = None, patience: timedelta = timedelta(0)) -> Summary:
    """Sum everybody's events anew, or one person's, and what arrived meanwhile. Called outside any transaction.

    Days whose events are no more, because they are too old, stay as they are. Raises as `roll_up` does.
    """
    summary, watch = Summary(), watch or Watch()
    with begun_round(patience=patience) as mine:
        if person:
            watch.begin("Time of a person", 1)
            sum_window(mine, covered_days(), [person.pk], summary, watch, also=with_time)
        else:
            _sum_everybody(mine, summary, watch)
    resource = person or ("telemetry", "everybody")
    audit.record(actor=None, action=AuditAction.TIME_REBUILT, resource=resource, details=asdict(summary))
    return summary


def count_waiting(*, person: "User | None" = None, is_rebuild: bool) -> tuple[int, int]:
    """Of how many people a round would look at how many events that arrived; or a rebuild, roughly, altogether.

    Raises `ContentUnavailable`.
    """
    if person:
        return 1, events.count_events(person.pk)
    watermark = Rollup.objects.values_list("watermark", flat=True).first() or 0
    if is_rebuild or not _is_known(watermark, events.clock()):
        return count_everybody(), events.count_events()
    arrivals = list(chain.from_iterable(_arrivals_since(watermark)))
    return len({each.person_id for each in arrivals}), sum(each.events for each in arrivals)


def _sum_everybody(mine: Round, summary: Summary, watch: Watch) -> None:
    """All days that have their events; and now and then what has arrived meanwhile, so that it needn't wait."""
    clock = events.clock()
    until, looked = mine.watermark if _is_known(mine.watermark, clock) else clock, time.monotonic()
    watch.begin("Time of people", count_everybody())
    for ids in everybody():
        sum_window(mine, covered_days(), ids, summary, watch, also=with_time)
        if time.monotonic() - looked > ANOTHER_LOOK:
            until, looked = _sum_since(mine, until, Summary(), Watch()), time.monotonic()
    mine.note(_sum_since(mine, until, Summary(), Watch()))


def covered_days() -> Window:
    """All days that still have all their events."""
    today, most = timezone.now().date(), events.MOST_MINUTES
    return Window(today - COVERED, today + 2 * DAY, -most, most)


def count_everybody() -> int:
    """How many people, roughly, `everybody` has."""
    return Enrollment.objects.values("user_id").distinct().count()


def everybody() -> Iterator[list[int]]:
    """Everybody who can have time anywhere, some at a time: who learns, or once did."""
    last = 0
    while ids := _next_people(last):
        yield ids
        last = ids[-1]


def _next_people(last: int) -> list[int]:
    enrolled = Enrollment.objects.filter(user_id__gt=last).order_by("user_id").values_list("user_id", flat=True)
    with_time = TimeSpent.objects.filter(user_id__gt=last).order_by("user_id").values_list("user_id", flat=True)
    return sorted({*enrolled.distinct()[:PEOPLE], *with_time.distinct()[:PEOPLE]})[:PEOPLE]


def with_time(person_ids: Sequence[int]) -> list[PersonAndCourse]:
    """Where enrollments of these people say that they took time, whether it has rows and events or not."""
    return list(
        Enrollment.objects.filter(user_id__in=person_ids)
        .filter(~Q(seconds_spent=0))
        .values_list("user_id", "course_id")
    )


def _sum_arrivals(mine: Round, summary: Summary, watch: Watch) -> None:
    if _is_known(mine.watermark, events.clock()):
        mine.note(_sum_since(mine, mine.watermark, summary, watch))
    else:
        _sum_everybody(mine, summary, watch)


def _is_known(watermark: int, clock: int) -> bool:
    """Whether what arrived since can be told: not the first time, and not where MongoDB's clock was put back."""
    return watermark > 0 and clock >= _before(watermark)


def _before(moment: int) -> int:
    return max(0, moment - (int(OVERLAP.total_seconds()) << 32))


def _arrivals_since(moment: int) -> Iterator[list[Arrivals]]:
    """Only of days that have all their events. Nothing is to come: such an event is damaged."""
    days = covered_days()
    yield from events.find_arrivals(after=_before(moment), begins=days.begins, ends=days.ends)


def _sum_since(mine: Round, moment: int, summary: Summary, watch: Watch) -> int:
    """Sum what arrived since this moment by MongoDB's clock; the moment until which all is summed then."""
    until, arrivals = events.clock(), dict[int, Arrivals]()
    for slice in _arrivals_since(moment):
        mine.hold_on()
        for each in slice:
            others = arrivals.get(each.person_id)
            arrivals[each.person_id] = each.with_others(others) if others else each
    watch.begin("Time of people", len(arrivals))
    for window, person_ids in _windows(arrivals.values()):
        sum_window(mine, window, person_ids, summary, watch)
    return until


def _windows(arrivals: Iterable[Arrivals]) -> Iterator[tuple[Window, list[int]]]:
    """Which days are to be written anew of whom, some people at a time.

    Whose clock is all around ahead of UTC by as much needs only the days on which something arrived. Otherwise what
    arrived may take time from events of other days, and other days may have events of the same hours.
    """
    settled, travellers = defaultdict(list), defaultdict(list)
    for each in arrivals:
        first = (each.begins + timedelta(minutes=each.least_ahead)).date()
        last = (each.ends + LONGEST + timedelta(minutes=each.most_ahead)).date()
        window = Window(first, last, each.least_ahead, each.most_ahead).in_weeks
        if each.least_ahead == each.most_ahead:
            settled[window].append(each.person_id)
        else:
            travellers[window.anywhere].append(each.person_id)
    for window, people in settled.items():
        around = window.anywhere
        for ids in _batches(people):
            moved = events.find_travellers(ids, begins=around.begins, ends=around.ends, ahead=window.least_ahead)
            travellers[around].extend(sorted(moved))
            yield window, [each for each in ids if each not in moved]
    for window, people in travellers.items():
        yield from ((window, ids) for ids in _batches(people))


def _batches(people: Sequence[int]) -> Iterator[list[int]]:
    yield from (list(people[at : at + PEOPLE]) for at in range(0, len(people), PEOPLE))


def sum_window(
    mine: Round,
    window: Window,
    person_ids: Sequence[int],
    summary: Summary,
    watch: Watch,
    also: Callable[[Sequence[int]], Iterable[PersonAndCourse]] = lambda person_ids: (),
) -> None:
    """Write these days of these people anew; `also` says whose sums besides.

    However much they did, what waits to be written stays small. Days that have lost their events stay as they are.
    """
    for batch in read_sums(window, person_ids, on_person=mine.hold_on):
        written = write_sums(
            mine,
            batch,
            first_day=max(window.first_day, covered_days().first_day),
            last_day=window.last_day,
            also=also([each.person_id for each in batch]),
        )
        summary.add(batch, written)
        watch.advance(len(batch))


def read_sums(
    window: Window, person_ids: Sequence[int], *, on_person: Callable[[], None] = lambda: None
) -> Iterator[list[PersonSums]]:
    """What these people's events come to, some people at a time; of who has none, nothing.

    Days beside those of the window aren't whole. Raises `ContentUnavailable`.
    """
    batch, rows, rest = [], 0, set(person_ids)
    for sums in sum_events(events.read_events(person_ids, begins=window.begins, ends=window.ends)):
        batch.append(sums)
        rest.discard(sums.person_id)
        rows += len(sums.spent)
        on_person()
        if rows > ROWS:
            yield batch
            batch, rows = [], 0
    batch += [PersonSums(person_id) for person_id in sorted(rest)]
    if batch:
        yield batch
