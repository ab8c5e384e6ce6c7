"""The order of a course, as a dialect finds it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import PurePosixPath

from django.utils.text import capfirst

from courses.importing.pages import Page

FIRST = ("index", "readme", "introduction", "overview", "_index")
LAST = ("license", "licence", "contributing", "code_of_conduct", "changelog", "authors", "citation", "links")
ORDER_FIELDS = ("order", "weight", "nav_order", "position", "sidebar_position")


@dataclass
class Listing:
    """A section: its title and the paths of its pages."""

    title: str
    paths: list[str]


@dataclass
class Outline:
    """What a folder says about its course.

    `introduction` is the page whose beginning describes it when nothing else does. Pages that no section names follow
    under `rest_title`; `titles` go before those in the pages.
    """

    title: str = ""
    slug: str = ""
    description: str | None = None
    introduction: str = ""
    category: str | None = None
    level: str | None = None
    language: str = ""
    objectives: list[str] | None = None
    price: Decimal | None = None
    currency: str | None = None
    license: str = ""
    source: str = ""
    sections: list[Listing] = field(default_factory=list)
    rest_title: str = ""
    titles: dict[str, str] = field(default_factory=dict)


def listed(listings: Iterable[Listing]) -> list[Listing]:
    """Sections that have pages, each page in the first section that names it."""
    seen: set[str] = set()
    result: list[Listing] = []
    for listing in listings:
        paths = [path for path in dict.fromkeys(listing.paths) if path not in seen]
        seen.update(paths)
        if paths:
            result.append(Listing(listing.title, paths))
    return result


def natural_key(path: str) -> list[tuple[int, int, str]]:
    """`lesson 10` after `lesson 9`."""
    pieces = re.split(r"(\d+)", path.lower())
    return [(0, int(piece[:18]), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces]


def in_order(pages: Iterable[Page]) -> list[str]:
    """Paths by the order that front matter gives, then by name; introductions first, licenses last."""
    return [page.path for page in sorted(pages, key=_order_key)]


def _order_key(page: Page) -> tuple[int, float, list[tuple[int, int, str]]]:
    stem = PurePosixPath(page.path).stem.lower()
    place = 0 if stem in FIRST else 2 if stem in LAST else 1
    number = page.number(*ORDER_FIELDS)
    return place, float("inf") if number is None else number, natural_key(page.path)


def title_from_name(name: str) -> str:
    """`03-looping_data` reads "Looping data"."""
    stem = re.sub(r"^[\d._ -]+(?=[^\W\d])", "", PurePosixPath(name).stem) or PurePosixPath(name).stem
    return capfirst(re.sub(r"[-_\s]+", " ", stem).strip()) or name
