"""What an author says about the order of a course."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Course, Section
from courses.models.outline import SECTION_TITLE_LIMIT

LARGEST_ID = 2**63 - 1


class SectionForm(forms.Form):
    title = forms.CharField(
        label=_("Title of the section"), max_length=SECTION_TITLE_LIMIT, widget=forms.TextInput({"dir": "auto"})
    )


class StepForm(forms.Form):
    """One place up or down."""

    step = forms.TypedChoiceField(choices=[("up", _("up")), ("down", _("down"))], coerce={"up": -1, "down": 1}.get)


class PlacementForm(forms.Form):
    """The two marks of a lesson in a course; a box that isn't ticked isn't sent."""

    is_preview = forms.BooleanField(label=_("Free preview: open to everybody"), required=False)
    is_published = forms.BooleanField(label=_("Learners see this lesson"), required=False)


class DuplicateForm(forms.Form):
    """The id that the copy will have, minted with the button: a double click makes one copy."""

    copy_id = forms.RegexField(r"\A[0-9a-f]{24}\Z")


class ReuseForm(forms.Form):
    lesson_id = forms.RegexField(r"\A[0-9a-f]{24}\Z")
    section = forms.ModelChoiceField(label=_("Section"), queryset=Section.objects.none())

    def __init__(self, *arguments: Any, course: Course, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["section"].queryset = course.sections.order_by("position")  # type: ignore[attr-defined]


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("Search in titles"), required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )


class OrderForm(forms.Form):
    """The whole outline as JSON: [[section id, [placement id, …]], …]."""

    order = forms.CharField(max_length=200_000)

    def clean_order(self) -> list[tuple[int, list[int]]]:
        try:
            sections = _list(json.loads(self.cleaned_data["order"], parse_constant=_refuse))
            return [(_id(section), [_id(each) for each in _list(placements)]) for section, placements in sections]
        except (ValueError, TypeError, RecursionError) as error:
            raise forms.ValidationError(_("This isn't an order of sections and lessons.")) from error


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _id(value: object) -> int:
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise ValueError("not an id")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)
