"""What people write to each other, as HTML: Markdown in which `@name` and addresses become links.

It differs from a lesson's in what suits many short texts by many hands in one page. Tags are shown as they were typed,
a new line is a new line, headings are bold lines (the headings of a page are the page's), there are no footnotes, and
so no ids. A picture becomes a link to it: shown, it would tell its site who reads this, and when.
"""

import re
from functools import cache
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.html import strip_tags
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from accounts.models import User
from courses.markdown import LIMIT, MarkdownTooLong, well_formed
from courses.markdown.parsing import make_parser
from courses.markdown.sanitizing import clean
from courses.markdown.text import text_of

MOST_MENTIONS = 20
EXCERPT_LENGTH = 140
ADDRESS = re.compile(r"://[^\s<>\"`\[\]{}|\\^\x00-\x20\u3000-\u303f\uff00-\uff0f\uff1a-\uff1f]+")
ENDING = frozenset("?!.,:;*_~'")
# ASCII only: in scripts without spaces a name or an address stands right beside a word.
NAME = re.compile(r"@([a-zA-Z0-9_]{3,30})(?![a-zA-Z0-9_@])")
BEFORE_A_NAME = re.compile(r"[a-zA-Z0-9_@/.:+-]")
SCHEME = re.compile(r"(?<![a-zA-Z0-9])https?\Z", re.IGNORECASE)
LONGEST_SCHEME = len(" https")


class Words(NamedTuple):
    """What is stored of a text: safe HTML, and the ids of the people it mentions, each once."""

    html: str
    mentioned: list[int]


def write_up(source: str) -> Words:
    """The HTML of what somebody wrote; asks PostgreSQL which of the names it mentions exist (one query, or none).

    Raises `MarkdownTooLong` beyond what any form takes, and nothing else.
    """
    if len(source) > LIMIT:
        raise MarkdownTooLong(len(source), LIMIT)
    parser, environment = _parser(), {}
    tokens = parser.parse(well_formed(source), environment)
    people = _people_named(tokens)
    _link_people(tokens, people)
    html = clean(parser.renderer.render(tokens, parser.options, environment), resolve=_target)
    return Words(html, [pk for pk, _ in people.values()])


def mentioned_in(source: str) -> list[int]:
    """The ids of the people whom a text mentions, as `write_up` answers them."""
    return [pk for pk, _ in _people_named(_parser().parse(well_formed(source), {})).values()]


def newly_mentioned(words: Words, *, before: str) -> list[int]:
    """The ids of the people whom a changed text mentions, and didn't mention `before`."""
    known = set(mentioned_in(before))
    return [pk for pk in words.mentioned if pk not in known]


def excerpt(source: str, length: int = EXCERPT_LENGTH) -> str:
    """The beginning of the words without their marks, in one line: for lists, notifications and e-mails."""
    beginning = well_formed(source[: length * 8])
    words = text_of(_parser().parse(beginning, {})) or " ".join(beginning.split())
    if len(words) <= length:
        return words
    cut = words[:length]
    return f"{cut[: cut.rfind(' ')] if cut.rfind(' ') > length // 2 else cut}…"


def words_of_html(html: str) -> str:
    """The words of what `write_up` answered, in one line: where the HTML is at hand and the source isn't."""
    return " ".join(unescape(strip_tags(html)).split())


@cache
def _parser() -> MarkdownIt:
    parser = make_parser({"html": False, "breaks": True})
    parser.inline.ruler.push("address", _read_address)
    parser.inline.ruler.push("mention", _read_mention)
    parser.core.ruler.after("inline", "pictures", _link_pictures)
    parser.add_render_rule("heading_open", _heading_open)
    parser.add_render_rule("heading_close", _heading_close)
    return parser


def _read_address(state: StateInline, silent: bool) -> bool:
    """`https://…` in the text. Read while the text is, so that nothing in an address is taken for a mark."""
    if state.src[state.pos] != ":" or state.linkLevel:
        return False
    scheme = SCHEME.search(state.src[max(0, state.pos - LONGEST_SCHEME) : state.pos])
    found = scheme and ADDRESS.match(state.src, state.pos, state.posMax)
    end = found and _end_of_address(state.src, state.pos + len("://"), found.end())
    if not (scheme and end):
        return False
    address = scheme[0] + state.src[state.pos : end]
    href = state.md.normalizeLink(address)
    if not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        _push_link(state, address, attrs={"href": href})
    state.pos = end
    return True


def _end_of_address(text: str, start: int, end: int) -> int | None:
    """Where it ends without the sentence's own marks; a closing parenthesis is its own when it opened one."""
    unopened = text.count(")", start, end) - text.count("(", start, end)
    while end > start and (text[end - 1] in ENDING or (text[end - 1] == ")" and unopened > 0)):
        unopened -= text[end - 1] == ")"
        end -= 1
    return end if end > start else None


def _read_mention(state: StateInline, silent: bool) -> bool:
    """`@name`; whether it is one shows when people are looked up."""
    found = NAME.match(state.src, state.pos, state.posMax)
    if found is None or state.linkLevel or (state.pos and BEFORE_A_NAME.match(state.src[state.pos - 1])):
        return False
    if not silent:
        _push_link(state, found[0], meta={"name": found[1].lower()})
    state.pos = found.end()
    return True


def _push_link(state: StateInline, text: str, **fields: Any) -> None:
    opening = state.push("link_open", "a", 1)
    for name, value in fields.items():
        setattr(opening, name, value)
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)


def _people_named(tokens: list[Token]) -> dict[str, tuple[int, str]]:
    """The people who exist of the first twenty names: id and username, in the order of the text."""
    children = [child for token in tokens for child in token.children or ()]
    names = list(dict.fromkeys(child.meta["name"] for child in children if "name" in child.meta))[:MOST_MENTIONS]
    if not names:
        return {}
    named = User.objects.reachable().annotate(name=Lower("username")).filter(name__in=names)
    found = {name: (pk, username) for name, pk, username in named.values_list("name", "pk", "username")}
    return {name: found[name] for name in names if name in found}


def _link_people(tokens: list[Token], people: dict[str, tuple[int, str]]) -> None:
    for token in tokens:
        if any("name" in child.meta for child in token.children or ()):
            token.children = _with_people(token.children or [], people)


def _with_people(children: list[Token], people: dict[str, tuple[int, str]]) -> list[Token]:
    """With the links of those who exist; of the others the text stays, without its link."""
    kept, unlinked = [], set()
    for index, child in enumerate(children):
        if name := child.meta.get("name"):
            if name not in people:
                unlinked |= {index, index + 2}
                continue
            child.attrSet("href", reverse("person", args=[people[name][1]]))
        if index not in unlinked:
            kept.append(child)
    return kept


def _link_pictures(state: StateCore) -> None:
    for token in state.tokens:
        if any(child.type == "image" for child in token.children or ()):
            token.children = list(_without_pictures(token.children or []))


def _without_pictures(children: list[Token]) -> Any:
    depth = 0
    for child in children:
        depth += child.nesting if child.type.startswith("link_") else 0
        if child.type != "image":
            yield child
            continue
        address = str(child.attrGet("src") or "")
        text = Token("text", "", 0, content=text_of(child.children or []) or address)
        if depth:
            yield text
        else:
            yield from (Token("link_open", "a", 1, attrs={"href": address}), text, Token("link_close", "a", -1))


def _heading_open(*_: Any) -> str:
    return "<p><strong>"


def _heading_close(*_: Any) -> str:
    return "</strong></p>\n"


def _target(url: str) -> str | None:
    """This site's addresses without its name, so that they lead there under any; none that depend on the page."""
    try:
        parts, here = urlsplit(url), urlsplit(settings.SITE_URL)
    except ValueError:
        return ""
    is_of_the_web = parts.scheme in {"http", "https"}
    if is_of_the_web and parts.netloc and parts.netloc.lower() == here.netloc.lower():
        # Two slashes in the beginning would lead to another site.
        return parts._replace(scheme="", netloc="", path="/" + parts.path.lstrip("/\\")).geturl()
    is_absolute = parts.netloc if is_of_the_web else parts.scheme or url.startswith("/")
    return None if is_absolute else ""
