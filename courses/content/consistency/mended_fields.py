"""Fields of an invalid document, made valid: as much as can be read of what stands there is kept."""

import math
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from courses.content.documents import MOST_MINUTES, NOTES_LIMIT, TITLE_LIMIT, Resource
from courses.content.stand_ins import stand_in_body
from courses.markdown import render
from learnflow.mongo import Document

VIDEO_FIELDS = {"url", "file", "video_id"}


def mended_body(
    found: Document, wrong: Collection[str], *, fallback: Document | None, title: str, language: str
) -> Document:
    """The wrong ones among the fields of a body. What can't be read comes from `fallback`, a valid body, when there is
    one; `title` and `language` are of the lesson as others know them."""
    other = fallback or stand_in_body(title=title, language=language)
    mended: Document = {}
    if "title" in wrong:
        mended["title"] = _text(found.get("title"), TITLE_LIMIT) or title or other["title"]
    if "duration" in wrong:
        mended["duration"] = _minutes(found.get("duration"), other["duration"])
    if "language" in wrong:
        mended["language"] = other["language"]
    if "content" in wrong:
        mended |= {"type": other["type"], "content": other["content"]}
    elif "type" in wrong:
        mended["type"] = fallback["type"] if fallback else _type_of(found["content"])
    if "notes" in wrong:
        mended["notes"] = _text(found.get("notes"), NOTES_LIMIT) or other["notes"]
    if {"notes", "notes_html"} & set(wrong):
        mended["notes_html"] = render(mended["notes"] if "notes" in mended else found["notes"])
    if "resources" in wrong:
        mended["resources"] = _resources(found.get("resources"), other["resources"])
    return mended


def mended_progress(found: Document, wrong: Collection[str]) -> Document:
    """The wrong ones among the fields of a progress document that aren't copied with its version.

    Its times are older than any then: they are copied again.
    """
    mended: Document = {name: _numbers(found.get(name)) for name in ("lesson_times", "positions") if name in wrong}
    if "total_seconds_spent" in wrong:
        mended["total_seconds_spent"] = max(0, sum(_numbers(found.get("lesson_times")).values()))
    if {"lesson_times", "total_seconds_spent", "times_version"} & set(wrong):
        mended["times_version"] = -1
    if "last_lesson" in wrong:
        mended["last_lesson"] = None
    if "attempts" in wrong:
        mended["attempts"] = {}
    if "updated_at" in wrong:
        mended["updated_at"] = datetime.now(UTC)
    return mended


def _text(value: Any, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""


def _minutes(value: Any, other: int) -> int:
    return min(max(round(value), 0), MOST_MINUTES) if _is_number(value) else other


def _numbers(value: Any) -> dict[str, int]:
    return {key: int(each) for key, each in value.items() if _is_number(each)} if isinstance(value, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _type_of(content: Document) -> str:
    return "video" if VIDEO_FIELDS & content.keys() else "text"


def _resources(value: Any, other: list[Document]) -> list[Document]:
    return [each for each in value if _is_resource(each)] if isinstance(value, list) else other


def _is_resource(value: Any) -> bool:
    try:
        Resource.model_validate(value, strict=True)
    except ValidationError:
        return False
    return True
