"""The collections have the validators and indexes that this version of the code counts on."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from courses import content
from courses.content.consistency.furnishing import Furnished, Lack, NotTheOwner, NotUnique, furnish, lacks
from learnflow.consistency import CannotMend, Difference, Key, Kind


def _key(lack: Lack) -> Key:
    return (lack.collection, lack.index, int(lack.is_validator))


class Setup:
    """Collections, validators and indexes of an app are as a migration makes them."""

    is_passing = False

    def __init__(self, title: str, collections: Furnished) -> None:
        self.title = title
        self.collections = collections
        self.collection = Kind(
            name="collection_missing",
            title="a collection isn't there",
            remedy="make it, with its validator and indexes",
            mend=self._set_up,
        )
        self.validator = Kind(
            name="validator_missing",
            title="a collection doesn't refuse what it should",
            remedy="give it the validator of this version",
            mend=self._set_up,
        )
        self.index = Kind(
            name="index_missing",
            title="an index isn't there, or isn't the one it should be",
            remedy="build it, which takes a while on a large collection",
            mend=self._set_up,
        )
        self.kinds = (self.collection, self.validator, self.index)

    def size(self) -> int:
        return len(self.collections)

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for each in lacks(self.collections):
            is_how = "differs from the one of this version" if each.is_different else "is missing"
            if each.index:
                yield Difference(self.index, _key(each), f"{each.collection}: the index {each.index} {is_how}")
            elif each.is_validator:
                yield Difference(self.validator, _key(each), f"{each.collection}: the validator {is_how}")
            else:
                yield Difference(self.collection, _key(each), f"{each.collection}: the collection is missing")
        advance(len(self.collections))

    def _set_up(self, keys: Sequence[Key]) -> int:
        lacking = [each for each in lacks(self.collections) if _key(each) in keys]
        try:
            furnish(self.collections, lacking)
        except NotTheOwner as error:
            raise CannotMend(
                "only the owner of the database may do this: set MONGO_OWNER_URL, or run `manage.py migrate` with it"
            ) from error
        except NotUnique as error:
            raise CannotMend(f"a unique index can't be made, for more than one document has {error}") from error
        return len(lacking)


EXAMINATIONS = (Setup("Collections, validators and indexes", content.COLLECTIONS),)
