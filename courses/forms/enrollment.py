"""What is asked before something is taken away."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ResetForm(forms.Form):
    """The second question before progress is reset."""

    sure = forms.BooleanField(
        label=_("Yes, forget which lessons I completed."),
        error_messages={"required": _("Tick the box to say that you mean it.")},
    )
