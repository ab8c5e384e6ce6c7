"""Two states of a lesson side by side, line by line."""

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from courses.content.lesson_types import get_type
from courses.forms.lesson_editor import LessonForm
from learnflow.mongo import Document

AROUND = 2  # equal lines shown before and after a change
MOST_COMPARED = 4_000_000  # old lines times new lines, which is what comparing costs: about a second
MADE_FROM_OTHERS = {"html", "links"}  # what saving derives; nobody wrote it


@dataclass(frozen=True)
class Row:
    """One line of the comparison; `kind` is same, changed, removed, added or skipped."""

    kind: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class FieldDifference:
    label: str
    rows: list[Row]


def differences(old: Document, new: Document) -> list[FieldDifference]:
    """The fields in which two bodies of a lesson differ, each line by line; none when they are equal."""
    fields = {**_fields(old), **_fields(new)}
    found = []
    for name, label in fields.items():
        before, after = _lines(old, name), _lines(new, name)
        if before != after:
            found.append(FieldDifference(label, _rows(before, after)))
    return found


def _fields(body: Document) -> dict[str, str]:
    """What can differ, by name: common fields plainly, those of the type as `content.name`."""
    common = {name: str(field.label) for name, field in LessonForm.base_fields.items()}
    of_type = {name: field.label for name, field in get_type(body["type"]).form.base_fields.items()}
    written = [name for name in body["content"] if name not in MADE_FROM_OTHERS]
    return {
        **{name: common[name] for name in ("title", "duration", "language")},
        "type": _("Kind of lesson"),
        **{f"content.{name}": str(of_type.get(name) or name) for name in written},
        **{name: common[name] for name in ("notes", "resources")},
    }


def _lines(body: Document, name: str) -> list[str]:
    value: Any = body["content"].get(name.removeprefix("content.")) if name.startswith("content.") else body.get(name)
    if name == "resources":
        return [f"{each['label']} | {each['url']}" for each in value or []]
    if value is None or value == "" or value == []:
        return []
    if isinstance(value, str | int):
        return str(value).splitlines()
    return json.dumps(value, indent=1, ensure_ascii=False, default=str).splitlines()


def _rows(before: list[str], after: list[str]) -> list[Row]:
    rows: list[Row] = []
    for tag, a, b, c, d in _steps(before, after):
        if tag == "equal":
            rows += _around_a_change(before[a:b], is_first=a == 0, is_last=b == len(before) and d == len(after))
            continue
        paired = min(b - a, d - c)
        rows += [Row("changed", before[a + n], after[c + n]) for n in range(paired)]
        rows += [Row("removed", old=line) for line in before[a + paired : b]]
        rows += [Row("added", new=line) for line in after[c + paired : d]]
    return rows


def _steps(before: list[str], after: list[str]) -> list[tuple[str, int, int, int, int]]:
    """What leads from one text to the other, as difflib's opcodes; in a long text all between the ends is one step."""
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    tail = next((n for n in range(shorter - head) if before[-1 - n] != after[-1 - n]), shorter - head)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    middle = [("replace", 0, len(old), 0, len(new))]
    if len(old) * len(new) <= MOST_COMPARED:
        middle = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    steps = [("equal", 0, head, 0, head)] if head else []
    steps += [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in middle]
    if tail:
        steps.append(("equal", len(before) - tail, len(before), len(after) - tail, len(after)))
    return steps


def _around_a_change(lines: list[str], *, is_first: bool, is_last: bool) -> list[Row]:
    """Equal lines next to a change; those further away are only counted."""
    head = [] if is_first else lines[:AROUND]
    tail = [] if is_last else lines[len(head) :][-AROUND:]
    left_out = len(lines) - len(head) - len(tail)
    skipped = [Row("skipped", old=_("%(n)d equal lines") % {"n": left_out})] if left_out else []
    return [*(Row("same", line, line) for line in head), *skipped, *(Row("same", line, line) for line in tail)]
