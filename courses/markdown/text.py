"""What is left of a text without its marks."""

from collections.abc import Iterable

from markdown_it.token import Token

WORDS = {"text", "code_inline", "text_special"}


def text_of(tokens: Iterable[Token]) -> str:
    """The words of these tokens; code blocks, formulas and raw HTML are left out."""
    return " ".join("".join(_pieces(tokens)).split())


def inline_text(token: Token) -> str:
    """The words of one inline token, such as a heading's."""
    return " ".join("".join(_pieces([token])).split())


def _pieces(tokens: Iterable[Token]) -> Iterable[str]:
    for token in tokens:
        if token.type == "inline" or token.type == "image":
            yield from _pieces(token.children or [])
            if token.type == "inline":
                yield " "
        elif token.type in WORDS:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield " "
