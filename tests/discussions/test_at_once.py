"""Fifty people do everything to the same few things at once: nobody meets an error, and every count is right."""

from random import Random
from uuid import uuid4

import pytest
from django.db import connection

from discussions.models import Comment, Conversation, Post, PostComment, Report
from discussions.services import (
    blocks,
    comments,
    following,
    likes,
    messages,
    moderation,
    notifications,
    posts,
    reports,
    votes,
)
from discussions.services.comments import ThreadLocked
from discussions.services.messages import MayNotWrite
from discussions.services.refusals import NotAllowed
from tests.courses.consistency.conftest import look
from tests.factories import CommentFactory, EnrollmentFactory, PostCommentFactory, PostFactory, UserFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, ACTS_EACH = 50, 8
# What a page answers with a sentence or a 404: the thing is gone, or not for this person (any more).
REFUSALS = (NotAllowed, ThreadLocked, MayNotWrite)


class Gone(Exception):
    """There is nothing to do it to."""


class Somebody:
    """One of the crowd, with chance of their own."""

    def __init__(self, number, course, author, people):
        self.person, self.course, self.author, self.people = people[number], course, author, people
        self.random = Random(number)

    def one(self, things):
        """One of the first few: those that everybody is busy with."""
        found = list(things.order_by("pk")[:6])
        if not found:
            raise Gone
        return self.random.choice(found)

    def comment(self, **which):
        return self.one(Comment.objects.filter(deleted_at=None, **which))

    def other(self):
        return self.random.choice([each for each in self.people if each != self.person])

    def often(self):
        return self.random.random() < 0.6

    def ask(self):
        given = {"is_private": not self.often(), "key": uuid4()}
        comments.post_comment(author=self.person, course=self.course, content="How?", **given)

    def reply(self):
        words, parent = f"For @{self.other().username}", self.comment()
        comments.reply(author=self.person, parent_id=parent.pk, content=words, key=uuid4())

    def edit(self):
        comments.edit_comment(author=self.person, comment_id=self.comment(user=self.person).pk, content="Otherwise")

    def delete(self):
        comments.delete_comment(author=self.person, comment_id=self.comment(user=self.person).pk)

    def vote(self):
        votes.vote(voter=self.person, comment_id=self.comment().pk, value=self.random.choice([1, -1, 0]))

    def moderate(self):
        act = self.random.choice([comments.pin, comments.lock])
        act(actor=self.author, comment_id=self.comment(parent=None, is_private=False).pk, on=not self.often())

    def hide(self):
        comment = self.comment()
        if self.often():
            moderation.hide(actor=self.author, thing=comment, reason="Spam")
        else:
            moderation.unhide(actor=self.author, thing=comment)

    def report(self):
        reports.report(reporter=self.person, target=self.comment(), reason=Report.Reason.SPAM, words="")

    def like(self):
        likes.like_post(person=self.person, post_id=self.one(Post.objects.all()).pk, on=self.often())

    def like_comment(self):
        liked = self.one(PostComment.objects.all())
        likes.like_post_comment(person=self.person, post_comment_id=liked.pk, on=self.often())

    def comment_on_post(self):
        post = self.one(Post.objects.all())
        posts.comment_on_post(author=self.person, post_id=post.pk, content="Nice", key=uuid4())

    def delete_post_comment(self):
        mine = self.one(PostComment.objects.filter(user=self.person))
        posts.delete_post_comment(author=self.person, post_comment_id=mine.pk)

    def delete_post(self):
        posts.delete_post(author=self.person, post_id=self.one(Post.objects.filter(user=self.person)).pk)

    def follow(self):
        pair = [self.person, self.people[0]] if self.often() else [self.people[0], self.person]
        act = following.follow if self.often() else following.unfollow
        if self.person != self.people[0]:
            act(follower=pair[0], followed=pair[1])

    def write(self):
        sender, receiver = self.random.choice([(self.person, self.author), (self.author, self.person)])
        messages.send(sender=sender, receiver=receiver, content="Hello", key=uuid4())

    def write_together(self):
        messages.send(sender=self.people[0], receiver=self.author, content="Hello", key=uuid4())

    def read(self):
        found = self.one(Conversation.objects.of(self.people[0]))
        messages.read_page(reader=self.author, conversation_id=found.pk)
        notifications.read(reader=self.author)

    def block(self):
        act = blocks.block if self.often() else blocks.unblock
        act(actor=self.person, person=self.other())

    ACTS = (
        ask, reply, reply, edit, delete, vote, vote, moderate, hide, report, like, like_comment, comment_on_post,
        delete_post_comment, delete_post, follow, follow, write, write_together, read, block,
    )  # fmt: skip

    def be_busy(self):
        """One act after the other, each over a connection of its own, as requests are; what went wrong."""
        problems = []
        for act in self.random.choices(self.ACTS, k=ACTS_EACH):
            try:
                act(self)
            except (Gone, *REFUSALS):
                pass
            except Exception as problem:
                problem.add_note(act.__name__)
                problems.append(problem)
            finally:
                connection.close()
        return problems


@pytest.fixture
def crowd(course, author, settings, tmp_path):
    """Learners of one course who find a few threads, posts, and each other there."""
    settings.MEDIA_ROOT = tmp_path
    people = UserFactory.create_batch(PEOPLE)
    for person in people:
        EnrollmentFactory(user=person, course=course)
    for person in people[:3]:
        CommentFactory(user=person, parent=CommentFactory(user=person, course=course))
        PostCommentFactory(user=author, post=PostFactory(user=person))
    return people


def test_fifty_people_at_once_meet_no_error_and_leave_every_count_right(course, author, crowd):
    before = Comment.objects.count()
    went_wrong = at_once(Somebody(number, course, author, crowd).be_busy for number in range(PEOPLE))
    assert [problems for problems in went_wrong if problems] == []
    assert look() == {}
    assert Comment.objects.count() > before
