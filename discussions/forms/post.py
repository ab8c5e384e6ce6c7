"""A post, what is said of it, and what lists of posts and people are asked for."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.images import get_image_dimensions
from django.utils.translation import gettext_lazy as _

from courses.pictures import picture_from
from discussions.forms.lists import PageForm
from discussions.forms.writing import WordsField, WritingForm, words_field
from discussions.models.post import ALT_LIMIT, CAPTION_LIMIT, POST_COMMENT_LIMIT

if TYPE_CHECKING:
    from django.core.files.base import ContentFile


class DescriptionForm(forms.Form):
    """What stands beside a picture."""

    alt = forms.CharField(
        label=_("Describe the picture for those who can't see it"),
        help_text=_("What would you say on the phone? One or two sentences."),
        max_length=ALT_LIMIT,
        widget=forms.Textarea({"rows": 2, "dir": "auto"}),
        error_messages={"required": _("Say in a few words what is to be seen.")},
    )
    caption = WordsField(
        label=_("Caption"),
        required=False,
        help_text=_("What is it, how did you make it? Markdown, @name mentions somebody."),
        max_length=CAPTION_LIMIT,
        widget=forms.Textarea({"rows": 5, "dir": "auto"}),
    )

    def clean_alt(self) -> str:
        # One line: it is read aloud, and stands in an attribute.
        return " ".join(self.cleaned_data["alt"].split())


class PostForm(DescriptionForm, WritingForm):
    """A new post."""

    picture = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG, WebP or GIF, up to 10 MB."),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        error_messages={"required": _("Choose a picture."), "empty": _("Choose a picture.")},
    )
    field_order = ("picture", "alt", "caption", "key")

    def written_anew(self) -> "tuple[ContentFile[bytes], tuple[int, int]] | None":
        """The picture and its size; None when it is no picture, which the form then says. Asked last: it takes long."""
        try:
            picture = picture_from(self.cleaned_data["picture"])
        except ValidationError as error:
            self.add_error("picture", error)
            return None
        width, height = get_image_dimensions(picture)
        return picture, (width or 1, height or 1)


class PostCommentForm(WritingForm):
    content = words_field(label=_("Your comment"), limit=POST_COMMENT_LIMIT, rows=2)


class FindForm(PageForm):
    """What is searched for; without words, everything."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"type": "search", "autocomplete": "off", "dir": "auto"}),
    )

    def __init__(self, *arguments: Any, label: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["q"].label = self.fields["q"].widget.attrs["placeholder"] = label

    @property
    def asked_words(self) -> str:
        return self.cleaned_data.get("q") or ""
