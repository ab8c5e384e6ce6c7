"""Beginning threads, answering, changing and taking back; what staff do with threads."""

from uuid import uuid4

import pytest
from django.db.models.functions import Now

from accounts.services.one_time_keys import KeyOfAnotherRequest
from courses.models import Course, CourseLesson, Enrollment
from courses.services.courses import delete_course
from courses.services.enrollment import unenroll
from discussions.models import Comment, Notification, UserBlock
from discussions.services import comments
from discussions.services.comments import ThreadLocked
from discussions.services.refusals import NotAllowed
from tests.factories import CommentFactory, CourseFactory, EnrollmentFactory, InstructorFactory, lesson_ids
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def classmate(course):
    return EnrollmentFactory(course=course).user


@pytest.fixture
def thread(course, learner):
    return CommentFactory(course=course, user=learner, content="Which yarn?")


@pytest.fixture
def question(course, learner):
    """A private one."""
    return CommentFactory(course=course, user=learner, content="May I be late?", is_private=True)


def post(person, course, content="Which yarn?", **fields):
    return comments.post_comment(author=person, course=course, content=content, **{"key": uuid4()} | fields)


def reply(person, parent, content="Wool.", **fields):
    return comments.reply(author=person, parent_id=parent.pk, content=content, **{"key": uuid4()} | fields)


def again(comment):
    return Comment.objects.get(pk=getattr(comment, "pk", comment))


def told_of(comment):
    return set(Notification.objects.filter(comment=comment).values_list("user__username", "kind"))


# --- Beginning a thread ---------------------------------------------------------------------------


def test_a_learner_begins_a_thread(learner, course):
    thread = again(post(learner, course, content="Which *yarn*?"))
    assert (thread.user, thread.course, thread.root, thread.lesson_id) == (learner, course, thread, "")
    assert (thread.content_html, thread.is_private, thread.asker) == ("<p>Which <em>yarn</em>?</p>\n", False, None)


def test_a_private_question_knows_who_asks(learner, course):
    question = again(post(learner, course, is_private=True))
    assert (question.is_private, question.asker, question.answered_at) == (True, learner, None)


def test_who_is_not_enrolled_begins_nothing(stranger, course):
    with pytest.raises(NotAllowed):
        post(stranger, course)
    assert not Comment.objects.exists()


def test_who_left_begins_nothing_more(learner, course):
    unenroll(learner=learner, course=course)
    with pytest.raises(NotAllowed):
        post(learner, course)


def test_only_staff_talk_about_a_draft(learner, course, author, admin):
    Course.objects.update(is_published=False)
    with pytest.raises(NotAllowed):
        post(learner, course)
    assert post(author, course) and post(admin, course)


def test_an_instructor_begins_nothing_in_the_course_of_another(course):
    with pytest.raises(NotAllowed):
        post(InstructorFactory(), course)


def test_a_thread_stands_at_a_lesson(learner, course):
    lesson_id = lesson_ids(course)[1]
    assert again(post(learner, course, lesson_id=lesson_id)).lesson_id == lesson_id


def test_nobody_begins_a_thread_at_a_lesson_that_learners_do_not_see(learner, author, course):
    """It would stand in the discussion of the course, where they would read it."""
    lesson_id = lesson_ids(course)[1]
    CourseLesson.objects.filter(lesson_id=lesson_id).update(is_published=False)
    for person in (learner, author):
        with pytest.raises(NotAllowed):
            post(person, course, lesson_id=lesson_id)


def test_nobody_writes_at_a_lesson_of_another_course(learner, author, admin, course):
    elsewhere = lesson_ids(CourseFactory(instructor=author, lessons=1))[0]
    for person in (learner, author, admin):
        with pytest.raises(NotAllowed):
            post(person, course, lesson_id=elsewhere)


def test_those_who_are_mentioned_are_told(learner, classmate, course):
    comment = again(post(learner, course, content=f"Ask @{classmate.username} and @learner."))
    assert told_of(comment) == {(classmate.username, "mention")}


# --- The same form twice --------------------------------------------------------------------------


def test_the_same_form_sent_twice_is_one_comment(learner, course):
    key = uuid4()
    assert post(learner, course, key=key) == post(learner, course, key=key)
    assert Comment.objects.count() == 1


def test_the_same_reply_sent_twice_is_one_reply(learner, thread):
    key = uuid4()
    assert reply(learner, thread, key=key) == reply(learner, thread, key=key)
    assert again(thread).reply_count == 1


def test_a_key_is_not_for_other_words(learner, course):
    key = uuid4()
    post(learner, course, key=key)
    for other in ({"content": "Which loom?"}, {"is_private": True}, {"lesson_id": lesson_ids(course)[0]}):
        with pytest.raises(KeyOfAnotherRequest):
            post(learner, course, key=key, **other)


def test_a_refused_form_may_be_sent_again(stranger, course):
    key = uuid4()
    with pytest.raises(NotAllowed):
        post(stranger, course, key=key)
    EnrollmentFactory(user=stranger, course=course)
    assert post(stranger, course, key=key)


# --- Answering ------------------------------------------------------------------------------------


def test_a_reply_takes_its_place_from_what_it_answers(classmate, course, learner):
    thread = CommentFactory(course=course, user=learner, lesson_id=lesson_ids(course)[0])
    answer = again(reply(classmate, thread))
    deeper = again(reply(learner, answer))
    assert (deeper.root, deeper.parent, deeper.depth) == (thread, answer, 2)
    assert (deeper.course, deeper.lesson_id, deeper.is_private) == (course, thread.lesson_id, False)
    assert again(thread).reply_count == 2
    assert told_of(deeper) == {(classmate.username, "reply")}


def test_a_reply_to_a_private_question_is_private(author, classmate, learner, question):
    answer = again(reply(author, question))
    assert (answer.is_private, answer.asker) == (True, learner)
    for comment in (question, answer):
        with pytest.raises(NotAllowed):
            reply(classmate, comment)
    assert told_of(answer) == {("learner", "private_question")}


@pytest.mark.parametrize("gone", [{"hidden_at": Now(), "hidden_reason": "Rude."}, {"deleted_at": Now(), "content": ""}])
def test_what_is_gone_is_not_answered(classmate, course, learner, thread, gone):
    reply(learner, thread)
    Comment.objects.filter(pk=thread.pk).update(**gone, **({"content_html": ""} if "content" in gone else {}))
    with pytest.raises(NotAllowed):
        reply(classmate, thread)


def test_what_never_was_is_not_answered(learner):
    with pytest.raises(NotAllowed):
        comments.reply(author=learner, parent_id=123_456_789, content="Hello?", key=uuid4())


@pytest.mark.parametrize("who_blocks", ["who_writes", "who_is_answered"])
def test_nobody_answers_across_a_block_but_elsewhere_in_the_thread(classmate, author, learner, thread, who_blocks):
    pair = (classmate, learner) if who_blocks == "who_writes" else (learner, classmate)
    UserBlock.objects.create(user=pair[0], blocked_user=pair[1])
    with pytest.raises(NotAllowed):
        reply(classmate, thread)
    assert again(reply(classmate, again(reply(author, thread)))).root == thread


def test_in_a_locked_thread_only_staff_answer(author, learner, thread):
    answer = again(reply(author, thread))
    comments.lock(actor=author, comment_id=thread.pk, on=True)
    for comment in (thread, answer):
        with pytest.raises(ThreadLocked):
            reply(learner, comment)
    assert reply(author, answer)
    comments.lock(actor=author, comment_id=thread.pk, on=False)
    assert reply(learner, answer)


def test_a_private_question_is_answered_until_its_asker_goes_on(author, admin, learner, question):
    answer = again(reply(author, question))
    assert again(question).answered_at
    reply(learner, answer)
    assert not again(question).answered_at
    reply(admin, answer)
    assert again(question).answered_at


def test_a_reply_alone_answers_no_public_thread(author, thread):
    reply(author, thread)
    assert not again(thread).answered_at


# --- Changing and taking back ---------------------------------------------------------------------


def test_the_author_changes_what_they_wrote(learner, thread):
    comments.edit_comment(author=learner, comment_id=thread.pk, content="Which **loom**?")
    changed = again(thread)
    assert (changed.content, changed.content_html) == (
        "Which **loom**?",
        "<p>Which <strong>loom</strong>?</p>\n",
    )
    assert changed.edited_at


def test_the_same_words_are_no_change(learner, thread):
    comments.edit_comment(author=learner, comment_id=thread.pk, content=thread.content)
    assert not again(thread).edited_at


def test_nobody_changes_or_deletes_the_words_of_another(author, admin, classmate, thread):
    for person in (author, admin, classmate):
        with pytest.raises(NotAllowed):
            comments.edit_comment(author=person, comment_id=thread.pk, content="Nonsense")
        with pytest.raises(NotAllowed):
            comments.delete_comment(author=person, comment_id=thread.pk)
    assert again(thread).content == "Which yarn?"


def test_a_change_tells_only_those_who_are_newly_mentioned(learner, classmate, author, course):
    comment = CommentFactory(course=course, user=learner, content=f"@{classmate.username}, which yarn?")
    Notification.objects.all().delete()
    comments.edit_comment(author=learner, comment_id=comment.pk, content=f"@{classmate.username} @author, which yarn?")
    assert told_of(comment) == {("author", "mention")}


def test_what_is_deleted_has_no_words_and_replies_stay(learner, classmate, thread):
    reply(classmate, thread, content="Wool!")
    comments.delete_comment(author=learner, comment_id=thread.pk)
    deleted = Comment.objects.standing_for(classmate).get(pk=thread.pk)
    assert (deleted.content, deleted.content_html, deleted.is_legible) == ("", "", False)
    assert Comment.objects.visible_to(classmate).get().content == "Wool!"


def test_what_is_deleted_without_replies_vanishes(learner, author, thread):
    answer = again(reply(author, thread))
    comments.delete_comment(author=author, comment_id=answer.pk)
    assert list(Comment.objects.standing_for(learner)) == [thread]
    assert again(thread).reply_count == 0
    comments.delete_comment(author=learner, comment_id=thread.pk)
    assert not Comment.objects.standing_for(learner).exists()


def test_nothing_is_deleted_or_changed_after_it_was_deleted(learner, thread):
    comments.delete_comment(author=learner, comment_id=thread.pk)
    for act in (comments.delete_comment, lambda **who: comments.edit_comment(content="Back again", **who)):
        with pytest.raises(NotAllowed):
            act(author=learner, comment_id=thread.pk)


def test_a_deleted_thread_is_no_longer_pinned_and_a_deleted_answer_no_longer_answers(author, learner, thread):
    answer = again(reply(author, thread))
    comments.pin(actor=author, comment_id=thread.pk, on=True)
    comments.mark_answer(actor=author, comment_id=answer.pk, on=True)
    comments.delete_comment(author=author, comment_id=answer.pk)
    assert (again(answer).is_answer, again(thread).answered_at) == (False, None)
    comments.delete_comment(author=learner, comment_id=thread.pk)
    assert not again(thread).is_pinned


# --- What staff do --------------------------------------------------------------------------------


def test_staff_pin_and_unpin_a_thread(author, thread):
    for on in (True, True, False):
        comments.pin(actor=author, comment_id=thread.pk, on=on)
        assert again(thread).is_pinned is on


def test_only_whole_public_threads_are_pinned(author, question, thread):
    for comment in (question, again(reply(author, thread))):
        with pytest.raises(NotAllowed):
            comments.pin(actor=author, comment_id=comment.pk, on=True)


def test_a_thread_has_one_answer(author, learner, thread):
    first, second = again(reply(author, thread)), again(reply(learner, thread))
    comments.mark_answer(actor=author, comment_id=first.pk, on=True)
    comments.mark_answer(actor=author, comment_id=second.pk, on=True)
    assert (again(first).is_answer, again(second).is_answer) == (False, True)
    comments.mark_answer(actor=author, comment_id=first.pk, on=False)
    assert again(second).is_answer and again(thread).answered_at
    comments.mark_answer(actor=author, comment_id=second.pk, on=False)
    assert not again(second).is_answer and not again(thread).answered_at


def test_a_thread_does_not_answer_itself_and_a_private_one_has_no_mark(author, question, thread):
    for comment in (thread, question, again(reply(author, question))):
        with pytest.raises(NotAllowed):
            comments.mark_answer(actor=author, comment_id=comment.pk, on=True)


def test_staff_say_that_a_private_question_is_answered(author, question, thread):
    comments.mark_answered(actor=author, comment_id=question.pk, on=True)
    answered_at = again(question).answered_at
    comments.mark_answered(actor=author, comment_id=question.pk, on=True)
    assert again(question).answered_at == answered_at is not None
    comments.mark_answered(actor=author, comment_id=question.pk, on=False)
    assert not again(question).answered_at
    with pytest.raises(NotAllowed):
        comments.mark_answered(actor=author, comment_id=thread.pk, on=True)


@pytest.mark.parametrize("act", [comments.pin, comments.mark_answer, comments.mark_answered, comments.lock])
def test_nobody_but_the_staff_of_the_course_does_that(act, author, learner, thread, question):
    EnrollmentFactory(course=thread.course, user=(colleague := InstructorFactory()))
    answer = again(reply(author, thread))
    for person in (learner, colleague):
        for comment in (thread, answer, question):
            with pytest.raises(NotAllowed):
                act(actor=person, comment_id=comment.pk, on=True)


# --- How much is asked of the database ------------------------------------------------------------


def test_each_act_is_a_handful_of_statements(author, classmate, learner, course, thread, django_assert_num_queries):
    # key, two locks, may they, the comment, its key's answer; a savepoint and its release
    with django_assert_num_queries(8):
        post(learner, course)
    # key, where it is, two locks, the thread, may they, the reply, who reads it, telling them, the answer; savepoint
    with django_assert_num_queries(12):
        reply(classmate, thread)
    # where it is, two locks, the thread, may they, the words, as they are now; savepoint
    with django_assert_num_queries(9):
        comments.edit_comment(author=learner, comment_id=thread.pk, content="Which loom?")
    with django_assert_num_queries(8):
        comments.pin(actor=author, comment_id=thread.pk, on=True)
    with django_assert_num_queries(8):
        comments.delete_comment(author=learner, comment_id=thread.pk)


# --- At the same instant --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_answer_at_once_and_all_are_counted(course, learner, author, thread):
    people = [EnrollmentFactory(course=course).user for _ in range(6)]
    replies = at_once([lambda person=person: reply(person, thread) for person in people])
    assert all(isinstance(each, int) for each in replies), replies
    assert again(thread).reply_count == 6


@pytest.mark.django_db(transaction=True)
def test_who_answers_while_it_is_deleted_comes_before_or_not_at_all(course, learner, classmate):
    for _ in range(5):
        thread = CommentFactory(course=course, user=learner)
        answered, deleted = at_once([
            lambda thread=thread: reply(classmate, thread),
            lambda thread=thread: comments.delete_comment(author=learner, comment_id=thread.pk),
        ])  # fmt: skip
        assert deleted is None and (isinstance(answered, int) or type(answered) is NotAllowed)
        left = Comment.objects.standing_for(classmate).filter(root=thread)
        assert left.count() == (2 if isinstance(answered, int) else 0)
        if isinstance(answered, int):
            assert again(answered).created_at < again(thread).deleted_at


@pytest.mark.django_db(transaction=True)
def test_nobody_answers_after_the_lock(course, author, learner, thread):
    for _ in range(5):
        comments.lock(actor=author, comment_id=thread.pk, on=False)
        count = again(thread).reply_count

        def lock_and_look():
            comments.lock(actor=author, comment_id=thread.pk, on=True)
            return again(thread).reply_count

        answered, seen = at_once([lambda: reply(learner, thread), lock_and_look])
        assert seen == again(thread).reply_count == count + (type(answered) is not ThreadLocked)


@pytest.mark.django_db(transaction=True)
def test_nobody_writes_after_they_left(course, learner):
    for _ in range(5):
        Enrollment.objects.update(status="active", cancelled_at=None)

        def leave_and_look():
            unenroll(learner=learner, course=course)
            return Comment.objects.count()

        posted, seen = at_once([lambda: post(learner, course), leave_and_look])
        assert isinstance(posted, int) or type(posted) is NotAllowed
        assert seen == Comment.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_course_is_deleted_while_its_staff_talk(author, admin):
    for _ in range(5):
        course = CourseFactory(instructor=author)
        thread = CommentFactory(course=course, user=admin)
        outcomes = at_once([
            lambda course=course: post(author, course),
            lambda thread=thread: reply(author, thread),
            lambda thread=thread: comments.edit_comment(author=admin, comment_id=thread.pk, content="Hm."),
            lambda course=course: delete_course(actor=author, course=course),
        ])  # fmt: skip
        assert outcomes[3] is None, outcomes
        assert {type(each) for each in outcomes[:3]} <= {int, NotAllowed, type(None)}, outcomes
        assert not Comment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_answers_marked_at_once_leave_one(author, admin, learner, thread):
    answers = [reply(learner, thread), reply(author, thread)]
    acts = [
        lambda actor=actor, answer=answer: comments.mark_answer(actor=actor, comment_id=answer, on=True)
        for actor, answer in zip((author, admin), answers, strict=True)
    ]
    assert at_once(acts) == [None, None]
    assert Comment.objects.filter(is_answer=True).count() == 1 and again(thread).answered_at


@pytest.mark.django_db(transaction=True)
def test_root_and_replies_are_deleted_and_changed_at_once(course, author, learner, thread):
    for _ in range(3):
        answer = again(reply(author, thread))
        acts = [
            lambda answer=answer: comments.delete_comment(author=author, comment_id=answer.pk),
            lambda answer=answer: reply(learner, answer),
            lambda: comments.edit_comment(author=learner, comment_id=thread.pk, content=f"Which? {uuid4()}"),
            lambda: comments.pin(actor=author, comment_id=thread.pk, on=True),
        ]
        deleted, answered, *others = at_once(acts)
        assert deleted is None and others == [None, None]
        assert isinstance(answered, int) or type(answered) is NotAllowed
    living = Comment.objects.filter(root=thread, deleted_at=None).exclude(pk=thread.pk)
    assert again(thread).reply_count == living.count()
