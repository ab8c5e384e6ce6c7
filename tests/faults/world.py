"""Fills the stores of the outage tests, in a process of its own, and prints what the tests need to know as JSON."""

import json
import sys

import django


def fill() -> dict[str, object]:
    """A course of four lessons with its author and a learner, and an administrator; all are signed in somewhere."""
    from tests import factories
    from tests.signing_in import session_key_of

    author = factories.InstructorFactory(username="author")
    course = factories.CourseFactory(instructor=author, title="Weaving for everyone", slug="weaving", lessons=4)
    learner = factories.UserFactory(username="learner")
    factories.EnrollmentFactory(user=learner, course=course)
    people = {"learner": learner, "author": author, "admin": factories.AdminFactory(username="chief")}
    return {
        "lessons": factories.lesson_ids(course),
        "course": course.pk,
        "learner": learner.pk,
        "sessions": {name: session_key_of(person) for name, person in people.items()},
    }


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(fill()))
