"""A text to read: Markdown, with the HTML it was rendered to when it was saved."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel

from courses.content.lesson_types.definition import Content, LessonType
from courses.markdown import MarkdownTooLong, render

Links = list[dict[str, str]]


class Link(BaseModel):
    """A target written in the Markdown (`fig/tree.png`) and what the page links to instead."""

    href: str
    to: str


class TextContent(Content):
    markdown: str = ""
    html: str = ""
    links: list[Link] = []
    stand_in: str = ""  # the Markdown that stands where the author's was lost


class MarkdownField(forms.CharField):
    """Markdown within the limit; empty text is the caller's to judge."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 24, "data-markdown": "", "spellcheck": "true"}))
        super().__init__(strip=False, **options)

    def clean(self, value: Any) -> str:
        text = super().clean(value).replace("\r\n", "\n")
        try:
            render(text)
        except MarkdownTooLong as error:
            raise forms.ValidationError(str(error)) from error
        return text


class TextForm(forms.Form):
    markdown = MarkdownField(label=_("Text"), help_text=_("Markdown: tables, code, $math$, callouts, pictures."))


def render_with_links(markdown: str, links: Links) -> str:
    """Render, with the targets that the import resolved put in place."""
    targets = {link["href"]: link["to"] for link in links}
    return render(markdown, resolve=targets.get)


class TextLesson(LessonType):
    slug = "text"
    label = _("Text")
    icon = "file-text"
    template = "courses/lesson_types/text.html"
    model = TextContent
    form = TextForm

    def content_from(self, cleaned: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        links = before.get("links", [])
        html = render_with_links(cleaned["markdown"], links)
        return {**before, "markdown": cleaned["markdown"], "html": html, "links": links}

    def problems(self, raw: dict[str, Any]) -> list[str]:
        content = self.read(raw)
        assert isinstance(content, TextContent)
        if content.stand_in and content.markdown == content.stand_in:
            return [gettext("The text of this lesson was lost; write it again.")]
        return [] if content.markdown.strip() else [gettext("The lesson has no text.")]


TYPE = TextLesson()
