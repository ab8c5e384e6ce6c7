"""Prints what the code that runs it says of every placed lesson: title, minutes and text at each of its versions.

It says so before and after it has brought everything to the shape of its release; the stores must agree then.
"""

import json
import sys

import django


def readings() -> dict[str, list[list[object]]]:
    from courses.content import lessons
    from courses.models import CourseLesson

    found = {}
    ids = list(CourseLesson.objects.order_by("pk").values_list("lesson_id", flat=True))
    outline = lessons.get_outline(ids)
    for lesson_id in ids:
        lesson = lessons.get_lesson(lesson_id)
        listed = sorted(each["version"] for each in lessons.get_revisions(lesson_id))
        assert listed == list(range(1, lesson["version"])), f"{lesson_id} at {lesson['version']} has versions {listed}"
        bodies = [lessons.get_revision(lesson_id, version)["body"] for version in listed]
        found[lesson_id] = [_said(body) for body in (*bodies, lesson)]
        assert _said(lesson)[:2] == [outline[lesson_id]["title"], outline[lesson_id]["minutes"]]
    return found


def _said(body: dict) -> list[object]:
    return [body["title"], body["minutes"], body["content"]["markdown"]]


if __name__ == "__main__":
    django.setup()
    from courses.content.evolution import evolve_documents
    from learnflow.consistency import check
    from learnflow.management.commands.check_stores import EXAMINATIONS

    found = readings()
    evolve_documents()
    assert readings() == found
    differences = [each for each in check(EXAMINATIONS) if each.count]
    assert not differences, differences
    sys.stdout.write(json.dumps(found))
