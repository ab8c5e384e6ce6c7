"""Files that authors upload: stored once, under random names, by what they contain."""

from typing import Any

from django.core.files.storage import default_storage

from courses.content.lesson_types.video import are_captions, video_suffix
from courses.pictures import random_name

LESSON_FILES = "lessons"
FILE_LIMIT = 600_000_000  # bytes; what one request may send to authors' pages follows from it


def store_upload(upload: Any) -> str:
    """Store a file whose content its form has accepted; its name in our storage. Raises OSError."""
    upload.seek(0)
    suffix = suffix_of(upload.read(16))
    upload.seek(0)
    return default_storage.save(f"{LESSON_FILES}/{random_name(suffix)}", upload)


def store_picture(picture: Any, *, alt: str) -> str:
    """Store a picture that was written anew; the Markdown that shows it. Raises OSError."""
    name = default_storage.save(f"{LESSON_FILES}/{picture.name}", picture)
    words = alt.replace("[", "(").replace("]", ")").replace("\\", "/")
    return f"![{words}]({default_storage.url(name)})"


def suffix_of(beginning: bytes) -> str:
    """The suffix that a file's first bytes call for; `.bin`, which no browser shows, when they are unknown."""
    return video_suffix(beginning) or (".vtt" if are_captions(beginning) else ".bin")
