"""What every form has in which somebody writes something new."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _


class WritingForm(forms.Form):
    """Carries a key, by which the same form sent twice is one act (`accounts.services.one_time_keys`)."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": _("Send the form once more."), "invalid": _("Send the form once more.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid4
        # Several such forms may stand in one page.
        self.fields["key"].widget.attrs["id"] = ""
