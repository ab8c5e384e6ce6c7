"""Which uploaded files the documents name, wherever in them: in a field, in Markdown, in HTML."""

import re
from typing import Any

from bson.raw_bson import RawBSONDocument

from courses.content.consistency import walks
from learnflow.mongo import store

PIECE = 200  # documents read at a time, whole
# Random names, as `courses.pictures.random_name` makes them.
UPLOAD = r"lessons/[0-9a-f]{32}\.[a-z0-9]{1,8}"
IN_BYTES = re.compile(UPLOAD.encode())


def named_in(collection: str) -> dict[str, str]:
    """The files that the documents of a collection name, each with the id of one that does.

    Reads the documents as they lie in the store, without taking them apart. Raises `ContentUnavailable`.
    """
    named: dict[str, str] = {}
    last = None
    while True:
        with store(within=walks.SECONDS) as db:
            as_they_lie: Any = db.codec_options.with_options(document_class=RawBSONDocument)
            found = db.get_collection(collection, codec_options=as_they_lie).find().hint(walks.BY_ID).limit(PIECE)
            piece: list[Any] = list(found.min([("_id", last)]) if last is not None else found)
        for document in piece:
            for name in IN_BYTES.findall(document.raw):
                named.setdefault(name.decode(), str(document["_id"]))
        if len(piece) < PIECE:
            return named
        last = piece[-1]["_id"]
