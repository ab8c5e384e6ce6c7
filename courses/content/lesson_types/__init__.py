"""The lesson types: every module of this package that has a `TYPE` is one.

To add a type, add a module with its Pydantic model, its form and its template. Nothing else changes: the admin, the
lesson page and the publish check list ask `get_type`.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from courses.content.lesson_types.definition import Content, LessonType, UnknownType

__all__ = ["Content", "LessonType", "UnknownType", "get_type", "known_types"]


@cache
def known_types() -> dict[str, LessonType]:
    """Every type by its slug, in the order of their modules."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return {module.TYPE.slug: module.TYPE for module in modules if hasattr(module, "TYPE")}


def get_type(slug: str) -> LessonType:
    """The type of this name; one that shows what it can when this version doesn't know it."""
    return known_types().get(slug) or UnknownType(slug)
