"""`{% filled %}`: what many things look like but for their words is rendered once by each process, then filled in."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.translation import get_language

register = template.Library()

MOST_KEPT = 1_000  # shapes of one place; then it begins anew
# Characters for private use: nothing of ours writes them, and escaping leaves them alone.
MARK = re.compile("\ue000([a-z_.]+)\ue001")


class Shaped(Protocol):
    def as_shape(self) -> tuple[Any, Mapping[str, str]]:
        """The same thing with a `mark` in the place of each word, hashable; and by their marks the words, as HTML."""


def mark(name: str) -> str:
    """What stands where the word of this name goes."""
    return f"\ue000{name}\ue001"


class FilledNode(template.Node):
    def __init__(self, nodelist: NodeList, name: str, thing: FilterExpression) -> None:
        self.nodelist = nodelist
        self.name = name
        self.thing = thing
        self.kept: dict[tuple[Any, ...], list[str]] = {}

    def render(self, context: Context) -> str:
        shape, words = self.thing.resolve(context).as_shape()
        key = (get_language(), shape)
        pieces = self.kept.get(key)
        if pieces is None:
            # In turns what stays, and the name of what goes there. Nothing that anybody wrote is in it.
            pieces = MARK.split(self.nodelist.render(context.new({self.name: shape})))
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[key] = pieces
        filled = pieces.copy()
        filled[1::2] = [words[name] for name in pieces[1::2]]
        return "".join(filled)


@register.tag
def filled(parser: Parser, token: Token) -> FilledNode:
    """`{% filled card=card %}…{% endfilled %}` renders once for each shape that cards have, and each language.

    Inside there is only the shape: no request, no person, no form token. It tells how a thing looks, its words only
    where they go: what depends on a word (whether there is one, its last digit) must be part of the shape.
    """
    given = token_kwargs(token.split_contents()[1:], parser)
    if len(given) != 1:
        raise template.TemplateSyntaxError("filled takes one value by name, such as card=card")
    [(name, thing)] = given.items()
    nodelist = parser.parse(("endfilled",))
    parser.delete_first_token()
    return FilledNode(nodelist, name, thing)
