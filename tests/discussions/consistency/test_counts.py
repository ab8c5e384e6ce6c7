"""Counts that triggers keep: damaged, found, mended; and never said to be wrong while people are at work."""

from datetime import timedelta
from threading import Event, Thread
from uuid import uuid4

import pytest
from django.db import connection

from discussions.models import Comment, Conversation, DirectMessage, Post, PostComment
from discussions.services.comments import delete_comment, reply
from discussions.services.likes import like_post
from discussions.services.messages import send
from discussions.services.votes import vote
from tests.courses.consistency.conftest import look
from tests.factories import CommentFactory, EnrollmentFactory, PostCommentFactory, PostFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def thread(course, learner, author):
    """A comment with a vote up, one down, and two replies."""
    comment = CommentFactory(user=learner, course=course)
    vote(voter=author, comment_id=comment.pk, value=1)
    vote(voter=EnrollmentFactory(course=course).user, comment_id=comment.pk, value=-1)
    for _ in range(2):
        CommentFactory(user=author, parent=comment)
    return comment


@pytest.fixture
def conversation(author, learner):
    for sender, receiver in [(author, learner), (learner, author), (author, learner)]:
        send(sender=sender, receiver=receiver, content="Hello.", key=uuid4())
    return Conversation.objects.get()


def test_counts_that_are_right_are_left_in_peace(thread, conversation):
    assert look() == {}


def test_votes_are_counted_again(thread, damage, mends):
    damage("UPDATE comments SET upvotes = 7, downvotes = 0 WHERE id = %s", thread.pk)
    sentence = f"comment {thread.pk} shows upvotes 7 and has 1, shows downvotes 0 and has 1"
    assert look()["wrong_comment_score"].examples == [sentence]
    mends(wrong_comment_score=1)
    mended = Comment.objects.get(pk=thread.pk)
    assert (mended.upvotes, mended.downvotes, mended.score) == (1, 1, 0)


def test_lost_votes_are_seen(thread, damage, mends):
    damage("DELETE FROM comment_votes")
    mends(wrong_comment_score=1)


def test_replies_are_counted_again(thread, damage, mends):
    damage("UPDATE comments SET reply_count = 5")
    mends(wrong_reply_count=3)
    assert sorted(Comment.objects.values_list("reply_count", flat=True)) == [0, 0, 2]


def test_messages_are_counted_again(conversation, damage, mends):
    damage("UPDATE conversations SET low_unread = 9, high_unread = 9, last_message_id = NULL")
    mends(wrong_unread_count=1)
    mended = Conversation.objects.get()
    assert sorted((mended.low_unread, mended.high_unread)) == [1, 2]
    assert mended.last_message == DirectMessage.objects.latest("pk")


def test_likes_and_comments_of_posts_are_counted_again(stranger, damage, mends):
    said = PostCommentFactory(post=PostFactory())
    like_post(person=stranger, post_id=said.post_id, on=True)
    damage("UPDATE posts SET like_count = 0, comment_count = 0")
    damage("UPDATE post_comments SET like_count = 3")
    mends(wrong_like_count=1, wrong_post_comment_count=1, wrong_comment_like_count=1)
    post = Post.objects.get()
    assert (post.like_count, post.comment_count, PostComment.objects.get().like_count) == (1, 1, 0)


def test_many_rows_are_walked_through_in_batches(course, damage, mends, monkeypatch):
    monkeypatch.setattr("discussions.services.consistency.batches.BATCH", 2)
    for _ in range(5):
        CommentFactory(course=course)
    damage("UPDATE comments SET upvotes = 1")
    mends(wrong_comment_score=5)


def test_no_false_alarm_while_people_vote_and_write(thread, course, learner, author, damage):
    stopped, failures = Event(), []

    def keep(act):
        try:
            while not stopped.is_set():
                act()
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    def write():
        made = reply(author=learner, parent_id=thread.pk, content="Words.", key=uuid4())
        delete_comment(author=learner, comment_id=made)
        send(sender=author, receiver=learner, content="Hello.", key=uuid4())

    def change_one_s_mind():
        for value in (1, -1, 0):
            vote(voter=author, comment_id=thread.pk, value=value)

    threads = [Thread(target=keep, args=[act]) for act in (write, change_one_s_mind, change_one_s_mind)]
    for each in threads:
        each.start()
    try:
        found = [look(grace=timedelta(days=1), repair=turn % 2 == 1) for turn in range(6)]
    finally:
        stopped.set()
        for each in threads:
            each.join()
    assert found == [{}] * 6 and not failures
    damage("UPDATE comments SET upvotes = 9")
    look(repair=True)
    assert look() == {}
