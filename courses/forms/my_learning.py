"""Which of my courses a page lists."""

from django import forms

from courses.models import Status


class MyLearningForm(forms.Form):
    status = forms.ChoiceField(choices=Status.choices, required=False)
    after = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)

    @property
    def asked_status(self) -> str:
        """The state asked for; in progress when none or none of ours was."""
        return self.cleaned_data.get("status") or Status.ACTIVE

    @property
    def asked_after(self) -> int | None:
        return self.cleaned_data.get("after")
