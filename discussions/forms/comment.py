"""What is written into discussions, and asked of their lists."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from discussions.forms.lists import PageForm
from discussions.forms.writing import WritingForm, words_field
from discussions.models.comment import COMMENT_LIMIT


class CommentForm(WritingForm):
    """A new thread, by those who `may_ask` also a private question.

    Two empty ones look alike but for their keys, so the HTML of one does for the other.
    """

    content = words_field(
        label=_("New comment"),
        limit=COMMENT_LIMIT,
        rows=3,
        placeholder=_("Ask a question or share what you found out"),
    )
    is_private = forms.BooleanField(
        label=_("Ask the instructor privately"),
        help_text=_("Only you and the course’s staff see the question and its answers."),
        required=False,
    )

    def __init__(self, *arguments: Any, may_ask: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.may_ask = may_ask
        if not may_ask:
            del self.fields["is_private"]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CommentForm) or self.is_bound or other.is_bound:
            return self is other
        return (self.initial, self.may_ask) == (other.initial, other.may_ask)

    def __hash__(self) -> int:
        return id(self) if self.is_bound else hash((*self.initial.items(), self.may_ask))


class ReplyForm(WritingForm):
    content = words_field(label=_("Your reply"), limit=COMMENT_LIMIT, rows=4)


class EditForm(forms.Form):
    content = words_field(label=_("Your comment"), limit=COMMENT_LIMIT, rows=6)


class DiscussionForm(PageForm):
    """Which threads of a discussion, and in which order."""

    q = forms.CharField(required=False, max_length=200)
    order = forms.ChoiceField(choices=[("newest", "newest"), ("best", "best")], required=False)
    show = forms.ChoiceField(choices=[("all", "all"), ("private", "private")], required=False)

    @property
    def asked_order(self) -> str:
        return self.cleaned_data.get("order") or "newest"

    @property
    def asks_for_private(self) -> bool:
        return self.cleaned_data.get("show") == "private"

    @property
    def asked_words(self) -> str:
        return self.cleaned_data.get("q") or ""


class QuestionsForm(PageForm):
    """Which private questions: asked of me, or by me."""

    show = forms.ChoiceField(choices=[("received", "received"), ("asked", "asked")], required=False)
