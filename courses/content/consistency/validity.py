"""Documents that MongoDB's own validators refuse, found by asking MongoDB; and mending them field by field.

A validator judges what is written. What was written before it, or past it, it doesn't look at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from bson.codec_options import DatetimeConversion
from pydantic import BaseModel
from pymongo.errors import WriteError

from courses.content import lessons, progress
from courses.content.consistency import inventory, walks
from courses.content.consistency.mended_fields import mended_body, mended_progress
from courses.content.documents import Lesson, LessonBody, LessonRevision, Progress
from courses.content.evolution import as_stored, in_todays_shape, schema_version
from courses.content.set_aside import set_aside
from courses.content.stand_ins import stand_in_revision
from learnflow.mongo import Document, json_schema, store

VALIDATORS = {name: json_schema(model) for name, model, _ in (*lessons.COLLECTIONS, *progress.COLLECTIONS)}
TODAYS: dict[str, type[BaseModel]] = {"lessons": Lesson, "lesson_revisions": LessonRevision, "progress": Progress}
REFUSED = 121  # by the validator
SPAN = 5_000  # documents that MongoDB judges at a time
SHOWN = 200  # invalid ones that are looked at more closely at a time
VALUE_LENGTH = 60


@dataclass(frozen=True)
class Invalid:
    """A document with the fields that are wrong, and what stands in them."""

    key: str
    document_id: str
    values: dict[str, str]


def walk_invalid(collection: str) -> Iterator[tuple[int, list[Invalid]]]:
    """Of a piece of documents the invalid ones, and how many the piece has. Raises `ContentUnavailable`."""
    for looked_at, found in walks.walk_matching(collection, _failing(VALIDATORS[collection]), size=SPAN):
        ids = [each["_id"] for each in found]
        for beginning in range(0, len(ids), SHOWN):
            yield 0, _look(collection, ids[beginning : beginning + SHOWN])
        yield looked_at, []


def _failing(schema: Document) -> Document:
    return {"$nor": [{"$jsonSchema": schema}]}


def _look(collection: str, ids: list[Any]) -> list[Invalid]:
    wrong = _wrong_fields(collection, ids)
    with store(within=walks.SECONDS) as db:
        documents = list(db[collection].find({"_id": {"$in": ids}}))
    return [
        Invalid(
            walks.key_of(each),
            walks.id_of(each),
            {name: _shown(each, name) for name in wrong[walks.key_of(each)]},
        )
        for each in documents
        if walks.key_of(each) in wrong
    ]


def _wrong_fields(collection: str, ids: list[Any], *, inside: str = "") -> dict[str, list[str]]:
    """The names of wrong fields by the key of their document; `inside` looks into one field of it."""
    todays = json_schema(LessonBody if inside else TODAYS[collection])
    wrong: dict[str, list[str]] = {}
    with store(within=walks.SECONDS) as db:
        for name, schema in todays["properties"].items():
            right: Document = {"properties": {name: schema}}
            if name in todays["required"]:
                right["required"] = [name]
            if inside:
                right = {"required": [inside], "properties": {inside: {"bsonType": "object", **right}}}
            for each in db[collection].find({"_id": {"$in": ids}, **_failing(right)}, ["_id"]):
                wrong.setdefault(walks.key_of(each), []).append(name)
    return wrong


def _shown(document: Document, name: str) -> str:
    if name not in document:
        return "missing"
    text = repr(document[name])
    return text if len(text) <= VALUE_LENGTH else f"{text[: VALUE_LENGTH - 1]}…"


# --- Mending --------------------------------------------------------------------------------------


def mend_lesson(key: str, *, course_id: int, title: str, language: str, because: str) -> bool:
    """Give an invalid lesson what it needs: from its newest revision, else what these say, else an honest default.

    False when it isn't invalid any more, or somebody wrote it meanwhile.
    """
    document, wrong = _read("lessons", key)
    if not wrong:
        return False
    lesson_id, now = walks.id_of(document), datetime.now(UTC)
    defaults = {
        "course_id": course_id,
        "version": inventory.newest_versions([lesson_id]).get(lesson_id, 0) + 1,
        "schema_version": schema_version(),
        "source": None,
        "created_at": _made_at(document),
        "updated_at": now,
        "updated_by": None,
    }
    fallback = inventory.newest_body(lesson_id)
    body = _mended(document, document, wrong, fallback=fallback, title=title, language=language)
    changed = {name: value for name, value in defaults.items() if name in wrong} | {"schema_version": schema_version()}
    return _write("lessons", document, {**body, **changed}, because=because)


def mend_revision(key: str, *, language: str, because: str) -> bool:
    """Give an invalid revision what it needs; one that doesn't say of what it is goes. Answers like `mend_lesson`."""
    document, wrong = _read("lesson_revisions", key)
    if not wrong:
        return False
    if {"lesson_id", "version"} & set(wrong):
        return inventory.take_away("lesson_revisions", _exactly(document), because=because)
    defaults = {"author_id": None, "created_at": _made_at(document)}
    changed = {name: value for name, value in defaults.items() if name in wrong} | {"schema_version": schema_version()}
    lost = stand_in_revision(version=document["version"], language=language)
    body = as_stored(lost)
    if isinstance(document.get("body"), dict):
        inner = _wrong_fields("lesson_revisions", [document["_id"]], inside="body").get(walks.key_of(document), [])
        body = _mended(document, document["body"], inner, fallback=None, title=lost["title"], language=language)
    return _write("lesson_revisions", document, {**changed, "body": body}, because=because)


def _mended(document: Document, body: Document, wrong: list[str], **known: Any) -> Document:
    """The body of a lesson or revision as it is to be stored, in today's shape and with its wrong fields mended."""
    of_version = {"schema_version": document.get("schema_version"), "body": dict(body)}
    today = in_todays_shape(of_version)["body"]
    # What an older shape called otherwise isn't missing.
    still_wrong = [name for name in wrong if name in body or name not in today]
    return as_stored({**today, **mended_body(today, still_wrong, **known)})


def mend_progress(key: str, *, because: str) -> bool:
    """Give an invalid progress document what it needs; one that doesn't say whose it is goes. Answers like
    `mend_lesson`.

    When something is wrong with what is copied from elsewhere, all of it counts as not copied yet.
    """
    document, wrong = _read("progress", key)
    if not wrong:
        return False
    if {"user_id", "course_id"} & set(wrong):
        return inventory.take_away("progress", _exactly(document), because=because)
    changed = mended_progress(document, wrong)
    if set(progress.NOT_COPIED_YET) & set(wrong):
        changed |= progress.NOT_COPIED_YET
    return _write("progress", document, changed, because=because)


def whose(keys: Iterable[str]) -> set[tuple[int, int]]:
    """The (user, course) of these progress documents, as far as they stand and say it."""
    query = {"_id": {"$in": [walks.filter_of(key)["_id"]["$eq"] for key in keys]}}
    integers = {"user_id": inventory.INTEGER, "course_id": inventory.INTEGER}
    with store() as db:
        return {(each["user_id"], each["course_id"]) for each in db.progress.find({**query, **integers})}


def _read(collection: str, key: str) -> tuple[Document, list[str]]:
    """The document as it is now, and which of its fields are wrong."""
    with store() as db:
        exactly = db.codec_options.with_options(datetime_conversion=DatetimeConversion.DATETIME_AUTO)
        documents = db.get_collection(collection, codec_options=exactly)
        document = documents.find_one({**walks.filter_of(key), **_failing(VALIDATORS[collection])}) or {}
    if not document:
        return {}, []
    return document, _wrong_fields(collection, [document["_id"]]).get(walks.key_of(document), [])


def _write(collection: str, document: Document, changed: Document, *, because: str) -> bool:
    """Write these fields into the document if it is as it was read, and valid then; it is set aside first."""
    set_aside(collection, [document], because=because)
    new = {name: value for name, value in changed.items() if name not in document or value is not document[name]}
    try:
        with store() as db:
            return bool(db[collection].update_one(_exactly(document), {"$set": new}).matched_count)
    except WriteError as error:
        if error.code != REFUSED:
            raise
        return False


def _exactly(document: Document) -> Document:
    """What finds this document only as long as nobody has written it."""
    return {"_id": {"$eq": document["_id"]}, "$expr": {"$eq": ["$$ROOT", {"$literal": document}]}}


def _made_at(document: Document) -> datetime:
    return document["_id"].generation_time if isinstance(document["_id"], ObjectId) else datetime.now(UTC)
