"""Events: each passes its validator, and is of somebody and something that is there."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from courses.content.consistency import walks
from courses.models import Course
from learnflow.consistency import Difference, Key, Kind
from telemetry import events

PAGE = 1_000  # people at a time
SPAN = 5_000  # events that MongoDB judges at a time
BEYOND = 2**62  # no person has such an id


def _take_away(keys: Sequence[Key]) -> int:
    return events.take_away_damaged([str(key) for key, _ in keys], because=DamagedEvents.damaged.name)


class DamagedEvents:
    """Every event passes its validator, takes no longer than one can, and has its place in the order of arrival."""

    title = "Events"
    is_passing = False
    damaged = Kind(
        name="event_damaged",
        title="an event whose fields aren't as they must be: it may count for nothing",
        remedy="delete it; it is set aside for 90 days",
        mend=_take_away,
    )
    kinds: Sequence[Kind] = (damaged,)

    def size(self) -> int:
        return events.count_events()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        shown = ("user_id", "course_id", "lesson_id", "started_at", "ended_at")
        for looked_at, found in walks.walk_matching(events.NAME, events.DAMAGED, *shown, size=SPAN):
            for each in found:
                says = ", ".join(f"{name} {walks.text_of(each.get(name))}" for name in shown)
                yield Difference(self.damaged, (walks.key_of(each), walks.id_of(each)), f"{walks.id_of(each)}: {says}")
            advance(looked_at)


def _are_gone(person_id: int, course_id: int) -> bool:
    is_person = 0 < person_id < BEYOND and User.objects.filter(pk=person_id).exists()
    is_course = 0 < course_id < BEYOND and Course.objects.filter(pk=course_id).exists()
    return not (is_person and is_course)


def _delete(keys: Sequence[Key]) -> int:
    """No person and no course comes back with the same number."""
    pairs = [(int(person_id), int(course_id)) for person_id, course_id, _number in keys]
    return sum(
        bool(events.delete_events(user_id=person_id, course_id=course_id))
        for person_id, course_id in pairs
        if _are_gone(person_id, course_id)
    )


class EventsOfNobody:
    """Every event is of a person and a course that are there."""

    title = "People and courses of events"
    is_passing = False
    of_nobody = Kind(
        name="events_of_nobody",
        title="events of a person or a course that isn't there",
        remedy="delete them",
        mend=_delete,
    )
    kinds: Sequence[Kind] = (of_nobody,)

    def size(self) -> int:
        return User.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        latest, last = timezone.now() - grace, -BEYOND
        courses = list(Course.objects.values_list("pk", flat=True))
        while last < BEYOND:
            people = list(User.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PAGE])
            until = people[-1] if len(people) == PAGE else BEYOND
            found = events.find_strangers(after=last, until=until, people=people, courses=courses, written=latest)
            for person_id, course_id, number in found:
                if _are_gone(person_id, course_id):
                    sentence = f"person {person_id} in course {course_id}: {number} events"
                    yield Difference(self.of_nobody, (person_id, course_id, number), sentence)
            advance(len(people))
            last = until


EXAMINATIONS = (DamagedEvents(), EventsOfNobody())
