"""Headings: levels that fit under the page's own h1, and ids that links can name."""

import re
from unicodedata import category

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from courses.markdown.text import inline_text

TOP_LEVEL, LOWEST_LEVEL = 2, 6
GIVEN_ID = re.compile(r"\s*\{#([^\s{}]{1,100})\}\s*$")
RAW_TOP_HEADING = re.compile(r"<(/?)h1\b", re.IGNORECASE)


def headings_plugin(parser: MarkdownIt) -> None:
    parser.core.ruler.before("inline", "heading_levels", _fit_levels)
    parser.core.ruler.after("inline", "heading_ids", _give_ids)


def slug_of(title: str) -> str:
    """The id of a heading as repository hosts make it: letters and marks of any script, digits, hyphens."""
    kept = (each for each in title.strip().lower() if each.isalnum() or each in "-_ " or category(each)[0] == "M")
    return "".join(kept).replace(" ", "-")[:100] or "section"


def _fit_levels(state: StateCore) -> None:
    """Begin at h2 and leave no level out, so that a screen reader's list of headings is a tree."""
    open_levels: list[int] = []
    for index, token in enumerate(state.tokens):
        if token.type == "html_block":
            token.content = RAW_TOP_HEADING.sub(r"<\1h2", token.content)
        elif token.type == "heading_open":
            level = int(token.tag[1])
            while open_levels and open_levels[-1] >= level:
                open_levels.pop()
            open_levels.append(level)
            fitting = f"h{min(TOP_LEVEL + len(open_levels) - 1, LOWEST_LEVEL)}"
            token.tag = state.tokens[index + 2].tag = fitting
            _take_given_id(token, state.tokens[index + 1])


def _take_given_id(opening: Token, inline: Token) -> None:
    if found := GIVEN_ID.search(inline.content):
        opening.meta["given_id"] = found[1]
        inline.content = inline.content[: found.start()]


def _give_ids(state: StateCore) -> None:
    taken: dict[str, int] = {}
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open":
            wanted = token.meta.get("given_id") or slug_of(inline_text(state.tokens[index + 1]))
            count = taken.get(wanted, 0)
            taken[wanted] = count + 1
            token.attrSet("id", f"{wanted}-{count}" if count else wanted)
