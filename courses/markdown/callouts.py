"""Callouts: `> [!NOTE]` and fenced divisions (`::: note` … `:::`), which may stand inside each other.

The first heading inside a callout is its title. Kinds that hold an answer are folded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MARK = re.compile(r":{3,}[ \t]*(?:\{(?P<braces>[^{}]*)\}|(?P<kind>[A-Za-z][\w-]*))?(?P<title>[^:]*?)[ \t:]*")
CLASS = re.compile(r"\.([A-Za-z][\w-]*)")


@dataclass(frozen=True)
class Kind:
    """`look` is one of the few that the style sheet knows; the title is for callouts that don't give one."""

    look: str
    title: str | Promise
    is_folded: bool = False


KINDS = {
    "note": Kind("note", _("Note")),
    "info": Kind("note", _("Note")),
    "callout": Kind("note", _("Note")),
    "tip": Kind("tip", _("Tip")),
    "important": Kind("important", _("Important")),
    "warning": Kind("warning", _("Warning")),
    "caution": Kind("caution", _("Caution")),
    "danger": Kind("caution", _("Caution")),
    "prereq": Kind("note", _("Prerequisites")),
    "prerequisites": Kind("note", _("Prerequisites")),
    "objectives": Kind("important", _("What you will learn")),
    "questions": Kind("important", _("Questions")),
    "keypoints": Kind("important", _("Key points")),
    "challenge": Kind("challenge", _("Exercise")),
    "exercise": Kind("challenge", _("Exercise")),
    "checklist": Kind("tip", _("Checklist")),
    "discussion": Kind("challenge", _("Discussion")),
    "testimonial": Kind("quote", ""),
    "quote": Kind("quote", ""),
    "solution": Kind("solution", _("Solution"), is_folded=True),
    "answer": Kind("solution", _("Answer"), is_folded=True),
    "hint": Kind("solution", _("Hint"), is_folded=True),
    "details": Kind("solution", _("Details"), is_folded=True),
    "spoiler": Kind("solution", _("Details"), is_folded=True),
    "instructor": Kind("solution", _("For instructors"), is_folded=True),
}


def kind_of(name: str) -> Kind:
    """What a callout of this name looks like; an unknown one is a note with its name for a title."""
    known = KINDS.get(name.lower())
    return known or Kind("note", capfirst(name.replace("-", " ").replace("_", " ")))


def callouts_plugin(parser: MarkdownIt) -> None:
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("fence", "division_mark", _read_mark, interrupts)
    parser.core.ruler.after("block", "divisions", _pair_marks)
    parser.add_render_rule("division_open", _render_open)
    parser.add_render_rule("division_title_open", _render_title_open)
    parser.add_render_rule("division_title_close", _render_title_close)
    parser.add_render_rule("division_close", _render_close)


def _read_mark(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """One line of three colons or more. Which mark closes which is found afterwards, in one pass."""
    if state.is_code_block(start):
        return False
    position = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith(":::", position):
        return False
    found = MARK.fullmatch(state.src[position : state.eMarks[start]][:300].rstrip())
    if found is None:
        return False
    if not silent:
        names = CLASS.findall(found["braces"] or "")
        token = state.push("division_mark", "", 0)
        token.info = found["kind"] or (names[0] if names else "")
        token.meta = {"title": found["title"].strip(" \t[]\"'"), "opens": bool(found["kind"] or found["braces"])}
        state.line = start + 1
    return True


def _pair_marks(state: StateCore) -> None:
    """Marks become openings and closings. What is left open ends where its list item or quote does."""
    paired: list[Token] = []
    open_marks: list[Token] = []
    for token in _without_alert_titles(state.tokens):
        while open_marks and token.nesting < 0 and token.level < open_marks[-1].level:
            paired.append(_closing(open_marks.pop()))
        if (token.type == "division_mark" and token.meta["opens"]) or token.type == "alert_open":
            open_marks.append(_opening(token))
            paired.append(token)
        elif token.type not in {"division_mark", "alert_close"}:
            paired.append(token)
        elif open_marks and open_marks[-1].level == token.level:
            paired.append(_closing(open_marks.pop()))
    paired.extend(_closing(open_marks.pop()) for _level in list(open_marks))
    _take_titles(paired)
    state.tokens = paired


def _without_alert_titles(tokens: list[Token]) -> Iterator[Token]:
    """The parser gives alerts their English names for a title."""
    is_title = False
    for token in tokens:
        is_title = is_title or token.type == "alert_title_open"
        if not is_title:
            yield token
        is_title = is_title and token.type != "alert_title_close"


def _opening(token: Token) -> Token:
    if token.type == "alert_open":
        token.info, token.meta = token.meta["kind"].lower(), {"title": ""}
    token.type, token.nesting = "division_open", 1
    return token


def _closing(opening: Token) -> Token:
    return Token("division_close", "", -1, level=opening.level, info=opening.info)


def _take_titles(tokens: list[Token]) -> None:
    """A heading right after the opening is the callout's title, and no heading of the page."""
    for index, token in enumerate(tokens[:-1]):
        follower = tokens[index + 1]
        if token.type == "division_open" and follower.type == "heading_open" and not token.meta["title"]:
            token.meta["has_heading"] = True
            ending = tokens[index + 3]
            follower.type, ending.type = "division_title_open", "division_title_close"
            follower.info = ending.info = token.info


def _render_open(_: Any, tokens: list[Token], index: int, *rest: Any) -> str:
    token = tokens[index]
    kind = kind_of(token.info)
    classes = f'class="lf-callout lf-callout-{kind.look}"'
    opening = f"<details {classes}>\n" if kind.is_folded else f'<div {classes} role="note">\n'
    title = token.meta["title"] or str(kind.title)
    if token.meta.get("has_heading") or not title:
        return opening
    return f"{opening}{_title_tag(kind)}{escape(title)}{_title_tag(kind, is_end=True)}\n"


def _render_title_open(_: Any, tokens: list[Token], index: int, *rest: Any) -> str:
    return _title_tag(kind_of(tokens[index].info))


def _render_title_close(_: Any, tokens: list[Token], index: int, *rest: Any) -> str:
    return _title_tag(kind_of(tokens[index].info), is_end=True) + "\n"


def _title_tag(kind: Kind, *, is_end: bool = False) -> str:
    if kind.is_folded:
        return "</summary>" if is_end else "<summary>"
    return "</p>" if is_end else '<p class="lf-callout-title">'


def _render_close(_: Any, tokens: list[Token], index: int, *rest: Any) -> str:
    return "</details>\n" if kind_of(tokens[index].info).is_folded else "</div>\n"
