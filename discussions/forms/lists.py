"""Which page of a list: every list goes on after the last row that it showed."""

from django import forms

MOST_ID = 2**63 - 1


class PageForm(forms.Form):
    """Where a page of a list begins; without that, at the beginning."""

    after = forms.IntegerField(min_value=1, max_value=MOST_ID, required=False)

    @property
    def asked_after(self) -> int | None:
        """None when nothing, or nothing of ours, was asked for."""
        return self.cleaned_data.get("after")
