"""`<Question choices={[{text: "…", explain: "…", correct: true}]} />` as something to read."""

import re
from dataclasses import dataclass
from string import ascii_uppercase

from django.utils.translation import gettext as _

FIELD = re.compile(
    r"""(\w+)\s*:\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|true|false|[\d.]+)""", re.DOTALL
)
ESCAPES = {"n": "\n", "t": " "}


@dataclass(frozen=True)
class Choice:
    text: str
    explanation: str
    is_correct: bool


def read_choices(source: str) -> list[Choice]:
    """The choices in the order in which they are written; a field `text` begins the next one."""
    fields: list[dict[str, str]] = []
    for name, value in FIELD.findall(source):
        if name == "text" or not fields:
            fields.append({})
        fields[-1][name] = _value(value)
    return [
        Choice(each["text"], each.get("explain", ""), each.get("correct") == "true")
        for each in fields
        if "text" in each
    ]


def as_markdown(choices: list[Choice]) -> str:
    """The choices under letters, and folded below them what is right and why."""
    lines = ["", "", '<ol type="A">']
    for choice in choices:
        lines += ["<li>", "", choice.text, "", "</li>"]
    lines += ["</ol>", "", "::: answer", ""]
    for letter, choice in zip(ascii_uppercase, choices, strict=False):
        verdict = _("right") if choice.is_correct else _("wrong")
        explanation = f": {choice.explanation}" if choice.explanation else ""
        lines.append(f"- **{letter}** \u2013 {verdict}{explanation}")
    return "\n".join([*lines, "", ":::", "", ""])


def _value(literal: str) -> str:
    if literal[0] not in "\"'`":
        return literal
    text = re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), literal[1:-1], flags=re.DOTALL)
    return " ".join(text.split())
