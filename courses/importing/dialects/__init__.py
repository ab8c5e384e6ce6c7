"""The ways in which courses are written as folders of Markdown: the first that recognizes a folder reads it.

A dialect is a module with `FORMAT`, `recognize(folder)`, `outline(folder, pages, report)`, `prepare(pages)` and, when
its pages aren't our Markdown already, `convert(text, conversion)`.
"""

from types import ModuleType

from courses.importing.conversion import Converter
from courses.importing.dialects import jekyll, mdx, own, plain, sandpaper
from courses.importing.folder import Folder

DIALECTS: tuple[ModuleType, ...] = (own, sandpaper, mdx, jekyll, plain)


def dialect_of(folder: Folder) -> ModuleType:
    return next(dialect for dialect in DIALECTS if dialect.recognize(folder))


def converters_for(dialect: ModuleType, path: str) -> tuple[Converter, ...]:
    """Our own Markdown stays as it is. Elsewhere people mix: a page passes all that its suffix allows."""
    if dialect is own:
        return ()
    if path.endswith(".mdx") or dialect is mdx:
        return (mdx.convert,)
    return (jekyll.convert, sandpaper.convert)
