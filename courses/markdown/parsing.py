"""The one parser, and how its tokens become HTML. What comes out isn't safe yet: see `sanitizing.py`."""

from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from typing import Any

from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from courses.markdown.callouts import callouts_plugin
from courses.markdown.formulas import render_math
from courses.markdown.headings import headings_plugin
from courses.markdown.highlighting import Budget, render_code
from courses.markdown.tables import tables_plugin

# Deeper nesting is shown as the text it is. Each level costs the parser a few stack frames.
DEEPEST = 20
CHECKED, UNCHECKED = "\u2611", "\u2610"
ALIGNMENTS = {"text-align:left": "lf-start", "text-align:center": "lf-center", "text-align:right": "lf-end"}
Environment = dict[str, Any]


def parse(source: str) -> tuple[list[Token], Environment]:
    environment: Environment = {}
    return _parser().parse(source, environment), environment


def render_tokens(tokens: list[Token], environment: Environment) -> str:
    parser = _parser()
    html: str = parser.renderer.render(tokens, parser.options, environment)
    return html


@cache
def _parser() -> MarkdownIt:
    """Made once and shared by the threads: what belongs to one text is in its environment."""
    return make_parser({"html": True}, footnote_plugin, deflist_plugin, headings_plugin)


def make_parser(options: dict[str, Any], *plugins: Callable[[MarkdownIt], None]) -> MarkdownIt:
    """A parser of what every text may have: tables, strikethrough, task lists, formulas, callouts, colored code."""
    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST, "alerts": True, "tasklists": True, **options})
    parser.enable(["table", "strikethrough"])
    dollarmath_plugin(parser, allow_labels=False, allow_space=False, allow_digits=False, allow_blank_lines=False)
    callouts_plugin(parser)
    tables_plugin(parser)
    for plugin in plugins:
        plugin(parser)
    for name, rule in RENDERERS.items():
        parser.add_render_rule(name, rule)
    return parser


def _fence(_: Any, tokens: Sequence[Token], index: int, options: Any, environment: Environment) -> str:
    budget = environment.setdefault("coloring", Budget())
    return render_code(tokens[index].content, tokens[index].info, budget)


def _math_inline(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    return render_math(tokens[index].content, is_block=False)


def _math_block(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    return render_math(tokens[index].content, is_block=True)


def _list_open(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    token = tokens[index]
    start = f' start="{token.attrGet("start")}"' if token.attrGet("start") is not None else ""
    tasks = ' class="lf-tasks"' if token.attrGet("class") else ""
    return f"<{token.tag}{start}{tasks}>\n"


def _item_open(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    """A task's box is a character, read aloud as such; a form field would be one that does nothing."""
    checked = tokens[index].meta.get("checked")
    if checked is None:
        return "<li>"
    return f'<li><span class="lf-task">{CHECKED if checked else UNCHECKED}</span> '


def _cell_open(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    token = tokens[index]
    if token.tag == "th" and not tokens[index + 1].content:
        token.tag = tokens[index + 2].tag = "td"  # an empty corner heads nothing
    scope = ' scope="col"' if token.tag == "th" else ""
    alignment = ALIGNMENTS.get(str(token.attrGet("style")))
    return f'<{token.tag}{scope} class="{alignment}">' if alignment else f"<{token.tag}{scope}>"


def _footnote_ref(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    number, repeated = _footnote_number(tokens[index])
    return f'<sup><a href="#fn{number}" id="fnref{number}{repeated}">{number}</a></sup>'


def _footnote_open(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    return f'<li id="fn{_footnote_number(tokens[index])[0]}">'


def _footnote_anchor(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    number, repeated = _footnote_number(tokens[index])
    label = escape(gettext("Back to the text"))
    return f' <a href="#fnref{number}{repeated}" class="lf-footnote-back" aria-label="{label}">\u21a9\ufe0e</a>'


def _footnote_number(token: Token) -> tuple[int, str]:
    repeated = token.meta.get("subId", 0)
    return token.meta["id"] + 1, f"-{repeated}" if repeated > 0 else ""


RENDERERS = {
    "fence": _fence,
    "code_block": _fence,
    "math_inline": _math_inline,
    "math_block": _math_block,
    "bullet_list_open": _list_open,
    "ordered_list_open": _list_open,
    "list_item_open": _item_open,
    "th_open": _cell_open,
    "td_open": _cell_open,
    "footnote_ref": _footnote_ref,
    "footnote_block_open": lambda *_: '<hr>\n<div class="lf-footnotes">\n<ol>\n',
    "footnote_block_close": lambda *_: "</ol>\n</div>\n",
    "footnote_open": _footnote_open,
    "footnote_anchor": _footnote_anchor,
}
