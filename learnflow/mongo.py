"""The one door to MongoDB: client, database, breaker, validators and indexes.

Content modules write `with mongo.store() as db:`. A store that doesn't answer raises `ContentUnavailable`, at
first after its time-out, then at once: the breaker stays open for a few seconds and lets one try through at a time.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pymongo
from django.conf import settings
from pydantic import BaseModel
from pymongo import IndexModel, MongoClient
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, ConnectionFailure, PyMongoError, WTimeoutError

Document = dict[str, Any]

SETUP_TIMEOUT_MS = 600_000  # an index over a large collection takes its time, and nobody's page waits for it


class ContentUnavailable(Exception):
    """MongoDB doesn't answer; what is at home in PostgreSQL goes on."""


@dataclass
class Breaker:
    """Refuses at once after a failure, for `seconds`; then lets one caller try while the others are still refused."""

    seconds: float
    closed_again_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Raise `ContentUnavailable` while the breaker is open; take the one try when its time has come."""
        if not self.closed_again_at:
            return
        with self.lock:
            if self.closed_again_at > time.monotonic():
                raise ContentUnavailable("the breaker is open")
            if self.closed_again_at:
                self.closed_again_at = time.monotonic() + self.seconds

    def trip(self) -> None:
        self.closed_again_at = time.monotonic() + self.seconds

    def reset(self) -> None:
        self.closed_again_at = 0.0


breaker = Breaker(settings.MONGO_BREAKER_SECONDS)
_client: MongoClient[Document] | None = None
_client_lock = threading.Lock()


def connect(url: str, *, timeout_ms: int = settings.MONGO_ANSWER_TIMEOUT_MS) -> MongoClient[Document]:
    """A client with our time-outs; every write is acknowledged by a majority, journaled."""
    return MongoClient(
        url,
        appname="learnflow",
        maxPoolSize=10,
        serverSelectionTimeoutMS=settings.MONGO_SELECTION_TIMEOUT_MS,
        connectTimeoutMS=settings.MONGO_SELECTION_TIMEOUT_MS,
        timeoutMS=timeout_ms,
        w="majority",
        journal=True,
        tz_aware=True,
    )


def client() -> MongoClient[Document]:
    """This process's client, made at its first use (so after the fork)."""
    global _client
    if _client is None:
        with _client_lock:
            if _client is None:
                _client = connect(settings.MONGO_URL)
    return _client


def database() -> Database[Document]:
    return client().get_default_database("learnflow")


@contextmanager
def store(*, within: float | None = None) -> Iterator[Database[Document]]:
    """The database, behind the breaker; `within` bounds the whole block, in seconds.

    Raises `ContentUnavailable` when the store doesn't answer. Other errors (a duplicate key, a refused document)
    pass: they say something about the work, not about the store.
    """
    breaker.check()
    try:
        if within is None:
            yield database()
        else:
            with pymongo.timeout(within):
                yield database()
    except (ConnectionFailure, WTimeoutError) as error:
        breaker.trip()
        raise ContentUnavailable(str(error)) from error
    except PyMongoError as error:
        if error.timeout:
            breaker.trip()
            raise ContentUnavailable(str(error)) from error
        breaker.reset()
        raise
    else:
        breaker.reset()


def ping(within: float = 2.0) -> float:
    """Milliseconds that the store took to answer; goes past the breaker. Raises `ContentUnavailable`."""
    began = time.perf_counter()
    try:
        with pymongo.timeout(within):
            client().admin.command("ping")
    except PyMongoError as error:
        raise ContentUnavailable(str(error)) from error
    return (time.perf_counter() - began) * 1000


def ensure_collection(name: str, model: type[BaseModel], indexes: Sequence[IndexModel]) -> None:
    """Give a collection its validator and indexes; doing it again changes nothing. Needs the owner's rights."""
    owner = connect(settings.MONGO_OWNER_URL, timeout_ms=SETUP_TIMEOUT_MS)
    try:
        db = owner.get_default_database("learnflow")
        try:
            db.create_collection(name)
        except CollectionInvalid:
            pass  # it stands already
        db.command("collMod", name, validator={"$jsonSchema": json_schema(model)}, validationLevel="strict")
        if indexes:
            db[name].create_indexes(list(indexes))
    finally:
        owner.close()


def json_schema(model: type[BaseModel]) -> Document:
    """A model's schema as MongoDB takes it: `$defs` written out, JSON types as BSON types, `_id` allowed."""
    schema = model.model_json_schema()
    return _converted(schema, schema.get("$defs", {}))


BSON_TYPES: dict[str, str | list[str]] = {
    "integer": ["int", "long"],
    "number": ["int", "long", "double"],
    "boolean": "bool",
    "string": "string",
    "object": "object",
    "array": "array",
    "null": "null",
}
SUPPORTED = {"required", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"}


def _converted(node: Document, definitions: Document) -> Document:
    if "$ref" in node:
        return _converted(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    if "bsonType" in node:
        return {"bsonType": node["bsonType"]}
    result: Document = {key: value for key, value in node.items() if key in SUPPORTED}
    if "type" in node:
        result["bsonType"] = BSON_TYPES[node["type"]]
    if "const" in node:
        result["enum"] = [node["const"]]
    if "anyOf" in node:
        result["anyOf"] = [_converted(option, definitions) for option in node["anyOf"]]
    if "items" in node:
        result["items"] = _converted(node["items"], definitions)
    if "properties" in node:
        result["properties"] = {name: _converted(child, definitions) for name, child in node["properties"].items()}
    if isinstance(node.get("additionalProperties"), dict):
        result["additionalProperties"] = _converted(node["additionalProperties"], definitions)
    return result
