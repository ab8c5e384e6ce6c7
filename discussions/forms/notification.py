"""How somebody wants to be told of what."""

from django import forms
from django.utils.translation import gettext_lazy as _

from discussions.models import Delivery, Kind


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
