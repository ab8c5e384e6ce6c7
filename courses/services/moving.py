"""Moving a lesson or a section by one place: what the buttons of the outline do."""

from typing import TYPE_CHECKING

from courses.models import Course, CourseLesson, Section
from courses.services.outline import OutlineConflict, arrange, outline_order

if TYPE_CHECKING:
    from accounts.models import User


def move(*, actor: "User", course: Course, placement: CourseLesson | None, section: Section | None, step: int) -> None:
    """Move a lesson, or a section with all it has, one place up (-1) or down (+1); at the edge nothing happens.

    A lesson at the edge of its section goes into the next one. Raises `OutlineConflict` when it is gone.
    """
    try:
        order = outline_order(course)
        moved = _moved_section(order, section.pk, step) if section else _moved_lesson(order, placement, step)
    except (KeyError, StopIteration) as error:
        raise OutlineConflict from error
    if moved != order:
        arrange(actor=actor, course=course, order=moved)


def _moved_section(order: list[tuple[int, list[int]]], section_id: int, step: int) -> list[tuple[int, list[int]]]:
    at = next(number for number, (each, _) in enumerate(order) if each == section_id)
    to = min(max(at + step, 0), len(order) - 1)
    result = list(order)
    result.insert(to, result.pop(at))
    return result


def _moved_lesson(
    order: list[tuple[int, list[int]]], placement: CourseLesson | None, step: int
) -> list[tuple[int, list[int]]]:
    assert placement is not None
    result = [(section, list(placements)) for section, placements in order]
    at = next(number for number, (_, placements) in enumerate(result) if placement.pk in placements)
    within = result[at][1]
    index = within.index(placement.pk)
    if 0 <= index + step < len(within):
        within.insert(index + step, within.pop(index))
    elif 0 <= at + step < len(result):
        neighbour = result[at + step][1]
        neighbour.insert(0 if step > 0 else len(neighbour), within.pop(index))
    return result
