"""What an author types into a lesson: the fields of its type, and those that every lesson has."""

import logging
from typing import Any

from django import forms
from django.core.signing import BadSignature, dumps, loads
from django.core.validators import URLValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.content.documents import LABEL_LIMIT, MOST_MINUTES, NOTES_LIMIT, TITLE_LIMIT, URL_LIMIT
from courses.content.lesson_types import LessonType
from courses.content.lesson_types.text import MarkdownField
from courses.forms.course import language_choices
from courses.markdown import render
from courses.models import Course, Section
from courses.pictures import picture_from
from courses.services.uploads import FILE_LIMIT, store_upload
from learnflow.mongo import Document

MOST_RESOURCES = 50
KEPT = "kept-files"  # the salt of their signature
KEPT_FOR_SECONDS = 24 * 60 * 60
logger = logging.getLogger(__name__)
is_web_address = URLValidator(schemes=["http", "https"])


class ResourcesField(forms.CharField):
    """Links, one a line: `Label | address`. An address alone is its own label."""

    widget = forms.Textarea(attrs={"rows": 3, "dir": "auto", "placeholder": "Label | https://example.org/page"})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{each['label']} | {each['url']}" for each in value)

    def clean(self, value: Any) -> list[dict[str, str]]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_RESOURCES:
            raise forms.ValidationError(gettext("At most %(most)d resources are possible.") % {"most": MOST_RESOURCES})
        return [_resource(line) for line in lines]


def _resource(line: str) -> dict[str, str]:
    label, _bar, url = (part.strip() for part in line.rpartition("|"))
    try:
        # Browsers read `/\\` like `//`: as the beginning of another site.
        if not url.startswith("/") or url.startswith(("//", "/\\")):
            is_web_address(url)
    except forms.ValidationError as error:
        sentence = gettext("“%(line)s” has no web address; write: Label | https://…")
        raise forms.ValidationError(sentence % {"line": line[:80]}) from error
    if len(url) > URL_LIMIT or len(label) > LABEL_LIMIT:
        sentence = gettext("A label may have %(label)d characters, an address %(url)d.")
        raise forms.ValidationError(sentence % {"label": LABEL_LIMIT, "url": URL_LIMIT})
    return {"label": label or url[:LABEL_LIMIT], "url": url}


class LessonForm(forms.Form):
    """What every lesson has. `form_of` joins it with the form of a type."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_LIMIT, widget=forms.TextInput({"dir": "auto"}))
    # Not required: the second click on a course's first lesson comes when its first section stands already.
    section = forms.ModelChoiceField(
        label=_("Section"), queryset=Section.objects.none(), required=False, empty_label=None
    )
    duration = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=MOST_MINUTES)
    language = forms.ChoiceField(label=_("Language"))
    notes = MarkdownField(
        label=_("Notes"),
        required=False,
        max_length=NOTES_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("Shown below the lesson. Markdown."),
    )
    resources = ResourcesField(
        label=_("Resources"), required=False, max_length=100_000, help_text=_("One line each: Label | address.")
    )
    lesson_id = forms.RegexField(r"\A[0-9a-f]{24}\Z", required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=1, max_value=2**31, required=False, widget=forms.HiddenInput)
    kind = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    kept_files = forms.CharField(required=False, max_length=4_000, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, course: Course, is_new: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        language = self.initial.get("language") or course.language
        self.fields["language"].choices = language_choices(language)  # type: ignore[attr-defined]
        self.fields["lesson_id"].required = is_new
        self.fields["version"].required = not is_new
        sections = course.sections.order_by("position")
        if is_new and sections.exists():
            self.fields["section"].queryset = sections  # type: ignore[attr-defined]
        else:
            del self.fields["section"]

    def clean_kept_files(self) -> dict[str, str]:
        """Names in our storage of what an earlier try of this form uploaded; signed, so they are our own."""
        try:
            kept = loads(self.cleaned_data["kept_files"], salt=KEPT, max_age=KEPT_FOR_SECONDS)
        except BadSignature:
            return {}
        return {name: stored for name, stored in kept.items() if name in self.fields}

    def clean(self) -> None:
        for name in self.files:
            upload = self.cleaned_data.get(name)
            if upload and upload.size > FILE_LIMIT:
                sentence = gettext("The file is too large: at most %(most)d MB.")
                self.add_error(name, sentence % {"most": FILE_LIMIT // 1_000_000})

    @property
    def type_fields(self) -> list[forms.BoundField]:
        """The fields of the lesson's type."""
        return [field for field in self.visible_fields() if field.name not in LessonForm.base_fields]

    @property
    def kept_names(self) -> list[str]:
        """Which uploads an earlier try of this form left in our storage."""
        try:
            return list(loads(str(self["kept_files"].value() or ""), salt=KEPT, max_age=KEPT_FOR_SECONDS))
        except BadSignature:
            return []

    def is_accepted(self) -> bool:
        """Whether everything typed is valid and everything uploaded is stored.

        What was uploaded is stored even when something else isn't valid, and the form shown again still has it:
        nobody uploads a film twice for a missing title.
        """
        is_valid = self.is_valid()
        try:
            self._store_files()
        except OSError:
            logger.exception("an upload could not be stored")
            self.add_error(None, _("The file could not be stored. Try again, or tell whoever runs this site."))
            return False
        return is_valid

    def _store_files(self) -> None:
        """Put uploads into our storage, and their names in the place of the files."""
        kept = self.cleaned_data.get("kept_files", {})
        for name, field in self.fields.items():
            if isinstance(field, forms.FileField):
                if self.cleaned_data.get(name):
                    kept[name] = store_upload(self.cleaned_data[name])
                self.cleaned_data[name] = kept.get(name, "")
        self.data = self.data.copy()
        self.data["kept_files"] = dumps(kept, salt=KEPT) if kept else ""

    def body(self, kind: LessonType, before: Document) -> Document:
        """What to store, from a valid form; `before` is the content that stands now."""
        cleaned = self.cleaned_data
        return {
            "title": cleaned["title"],
            "type": kind.slug,
            "duration": cleaned["duration"],
            "language": cleaned["language"],
            "content": kind.content_from(cleaned, before),
            "notes": cleaned["notes"],
            "notes_html": render(cleaned["notes"]),
            "resources": cleaned["resources"],
        }


def form_of(kind: LessonType) -> type[LessonForm]:
    """The form for lessons of this type: its own fields beside those that every lesson has."""
    return type(f"{kind.slug.title()}LessonForm", (LessonForm, kind.form), {})


class PictureForm(forms.Form):
    """A picture to put into the text, and what it shows for those who don't see it."""

    picture = forms.FileField(
        label=_("Picture for the text"), widget=forms.FileInput({"accept": "image/*"}), max_length=300
    )
    alt = forms.CharField(
        label=_("What the picture shows"),
        max_length=300,
        help_text=_("Read out to people who can't see it."),
        widget=forms.TextInput({"dir": "auto"}),
    )

    def clean_picture(self) -> Any:
        return picture_from(self.cleaned_data["picture"])


class RestoreForm(forms.Form):
    """The version that the author looked at when deciding to go back."""

    version = forms.IntegerField(min_value=1, max_value=2**31)
