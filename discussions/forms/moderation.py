"""Reporting, hiding, and which reports to look at."""

from django import forms
from django.utils.translation import gettext_lazy as _

from discussions.forms.lists import MOST_ID
from discussions.models import Report
from discussions.models.hiding import REASON_LIMIT
from discussions.models.report import TARGETS, WORDS_LIMIT


class ReportForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Report.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong.")},
    )
    words = forms.CharField(
        label=_("What should the staff know?"),
        max_length=WORDS_LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("reason") == Report.Reason.OTHER and not cleaned.get("words"):
            self.add_error("words", _("Say what is wrong: no reason above does."))
        return cleaned


class HideForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Its author reads this, and so do you and the other staff."),
        error_messages={"required": _("Say why: its author reads it.")},
    )


class QueueForm(forms.Form):
    """Which reports a page lists; what isn't understood is left out."""

    state = forms.ChoiceField(choices=Report.State.choices, required=False)
    kind = forms.ChoiceField(choices=[(name, name) for name in TARGETS], required=False)
    course = forms.IntegerField(min_value=1, max_value=MOST_ID, required=False)
    after = forms.IntegerField(min_value=1, max_value=MOST_ID, required=False)

    def asked(self, name):
        self.is_valid()
        return self.cleaned_data.get(name)
