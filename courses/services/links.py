"""Which links of a lesson lead nowhere inside LearnFlow. Links to other sites aren't fetched."""

import re
from collections.abc import Collection
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.files.storage import default_storage

NEIGHBOUR = re.compile(r"(?:\.\./|/courses/[-\w]+/lessons/)([0-9a-f]{24})/?")
MEDIA = "/media/"


class _Targets(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.targets.append(value)
            elif name == "id" and value:
                self.anchors.add(value)


def dead_links(content: dict[str, Any], lesson_ids: Collection[str]) -> list[str]:
    """Targets in the rendered content that name no lesson of these, no stored file and no place in the text."""
    parser = _Targets()
    parser.feed(content.get("html", ""))
    return [target for target in dict.fromkeys(parser.targets) if _is_dead(target, lesson_ids, parser.anchors)]


def _is_dead(target: str, lesson_ids: Collection[str], anchors: set[str]) -> bool:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return False
    if not parts.path:
        return bool(parts.fragment) and unquote(parts.fragment) not in anchors
    neighbour = NEIGHBOUR.fullmatch(parts.path)
    if neighbour:
        return neighbour[1] not in lesson_ids
    if parts.path.startswith(MEDIA):
        return not default_storage.exists(unquote(parts.path.removeprefix(MEDIA)))
    return not parts.path.startswith("/")
