"""Authoring, seen from its pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from courses.content import lessons
from courses.models import Course
from tests.factories import lesson_ids


@dataclass
class Desk:
    """One course on somebody's desk: every act by the word of its URL's name."""

    client: Client
    course: Course

    def url(self, name: str, *more: Any) -> str:
        return reverse(f"admin:{name}", args=[self.course.pk, *more])

    def get(self, name: str, *more: Any, **query: Any) -> Any:
        return self.client.get(self.url(name, *more), query)

    def post(self, name: str, *more: Any, headers: dict[str, str] | None = None, **data: Any) -> Any:
        return self.client.post(self.url(name, *more), data, headers=headers)

    @property
    def titles(self) -> list[str]:
        """The titles of the course's lessons, in order."""
        known = lessons.get_outline(lesson_ids(self.course))
        return [known[each]["title"] for each in lesson_ids(self.course)]


@pytest.fixture
def desk(as_author, course) -> Desk:
    """The author at work on the course."""
    return Desk(as_author, course)


@pytest.fixture
def desk_of(sign_in) -> Callable[..., Desk]:
    """`desk_of(person, course)`: somebody else in front of a course."""
    return lambda person, course: Desk(sign_in(person), course)


@pytest.fixture
def first(course):
    """The id of the course's first lesson."""
    return lesson_ids(course)[0]


def typed(title: str = "Knots", markdown: str = "Tie *this*.", **fields: Any) -> dict[str, Any]:
    """What the browser sends from the form of a text lesson."""
    return {
        "title": title,
        "duration": 10,
        "language": "en",
        "markdown": markdown,
        "notes": "",
        "resources": "",
        "kind": "text",
        **fields,
    }


@pytest.fixture(name="typed")
def _typed():
    return typed
