"""Reports: who may report what, once, and who decides."""

from uuid import uuid4

import pytest

from accounts.models import AuditAction, AuditLog
from courses.models import Enrollment
from discussions.models import Comment, DirectMessage, Report
from discussions.services.comments import delete_comment
from discussions.services.messages import send
from discussions.services.moderation import hide
from discussions.services.refusals import NotAllowed
from discussions.services.reports import dismiss, report, reportable, uphold
from tests.factories import (
    CommentFactory,
    CourseFactory,
    EnrollmentFactory,
    InstructorFactory,
    PostCommentFactory,
    PostFactory,
    UserFactory,
)
from tests.races import at_once


@pytest.fixture
def comment(course, learner):
    return CommentFactory(user=learner, course=course)


@pytest.fixture
def reader(course):
    """Somebody else who takes the course."""
    return EnrollmentFactory(course=course).user


@pytest.fixture
def message(author, learner):
    return DirectMessage.objects.get(pk=send(sender=author, receiver=learner, content="Hello.", key=uuid4()))


def tell(reporter, target, reason="spam", words=""):
    return report(reporter=reporter, target=target, reason=reason, words=words)


def test_a_report_waits_for_the_staff(reader, comment):
    assert tell(reader, comment, "abuse", "He insults me.")
    told = Report.objects.get()
    assert (told.reporter, told.comment, told.reason, told.words) == (reader, comment, "abuse", "He insults me.")
    assert told.state == Report.State.OPEN and told.handled_at is None


def test_the_same_is_reported_once_while_nobody_decided(reader, author, comment):
    assert tell(reader, comment)
    assert not tell(reader, comment, "abuse")
    assert Report.objects.get().reason == "spam"
    dismiss(actor=author, target=comment)
    assert tell(reader, comment)
    assert Report.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_click_is_one_report(reader, comment):
    assert sorted(at_once([lambda: tell(reader, comment)] * 3)) == [False, False, True]
    assert Report.objects.count() == 1


def test_posts_their_comments_messages_and_people_can_be_reported(learner, stranger, message):
    comment = PostCommentFactory()
    for thing in (comment.post, comment, message, stranger):
        assert tell(learner, thing)
    assert Report.objects.count() == 4


def test_nobody_reports_themselves_or_what_is_theirs(learner, author, comment, message):
    post = PostFactory(user=learner)
    own = PostCommentFactory(user=learner, post=post)
    for thing in (learner, comment, post, own):
        with pytest.raises(NotAllowed):
            tell(learner, thing)
    with pytest.raises(NotAllowed):
        tell(author, message)


def test_what_one_does_not_see_is_not_there_to_be_reported(course, learner, author, stranger, comment, message):
    question = CommentFactory(user=learner, course=course, is_private=True)
    other = EnrollmentFactory(course=course).user
    for person, thing in [(stranger, comment), (other, question), (other, message)]:
        with pytest.raises(NotAllowed):
            tell(person, thing)
    hide(actor=author, thing=comment, reason="Spam")
    with pytest.raises(NotAllowed):
        tell(other, comment)
    gone = UserFactory(is_active=False)
    with pytest.raises(NotAllowed):
        tell(learner, gone)
    assert not Report.objects.exists()


def test_who_left_the_course_reports_nothing_of_it_any_more(reader, comment):
    Enrollment.objects.filter(user=reader).update(status="cancelled", cancelled_at="2026-01-01T00:00Z")
    assert not reportable("comment", reporter=reader).exists()


def test_deleted_words_are_not_reported(learner, reader, comment):
    delete_comment(author=learner, comment_id=comment.pk)
    with pytest.raises(NotAllowed):
        tell(reader, comment)


@pytest.mark.django_db(transaction=True)
def test_a_report_and_a_hiding_at_once_leave_no_open_report(reader, author, comment):
    at_once([lambda: tell(reader, comment), lambda: hide(actor=author, thing=comment, reason="Spam")])
    assert Comment.objects.get(pk=comment.pk).is_hidden and not Report.objects.open().exists()


# --- Deciding -------------------------------------------------------------------------------------


def test_to_dismiss_decides_all_open_reports_of_the_thing(author, reader, admin, comment):
    tell(reader, comment)
    tell(admin, comment)
    assert dismiss(actor=author, target=comment) == 2
    assert {(each.state, each.handled_by) for each in Report.objects.all()} == {("dismissed", author)}
    row = AuditLog.objects.get(action=AuditAction.REPORT_DISMISSED)
    assert (row.user_id, row.resource_type, row.resource_id) == (author.pk, "comment", str(comment.pk))
    assert row.details == {"reports": 2}


def test_to_dismiss_twice_changes_nothing(author, admin, reader, comment):
    tell(reader, comment)
    dismiss(actor=author, target=comment)
    assert dismiss(actor=admin, target=comment) == 0
    assert Report.objects.get().handled_by == author
    assert AuditLog.objects.filter(action=AuditAction.REPORT_DISMISSED).count() == 1


def test_what_was_done_about_a_person_is_said(admin, learner, stranger):
    tell(stranger, learner)
    assert uphold(actor=admin, target=learner) == 1
    assert Report.objects.get().state == Report.State.UPHELD


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_decide_once(author, admin, reader, comment):
    tell(reader, comment)
    acts = [lambda: dismiss(actor=author, target=comment), lambda: uphold(actor=admin, target=comment)]
    assert sorted(at_once(acts)) == [0, 1]


def test_instructors_decide_about_comments_in_their_courses_only(author, reader, learner, comment):
    colleague = InstructorFactory()
    elsewhere = CommentFactory(course=CourseFactory(instructor=colleague))
    tell(reader, comment)
    tell(reader, learner)
    tell(colleague, elsewhere)
    assert [each.comment for each in Report.objects.handled_by(author)] == [comment]
    for actor, target in [(colleague, comment), (author, elsewhere), (author, learner), (reader, comment)]:
        with pytest.raises(NotAllowed):
            dismiss(actor=actor, target=target)


def test_who_is_reported_neither_decides_nor_reads_it(author, reader, admin, course):
    mine = CommentFactory(user=author, course=course)
    tell(reader, mine)
    assert not Report.objects.handled_by(author).exists()
    with pytest.raises(NotAllowed):
        dismiss(actor=author, target=mine)
    assert dismiss(actor=admin, target=mine) == 1


def test_a_thing_is_listed_once_with_all_who_reported_it(author, admin, reader, comment, course):
    tell(reader, comment)
    tell(admin, comment, "abuse")
    other = CommentFactory(course=course)
    tell(reader, other)
    asked = {"state": "open", "kind": None, "course": None, "after": None}
    first, second = Report.objects.handled_by(author).listed(**asked)
    assert (first["comment_id"], first["reports"]) == (other.pk, 1)
    assert (second["comment_id"], second["reports"], second["reasons"]) == (comment.pk, 2, ["abuse", "spam"])
    assert list(Report.objects.listed(**asked | {"after": first["last"]})) == [second]
    assert not Report.objects.listed(**asked | {"kind": "post"})
    assert not Report.objects.listed(**asked | {"course": course.pk + 1})


def test_reports_go_with_what_they_are_about(reader, comment):
    tell(reader, comment)
    Comment.objects.all().delete()
    assert not Report.objects.exists()
