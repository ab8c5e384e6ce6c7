"""Replies that stand elsewhere than what they answer."""

import pytest
from django.db import IntegrityError, transaction

from discussions.models import Comment
from tests.courses.consistency.conftest import look
from tests.factories import CommentFactory, CourseFactory, EnrollmentFactory, lesson_ids

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def thread(course, learner, author):
    """A private question about a lesson, an answer, an answer to that, and another answer."""
    root = CommentFactory(user=learner, course=course, lesson_id=lesson_ids(course)[0], is_private=True)
    answer = CommentFactory(user=author, parent=root)
    return [root, answer, CommentFactory(user=learner, parent=answer), CommentFactory(user=author, parent=root)]


def places():
    return list(Comment.objects.order_by("pk").values("course", "lesson_id", "is_private", "asker", "root", "path"))


def test_comments_where_they_belong_are_left_in_peace(thread):
    assert look() == {}


@pytest.mark.parametrize(
    "change",
    [
        "lesson_id = ''",
        "is_private = false",
        "asker_id = NULL",
        "depth = 7",
        "path = 'zzz'",
        "course_id = (SELECT id FROM courses WHERE slug = 'elsewhere')",
    ],
)
def test_a_reply_goes_back_to_where_its_parent_is(thread, damage, mends, change):
    CourseFactory(slug="elsewhere")
    before = places()
    damage(f"UPDATE comments SET {change} WHERE id = %s", thread[3].pk)
    assert "instead of" in look()["comment_elsewhere"].examples[0]
    mends(comment_elsewhere=1)
    assert places() == before


def test_a_whole_branch_goes_back(thread, damage):
    before = places()
    damage(
        "UPDATE comments SET is_private = false, asker_id = NULL WHERE id = ANY(%s)", [each.pk for each in thread[1:3]]
    )
    assert look(repair=True)["comment_elsewhere"].left == 0
    assert look() == {} and places() == before


def test_replies_of_another_thread_are_counted_where_they_belong(thread, course, damage):
    other = CommentFactory(course=course)
    damage("UPDATE comments SET root_id = %s WHERE id = %s", other.pk, thread[1].pk)
    found = look(repair=True)
    assert found["comment_elsewhere"].left == 0 and look() == {}
    assert Comment.objects.get(pk=thread[0].pk).reply_count == 3


def test_the_first_of_a_thread_is_its_own_root(thread, damage):
    damage("UPDATE comments SET root_id = NULL, asker_id = NULL WHERE id = %s", thread[0].pk)
    look(repair=True)
    assert look() == {} and Comment.objects.get(pk=thread[0].pk).asker_id == thread[0].user_id


def test_a_lesson_that_the_course_lost_is_no_difference(thread, course, damage):
    damage("UPDATE comments SET lesson_id = %s", "f" * 24)
    assert look() == {}


@pytest.mark.parametrize("change", [{"is_private": False}, {"lesson_id": ""}, {"depth": 0}, {"parent": None}])
def test_nothing_moves_to_where_it_does_not_belong(thread, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.filter(pk=thread[3].pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.filter(pk=thread[3].pk).update(parent=thread[1], path=thread[1].path, depth=2)


def test_a_thread_does_not_move_to_another_course(thread):
    other = EnrollmentFactory().course
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.filter(pk=thread[0].pk).update(course=other)
