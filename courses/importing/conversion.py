"""One page on its way from a dialect into our Markdown."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from courses.importing.masking import Mask
from courses.importing.pages import Page
from courses.importing.report import Report

TAG_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|\{([^{}]*)\}|([^\s"'>]+))""")


@dataclass
class Conversion:
    """What a converter may ask and say about the page it works on. Its text comes without code (see `masking.py`)."""

    page: Page
    report: Report
    mask: Mask
    resources: list[dict[str, str]] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def info(self, snippet: str, sentence: str) -> None:
        self.report.info(self.page.path, sentence, self._line_of(snippet))

    def warn(self, snippet: str, sentence: str) -> None:
        self.report.warn(self.page.path, sentence, self._line_of(snippet))

    def _line_of(self, snippet: str) -> int | None:
        """The line where a piece of the text stands in the file; each asking finds the next place."""
        first = self.mask.restore(snippet).strip().split("\n", 1)[0].strip()
        if not first:
            return None
        position = self.page.body.find(first, self._seen.get(first, 0))
        if position < 0:
            position = self.page.body.find(first)
        if position < 0:
            return None
        self._seen[first] = position + 1
        return self.page.line_of(position)


Converter = Callable[[str, Conversion], str]


def convert(page: Page, report: Report, converters: Sequence[Converter]) -> tuple[str, list[dict[str, str]]]:
    """The page's text in our Markdown, and the resources that stood in it."""
    mask = Mask(page.body)
    conversion = Conversion(page, report, mask)
    text = mask.text
    for converter in converters:
        text = converter(text, conversion)
    return mask.restore(text), conversion.resources


def attributes_of(tag: str) -> dict[str, str]:
    """The attributes of one HTML or JSX tag."""
    return {found[1]: next(each for each in found.groups()[1:] if each is not None) for found in _found(tag)}


def _found(tag: str) -> list[re.Match[str]]:
    return list(TAG_ATTRIBUTE.finditer(tag))


def dedent(text: str) -> str:
    """Without the spaces that lines begin with, where they would make code of what stands inside a tag."""
    return re.sub(r"^[ \t]{2,}(?=\S)", "", text, flags=re.MULTILINE)


def matching_end(text: str, name: str, start: int) -> re.Match[str] | None:
    """The closing tag of the element whose inside begins at `start`."""
    if text.find(f"</{name}", start) < 0:
        return None
    depth = 1
    for found in re.finditer(rf"<(/?){re.escape(name)}\b[^<>]*?(/?)>", text[start:], re.IGNORECASE):
        if found[2]:
            continue
        depth += -1 if found[1] else 1
        if depth == 0:
            return re.compile(rf"</{re.escape(name)}\b[^<>]*>", re.IGNORECASE).match(text, start + found.start())
    return None
