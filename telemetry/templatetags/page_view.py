"""The page view that a lesson page carries."""

from django import template

from accounts.models import User
from telemetry.page_views import begin_page_view

register = template.Library()


@register.simple_tag
def page_view(person: User, course_id: int, lesson_id: str) -> str:
    """The signed token of a page view that begins now."""
    return begin_page_view(person=person, course_id=course_id, lesson_id=lesson_id)
