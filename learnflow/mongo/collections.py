"""Whole collections of MongoDB: read at one point in time, and replaced by others.

Documents pass as the bytes they are, so what no validator would take comes back as it was.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from bson import CodecOptions
from bson.raw_bson import RawBSONDocument
from django.conf import settings
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from learnflow import mongo
from learnflow.mongo import ContentUnavailable, Document

BESIDE = "restoring_"  # before the name of a collection that is to take another's place
ANSWER_MS = 60_000  # of one batch; nobody's page waits for it
AT_ONCE_SECONDS = 2.0
BATCH_BYTES, BATCH_DOCUMENTS = 8_000_000, 1_000
TOO_OLD, UNAVAILABLE = 239, 246


class SnapshotLost(Exception):
    """MongoDB no longer knows what stood at the point in time, or its collections were changed meanwhile."""


class StoreRefused(Exception):
    """MongoDB answered that it can't or won't; the message is its own."""


class Snapshot:
    """The documents of the application's database as they stood when `begin` was called."""

    def __init__(self, database: Database[Document], session: ClientSession) -> None:
        self._database, self._session = database, session
        self.server_version: str = database.client.server_info()["version"]
        self.collections = _collections(database)

    def begin(self) -> None:
        """Fix the point in time: now. Others are waiting, so it is done soon or not at all."""
        with pymongo.timeout(AT_ONCE_SECONDS):
            self._database[(self.collections or ["lessons"])[0]].find_one({}, ["_id"], session=self._session)

    def find_ids(self, collection: str, query: Document) -> list[Any]:
        """The ids of all documents that match."""
        return [each["_id"] for each in self._database[collection].find(query, ["_id"], session=self._session)]

    def batches(self, collection: str, query: Document) -> Iterator[bytes]:
        """All documents that match, some at a time, one after the other as BSON."""
        yield from self._database[collection].find_raw_batches(query, session=self._session, batch_size=BATCH_DOCUMENTS)


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """The application's database, to be read at one point in time: within five minutes, for MongoDB forgets.

    Raises `ContentUnavailable`, `SnapshotLost` and `StoreRefused`.
    """
    with (
        _spoken_for(settings.MONGO_URL, ANSWER_MS) as database,
        database.client.start_session(snapshot=True) as session,
    ):
        yield Snapshot(database, session)


class Beside:
    """Collections that are filled beside those that stand, and then take their places."""

    def __init__(self, database: Database[Document]) -> None:
        self._database = database
        self._raw = database.with_options(codec_options=CodecOptions(document_class=RawBSONDocument))
        self.clear()

    def clear(self) -> None:
        """Drop what an interrupted attempt left."""
        for name in self._database.list_collection_names():
            if name.startswith(BESIDE):
                self._database.drop_collection(name)

    def standing(self) -> list[str]:
        """The names of the collections that stand and aren't empty."""
        return [name for name in _collections(self._database) if self._database[name].find_one({}, ["_id"])]

    def fill(self, name: str, documents: Iterable[bytes]) -> Iterator[int]:
        """Write these documents into a new collection beside `name`; yields how many, batch by batch."""
        self._database.create_collection(BESIDE + name)
        collection, batch, size = self._raw[BESIDE + name], [], 0
        for document in documents:
            batch.append(RawBSONDocument(document))
            size += len(document)
            if size >= BATCH_BYTES or len(batch) >= BATCH_DOCUMENTS:
                collection.insert_many(batch, ordered=False)
                yield len(batch)
                batch, size = [], 0
        if batch:
            collection.insert_many(batch, ordered=False)
            yield len(batch)

    def highest(self, name: str, field: str, *, below: int) -> int:
        """The highest whole number `below` another in this field, over what stands and what was filled beside it; at
        least 0."""
        whole = {"$match": {field: {"$type": ["int", "long"], "$not": {"$type": "array"}, "$lt": below}}}
        highest = {"$group": {"_id": None, "highest": {"$max": f"${field}"}}}
        found = [list(self._database[each].aggregate([whole, highest])) for each in (name, BESIDE + name)]
        return max([0, *(each[0]["highest"] for each in found if each)])

    def take_places(self, names: Iterable[str]) -> None:
        """Put those filled where the others stand, one after the other; collections with no other name go."""
        for name in names:
            self._database[BESIDE + name].rename(name, dropTarget=True)
        for name in set(_collections(self._database)) - set(names):
            self._database.drop_collection(name)


@contextmanager
def beside() -> Iterator[Beside]:
    """The owner's way to replace collections. Raises `ContentUnavailable` and `StoreRefused`."""
    with _spoken_for(settings.MONGO_OWNER_URL, mongo.SETUP_TIMEOUT_MS) as database:
        collections = Beside(database)
        try:
            yield collections
        finally:
            collections.clear()


@contextmanager
def _spoken_for(url: str, timeout_ms: int) -> Iterator[Database[Document]]:
    """The database over a client of its own, its failures in our words."""
    client = mongo.connect(url, timeout_ms=timeout_ms)
    try:
        # Within a long time-out it would be tried again and again whether anybody is there.
        with pymongo.timeout(settings.MONGO_ANSWER_TIMEOUT_MS / 1000):
            client.admin.command("ping")
        yield client.get_default_database("learnflow")
    except OperationFailure as error:
        if error.code in (TOO_OLD, UNAVAILABLE):
            raise SnapshotLost(str(error)) from error
        raise StoreRefused(str(error)) from error
    except ConnectionFailure as error:
        raise ContentUnavailable(str(error)) from error
    except PyMongoError as error:
        if error.timeout:
            raise ContentUnavailable(str(error)) from error
        raise StoreRefused(str(error)) from error
    finally:
        client.close()


def _collections(database: Database[Document]) -> list[str]:
    names = database.list_collection_names(filter={"type": "collection"})
    return sorted(name for name in names if not name.startswith(("system.", BESIDE)))
