"""Progress documents that wait for the worker longer than it takes."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from courses.models import Enrollment
from courses.services.consistency.progress import shown
from courses.services.projection import project_progress
from learnflow.consistency import Difference, Key, Kind

PAGE = 1_000


def _project(keys: Sequence[Key]) -> int:
    return project_progress(
        Enrollment.objects.lagging().filter(pk__in=[pk for pk, _version in keys]).values_list("pk", flat=True)
    )


WAITING = Kind(
    name="progress_waiting",
    title="a progress document waits for the worker, longer than it takes",
    remedy="write it now; look also whether the worker runs",
    mend=_project,
)


class WaitingCopies:
    """Enrollments whose documents are behind: the worker looks for these every few seconds."""

    title = "Progress that waits for its document"
    is_passing = True
    kinds: Sequence[Kind] = (WAITING,)

    def size(self) -> int:
        return Enrollment.objects.lagging().count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        last = 0
        shown_of_each = ("user_id", "version", "projected_version", "course__title")
        lagging = Enrollment.objects.lagging().select_related("course").only(*shown_of_each)
        while page := list(lagging.filter(pk__gt=last)[:PAGE]):
            for each in page:
                versions = f"version {shown(each.version)} waits, {shown(each.projected_version)} was written last"
                whose = f"enrollment {each.pk} (person {each.user_id} in “{each.course.title}”)"
                yield Difference(WAITING, (each.pk, each.version), f"{whose}: {versions}")
            last = page[-1].pk
            advance(len(page))


EXAMINATIONS = (WaitingCopies(),)
