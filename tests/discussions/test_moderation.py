"""Hiding: from whom, by whom, with which traces; and bringing back."""

from uuid import uuid4

import pytest

from accounts.models import AuditAction, AuditLog
from discussions.models import Comment, Post, PostComment, Report
from discussions.services.comments import delete_comment, mark_answer, reply
from discussions.services.moderation import hide, unhide
from discussions.services.refusals import NotAllowed
from discussions.services.reports import report
from tests.factories import CommentFactory, EnrollmentFactory, InstructorFactory, PostCommentFactory, PostFactory
from tests.races import at_once


@pytest.fixture
def comment(course, learner):
    return CommentFactory(user=learner, course=course, content="Buy my wool!")


@pytest.fixture
def reader(course):
    return EnrollmentFactory(course=course).user


def test_what_is_hidden_only_its_author_and_the_staff_read(author, admin, learner, reader, comment):
    assert hide(actor=author, thing=comment, reason="Advertising")
    hidden = Comment.objects.get()
    assert (hidden.hidden_by, hidden.hidden_reason, hidden.content) == (author, "Advertising", "Buy my wool!")
    assert hidden.hidden_at is not None
    reads = {person.username for person in (author, admin, learner, reader) if Comment.objects.visible_to(person)}
    assert reads == {"author", "chief", "learner"}


def test_a_hidden_reply_is_not_counted_until_it_is_back(author, learner, comment):
    answer = CommentFactory(user=learner, parent=comment)
    hide(actor=author, thing=answer, reason="Spam")
    assert Comment.objects.get(pk=comment.pk).reply_count == 0
    unhide(actor=author, thing=answer)
    assert Comment.objects.get(pk=comment.pk).reply_count == 1


def test_replies_to_what_is_hidden_stay(author, reader, comment):
    answer = CommentFactory(user=reader, parent=comment)
    hide(actor=author, thing=comment, reason="Spam")
    assert set(Comment.objects.standing_for(reader)) == {comment, answer}


def test_to_hide_is_written_down_without_the_words(author, learner, comment):
    hide(actor=author, thing=comment, reason="Advertising")
    row = AuditLog.objects.get(action=AuditAction.CONTENT_HIDDEN)
    assert (row.user_id, row.resource_type, row.resource_id) == (author.pk, "comment", str(comment.pk))
    assert row.details == {"author": learner.pk, "new": {"reason": "Advertising"}}


def test_what_is_hidden_comes_back(author, admin, learner, reader, comment):
    hide(actor=author, thing=comment, reason="Advertising")
    assert unhide(actor=admin, thing=comment)
    back = Comment.objects.visible_to(reader).get()
    assert (back.hidden_at, back.hidden_by, back.hidden_reason) == (None, None, "")
    row = AuditLog.objects.get(action=AuditAction.CONTENT_UNHIDDEN)
    assert row.details == {"author": learner.pk, "old": {"reason": "Advertising"}}


def test_the_first_reason_stands(author, admin, comment):
    hide(actor=author, thing=comment, reason="Advertising")
    assert not hide(actor=admin, thing=comment, reason="I don't like it")
    assert Comment.objects.get().hidden_reason == "Advertising"
    assert not unhide(actor=admin, thing=CommentFactory(course=comment.course))
    assert AuditLog.objects.filter(action__startswith="content_").count() == 1


def test_reports_of_what_is_hidden_are_upheld(author, reader, admin, comment):
    for person in (reader, admin):
        report(reporter=person, target=comment, reason="spam", words="")
    hide(actor=author, thing=comment, reason="Advertising")
    assert {(each.state, each.handled_by) for each in Report.objects.all()} == {("upheld", author)}


def test_only_the_staff_of_the_course_hides_comments(learner, stranger, reader, comment):
    for person in (learner, stranger, reader, InstructorFactory()):
        with pytest.raises(NotAllowed):
            hide(actor=person, thing=comment, reason="Spam")
        with pytest.raises(NotAllowed):
            unhide(actor=person, thing=comment)
    assert not Comment.objects.get().is_hidden


def test_nobody_brings_back_what_a_colleague_hid_of_their_own(author, admin, course):
    own = CommentFactory(user=author, course=course)
    with pytest.raises(NotAllowed):
        hide(actor=author, thing=own, reason="I was wrong")
    hide(actor=admin, thing=own, reason="Insulting")
    with pytest.raises(NotAllowed):
        unhide(actor=author, thing=own)
    assert Comment.objects.get().hidden_by == admin


def test_only_admins_hide_posts_and_what_is_said_of_them(admin, author, stranger):
    said = PostCommentFactory()
    for thing in (said, said.post):
        for person in (author, said.post.user, stranger):
            with pytest.raises(NotAllowed):
                hide(actor=person, thing=thing, reason="Spam")
        assert hide(actor=admin, thing=thing, reason="Not yours")
    assert not PostComment.objects.visible_to(stranger) and not Post.objects.visible_to(stranger)
    assert Post.objects.visible_to(said.post.user)
    assert AuditLog.objects.filter(action=AuditAction.CONTENT_HIDDEN).count() == 2


def test_a_hidden_comment_on_a_post_is_not_counted_until_it_is_back(admin):
    post = PostFactory()
    said = PostCommentFactory(post=post)
    hide(actor=admin, thing=said, reason="Spam")
    assert Post.objects.get().comment_count == 0
    unhide(actor=admin, thing=said)
    assert Post.objects.get().comment_count == 1


def test_there_is_nothing_to_hide_of_deleted_words(author, learner, comment):
    delete_comment(author=learner, comment_id=comment.pk)
    with pytest.raises(NotAllowed):
        hide(actor=author, thing=comment, reason="Spam")


def test_a_hidden_answer_answers_no_more(author, admin, comment):
    answer = CommentFactory(user=author, parent=comment)
    mark_answer(actor=author, comment_id=answer.pk, on=True)
    hide(actor=admin, thing=answer, reason="Wrong")
    assert Comment.objects.get(pk=comment.pk).answered_at is None and not Comment.objects.get(pk=answer.pk).is_answer


@pytest.mark.django_db(transaction=True)
def test_of_several_who_hide_at_once_one_does(author, admin, comment):
    acts = [lambda who=who: hide(actor=who, thing=comment, reason="Spam") for who in (author, admin, author, admin)]
    assert sorted(at_once(acts)) == [False, False, False, True]
    assert AuditLog.objects.filter(action=AuditAction.CONTENT_HIDDEN).count() == 1


@pytest.mark.django_db(transaction=True)
def test_hiding_replying_and_deleting_at_once_leave_the_count_right(author, learner, reader, comment):
    replies = [CommentFactory(user=reader, parent=comment) for _ in range(4)]
    acts = [
        *(lambda each=each: hide(actor=author, thing=each, reason="Spam") for each in replies[:2]),
        lambda: delete_comment(author=reader, comment_id=replies[2].pk),
        lambda: reply(author=learner, parent_id=comment.pk, content="Sorry.", key=uuid4()),
    ]
    assert not [each for each in at_once(acts) if isinstance(each, Exception)]
    assert Comment.objects.get(pk=comment.pk).reply_count == 2
