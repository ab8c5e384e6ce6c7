"""A page: the front matter and the text below it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from courses.importing.report import Report

LONGEST_MATTER = 20_000
FENCES = {"---": ("---", "..."), "+++": ("+++",)}


class NotYaml(ValueError):
    """The text can't be read as YAML; the message says where and why, in one line."""


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases: ten nested ones unfold to a billion nodes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases are not supported", problem_mark=mark)
        return super().compose_node(parent, index)


@dataclass
class Page:
    """`first_line` is the line of the file on which the body begins."""

    path: str
    body: str
    first_line: int = 1
    matter: dict[str, Any] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """The first of these front matter fields that says something."""
        for name in names:
            value = self.matter.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                return " ".join(str(value).split())
        return ""

    def number(self, *names: str) -> float | None:
        """The first of these front matter fields that is a number."""
        for name in names:
            try:
                number = float(str(self.matter.get(name)))
            except ValueError:
                continue
            if -1e9 < number < 1e9:
                return number
        return None

    def line_of(self, position: int) -> int:
        """The line of the file at a position in the body."""
        return self.first_line + self.body.count("\n", 0, position)


def read_yaml(text: str) -> Any:
    """The data of a YAML text. Raises `NotYaml`."""
    try:
        return yaml.load(text, Loader=_PlainLoader)
    except yaml.MarkedYAMLError as error:
        where = _("line %s: ") % (error.problem_mark.line + 1) if error.problem_mark else ""
        raise NotYaml(where + (error.problem or "?")) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NotYaml(str(error).split("\n", 1)[0] or type(error).__name__) from error


def read_page(path: str, text: str, report: Report) -> Page:
    """Split a text into front matter and body; front matter that can't be read is named in the report."""
    lines = text.split("\n")
    endings = FENCES.get(lines[0].rstrip())
    end = next(_endings(lines, endings), None) if endings else None
    if end is None:
        return Page(path, text)
    matter = _read_matter(path, lines[0].rstrip(), "\n".join(lines[1:end]), report)
    return Page(path, "\n".join(lines[end + 1 :]), end + 2, matter)


def _endings(lines: list[str], endings: tuple[str, ...]) -> Iterator[int]:
    return (number for number, line in enumerate(lines) if number and line.rstrip() in endings)


def _read_matter(path: str, fence: str, text: str, report: Report) -> dict[str, Any]:
    if len(text) > LONGEST_MATTER:
        report.fail(path, _("The front matter is too long to be read; title and duration are guessed."), 1)
        return {}
    try:
        # The line above is for the numbers of lines in what is wrong: they are those of the file.
        data = tomllib.loads(text) if fence == "+++" else read_yaml(f"\n{text}")
    except (NotYaml, tomllib.TOMLDecodeError, RecursionError) as error:
        sentence = _("The front matter can't be read (%s); title and duration are guessed.")
        report.fail(path, sentence % str(error).split("\n", 1)[0], 1)
        return {}
    if data is not None and not isinstance(data, dict):
        report.fail(path, _("The front matter isn't a list of fields; title and duration are guessed."), 1)
    return {str(name): value for name, value in data.items()} if isinstance(data, dict) else {}
