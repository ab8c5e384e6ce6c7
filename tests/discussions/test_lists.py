"""Pages of discussions are read along an index: what they cost doesn't grow with what is said, or with the page."""

import re
from itertools import pairwise

import pytest
from django.db import connection

from accounts.models import User
from discussions.models import Comment
from discussions.models.comment_row import after_thread, for_rows, newest, of_thread
from tests.factories import CommentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["learner", "author", "admin"])
def viewer(request, course):
    return User.objects.get(pk=request.getfixturevalue(request.param).pk)


@pytest.fixture
def thread(course, author):
    return CommentFactory(course=course, user=author)


def plan_of(comments, viewer, **how):
    """How PostgreSQL reads it when it must not read all and sort."""
    sql, arguments = for_rows(comments, viewer, **how).query.sql_with_params()
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", arguments)
        return "\n".join(line for (line,) in cursor.fetchall())


def enters(plan, index, condition):
    """Whether an index is entered under this condition, at any place of the plan."""
    lines = [line.strip() for line in plan.split("\n")]
    pairs = pairwise(lines)
    return any(
        f"using {index} " in one and other.startswith("Index Cond") and condition in other for one, other in pairs
    )


@pytest.mark.parametrize("order, index", [("newest", "comments_newest"), ("best", "comments_best")])
def test_threads_of_a_course_come_in_the_order_of_an_index(course, viewer, thread, order, index):
    threads = Comment.objects.standing_for(viewer).filter(course=course).public().threads()
    first = plan_of(after_thread(threads, None, order=order)[:13], viewer, as_threads=True)
    assert "Sort Key: comments.is_pinned" not in first and enters(first, index, "course_id =")
    later = plan_of(after_thread(threads, thread.pk, order=order)[:13], viewer, as_threads=True)
    assert enters(later, index, "ROW(is_pinned, "), later
    assert "Sort Key: comments.is_pinned" not in later


@pytest.mark.parametrize(
    "order, index", [("newest", "comments_newest_of_a_lesson"), ("best", "comments_best_of_a_lesson")]
)
def test_threads_of_a_lesson_come_in_the_order_of_an_index(course, viewer, thread, order, index):
    threads = Comment.objects.standing_for(viewer).filter(course=course, lesson_id="0" * 24).public().threads()
    later = plan_of(after_thread(threads, thread.pk, order=order)[:13], viewer, as_threads=True)
    assert enters(later, index, "ROW(is_pinned, "), later
    assert "Sort Key: comments.is_pinned" not in later


def test_a_thread_is_read_along_its_paths(viewer, thread):
    places = of_thread(Comment.objects.standing_for(viewer), thread.pk, thread.pk)
    plan = plan_of(places[:51], viewer)
    assert enters(plan, "comments_of_a_thread", "(path > (InitPlan") and "Sort Key: comments.path" not in plan, plan


def test_a_search_chooses_before_it_joins_anything(course, viewer, thread):
    found = Comment.objects.visible_to(viewer).filter(course=course, search="loom")
    plan = plan_of(newest(found, viewer, 31), viewer)
    assert re.search(r"Limit\n(?:(?!users|comment_votes|Limit).)*\(search @@", plan, re.DOTALL), plan


def walk(page_of, size):
    """Page after page, until there is none."""
    seen = []
    while page := list(page_of(seen[-1] if seen else None)[:size]):
        seen += [each.pk for each in page]
    return seen


@pytest.mark.parametrize("order", ["newest", "best"])
def test_whoever_goes_on_meets_every_thread_once(course, author, learner, order):
    for number in range(11):
        counts = {"upvotes": number % 4, "downvotes": number % 3, "is_pinned": number in (3, 5, 6)}
        Comment.objects.create(course=course, user=author, content="Hm.", **counts)
    threads = Comment.objects.standing_for(learner).filter(course=course).threads()
    keys = ("-is_pinned", "-best", "-pk") if order == "best" else ("-is_pinned", "-pk")
    expected = list(threads.order_by(*keys).values_list("pk", flat=True))
    assert walk(lambda after: after_thread(threads, after, order=order), 3) == expected


def test_a_thread_of_many_depths_is_read_as_a_tree(author, learner, course):
    """Below the deepest place everything stands in one line, in the order of time."""

    def answer(parent):
        return Comment.objects.create(course=course, user=author, parent=parent, content="Hm.")

    way = [thread := CommentFactory(course=course, user=author)]
    for _ in range(23):
        way.append(answer(way[-1]))
    sibling, late, later = answer(thread), answer(way[3]), answer(way[22])
    expected = [*way, later, late, sibling]
    places = Comment.objects.standing_for(learner)
    assert walk(lambda after: of_thread(places, thread.pk, after), 4) == [each.pk for each in expected]


@pytest.mark.parametrize("order", ["newest", "best"])
def test_what_comes_after_a_thread_that_one_may_not_see_tells_nothing_of_it(course, author, learner, order):
    CommentFactory(course=course, user=author)
    theirs = CommentFactory(course=course, user=author, is_private=True)
    threads = Comment.objects.standing_for(learner).filter(course=course).public().threads()
    assert not after_thread(threads, theirs.pk, order=order).exists()
