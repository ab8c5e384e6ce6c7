"""Which leaderboard, and which part of it."""

import re
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from telemetry.models.leaderboard import Place

PLACE = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,2})?)-([0-9]{1,9})-([0-9]{1,18})", re.ASCII)


class PlaceField(forms.CharField):
    """The last place of the page before, as `address_of` says it."""

    def clean(self, value: str) -> Place | None:
        text = super().clean(value)
        found = PLACE.fullmatch(text)
        if text and not found:
            raise ValidationError(_("There is no such place."))
        return Place(Decimal(found[1]), int(found[2]), int(found[3])) if found else None


def address_of(place: Place) -> str:
    """How an address says where a page ends."""
    return f"{place.points}-{place.seconds}-{place.enrollment_id}"


class LeaderboardForm(forms.Form):
    """All time unless `week`; from the top unless `around` me, or after a place."""

    week = forms.BooleanField(required=False)
    around = forms.BooleanField(required=False)
    after = PlaceField(max_length=40, required=False)

    @property
    def asks_for_week(self) -> bool:
        return bool(self.cleaned_data.get("week"))

    @property
    def asks_around(self) -> bool:
        return bool(self.cleaned_data.get("around"))

    @property
    def asked_after(self) -> Place | None:
        """None when nothing, or nothing of ours, was asked for."""
        return self.cleaned_data.get("after")
