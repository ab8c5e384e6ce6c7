"""What MongoDB says of its collections and indexes: sizes, uses, and what is declared and isn't there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from pydantic import BaseModel
from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from learnflow import mongo
from learnflow.mongo import ContentUnavailable, Document

NAMESPACE_NOT_FOUND, UNAUTHORIZED = 26, 13

Declared = Iterable[tuple[str, type[BaseModel], list[IndexModel]]]


@dataclass(frozen=True)
class Index:
    """`uses` since `since`; None where whoever asked may not know. What MongoDB needs it for besides is `purpose`."""

    name: str
    size: int
    purpose: str
    uses: int | None
    since: datetime | None


@dataclass(frozen=True)
class Collection:
    """Sizes in bytes: of the documents, on the disk, and how much of that is free; `documents` is an estimate."""

    name: str
    documents: int
    size: int
    on_disk: int
    free: int
    indexes: tuple[Index, ...]


@dataclass(frozen=True)
class MongoFindings:
    """`unused` and `missing` as `progress.progress_of_a_course`; of a collection that is missing, its name."""

    version: str
    collections: tuple[Collection, ...]
    unused: tuple[str, ...]
    missing: tuple[str, ...]
    uses_known: bool


def look(declared: Declared, *, from_rows: int) -> MongoFindings:
    """What is there, and which of the declared collections and indexes aren't. Raises `ContentUnavailable`.

    An index counts as unused only on collections of so many documents.
    How often indexes are used only a monitor may ask, so it is asked as the owner where MONGO_OWNER_URL is set.
    """
    try:
        with mongo.connect(settings.MONGO_OWNER_URL) as client:
            database = client.get_default_database("learnflow")
            names = sorted(database.list_collection_names(filter={"type": "collection"}))
            collections = tuple(_looked_at(database, names))
            return MongoFindings(
                version=client.server_info()["version"],
                collections=tuple(sorted(collections, key=lambda each: -each.on_disk)),
                unused=tuple(_unused(each for each in collections if each.documents >= from_rows)),
                missing=tuple(_missing(declared, collections)),
                uses_known=all(index.uses is not None for each in collections for index in each.indexes),
            )
    except ConnectionFailure as error:
        raise ContentUnavailable(str(error)) from error
    except PyMongoError as error:
        if error.timeout:
            raise ContentUnavailable(str(error)) from error
        raise


def _looked_at(database: Database[Document], names: Iterable[str]) -> Iterator[Collection]:
    for name in names:
        if name.startswith("system."):
            continue
        try:
            [found] = database[name].aggregate([{"$collStats": {"storageStats": {}}}])
        except OperationFailure as error:
            if error.code == NAMESPACE_NOT_FOUND:
                continue  # it went meanwhile
            raise
        stats = found["storageStats"]
        sizes = stats.get("indexSizes", {})
        yield Collection(
            name=name,
            documents=stats["count"],
            size=stats["size"],
            on_disk=stats["storageSize"] + stats["totalIndexSize"],
            free=stats.get("freeStorageSize", 0),
            indexes=tuple(_indexes(database, name, sizes)),
        )


def _indexes(database: Database[Document], name: str, sizes: dict[str, int]) -> Iterator[Index]:
    uses = _uses(database, name)
    for index, description in database[name].index_information().items():
        used = uses.get(index) if uses is not None else None
        yield Index(
            name=index,
            size=sizes.get(index, 0),
            purpose=_purpose(index, description),
            uses=used["ops"] if used else None if uses is None else 0,
            since=used["since"] if used else None,
        )


def _uses(database: Database[Document], name: str) -> dict[str, Any] | None:
    """By index; None when this user may not know."""
    try:
        return {each["name"]: each["accesses"] for each in database[name].aggregate([{"$indexStats": {}}])}
    except OperationFailure as error:
        if error.code == UNAUTHORIZED:
            return None
        raise


def _purpose(name: str, description: dict[str, Any]) -> str:
    """What it does even if no search uses it."""
    if name == "_id_":
        return "every collection has it"
    if description.get("unique"):
        return "keeps values unique"
    return "lets documents expire" if "expireAfterSeconds" in description else ""


def _unused(collections: Iterable[Collection]) -> Iterator[str]:
    for each in collections:
        for index in each.indexes:
            if index.uses == 0 and not index.purpose:
                yield f"{each.name}.{index.name}"


def _missing(declared: Declared, collections: Iterable[Collection]) -> Iterator[str]:
    there = {each.name: {index.name for index in each.indexes} for each in collections}
    for name, _model, indexes in declared:
        if name not in there:
            yield name
            continue
        for index in indexes:
            if index.document["name"] not in there[name]:
                yield f"{name}.{index.document['name']}"
