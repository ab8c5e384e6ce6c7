"""How somebody wants to be told of what."""

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from discussions.models import Delivery, Kind

LARGEST_ID = 2**63 - 1


class NotificationPageForm(forms.Form):
    """Where a page of the list begins; whatever else stands in the address is ignored."""

    after = forms.IntegerField(required=False, max_value=LARGEST_ID, validators=[MinValueValidator(1)])

    @property
    def asked_after(self) -> int | None:
        return self.cleaned_data.get("after")


class NotificationSettingsForm(forms.Form):
    """One choice for each kind."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                choices=Delivery.choices,
                error_messages={"required": _("Choose one of these."), "invalid_choice": _("Choose one of these.")},
            )
