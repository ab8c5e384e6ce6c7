"""What a button sends: the wished state, and the page on which it was pressed."""

from django import forms
from django.utils.http import url_has_allowed_host_and_scheme


class SwitchForm(forms.Form):
    on = forms.TypedChoiceField(choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1")


class VoteForm(forms.Form):
    """The wished value: the same again is taken back by asking for 0."""

    value = forms.TypedChoiceField(choices=[(1, "1"), (-1, "-1"), (0, "0")], coerce=int)


class ReturnForm(forms.Form):
    """The page on which a button was pressed."""

    next = forms.CharField(required=False, max_length=2_000)

    def clean_next(self) -> str:
        page = self.cleaned_data["next"]
        return page if page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None) else ""


class WishForm(SwitchForm, ReturnForm):
    """A like or a follow: the wished state, and the page on which it was wished."""

    # Whether the fragment that comes back says how many follow.
    counts = forms.BooleanField(required=False)
