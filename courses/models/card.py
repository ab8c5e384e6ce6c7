"""A course as a card shows it: a row of a few columns, for lists are read far more often than courses are changed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.utils.translation import gettext

from courses.models.level import Level
from courses.models.search import marked

CURRENCY_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


class CourseLabels:
    """What is said of a course alike wherever it is shown."""

    slug: Any
    category_slug: Any
    duration_minutes: Any
    thumbnail: Any
    price: Any
    currency: Any

    @property
    def url(self) -> str:
        return f"/courses/{self.slug}/"

    @property
    def face_url(self) -> str:
        """The picture drawn from category and address."""
        return f"/faces/{self.category_slug}/{self.slug}.svg"

    @property
    def picture_url(self) -> str:
        return default_storage.url(str(self.thumbnail)) if self.thumbnail else self.face_url

    @property
    def is_free(self) -> bool:
        return self.price == 0

    @property
    def price_label(self) -> str:
        if self.is_free:
            return gettext("Free")
        sign = CURRENCY_SIGNS.get(self.currency)
        return f"{sign}{self.price}" if sign else f"{self.price} {self.currency}"

    @property
    def duration_label(self) -> str:
        return duration_label(self.duration_minutes)


class CardRow(NamedTuple):
    """The columns; a card is as good as another that has the same, so its HTML may be kept."""

    pk: int
    slug: str
    title: str
    summary: str
    level: str
    duration_minutes: int
    language: str
    thumbnail: str
    price: Decimal
    currency: str
    category_slug: str
    category_name: str
    category_icon: str


class Card(CourseLabels, CardRow):
    """A course in a list, with what the query was asked for besides: how far the viewer is, what was found."""

    COLUMNS = tuple(name.replace("category_", "category__") for name in CardRow._fields)
    ASKED = ("viewer_percent", "headline_text")

    viewer_percent: Decimal | None = None
    headline_text: str = ""

    @classmethod
    def of(cls, row: Sequence[Any], asked: Sequence[str]) -> "Card":
        """The card of a row that has, after the columns, what `asked` names."""
        card = cls(*row[: len(cls.COLUMNS)])
        vars(card).update(zip(asked, row[len(cls.COLUMNS) :], strict=True))
        return card

    @property
    def level_label(self) -> str:
        return str(Level(self.level).label)

    @property
    def headline(self) -> str:
        """The summary with what the search found in it marked; empty when nothing was searched."""
        return marked(self.headline_text) if self.headline_text else ""

    @property
    def viewer_progress(self) -> int | None:
        """Whole percent of the viewer; None where they aren't enrolled."""
        return None if self.viewer_percent is None else int(self.viewer_percent)


def duration_label(minutes: int) -> str:
    """`200` reads "3 h 20 min"; nothing to say about 0 or less."""
    hours, rest = divmod(max(minutes, 0), 60)
    parts = [gettext("%(n)d h") % {"n": hours}] if hours else []
    if rest:
        parts.append(gettext("%(n)d min") % {"n": rest})
    return " ".join(parts)
