"""The pages of discussions that everybody reads, each put into SQL once for each kind of reader (see `Prepared`).

Building the query of a page anew takes three times as long as answering it. What is asked rarely, searches and single
comments, stays an ordinary QuerySet.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Exists, OuterRef
from django.db.models.expressions import RawSQL

from accounts.models import Role, User
from courses.models import Course, CourseLesson
from discussions.models.comment import Comment, readable_courses
from discussions.models.comment_row import CommentRow, after_thread, for_rows, lesson_position, of_thread
from learnflow.prepared import Prepared

if TYPE_CHECKING:
    from django.db.models import QuerySet

# What stands in for a person, a course, a place and a lesson while a query is compiled.
PERSON, COURSE, AFTER, LESSON, SLUG = -1, -2, -3, "lesson", "slug"


def find_discussion(viewer: User, slug: str, lesson_id: str | None = None) -> Any:
    """The course of this address, or None when this person may not see it.

    It has `is_open`: whether they may read what is said about it; and for a lesson `is_placed`, and its `number` for
    learners, None where these don't see the lesson.
    """
    return _discussion(viewer.role, lesson_id is not None).first(viewer.pk, slug, lesson_id)


def read_threads(
    viewer: User, course: Course, *, lesson_id: str, is_private: bool, order: str, after: int | None, count: int
) -> list[CommentRow]:
    """The next threads of a discussion (of one lesson, unless that is empty), as threads."""
    shape = _threads(viewer.role, bool(lesson_id), is_private, order, after is not None, count)
    return [CommentRow(*row) for row in shape.rows(viewer.pk, course.pk, lesson_id, after)]


def read_places(viewer: User, comment_ids: Sequence[int]) -> list[CommentRow]:
    """These comments in the order they are read in."""
    return [CommentRow(*row) for row in _places(viewer.role).rows(viewer.pk, list(comment_ids))]


def read_thread(viewer: User, root_id: int, after: int | None, count: int) -> list[CommentRow]:
    """The next places of one thread."""
    return [CommentRow(*row) for row in _thread(viewer.role, after is not None, count).rows(viewer.pk, root_id, after)]


def _person(role: str) -> User:
    return User(pk=PERSON, role=Role(role))


@lru_cache
def _discussion(role: str, of_lesson: bool) -> Prepared:
    def build(user_id: int, slug: str, lesson_id: str) -> "QuerySet[Course]":
        viewer = _person(role)
        readable = readable_courses(viewer).filter(pk=OuterRef("pk"))
        courses = Course.objects.visible_to(viewer).filter(slug=slug).annotate(is_open=Exists(readable))
        courses = courses.only("slug", "title", "instructor_id", "is_published")
        if not of_lesson:
            return courses
        placed = CourseLesson.objects.filter(course=OuterRef("pk"), lesson_id=lesson_id)
        return courses.annotate(number=lesson_position("pk", lesson_id), is_placed=Exists(placed))

    return Prepared(build, PERSON, SLUG, LESSON)


@lru_cache
def _threads(role: str, of_lesson: bool, is_private: bool, order: str, goes_on: bool, count: int) -> Prepared:
    def build(user_id: int, course_id: int, lesson_id: str, after: int) -> "QuerySet[Comment]":
        viewer = _person(role)
        comments = Comment.objects.standing_for(viewer).filter(course=course_id).threads()
        comments = comments.private() if is_private else comments.public()
        if is_private and not viewer.is_staff:
            comments = comments.filter(asker=viewer)  # all that is in their reach, and few: a course may have very many
        if of_lesson:
            comments = comments.filter(lesson_id=lesson_id)
        page = after_thread(comments, after if goes_on else None, order=order)[:count]
        return for_rows(page, viewer, as_threads=True)

    return Prepared(build, PERSON, COURSE, LESSON, AFTER)


@lru_cache
def _places(role: str) -> Prepared:
    def build(user_id: int, ids: list[int]) -> "QuerySet[Comment]":
        viewer = _person(role)
        among = RawSQL("comments.id = ANY(%s)", (ids,), BooleanField())
        return for_rows(Comment.objects.standing_for(viewer).filter(among).order_by("root", "path"), viewer)

    return Prepared(build, PERSON, [AFTER])


@lru_cache
def _thread(role: str, goes_on: bool, count: int) -> Prepared:
    def build(user_id: int, root_id: int, after: int) -> "QuerySet[Comment]":
        viewer = _person(role)
        places = of_thread(Comment.objects.standing_for(viewer), root_id, after if goes_on else None)
        return for_rows(places, viewer)[:count]

    return Prepared(build, PERSON, COURSE, AFTER)
