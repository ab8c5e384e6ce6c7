"""Documents that a repair took away or replaced, kept for a while: a machine's judgment may be wrong."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import Field
from pymongo import ASCENDING, IndexModel

from courses.content.documents import Moment, Shape
from learnflow.mongo import Document, store

KEPT_SECONDS = 90 * 24 * 60 * 60


class SetAside(Shape):
    """A document as it was found, with the collection it stood in and why it doesn't any more."""

    collection: str
    because: str = Field(max_length=100)
    document: dict[str, Any]
    created_at: Moment


COLLECTIONS = (
    (
        "set_aside",
        SetAside,
        [IndexModel([("created_at", ASCENDING)], name="set_aside_for_90_days", expireAfterSeconds=KEPT_SECONDS)],
    ),
)


def set_aside(collection: str, documents: Iterable[Document], *, because: str) -> None:
    """Keep these documents of `collection`; `because` is the name of the difference. Again keeps them again."""
    now = datetime.now(UTC)
    kept = [{"collection": collection, "because": because, "document": each, "created_at": now} for each in documents]
    if kept:
        with store() as db:
            db.set_aside.insert_many(kept)
