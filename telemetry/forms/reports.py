"""What an administrator asks of a report."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from telemetry.forms.ranges import RangeForm

MOST_ID = 2**63 - 1
USUAL_LEARNERS = 1
MOST_LEARNERS = 100_000


class LeastField(forms.IntegerField):
    """A number; empty, it shows the one that was taken instead."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data or initial


class PlaceForm(forms.Form):
    """Where a page of a list begins."""

    after = forms.IntegerField(required=False, min_value=1, max_value=MOST_ID)


class ReportForm(RangeForm):
    """The days, the order, of which course, and where a page begins; everything may be absent.

    `sorts` are the orders that there are, the usual one first; a minus before one means the largest first. A report
    without a range is of what is now.
    """

    KEPT = ("sort", "course", "q", "at_least")

    sort = forms.ChoiceField(required=False)
    course = forms.SlugField(required=False, max_length=120)
    q = forms.CharField(
        required=False, max_length=200, label=_("Find a course"), widget=forms.TextInput({"type": "search"})
    )
    at_least = LeastField(
        required=False, min_value=1, max_value=MOST_LEARNERS, label=_("Only of courses with at least so many learners")
    )
    after = forms.IntegerField(required=False, min_value=1, max_value=MOST_ID)

    def __init__(self, data: Mapping[str, Any], *, sorts: Sequence[str] = (), has_range: bool = True) -> None:
        super().__init__(data)
        self.sorts, self.has_range = list(sorts), has_range
        self.fields["sort"].choices = [(each, each) for each in self.sorts]  # type: ignore[attr-defined]
        self.fields["at_least"].initial = USUAL_LEARNERS
        self.is_valid()
        given = {name: self.cleaned_data.get(name) for name in self.KEPT}
        self.kept = {name: value for name, value in given.items() if value}

    @property
    def asked_sort(self) -> str:
        return self.cleaned_data.get("sort") or (self.sorts or [""])[0]

    @property
    def asked_after(self) -> int | None:
        return self.cleaned_data.get("after")

    @property
    def asked_course(self) -> str:
        return self.cleaned_data.get("course") or ""

    @property
    def asked_at_least(self) -> int:
        return self.cleaned_data.get("at_least") or USUAL_LEARNERS

    @property
    def unsorted(self) -> dict[str, Any]:
        """What a link to another order keeps."""
        return {name: value for name, value in (self.kept | self._asked).items() if name != "sort"}

    @property
    def _asked(self) -> dict[str, Any]:
        """The days; nothing for a report of what is now."""
        return super()._asked if self.has_range else {}

    @property
    def asked_plainly(self) -> dict[str, str]:
        """What was asked for, as the audit log keeps it."""
        return {name: str(value) for name, value in (self.kept | self._asked).items()}

    @property
    def first_url(self) -> str:
        """The address of the first page."""
        return f"?{self.whole_query}"

    def url_after(self, after: int) -> str:
        """The address of the page that begins after this."""
        return f"?{urlencode(self.kept | self._asked | {'after': after})}"
