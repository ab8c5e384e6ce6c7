"""The filters of the catalogue, as they stand in its address."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.models import Card, Course, Level
from courses.models.course import CourseQuerySet
from learnflow.prepared import Prepared

PAGE = 12
BEST_MATCHES = 200
DURATIONS = {
    "short": Q(duration_minutes__lt=120),
    "medium": Q(duration_minutes__gte=120, duration_minutes__lt=600),
    "long": Q(duration_minutes__gte=600),
}
PRICES = {"free": Q(price=0), "paid": Q(price__gt=0)}
# What most visitors see first. Nobody's person is number 0.
FIRST_PAGE = Prepared(
    lambda user_id: (
        Course.objects.published().with_progress_of(User(pk=user_id)).sorted_by("popular")[: PAGE + 1].for_cards()
    ),
    -1,
)


@dataclass(frozen=True)
class Page:
    courses: list[Card]
    next_after: int | None


class CatalogueForm(forms.Form):
    """Every field may be absent; what isn't one of the choices is a clear error and filters nothing.

    Two forms that show the same are equal, so the HTML of one does for the other.
    """

    q = forms.CharField(label=_("Search"), required=False, max_length=200, widget=forms.TextInput({"type": "search"}))
    category = forms.ChoiceField(label=_("Category"), required=False)
    level = forms.ChoiceField(label=_("Level"), required=False, choices=[("", _("Any level")), *Level.choices])
    price = forms.ChoiceField(
        label=_("Price"), required=False, choices=[("", _("Any price")), ("free", _("Free")), ("paid", _("Paid"))]
    )
    duration = forms.ChoiceField(
        label=_("Duration"),
        required=False,
        choices=[
            ("", _("Any duration")),
            ("short", _("Under 2 hours")),
            ("medium", _("2 to 10 hours")),
            ("long", _("10 hours and more")),
        ],
    )
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[
            ("", _("Best match")),
            ("popular", _("Most enrolled")),
            ("newest", _("Newest")),
            ("price", _("Lowest price")),
            ("short", _("Shortest")),
        ],
    )
    after = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, categories: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["category"].choices = [("", _("Any category")), *categories]  # type: ignore[attr-defined]
        self.categories = categories

    @cached_property
    def shown(self) -> tuple[object, ...]:
        """All that its HTML depends on."""
        given = (self.data.get(name) for name in self.fields if name != "after")
        return (*given, *self.categories, self.errors.as_json() if self.errors else "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CatalogueForm) and self.shown == other.shown

    def __hash__(self) -> int:
        return hash(self.shown)

    @property
    def asks_nothing(self) -> bool:
        return not any(self.cleaned_data.values())

    def page_for(self, viewer: User | AnonymousUser) -> Page:
        """The courses of this page: of all that match, those after the last one of the page before."""
        if self.asks_nothing:
            found = [Card.of(row, ["viewer_percent"]) for row in FIRST_PAGE.rows(viewer.pk or 0)]
            return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)
        given = self.cleaned_data
        matching = self.filtered(Course.objects.published().with_progress_of(viewer))
        sort, after = given.get("sort"), given.get("after")
        if given.get("q") and not sort:
            start = min(after or 0, BEST_MATCHES)
            found = matching.best_matches(given["q"], of=BEST_MATCHES)[start : start + PAGE + 1].cards()
            return Page(found[:PAGE], start + PAGE if len(found) > PAGE else None)
        matching = matching.sorted_by(sort or "popular")
        found = (matching.after(after, sort or "popular") if after else matching)[: PAGE + 1].cards()
        return Page(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)

    def filtered(self, courses: CourseQuerySet) -> CourseQuerySet:
        given = self.cleaned_data
        if given.get("q"):
            courses = courses.matching(given["q"])
        if given.get("category"):
            courses = courses.filter(category__slug=given["category"])
        if given.get("level"):
            courses = courses.filter(level=given["level"])
        for name, choices in (("price", PRICES), ("duration", DURATIONS)):
            if given.get(name):
                courses = courses.filter(choices[given[name]])
        return courses

    def chips(self) -> list[dict[str, str]]:
        """One per filter in force: its words, and the address without it."""
        active = {name: value for name, value in self.cleaned_data.items() if value and name != "after"}
        return [
            {"label": self._words(name, value), "url": _address({k: v for k, v in active.items() if k != name})}
            for name, value in active.items()
            if name != "sort"
        ]

    def url_after(self, after: int | None) -> str:
        """The address of the page that begins after this; of the first page for None."""
        kept = {name: value for name, value in self.cleaned_data.items() if value and name != "after"}
        return _address({**kept, "after": after} if after else kept)

    def _words(self, name: str, value: str) -> str:
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value) or f"“{value}”")


def _address(parameters: dict[str, Any]) -> str:
    return f"/courses/?{urlencode(parameters)}" if parameters else "/courses/"
