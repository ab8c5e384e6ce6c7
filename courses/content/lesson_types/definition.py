"""What a lesson type is."""

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, ValidationError


class Content(BaseModel):
    """The shape of a type's `content`. Every field has a default, for a document may lack any of them."""

    model_config = ConfigDict(extra="allow")


class LessonType:
    """One kind of lesson: how its content is shaped, written and shown."""

    slug: ClassVar[str]
    label: ClassVar[Promise | str]
    icon: ClassVar[str]
    template: ClassVar[str]
    model: ClassVar[type[Content]]
    form: ClassVar[type[forms.Form]]

    def read(self, raw: dict[str, Any]) -> Content:
        """The content as far as it can be read: a field of the wrong shape counts as absent."""
        try:
            return self.model.model_validate(raw)
        except ValidationError as error:
            broken = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
            return self.model.model_validate({name: value for name, value in raw.items() if name not in broken})

    def unknown_fields(self, raw: dict[str, Any]) -> list[str]:
        """Fields of a document that this version doesn't know or can't read: staff are told."""
        content = self.read(raw)
        extra = set(content.model_extra or {})
        unread = {name for name in raw if name in self.model.model_fields and name not in content.model_fields_set}
        return sorted(extra | unread)

    def prepare(self, raw: dict[str, Any]) -> dict[str, Any]:
        """What the type's template shows."""
        return {"content": self.read(raw)}

    def initial(self, raw: dict[str, Any]) -> dict[str, Any]:
        """What the type's form begins with."""
        return self.read(raw).model_dump()

    def content_from(self, cleaned: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """The content to store, from a valid form. Fields of `before` that the form doesn't know are kept."""
        raise NotImplementedError

    def problems(self, raw: dict[str, Any]) -> list[str]:
        """Why a lesson with this content can't be published yet; sentences for its author."""
        return []


class UnknownType(LessonType):
    """Stands in for a type that this version doesn't know: the page shows the rest, staff are told."""

    label = _("Lesson")
    icon = "file"
    template = "courses/lesson_types/unknown.html"
    model = Content
    form = forms.Form

    def __init__(self, slug: str) -> None:
        self.slug = slug  # type: ignore[misc]

    def content_from(self, cleaned: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        return before

    def problems(self, raw: dict[str, Any]) -> list[str]:
        return [str(_("This version doesn't know lessons of the type “%(type)s”.") % {"type": self.slug})]
