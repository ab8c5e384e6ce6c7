"""Which links of a lesson lead nowhere inside LearnFlow. Links to other sites aren't fetched."""

import re
from collections.abc import Collection
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage

NEIGHBOUR = re.compile(r"(?:\.\./|/courses/[-\w]+/lessons/)([0-9a-f]{24})/?")


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


def dead_links(html: str, lesson_ids: Collection[str]) -> list[str]:
    """Targets in the HTML of a page that name no lesson of these, no stored file and no place in the page."""
    parser = _Targets()
    parser.feed(html)
    return [target for target in dict.fromkeys(parser.targets) if _is_dead(target, lesson_ids, parser.anchors)]


def _is_dead(target: str, lesson_ids: Collection[str], anchors: set[str]) -> bool:
    try:
        parts = urlsplit(target)
    except ValueError:
        return True
    if parts.scheme or parts.netloc:
        return False
    if not parts.path:
        return bool(parts.fragment) and unquote(parts.fragment) not in anchors
    neighbour = NEIGHBOUR.fullmatch(parts.path)
    if neighbour:
        return neighbour[1] not in lesson_ids
    if parts.path.startswith(settings.MEDIA_URL):
        return not _is_stored(unquote(parts.path.removeprefix(settings.MEDIA_URL)))
    return not parts.path.startswith("/")


def _is_stored(name: str) -> bool:
    try:
        return default_storage.exists(name)
    except SuspiciousFileOperation:  # it leads out of the storage
        return False
