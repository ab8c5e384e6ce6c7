"""Markdown to safe HTML, and to plain text.

What an author can write: CommonMark with tables, strikethrough, task lists, footnotes, definition lists, `$math$`,
callouts (`> [!NOTE]` or `::: note`) and as much raw HTML as `sanitizing.py` lets through. What comes out can stand in
any page: headings begin at h2, every id begins with `lf-`, nothing can run.

Classes the style sheet gives a look: `lf-callout` with `lf-callout-<look>` and `lf-callout-title`, `lf-code` with
Pygments' token classes, `lf-output`, `lf-table`, `lf-start`, `lf-center`, `lf-end`, `lf-math`, `lf-math-source`,
`lf-task`, `lf-tasks`, `lf-footnotes`, `lf-footnote-back`, `lf-missing`.
"""

from collections.abc import Callable

from django.utils.translation import gettext

from courses.markdown.parsing import parse, render_tokens
from courses.markdown.sanitizing import anchor_id, clean
from courses.markdown.text import text_of

__all__ = ["LIMIT", "MarkdownTooLong", "anchor_id", "plain_text", "render", "well_formed"]

LIMIT = 50_000
Resolve = Callable[[str], str | None]


class MarkdownTooLong(ValueError):
    """The source is longer than allowed; the message is a sentence for its author."""

    def __init__(self, length: int, limit: int) -> None:
        sentence = gettext("The text has %(length)s characters; at most %(limit)s are possible.")
        super().__init__(sentence % {"length": f"{length:,}", "limit": f"{limit:,}"})


def render(source: str, *, resolve: Resolve | None = None, limit: int = LIMIT) -> str:
    """Safe HTML for a Markdown text.

    `resolve` is asked for every target of a link or picture (percent-encoded as in HTML, entities undone); it answers
    another target, "" to have none (a link becomes plain text, a picture its description), or None to leave it.
    Raises `MarkdownTooLong` when the text has more than `limit` characters, and nothing else.
    """
    if len(source) > limit:
        raise MarkdownTooLong(len(source), limit)
    tokens, environment = parse(well_formed(source))
    return clean(render_tokens(tokens, environment), resolve=resolve)


def plain_text(source: str) -> str:
    """The words of a Markdown text, one space between them: for summaries and the search. Never raises."""
    tokens, _ = parse(well_formed(source[:LIMIT]))
    return text_of(tokens)


def well_formed(source: str) -> str:
    """The text that can be stored: lone surrogates can't be encoded, and the mark of a file's beginning isn't text."""
    return source.encode("utf-8", "replace").decode("utf-8").removeprefix("\ufeff")
