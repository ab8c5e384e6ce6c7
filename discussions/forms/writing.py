"""What every form has in which somebody writes something new."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _


class WordsField(forms.CharField):
    """A text of several lines. Browsers end lines with two characters, of which a limit should count one."""

    def to_python(self, value: object) -> str:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


def words_field(*, label: str, limit: int, rows: int, placeholder: str = "") -> WordsField:
    """Where one writes to others: something, and at most so many characters."""
    widget = forms.Textarea({"rows": rows, "placeholder": placeholder, "dir": "auto"})
    errors = {"required": _("Write something first.")}
    return WordsField(label=label, max_length=limit, widget=widget, error_messages=errors)


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

    def clean(self):
        # The field is hidden, so what is wrong with it is said above the others.
        if "key" in self.errors:
            del self.errors["key"]
            self.take_another_key()
        return self.cleaned_data

    def take_another_key(self) -> None:
        """The key came with something else before, or isn't one: the form comes back with a fresh one."""
        self.data = self.data.copy()
        self.data[self.add_prefix("key")] = str(uuid4())
        self.add_error(None, _("Send the form once more."))
