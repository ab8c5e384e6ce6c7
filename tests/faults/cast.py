"""Fills a site for one load, in a process of its own, and prints what its clients need to know as JSON.

Everybody is new: a second load on the same stores has nothing to do with what the first one left.
"""

import json
import sys
from typing import Any

import django

LESSONS = 6
LEARNERS = 3
AUTHORS = 2


def fill(name: str) -> dict[str, Any]:
    """Authors with a course for learners and a shelf; learners, enrolled in all those courses, in two tabs each."""
    from tests import factories

    category = factories.CategoryFactory(name=f"Category {name}", slug=f"category-{name}")
    authors = [_author(f"{name}a{number}", category) for number in range(1, AUTHORS + 1)]
    courses = [course["slug"] for author in authors for course in author["courses"][:1]]
    learners = [_learner(f"{name}l{number}", courses) for number in range(1, LEARNERS + 1)]
    return {"authors": authors, "learners": learners}


def _author(name: str, category: Any) -> dict[str, Any]:
    from tests import factories
    from tests.signing_in import session_key_of

    author = factories.InstructorFactory(username=name, password=None)
    words: dict[str, str] = {}
    courses = []
    for number, (title, lessons) in enumerate([("main", LESSONS), ("shelf", 1)]):
        made = factories.CourseFactory(
            instructor=author, category=category, title=f"Course {name}", slug=f"{name}-{title}", is_published=False
        )
        courses.append(_written(author, made, lessons, words, is_published=not number))
    return {
        "name": name,
        "id": author.pk,
        "session": session_key_of(author),
        "category": category.pk,
        "courses": courses,
        "words": words,
    }


def _written(author: Any, course: Any, lessons: int, words: dict[str, str], *, is_published: bool) -> dict[str, Any]:
    """Two sections, with lessons in the first one."""
    from courses.services.lessons import add_lesson
    from courses.services.outline import add_section
    from courses.services.publishing import publish
    from tests import factories

    sections = [add_section(actor=author, course=course, title=f"Part {number}") for number in (1, 2)]
    for number in range(1, lessons + 1):
        word = f"{course.slug}x{number}"
        body = factories.text_body(title=f"Lesson {word}", markdown=f"The thread {word} is drawn *once*.")
        place = add_lesson(actor=author, course=course, section=sections[0], body=body)
        words[place.lesson_id] = word
    if is_published:
        publish(actor=author, course=course)
    outline = [[sections[0].pk, factories.lesson_ids(course)], [sections[1].pk, []]]
    return {"id": course.pk, "slug": course.slug, "outline": outline}


def _learner(name: str, courses: list[str]) -> dict[str, Any]:
    from courses.models import Course
    from tests import factories
    from tests.faults.learners import TABS
    from tests.signing_in import session_key_of

    learner = factories.UserFactory(username=name, password=None)
    for course in Course.objects.filter(slug__in=courses).order_by("pk"):
        factories.EnrollmentFactory(user=learner, course=course)
    sessions = [session_key_of(learner) for _ in range(TABS)]
    return {"name": name, "id": learner.pk, "sessions": sessions, "courses": courses}


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(fill(sys.argv[1])))
