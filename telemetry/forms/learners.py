"""Which learners of a course a page lists, and in which order."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Status
from telemetry.models.learners import ORDERS

MOST_ID = 2**63 - 1
USUAL_SORT = "-active"
SORTS = [f"{sign}{name}" for name in ORDERS for sign in ("-", "")]
INACTIVE = [("14", _("14 days")), ("30", _("30 days"))]


class LearnersForm(forms.Form):
    q = forms.CharField(label=_("Name or username"), max_length=100, required=False)
    status = forms.ChoiceField(label=_("Status"), choices=[("", _("Any")), *Status.choices], required=False)
    inactive = forms.ChoiceField(label=_("Not here for"), choices=[("", _("Any time")), *INACTIVE], required=False)
    sort = forms.ChoiceField(choices=[(each, each) for each in SORTS], required=False, widget=forms.HiddenInput)
    after = forms.IntegerField(min_value=1, max_value=MOST_ID, required=False, widget=forms.HiddenInput)

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for and can be, as the address says it, without the order and the page."""
        given = {name: str(self.cleaned_data.get(name) or "") for name in ("q", "status", "inactive")}
        return {name: value for name, value in given.items() if value}

    @property
    def asked_plainly(self) -> dict[str, Any]:
        """The same for the audit log, which can't be erased from: that a name was looked for, not whose."""
        plain: dict[str, Any] = {name: value for name, value in self.asked.items() if name != "q"}
        return plain | ({"searched": True} if "q" in self.asked else {})

    @property
    def asked_sort(self) -> str:
        """Without another, who was here last comes first."""
        return self.cleaned_data.get("sort") or USUAL_SORT

    @property
    def asked_after(self) -> int | None:
        return self.cleaned_data.get("after")

    @property
    def filters(self) -> dict[str, Any]:
        """As `Learners` takes them."""
        asked = self.asked
        return {
            "words": asked.get("q", ""),
            "status": asked.get("status", ""),
            "inactive_days": int(asked.get("inactive", 0)),
            "sort": self.asked_sort,
        }

    def query(self, **others: Any) -> str:
        """The address of this list, without `?`."""
        sort = {"sort": self.asked_sort} if self.asked_sort != USUAL_SORT else {}
        return urlencode({**self.asked, **sort, **others})

    @property
    def visible(self) -> list[forms.BoundField]:
        return [self[name] for name in ("q", "status", "inactive")]
