"""Messages, and which of them to look at."""

import re
from datetime import UTC, datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from discussions.forms.lists import MOST_ID
from discussions.forms.writing import WritingForm, words_field
from discussions.models.conversation import MESSAGE_LIMIT
from discussions.models.inbox import Place

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = re.compile(r"([0-9]{1,16})-([0-9]{1,18})\Z")


class MessageForm(WritingForm):
    content = words_field(label=_("Your message"), limit=MESSAGE_LIMIT, rows=1, placeholder=_("Write a message"))

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        # There is one in a page, and after each message it is given a fresh key.
        self.fields["key"].widget.attrs["id"] = "message-key"


class HistoryForm(forms.Form):
    """The page that ends before a message."""

    before = forms.IntegerField(required=False, min_value=1, max_value=MOST_ID)

    @property
    def asked_before(self) -> int | None:
        return self.cleaned_data.get("before")


class NewsForm(forms.Form):
    """What came after a message; after none when nothing is there yet."""

    after = forms.IntegerField(required=False, min_value=0, max_value=MOST_ID)

    @property
    def asked_after(self) -> int:
        return self.cleaned_data.get("after") or 0


class InboxForm(forms.Form):
    q = forms.CharField(
        label=_("Search messages"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"type": "search", "placeholder": _("People and words")}),
    )
    after = forms.CharField(required=False, max_length=40)

    @property
    def asked_words(self) -> str:
        return self.cleaned_data.get("q") or ""

    @property
    def asked_after(self) -> Place | None:
        return self.cleaned_data.get("after")

    def clean_after(self) -> Place | None:
        """A place in the list, as `address_of` writes it."""
        given = self.cleaned_data["after"]
        found = PLACE.match(given)
        if given and not found:
            raise forms.ValidationError(_("There is no such page."))
        return Place(BEGINNING + timedelta(microseconds=int(found[1])), int(found[2])) if found else None


def address_of(place: Place) -> str:
    """A place of the list as a parameter: microseconds and id, for two conversations may have the same time."""
    return f"{(place.last_at - BEGINNING) // timedelta(microseconds=1)}-{place.conversation_id}"
