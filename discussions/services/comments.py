"""Writing, changing and taking back comments, and what staff do with threads.

Each act finds out in its own transaction whether the person may do it, after it has taken what the answer depends on:
the person's enrollments, the course's outline, the root of the thread. So of two acts at the same instant one comes
first, and the other one knows. (`discussions.models.locks` has the order of all that is held.)
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from accounts.services.one_time_keys import once
from courses.models import Course, CourseLesson
from courses.models.locks import hold_learner, hold_outlines
from discussions.markdown import Words, newly_mentioned, write_up
from discussions.models import Comment, UserBlock
from discussions.models.comment import readable_courses
from discussions.services.notifications import tell_of_comment
from discussions.services.refusals import NotAllowed

if TYPE_CHECKING:
    from accounts.models import User


class ThreadLocked(Exception):
    """Nobody but the staff of the course answers here any more."""


def post_comment(
    *, author: "User", course: Course, lesson_id: str = "", content: str, is_private: bool = False, key: UUID
) -> int:
    """Begin a thread in a course, or at one of its lessons; its id. A private one is a question to the staff.

    Raises `NotAllowed`, `KeyOfAnotherRequest`.
    """
    words = write_up(content)

    def act() -> int:
        hold_learner(author.pk)
        hold_outlines([course.pk])
        if not _may_begin(author, course, lesson_id):
            raise NotAllowed
        asker = author if is_private else None
        comment = Comment(course=course, lesson_id=lesson_id, user=author, is_private=is_private, asker=asker)
        return _say(comment, content, words)

    return once(person=author, key=key, sent=["comment", course.pk, lesson_id, content, is_private], act=act)


def reply(*, author: "User", parent_id: int, content: str, key: UUID) -> int:
    """Answer a comment; the id of the reply.

    Raises `NotAllowed`, also when one of the two has blocked the other, `ThreadLocked` and `KeyOfAnotherRequest`.
    """
    words = write_up(content)

    def act() -> int:
        parent = _hold(author, parent_id, _answerable(author))
        if parent.root_is_locked and not parent.is_staff_here:
            raise ThreadLocked
        # What the trigger takes from the parent stands here too, for those who are told of it.
        taken = {"course": parent.course, "lesson_id": parent.lesson_id, "is_private": parent.is_private}
        comment = Comment(parent=parent, root_id=parent.root_id, asker_id=parent.asker_id, user=author, **taken)
        reply_id = _say(comment, content, words)
        if parent.is_private:
            goes_on = author.pk == parent.asker_id
            Comment.objects.filter(pk=parent.root_id).update(answered_at=None if goes_on else Now())
        return reply_id

    return once(person=author, key=key, sent=["reply", parent_id, content], act=act)


def edit_comment(*, author: "User", comment_id: int, content: str) -> None:
    """Change one's own words; those who are newly mentioned are told. Raises `NotAllowed`."""
    words = write_up(content)
    with transaction.atomic():
        comment = _hold(author, comment_id, Comment.objects.visible_to(author).filter(user=author))
        if comment.content == content:
            return
        newly = newly_mentioned(words, before=comment.content)
        Comment.objects.filter(pk=comment.pk).update(
            content=content, content_html=words.html, edited_at=Now(), updated_at=Now()
        )
        comment.refresh_from_db(fields=["content", "content_html", "edited_at"])
        if newly:
            tell_of_comment(comment=comment, mentioned=newly)


def delete_comment(*, author: "User", comment_id: int) -> None:
    """Take one's own words back; what was replied stays. Raises `NotAllowed`."""
    with transaction.atomic():
        comment = _hold(author, comment_id, Comment.objects.visible_to(author).filter(user=author))
        wiped = {"content": "", "content_html": "", "is_pinned": False, "is_answer": False}
        Comment.objects.filter(pk=comment.pk).update(**wiped, deleted_at=Now(), updated_at=Now())
        if comment.is_answer:
            Comment.objects.filter(pk=comment.root_id).update(answered_at=None)


def pin(*, actor: "User", comment_id: int, on: bool) -> None:
    """Keep a public thread at the top of the list, or no longer. Raises `NotAllowed`."""
    with transaction.atomic():
        thread = _hold(actor, comment_id, Comment.objects.visible_to(actor).moderated_by(actor).threads().public())
        Comment.objects.filter(pk=thread.pk).update(is_pinned=on)


def mark_answer(*, actor: "User", comment_id: int, on: bool) -> None:
    """Say that this reply answers its public thread, instead of another one, or no longer. Raises `NotAllowed`."""
    with transaction.atomic():
        replies = Comment.objects.visible_to(actor).moderated_by(actor).public().filter(hidden_at=None)
        comment = _hold(actor, comment_id, replies.exclude(parent=None))
        others = Comment.objects.filter(root=comment.root_id, is_answer=True).exclude(pk=comment.pk)
        if on:
            others.update(is_answer=False)
        elif not comment.is_answer:
            return
        Comment.objects.filter(pk=comment.pk).update(is_answer=on)
        Comment.objects.filter(pk=comment.root_id).update(answered_at=Now() if on else None)


def mark_answered(*, actor: "User", comment_id: int, on: bool) -> None:
    """Say that a private question needs no answer any more, or does. Raises `NotAllowed`."""
    with transaction.atomic():
        questions = Comment.objects.standing_for(actor).moderated_by(actor).threads().private()
        question = _hold(actor, comment_id, questions)
        if on != (question.answered_at is not None):
            Comment.objects.filter(pk=question.pk).update(answered_at=Now() if on else None)


def lock(*, actor: "User", comment_id: int, on: bool) -> None:
    """Let nobody but the staff answer in a thread, or everybody again. Raises `NotAllowed`."""
    with transaction.atomic():
        thread = _hold(actor, comment_id, Comment.objects.standing_for(actor).moderated_by(actor).threads())
        Comment.objects.filter(pk=thread.pk).update(is_locked=on)


def _may_begin(author: "User", course: Course, lesson_id: str) -> bool:
    """In a discussion they may read; at a lesson, one that learners of the course see.

    For staff as well: what they write stands in the discussion of the course, too, where everybody would read it.
    """
    here = readable_courses(author).filter(pk=course.pk)
    if lesson_id:
        placed = CourseLesson.objects.filter(course=OuterRef("pk"), lesson_id=lesson_id, is_published=True)
        here = here.filter(Exists(placed))
    return here.exists()


def _answerable(author: "User") -> Any:
    """What this person may answer, each with `root_is_locked` and `is_staff_here`."""
    own = Course.objects.editable_by(author).filter(pk=OuterRef("course"))
    root = Comment.objects.filter(pk=OuterRef("root"))
    comments = Comment.objects.visible_to(author).exclude(Exists(UserBlock.objects.between(author, OuterRef("user"))))
    return comments.annotate(is_staff_here=Exists(own), root_is_locked=Exists(root.filter(is_locked=True)))


def _hold(person: "User", comment_id: int, allowed: Any) -> Any:
    """The comment, if it is among the allowed ones, after taking what could make that untrue meanwhile."""
    course_id = Comment.objects.filter(pk=comment_id).values_list("course", flat=True).first()
    if course_id is None:
        raise NotAllowed
    hold_learner(person.pk)
    hold_outlines([course_id])
    Comment.objects.hold_thread(comment_id)
    unread = ("search", *(f"course__{name}" for name in ("search", "description", "description_html", "objectives")))
    comment = allowed.select_related("course").defer(*unread).filter(pk=comment_id).first()
    if comment is None:
        raise NotAllowed
    return comment


def _say(comment: Comment, content: str, words: Words) -> int:
    comment.content, comment.content_html = content, words.html
    comment.save(force_insert=True)
    tell_of_comment(comment=comment, mentioned=words.mentioned)
    return comment.pk
