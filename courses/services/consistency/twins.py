"""One progress document per learner and course, one revision per version: as long as their unique indexes are there."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from courses.content.consistency.twins import find_twins, part_twins, said
from learnflow.consistency import Difference, Key, Kind


class Twins:
    """Of a collection's documents each is the only one of its kind."""

    is_passing = False

    def __init__(self, collection: str, name: str, title: str) -> None:
        self.collection = collection
        self.title = f"Twins in “{collection}”"
        remedy = "keep the newest of them; the others are set aside for 90 days"
        self.kinds = (Kind(name, title, remedy, self._part),)

    def size(self) -> int:
        return 1

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for key, count in find_twins(self.collection):
            yield Difference(self.kinds[0], (key,), f"{said(key)}: {count} documents")
        advance(1)

    def _part(self, keys: Sequence[Key]) -> int:
        return sum(part_twins(self.collection, str(key), because=self.kinds[0].name) for (key,) in keys)


EXAMINATIONS = (
    Twins("progress", "progress_twice", "more than one progress document of the same learner and course"),
    Twins("lesson_revisions", "revision_twice", "more than one revision of the same version of a lesson"),
)
