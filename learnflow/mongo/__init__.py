"""The one door to MongoDB: client, database, breaker, validators and indexes.

Content modules write `with mongo.store() as db:`. A store that doesn't answer raises `ContentUnavailable`, at
first after its time-out, then at once: the breaker stays open until a thread of its own has had an answer.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pymongo
from bson.codec_options import DatetimeConversion
from django.conf import settings
from pydantic import BaseModel
from pymongo import IndexModel, MongoClient
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, ConnectionFailure, PyMongoError, WTimeoutError

from learnflow.mongo.watching import Watcher

Document = dict[str, Any]

SETUP_TIMEOUT_MS = 600_000  # an index over a large collection takes its time, and nobody's page waits for it
PING_SECONDS = 2.0
STEADY_SECONDS = 10.0  # a failure so soon after an answer is a relapse
MOST_RELAPSES = 3  # then it is left alone for seven pauses
# A server that was started a moment ago takes requests before it knows the keys with which it has signed the times
# that clients have from it, and refuses them: MongoDB's KeyNotFound.
KEYS_NOT_LOADED = 211


class ContentUnavailable(Exception):
    """MongoDB doesn't answer; what is at home in PostgreSQL goes on."""


@dataclass
class Breaker:
    """Once a call has failed, refuses all others at once, until a thread of its own has had an answer.

    So nobody's page is the one that tries. The first question goes out at once: after a hiccup hardly anyone is
    refused. A store that answers questions and fails at work is left alone for longer each time.
    """

    answers: Callable[[], bool]
    pause: float  # seconds between two questions
    is_open: bool = False
    closed_at: float = 0.0
    relapses: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    asking: threading.Thread | None = None

    def check(self) -> float:
        """The moment, for `trip`. Raises `ContentUnavailable` while the breaker is open."""
        if self.is_open:
            self._keep_asking()
            raise ContentUnavailable("the breaker is open")
        return time.monotonic()

    def trip(self, began: float) -> None:
        """A call failed that began at this moment; what began before the last answer came says nothing new."""
        with self.lock:
            if self.is_open or began < self.closed_at:
                return
            is_relapse = time.monotonic() - self.closed_at < STEADY_SECONDS
            self.relapses = min(self.relapses + 1, MOST_RELAPSES) if is_relapse else 0
            self.is_open = True
        self._keep_asking()

    def reset(self) -> None:
        """As if nothing had ever failed."""
        with self.lock:
            self.is_open, self.closed_at, self.relapses = False, 0.0, 0

    def _keep_asking(self) -> None:
        """Have the thread; one that was there before a fork isn't there in the child."""
        with self.lock:
            if self.is_open and not (self.asking and self.asking.is_alive()):
                self.asking = threading.Thread(target=self._ask, name="mongodb-breaker", daemon=True)
                self.asking.start()

    def _ask(self) -> None:
        time.sleep(self.pause * (2**self.relapses - 1))
        while self.is_open and not self.answers():
            time.sleep(self.pause)
        with self.lock:
            self.asking = None
            if self.is_open:
                self.is_open, self.closed_at = False, time.monotonic()


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
        # A damaged date that Python has no year for must keep nobody from the documents around it.
        datetime_conversion=DatetimeConversion.DATETIME_CLAMP,
        event_listeners=[Watcher()] if settings.SLOW_QUERY_MS > 0 else [],
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


def _answers() -> bool:
    try:
        with pymongo.timeout(PING_SECONDS):
            database().command("ping")
    except PyMongoError:
        return False
    return True


breaker = Breaker(_answers, pause=settings.MONGO_BREAKER_PAUSE_SECONDS)


@contextmanager
def store(*, within: float | None = None) -> Iterator[Database[Document]]:
    """The database, behind the breaker; `within` bounds the whole block, in seconds.

    Raises `ContentUnavailable` when the store doesn't answer. Other errors (a duplicate key, a refused document)
    pass: they say something about the work, not about the store.
    """
    began = breaker.check()
    try:
        if within is None:
            yield database()
        else:
            with pymongo.timeout(within):
                yield database()
    except (ConnectionFailure, WTimeoutError) as error:
        breaker.trip(began)
        raise ContentUnavailable(str(error)) from error
    except PyMongoError as error:
        if error.timeout or getattr(error, "code", None) == KEYS_NOT_LOADED:
            breaker.trip(began)
            raise ContentUnavailable(str(error)) from error
        raise


def ping() -> float:
    """Milliseconds that the store took to answer. Raises `ContentUnavailable`, at once while the breaker is open."""
    began = time.perf_counter()
    with store(within=PING_SECONDS) as db:
        db.command("ping")
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
