"""What the lesson page sends."""

from django import forms


class PositionForm(forms.Form):
    """Where a video stopped, in whole seconds from its beginning."""

    seconds = forms.IntegerField(min_value=0, max_value=24 * 60 * 60)
