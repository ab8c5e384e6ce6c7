"""Walking through a collection in the order of ids, a piece at a time, so that a million documents need little memory.

Every `_id` is met, whatever its type: a damaged store may hold more than ObjectIds.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from bson import MaxKey, ObjectId, encode, json_util
from pymongo import ASCENDING

from learnflow.mongo import Document, store

PIECE = 1_000  # documents read at a time
SECONDS = 60.0  # that reading a piece may take
BY_ID = [("_id", ASCENDING)]
EXACTLY = json_util.JSONOptions(json_mode=json_util.JSONMode.CANONICAL, tz_aware=True)


def count(collection: str) -> int:
    """How many documents there are, roughly."""
    with store(within=SECONDS) as db:
        return db[collection].estimated_document_count()


def walk(collection: str, *fields: str, size: int = PIECE) -> Iterator[list[Document]]:
    """Every document, these fields of it and its `_id`, `size` at a time. Raises `ContentUnavailable`."""
    last: Document | None = None
    while not _is_highest(last):
        with store(within=SECONDS) as db:
            # `min` isn't bound to one type of ids, as `$gt` is; it includes the last one, which may be gone by now.
            found = db[collection].find({}, ["_id", *fields]).hint(BY_ID).limit(size + 1)
            piece = list(found.min([("_id", last["_id"])]) if last else found)
        if last and piece and encode({"": piece[0]["_id"]}) == encode({"": last["_id"]}):  # NaN isn't NaN in Python
            del piece[0]
        if not piece:
            return
        yield piece
        last = piece[-1]


def walk_matching(collection: str, query: Document, *fields: str, size: int) -> Iterator[tuple[int, list[Document]]]:
    """Of every `size` documents those that match, with how many were looked at. Raises `ContentUnavailable`."""
    start: Document | None = None
    is_last = False
    while not is_last:
        with store(within=SECONDS) as db:
            ids = db[collection].find({}, ["_id"]).hint(BY_ID).skip(size).limit(1)
            following = next(iter(ids.min([("_id", start["_id"])]) if start else ids), None)
            following = None if _is_highest(following) else following
            found = db[collection].find(query, ["_id", *fields]).hint(BY_ID)
            found = found.min([("_id", start["_id"])]) if start else found
            matching = list(found.max([("_id", following["_id"])]) if following else found)
        yield size, matching
        start, is_last = following, following is None


def _is_highest(document: Document | None) -> bool:
    """Whether nothing can come after it; MongoDB takes no such bound."""
    return document is not None and isinstance(document["_id"], MaxKey)


def key_of(document: Document, *fields: str) -> str:
    """A text that finds this document again as long as these fields of it are what they are."""
    return json_util.dumps({name: document.get(name) for name in ("_id", *fields)}, json_options=EXACTLY)


def filter_of(key: str) -> Document:
    """What finds the document of a key; the values in it are compared, whatever they are."""
    return {name: {"$eq": value} for name, value in json_util.loads(key, json_options=EXACTLY).items()}


def id_of(document: Document) -> str:
    """The id as it is written elsewhere: 24 hex digits, or whatever somebody put there."""
    return text_of(document["_id"])


def text_of(value: Any) -> str:
    """A value as a text that PostgreSQL takes, too."""
    return str(value).replace("\0", "\ufffd")


def moment_of(document: Document, field: str) -> datetime:
    """When something was written; the moment that its id was made at when the field isn't a time."""
    moment = document.get(field)
    if isinstance(moment, datetime):
        return moment
    return document["_id"].generation_time if isinstance(document["_id"], ObjectId) else datetime.fromtimestamp(0, UTC)


def object_ids(ids: Iterable[str]) -> list[ObjectId]:
    """Those of these texts that can be ids of documents."""
    return [ObjectId(each) for each in ids if ObjectId.is_valid(each)]
