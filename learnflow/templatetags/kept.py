"""`{% kept %}`: what many requests show alike is rendered once by each process."""

from typing import Any

from django import template
from django.db.models import Model
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.translation import get_language

register = template.Library()

MOST_KEPT = 500  # of one place; then it begins anew


class KeptNode(template.Node):
    def __init__(self, nodelist: NodeList, given: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.given = given
        self.kept: dict[tuple[Any, ...], str] = {}

    def render(self, context: Context) -> str:
        values = [expression.resolve(context) for expression in self.given.values()]
        # With the types, for True and 1 are equal and look different; so do safe text and text to be escaped.
        key = (get_language(), *values, *map(type, values))
        text = self.kept.get(key)
        if text is None:
            if any(isinstance(value, Model) for value in values):
                raise TypeError("a row equals itself after it has changed: give kept what is shown of it")
            text = self.nodelist.render(context.new(dict(zip(self.given, values, strict=True))))
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[key] = text
        return text


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """`{% kept here=here card=course.card %}…{% endkept %}` renders once for each set of values and each language.

    Inside there are these values and nothing else: no request, no person, no form token, so nothing of one visitor can
    be shown to another. The values are hashable and say all that matters; times don't belong here, for they depend on
    the person's zone.
    """
    words = token.split_contents()[1:]
    given = token_kwargs(words, parser)
    if words:
        raise template.TemplateSyntaxError("kept takes values by name, such as here=here")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist, given)
