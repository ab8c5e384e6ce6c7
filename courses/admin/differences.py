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
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += _around_a_change(before[a:b], is_first=a == 0, is_last=b == len(before) and d == len(after))
            continue
        paired = min(b - a, d - c)
        rows += [Row("changed", before[a + n], after[c + n]) for n in range(paired)]
        rows += [Row("removed", old=line) for line in before[a + paired : b]]
        rows += [Row("added", new=line) for line in after[c + paired : d]]
    return rows


def _around_a_change(lines: list[str], *, is_first: bool, is_last: bool) -> list[Row]:
    """Equal lines next to a change; those further away are only counted."""
    head = [] if is_first else lines[:AROUND]
    tail = [] if is_last else lines[len(head) :][-AROUND:]
    left_out = len(lines) - len(head) - len(tail)
    skipped = [Row("skipped", old=_("%(n)d equal lines") % {"n": left_out})] if left_out else []
    return [*(Row("same", line, line) for line in head), *skipped, *(Row("same", line, line) for line in tail)]
