"""Likes: once each, exact however many come at once, never one's own."""

import pytest

from discussions.models import Like, Post, PostComment, UserBlock
from discussions.services.likes import Standing, like_post, like_post_comment
from discussions.services.posts import delete_post
from discussions.services.refusals import NotAllowed
from tests.factories import PostCommentFactory, PostFactory, UserFactory
from tests.races import at_once


@pytest.fixture
def post(db):
    return PostFactory()


def test_liking_twice_is_liking_once_and_taking_back_twice_too(post, stranger):
    for on, count in ((True, 1), (True, 1), (False, 0), (False, 0)):
        assert like_post(person=stranger, post_id=post.pk, on=on) == Standing(count, on)
    post.refresh_from_db()
    assert post.like_count == 0


def test_a_comment_on_a_post_is_liked_by_itself(post, stranger):
    comment = PostCommentFactory(post=post)
    assert like_post_comment(person=stranger, post_comment_id=comment.pk, on=True) == Standing(1, True)
    post.refresh_from_db()
    assert post.like_count == 0
    assert like_post_comment(person=stranger, post_comment_id=comment.pk, on=False) == Standing(0, False)


def test_nobody_likes_their_own(post):
    comment = PostCommentFactory(post=post, user=post.user)
    with pytest.raises(NotAllowed):
        like_post(person=post.user, post_id=post.pk, on=True)
    with pytest.raises(NotAllowed):
        like_post_comment(person=post.user, post_comment_id=comment.pk, on=True)


def test_nobody_likes_what_is_hidden(post, stranger, admin):
    comment = PostCommentFactory(post=post)
    Post.objects.update(hidden_at="2026-01-01T00:00Z")
    for person in (stranger, admin):
        with pytest.raises(NotAllowed):
            like_post(person=person, post_id=post.pk, on=True)
        with pytest.raises(NotAllowed):
            like_post_comment(person=person, post_comment_id=comment.pk, on=True)
    Post.objects.update(hidden_at=None)
    PostComment.objects.update(hidden_at="2026-01-01T00:00Z")
    with pytest.raises(NotAllowed):
        like_post_comment(person=stranger, post_comment_id=comment.pk, on=True)


def test_nobody_likes_across_a_block_but_takes_a_like_back(post, stranger):
    comment = PostCommentFactory(post=post, user=post.user)
    like_post(person=stranger, post_id=post.pk, on=True)
    for one, other in ((stranger, post.user), (post.user, stranger)):
        block = UserBlock.objects.create(user=one, blocked_user=other)
        with pytest.raises(NotAllowed):
            like_post(person=stranger, post_id=post.pk, on=True)
        with pytest.raises(NotAllowed):
            like_post_comment(person=stranger, post_comment_id=comment.pk, on=True)
        block.delete()
    UserBlock.objects.create(user=post.user, blocked_user=stranger)
    assert like_post(person=stranger, post_id=post.pk, on=False).like_count == 0


def test_what_is_not_there_is_not_liked(stranger):
    for act in (
        lambda on: like_post(person=stranger, post_id=2**70, on=on),
        lambda on: like_post_comment(person=stranger, post_comment_id=1, on=on),
    ):
        for on in (True, False):
            with pytest.raises(NotAllowed):
                act(on)


@pytest.mark.django_db(transaction=True)
def test_fifty_likes_at_once_are_counted_exactly():
    post, people = PostFactory(), [UserFactory() for _ in range(10)]
    acts = [lambda who=who: like_post(person=who, post_id=post.pk, on=True) for who in people * 5]
    assert not [each for each in at_once(acts) if isinstance(each, Exception)]
    post.refresh_from_db()
    assert post.like_count == Like.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_liking_and_taking_back_at_once_end_in_one_exact_state():
    post, person = PostFactory(), UserFactory()
    acts = [lambda on=on: like_post(person=person, post_id=post.pk, on=on) for on in (True, False) * 5]
    assert not [each for each in at_once(acts) if isinstance(each, Exception)]
    post.refresh_from_db()
    assert post.like_count == Like.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_post_deleted_while_it_is_liked_leaves_no_like():
    post, people = PostFactory(), [UserFactory() for _ in range(4)]
    acts = [lambda who=who: like_post(person=who, post_id=post.pk, on=True) for who in people]
    answers = at_once([*acts, lambda: delete_post(author=post.user, post_id=post.pk)])
    assert {type(each) for each in answers} <= {Standing, NotAllowed, type(None)}
    assert not Like.objects.exists() and not Post.objects.exists()
