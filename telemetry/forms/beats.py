"""What a lesson page sends while it is used."""

import json
import re
from math import isfinite
from typing import Any

from django import forms

from telemetry.page_views import BadPageView, read_page_view
from telemetry.services.beats import Beat

MOST_BEATS = 60
LONGEST_BATCH = 40_000
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class BeatsForm(forms.Form):
    """A list of at most 60 beats, as JSON; those that aren't ours in shape or signature are dropped.

    No person sees its errors.
    """

    beats = forms.CharField(max_length=LONGEST_BATCH)

    def clean_beats(self) -> list[Beat]:
        found = [beat for beat in map(_beat, self._sent()) if beat]
        # Of two with the same id the first one stands, as it would had they come one after the other.
        beats = list({beat.id: beat for beat in reversed(found)}.values())
        if not beats:
            raise forms.ValidationError("nothing that can be counted")
        return beats[::-1]

    def _sent(self) -> list[Any]:
        try:
            # Whole numbers may be longer than Python reads; as floats they end at infinity, which is dropped.
            sent = json.loads(self.cleaned_data["beats"], parse_int=float)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError("not JSON") from error
        if not isinstance(sent, list) or len(sent) > MOST_BEATS:
            raise forms.ValidationError("not a list of at most 60 beats")
        return sent


def _beat(sent: Any) -> Beat | None:
    """The beat, when it is one: a UUID, a page view that we signed, two finite numbers."""
    if not isinstance(sent, dict):
        return None
    beat_id, token, seconds, age = (sent.get(name) for name in ("id", "view", "seconds", "age"))
    if not (isinstance(beat_id, str) and UUID.fullmatch(beat_id) and isinstance(token, str)):
        return None
    if not (isinstance(seconds, float) and isinstance(age, float) and isfinite(seconds) and isfinite(age)):
        return None
    try:
        return Beat(beat_id, read_page_view(token), seconds, age)
    except BadPageView:
        return None
