"""Progress documents beside the enrollments they are copied from: one walk over both, in the order of their keys."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from courses.content.consistency import copies
from courses.content.consistency.copies import FIRST, LAST, PersonAndCourse, StandingCopy
from courses.models import Course, Enrollment, PendingDeletion
from courses.models.locks import hold_learners
from courses.models.store_epoch import CHANGES_BITS
from courses.services.consistency.homes import Home, get_homes, read_homes
from courses.services.projection import project_anew
from learnflow.consistency import Difference, Key, Kind

PAGE = 1_000  # enrollments, and documents, in memory at a time
LOOKS = 5  # at something that is written to between two readings
MOST_PEOPLE = 2**31 - 1  # a document can name somebody whose id no person can have, nor the lock of a person
NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Suspect:
    """What isn't as it must be: an enrollment and a document, of which one may be missing."""

    kind: Kind
    home: Home | None
    copy: StandingCopy | None


def shown(version: int) -> str:
    """`epoch.changes`, as a person can compare it."""
    epoch, changes = divmod(version, 1 << CHANGES_BITS)
    return f"{epoch}.{changes}" if version >= 0 else "none"


def _pages() -> Iterator[tuple[dict[PersonAndCourse, Home], dict[PersonAndCourse, StandingCopy]]]:
    """The enrollments and the documents of one range of keys after the other; no key is between two ranges."""
    after = FIRST
    while after != LAST:
        homes = read_homes(after=after, limit=PAGE)
        until = homes[-1].key if len(homes) == PAGE else LAST
        documents = copies.read_copies(after=after, until=until, limit=PAGE)
        if len(documents) == PAGE:
            until = documents[-1].key  # there may be more documents than enrollments: the others come with the next
        yield {each.key: each for each in homes if each.key <= until}, {each.key: each for each in documents}
        after = until


def _verdict(home: Home | None, copy: StandingCopy | None, latest: datetime) -> Kind | None:
    """What is wrong with these two; `latest` is when a document that nobody names must have been written."""
    if copy is None:
        return MISSING if home and home.projected_version >= 0 else None
    if not copy.is_legible:
        return None  # its validator says so
    if home is None:
        return OF_NOBODY if copy.updated_at <= latest else None
    if copy.version > home.version:
        return AHEAD
    if copy.version < home.projected_version:
        return BEHIND
    if copy.version == home.version and not copy.shows(home.percents):
        return DIFFERENT
    return None


def _look_again(keys: Iterable[PersonAndCourse], latest: datetime) -> list[Suspect]:
    """What is wrong for certain: judged by a document read between two readings of its home that say the same.

    What is written to all the while is let be: its document is written anew with each of these acts.
    """
    found, waiting = [], list(keys)
    for _look in range(LOOKS):
        before = get_homes(waiting)
        promises = _promised_deletions()
        documents = copies.get_copies(waiting)
        after = get_homes(waiting)
        stable = [key for key in waiting if _version(before.get(key)) == _version(after.get(key))]
        for key in stable:
            home, copy = before.get(key), documents.get(key)
            kind = _verdict(home, copy, latest)
            if kind and not (kind is OF_NOBODY and any(_is_about(promise, key) for promise in promises)):
                found.append(Suspect(kind, home, copy))
        waiting = sorted(set(waiting) - set(stable))
        if not waiting:
            break
    return found


def _version(home: Home | None) -> int | None:
    return home.version if home else None


def _promised_deletions() -> list[dict[str, int]]:
    promised = PendingDeletion.objects.filter(collection=PendingDeletion.Collection.PROGRESS)
    return list(promised.values_list("filter", flat=True))


def _is_about(promise: dict[str, int], key: PersonAndCourse) -> bool:
    return promise.items() <= {"user_id": key[0], "course_id": key[1]}.items()


def _differences(suspects: Sequence[Suspect]) -> Iterator[Difference]:
    courses = {each.home.course_id for each in suspects if each.home}
    titles = dict(Course.objects.filter(pk__in=courses).values_list("pk", "title"))
    for each in suspects:
        if each.home:
            home = each.home
            whose = f"enrollment {home.enrollment_id} (person {home.user_id} in “{titles.get(home.course_id)}”)"
            yield Difference(each.kind, home.key, f"{whose}: {_sentence(each.kind, home, each.copy)}")
        elif each.copy:
            copy = each.copy
            yield Difference(
                each.kind, (*copy.key, copy.version, copy.updated_at.isoformat()), _sentence_of_nobodys(copy)
            )


def _sentence(kind: Kind, home: Home, copy: StandingCopy | None) -> str:
    if copy is None:
        return f"no document, and version {shown(home.projected_version)} was noted as written"
    versions = f"the document shows version {shown(copy.version)}"
    if kind is BEHIND:
        return f"{versions}, and {shown(home.projected_version)} was noted as written"
    if kind is AHEAD:
        lost = copy.completed_only_here(home.percents)
        completed = f"completed there and not here: {', '.join(lost)}" if lost else "nothing is completed only there"
        return f"{versions}, the enrollment is at {shown(home.version)}; {completed}"
    return f"{versions} as the enrollment does; {_contradiction(home.percents, copy)}"


def _sentence_of_nobodys(copy: StandingCopy) -> str:
    whose = f"person {copy.user_id} in course {copy.course_id}"
    completed = f"completed lessons: {', '.join(copy.completed_lessons) or 'none'}"
    return f"{whose}: no enrollment; written at {copy.updated_at:%F %T} UTC, version {shown(copy.version)}, {completed}"


def _contradiction(percents: dict[str, int], copy: StandingCopy) -> str:
    lessons = sorted(percents.keys() | copy.lessons.keys())
    differing = [
        f"lesson {each} stands at {copy.lessons.get(each, 0)} % there and {percents.get(each, 0)} % here"
        for each in lessons
        if copy.lessons.get(each, 0) != percents.get(each, 0)
    ]
    return ", ".join(differing) or f"its list of completed lessons is {', '.join(copy.completed_lessons) or 'empty'}"


def _write_anew(keys: Sequence[Key]) -> int:
    """Write what PostgreSQL says into the documents that still don't say it; what these said besides is set aside."""
    found = [each for each in _look_again(((int(user), int(course)) for user, course in keys), NEVER) if each.home]
    for kind in (AHEAD, DIFFERENT):
        taken_back = [each.copy for each in found if each.kind is kind and each.copy]
        copies.take_back(taken_back, because=kind.name)
    return project_anew(each.home.enrollment_id for each in found if each.home)


def _take_away(keys: Sequence[Key]) -> int:
    """Delete documents that still are nobody's and as they were; none of these people can enroll meanwhile."""
    seen = {(int(user), int(course)): (version, moment) for user, course, version, moment in keys}
    with transaction.atomic():
        hold_learners(user for user, _course in seen if 0 < user <= MOST_PEOPLE)
        found = [each.copy for each in _look_again(seen, datetime.now(UTC)) if each.kind is OF_NOBODY and each.copy]
        unchanged = [each for each in found if (each.version, each.updated_at.isoformat()) == seen[each.key]]
        return copies.take_away(unchanged, because=OF_NOBODY.name)


MISSING = Kind(
    name="progress_missing",
    title="a progress document that was written isn't there",
    remedy="write it anew from PostgreSQL; what only the document knew (positions, times) is lost",
    mend=_write_anew,
)
BEHIND = Kind(
    name="progress_behind",
    title="a progress document is older than the version that was noted as written",
    remedy="write it anew from PostgreSQL",
    mend=_write_anew,
)
AHEAD = Kind(
    name="progress_ahead",
    title="a progress document is newer than its enrollment: PostgreSQL lost what was acknowledged, or is an older one",
    remedy="write it anew from PostgreSQL; the document as it was is set aside for 90 days",
    mend=_write_anew,
)
DIFFERENT = Kind(
    name="progress_different",
    title="a progress document says something else than PostgreSQL at the same version",
    remedy="write it anew from PostgreSQL; the document as it was is set aside for 90 days",
    mend=_write_anew,
)
OF_NOBODY = Kind(
    name="progress_of_nobody",
    title="a progress document belongs to no enrollment",
    remedy="delete it; it is set aside for 90 days",
    mend=_take_away,
)


class ProgressCopies:
    """Every enrollment and every progress document, side by side."""

    title = "Progress documents"
    is_passing = False
    kinds: Sequence[Kind] = (MISSING, BEHIND, AHEAD, DIFFERENT, OF_NOBODY)

    def size(self) -> int:
        return Enrollment.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        latest = datetime.now(UTC) - grace
        for homes, documents in _pages():
            suspects = [
                key
                for key in sorted(homes.keys() | documents.keys())
                if _verdict(homes.get(key), documents.get(key), latest)
            ]
            if suspects:
                yield from _differences(_look_again(suspects, latest))
            advance(len(homes))


EXAMINATIONS = (ProgressCopies(),)
