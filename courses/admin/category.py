"""Categories, for admins."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import ForAdministrators
from courses.models import Category

ICONS = [
    "book", "bank", "bar-chart", "braces", "briefcase", "brush", "calculator", "camera", "chat-quote", "code-slash",
    "collection", "compass", "cpu", "database", "easel", "globe2", "graph-up", "headphones", "heart-pulse",
    "lightbulb", "map", "mortarboard", "music-note-beamed", "palette", "people", "puzzle", "robot", "rocket-takeoff",
    "shield-lock", "stars", "terminal", "tools", "translate", "tree",
]  # fmt: skip


class CategoryForm(forms.ModelForm):
    icon = forms.ChoiceField(label=_("Icon"), choices=[(name, name.replace("-", " ")) for name in ICONS])

    class Meta:
        model = Category
        fields = ["name", "slug", "icon"]


@admin.register(Category)
class CategoryAdmin(ForAdministrators):
    """Instructors choose a category for a course; admins say which there are."""

    form = CategoryForm
    list_display = ["name", "slug", "icon"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    has_add_permission = ForAdministrators.has_module_permission
    has_change_permission = ForAdministrators.has_view_permission
    has_delete_permission = ForAdministrators.has_view_permission

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Category:
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found
