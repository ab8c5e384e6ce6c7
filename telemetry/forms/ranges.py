"""Which days a page of figures is about."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from telemetry.periods import DAY, Period, today

CHOICES = (7, 30, 90)
USUAL_DAYS = 30
EARLIEST = date(2000, 1, 1)
MOST_DAYS = 3 * 366
ISO = "%Y-%m-%d"


def _not_before_the_earliest(day: date) -> None:
    if day < EARLIEST:
        raise forms.ValidationError(_("Choose a day from the year 2000 on."))


class DayField(forms.DateField):
    """A day; empty, it shows the one that was taken instead."""

    widget = forms.DateInput({"type": "date"}, format=ISO)
    input_formats = [ISO]
    default_error_messages = {"invalid": gettext_lazy("Write the day as 2026-01-31.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, validators=[_not_before_the_earliest], **options)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data or initial


class RangeForm(forms.Form):
    """`?days=7`, 30 or 90 up to today, or `?from=` one day `&to=` another, which win; without any, 30 days.

    `kept` are the other parameters of the page: links and buttons carry them along.
    """

    days = forms.TypedChoiceField(choices=[(each, each) for each in CHOICES], coerce=int, required=False)
    # Its other fields are "from" and "to".

    def __init__(self, data: Mapping[str, Any], *, kept: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.kept = {name: value for name, value in (kept or {}).items() if value not in (None, "")}
        self.fields |= {"from": DayField(label=gettext_lazy("From")), "to": DayField(label=gettext_lazy("To"))}

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        if field_name not in ("from", "to"):
            return super().get_initial_for_field(field, field_name)
        return self.period.first if field_name == "from" else self.period.last

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        last = given.get("to") or today()
        first = given.get("from") or max(last - (USUAL_DAYS - 1) * DAY, EARLIEST)
        if self.errors:
            return given
        for name in ("from", "to"):
            if given.get(name) and given[name] > today():
                self.add_error(name, _("That day is still to come."))
        if not self.errors and first > last:
            self.add_error("from", _("Choose a first day that isn't after the last."))
        elif not self.errors and Period(first, last).length > MOST_DAYS:
            self.add_error("from", _("Choose at most three years."))
        return given | {"first": first, "last": last}

    @cached_property
    def period(self) -> Period:
        """The days asked for; the last 30 when what was asked for can't be."""
        is_own = self.is_valid() and (self.cleaned_data["from"] or self.cleaned_data["to"])
        if is_own:
            return Period(self.cleaned_data["first"], self.cleaned_data["last"])
        days = (self.is_valid() and self.cleaned_data["days"]) or USUAL_DAYS
        return Period(today() - (days - 1) * DAY, today())

    @property
    def day_fields(self) -> list[forms.BoundField]:
        return [self["from"], self["to"]]

    @property
    def query(self) -> str:
        """This range as the address says it, without `?`; nothing but the range."""
        return urlencode(self._asked)

    @property
    def whole_query(self) -> str:
        """This range and all that is kept, as the address says it, without `?`."""
        return urlencode(self.kept | self._asked)

    @property
    def links(self) -> list[dict[str, Any]]:
        """The usual ranges: their words, the address of each, and whether it is the one shown."""
        return [
            {
                "label": ngettext("%(days)s day", "%(days)s days", days) % {"days": days},
                "url": f"?{urlencode(self.kept | {'days': days})}",
                "is_shown": self._asked == {"days": days},
            }
            for days in CHOICES
        ]

    @property
    def _asked(self) -> dict[str, Any]:
        if self.is_valid() and (self.cleaned_data["from"] or self.cleaned_data["to"]):
            return {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        return {"days": self.period.length}
