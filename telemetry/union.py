"""Seconds of somebody's clock, each counted once, whatever the number of their tabs and devices.

An event is credited with the part of its interval that comes after the end of everything that began before it, and
this part belongs to the day that its person had then. What began more than `LONGEST` earlier has ended, so the credit
of an event depends on hardly anything before it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

LONGEST = timedelta(seconds=30)
DAY, NOTHING, SECOND = timedelta(days=1), timedelta(0), timedelta(seconds=1)

LESSON = re.compile(r"[0-9a-f]{24}")

# Person, beginning, end, course, lesson, and the minutes that the person's clock was ahead of UTC.
Event = tuple[int, datetime, datetime, int, str, int]
Place = tuple[int, str, date]  # course, lesson, day


@dataclass(slots=True)
class Spent:
    """How long, and how many events gave something to it."""

    time: timedelta = NOTHING
    events: int = 0

    @property
    def seconds(self) -> int:
        """Whole seconds: what is begun doesn't count."""
        return self.time // SECOND


@dataclass(slots=True)
class PersonSums:
    """What the events of one person come to; `latest` is when the last of them ended, by course."""

    person_id: int
    spent: dict[Place, Spent] = field(default_factory=dict)
    latest: dict[int, datetime] = field(default_factory=dict)
    events: int = 0


def sum_events(events: Iterable[Event]) -> Iterator[PersonSums]:
    """The sums of one person after the other. The events come in their order as tuples, times in UTC.

    Whole days come out right when everything is there that began within `LONGEST` before them.
    """
    for person_id, theirs in groupby(events, key=itemgetter(0)):
        yield _sum_person(int(person_id), theirs)


def _sum_person(person_id: int, events: Iterable[Event]) -> PersonSums:
    sums = PersonSums(person_id)
    spent, latest = sums.spent, sums.latest
    until = day_begins = day_ends = None  # the day of the event before
    ahead: int | None = None
    for _person, begins, ends, course_id, lesson_id, offset in _sound(events):
        sums.events += 1
        if course_id not in latest or latest[course_id] < ends:
            latest[course_id] = ends
        if until is not None and begins < until:
            begins = until
        if ends <= begins:
            continue
        until = ends
        if offset != ahead or day_begins is None or not day_begins <= begins < day_ends:
            ahead, (day, day_begins, day_ends) = offset, _day_of(begins, offset)
        if ends > day_ends:
            _add(spent, (course_id, lesson_id, day), day_ends - begins)
            begins = day_ends
            day, day_begins, day_ends = _day_of(begins, offset)
        _add(spent, (course_id, lesson_id, day), ends - begins)
    return sums


def _sound(events: Iterable[Event]) -> Iterator[Event]:
    """Those that can have come through the site: a damaged one counts for nothing, and holds up no other."""
    places = set()
    for each in events:
        _person, begins, ends, course_id, lesson_id, offset = each
        try:
            if not begins < ends <= begins + LONGEST:
                continue
            if (course_id, lesson_id, offset) not in places:
                if not (is_whole(course_id) and is_whole(offset) and LESSON.fullmatch(lesson_id)):
                    continue
                places.add((course_id, lesson_id, offset))
        except (TypeError, OverflowError):
            continue
        yield each


def is_whole(value: object) -> bool:
    """Whether this is a whole number of no more than 63 bits."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _add(spent: dict[Place, Spent], place: Place, time: timedelta) -> None:
    if (sum := spent.get(place)) is None:
        sum = spent[place] = Spent()
    sum.time += time
    sum.events += 1


def _day_of(moment: datetime, offset: int) -> tuple[date, datetime, datetime]:
    """The day that a moment falls on for somebody whose clock is so many minutes ahead, with its bounds in UTC."""
    local = moment + timedelta(minutes=offset)
    begins = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(minutes=offset)
    return local.date(), begins, begins + DAY
