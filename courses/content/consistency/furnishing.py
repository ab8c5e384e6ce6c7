"""Collections, validators and indexes as they stand, compared with what `content.set_up` makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from pydantic import BaseModel
from pymongo import IndexModel
from pymongo.errors import ConnectionFailure, DuplicateKeyError, OperationFailure

from learnflow import mongo
from learnflow.mongo import ContentUnavailable, Document, json_schema, store

Furnished = Sequence[tuple[str, type[BaseModel], list[IndexModel]]]
NOT_ALLOWED = {13, 18}  # unauthorized, wrong password
SAYS_NOTHING = {"v", "ns", "background", "textIndexVersion", "key"}
OF_TEXT = {"default_language": "english", "language_override": "language"}


class NotTheOwner(Exception):
    """The address in MONGO_OWNER_URL may not change collections."""


class NotUnique(Exception):
    """Documents that stand are against a unique index."""


@dataclass(frozen=True)
class Lack:
    """What a collection lacks: itself, its validator, or the index of this name."""

    collection: str
    index: str = ""
    is_validator: bool = False
    is_different: bool = False


def lacks(collections: Furnished) -> list[Lack]:
    """What isn't there, or isn't as it should be. Raises `ContentUnavailable`."""
    found: list[Lack] = []
    with store() as db:
        standing = {each["name"]: each.get("options", {}) for each in db.list_collections()}
        for name, model, indexes in collections:
            if name not in standing:
                found.append(Lack(name))
                continue
            if not _validates(standing[name], model):
                found.append(Lack(name, is_validator=True, is_different="validator" in standing[name]))
            have = {each["name"]: _described(dict(each)) for each in db[name].list_indexes()}
            for index in (each.document for each in indexes):
                if have.get(index["name"]) != _described(index):
                    found.append(Lack(name, index=index["name"], is_different=index["name"] in have))
    return found


def _validates(options: Document, model: type[BaseModel]) -> bool:
    return (
        options.get("validator") == {"$jsonSchema": json_schema(model)}
        and options.get("validationLevel", "strict") == "strict"
        and options.get("validationAction", "error") == "error"
    )


def _described(index: Any) -> Document:
    """An index in the same words, whether it is asked for or MongoDB lists it."""
    keys = list(index["key"].items())
    told = {name: value for name, value in index.items() if name not in SAYS_NOTHING and value is not False}
    fields = [name for name, kind in keys if kind == "text"]
    if fields or "weights" in told:
        weights = told.get("weights") if ("_fts", "text") in keys else None
        weights = weights or {**dict.fromkeys(fields, 1), **told.get("weights", {})}
        beside = [pair for pair in keys if pair[0] not in {*fields, "_fts", "_ftsx"}]
        return {**OF_TEXT, **told, "weights": dict(weights), "beside": beside}
    return {**told, "keys": keys}


def furnish(collections: Furnished, lacking: Sequence[Lack]) -> None:
    """Make what is missing, and replace what differs.

    Raises `NotTheOwner`, `NotUnique`, and `ContentUnavailable` when MongoDB doesn't answer.
    """
    owner = mongo.connect(settings.MONGO_OWNER_URL, timeout_ms=mongo.SETUP_TIMEOUT_MS)
    try:
        db = owner.get_default_database("learnflow")
        for lack in lacking:
            model, indexes = next((model, indexes) for name, model, indexes in collections if name == lack.collection)
            if lack.index:
                wanted = next(each for each in indexes if each.document["name"] == lack.index)
                _make_way(db[lack.collection], wanted.document)
                db[lack.collection].create_indexes([wanted])
            else:
                # A collection that differs may have an index in the way of ours: that is a lack of its own.
                mongo.ensure_collection(lack.collection, model, [] if lack.is_validator else indexes)
                db.command("collMod", lack.collection, validationAction="error")
    except ConnectionFailure as error:
        raise ContentUnavailable(str(error)) from error
    except DuplicateKeyError as error:
        raise NotUnique(str((error.details or {}).get("keyValue", error))) from error
    except OperationFailure as error:
        if error.code in NOT_ALLOWED:
            raise NotTheOwner(str(error)) from error
        raise
    finally:
        owner.close()


def _make_way(collection: Any, wanted: Document) -> None:
    """Drop what stands under the name of an index that is to be made, or has its keys under another name."""
    wanted_now = _described(wanted)
    for standing in [dict(each) for each in collection.list_indexes()]:
        now = _described(standing)
        # A collection has one text index.
        is_same_place = "weights" in now if "weights" in wanted_now else now.get("keys") == wanted_now["keys"]
        if standing["name"] == wanted["name"] or is_same_place:
            collection.drop_index(standing["name"])
