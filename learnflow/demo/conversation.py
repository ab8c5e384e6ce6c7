"""Lets people of the demo say what `conversation.yaml` has for them, through the services that pages use."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from courses.models import Course
from courses.services.enrollment import enroll
from discussions.models import Comment, Conversation, DirectMessage, Notification, Post, PostComment
from discussions.services import comments, following, likes, messages, posts, votes
from discussions.services.refusals import NotAllowed
from learnflow.demo.pictures import draw

# The demo's learner may have left the course meanwhile, its author may have unpublished it, and so on: then this is
# left out with everything below it.
REFUSALS = (NotAllowed, following.TooManyFollowed, messages.MayNotWrite)

Said = dict[str, Any]
People = dict[str, User]


def read(path: Path) -> Said:
    """What is to be said; nothing when there is no such file."""
    return yaml.safe_load(path.read_text()) if path.exists() else {}


def hold(said: Said, people: People) -> None:
    """Say all of it, unless one of its people has said something already."""
    speakers = [people[each["username"]] for each in said.get("people", [])]
    has_begun = Comment.objects.filter(user__in=speakers) if speakers else Comment.objects.all()
    if not said or has_begun.exists():
        return
    with transaction.atomic():
        free = Course.objects.published().filter(slug__in=said["enrollments"], price=0)
        courses = {course.slug: course for course in free}
        for slug, usernames in said["enrollments"].items():
            for username in usernames if slug in courses else ():
                enroll(learner=people[username], course=courses[slug])
        for follower, followed in said["follows"]:
            with suppress(*REFUSALS):
                following.follow(follower=people[follower], followed=people[followed])
        for thread in said["threads"]:
            if thread["course"] in courses:
                with suppress(*REFUSALS):
                    _discuss(thread, courses[thread["course"]], people)
        for sender, receiver, content in said["messages"]:
            with suppress(*REFUSALS):
                _write(content, people[sender], people[receiver])
        for post in said["posts"]:
            _show(post, people)
        _make_it_some_days(people.values())


def _write(content: str, sender: User, receiver: User) -> None:
    """Whoever answers has read what was written to them."""
    if conversation := Conversation.objects.between(sender, receiver).first():
        messages.read_page(reader=sender, conversation_id=conversation.pk)
    messages.send(sender=sender, receiver=receiver, content=content, key=uuid4())


def _discuss(said: Said, course: Course, people: People) -> None:
    lesson_id = ""
    if "lesson" in said:
        lesson_id = course.placements.in_order().values_list("lesson_id", flat=True)[said["lesson"] - 1]
    comment_id = comments.post_comment(
        author=people[said["by"]],
        course=course,
        lesson_id=lesson_id,
        content=said["says"].strip(),
        is_private=said.get("private", False),
        key=uuid4(),
    )
    if said.get("pinned"):
        comments.pin(actor=people[said["by"]], comment_id=comment_id, on=True)
    _answer(said, comment_id, course, people)


def _answer(said: Said, comment_id: int, course: Course, people: People) -> None:
    """Vote on what was said, and answer it."""
    for username in said.get("votes", []):
        with suppress(*REFUSALS):
            votes.vote(voter=people[username], comment_id=comment_id, value=1)
    for each in said.get("replies", []):
        with suppress(*REFUSALS):
            author, content = people[each["by"]], each["says"].strip()
            reply_id = comments.reply(author=author, parent_id=comment_id, content=content, key=uuid4())
            if each.get("answer"):
                comments.mark_answer(actor=course.instructor, comment_id=reply_id, on=True)
            _answer(each, reply_id, course, people)


def _show(said: Said, people: People) -> None:
    picture, size = draw(said["draws"])
    author, caption = people[said["by"]], said["caption"].strip()
    post_id = posts.create_post(
        author=author, picture=picture, size=size, alt=said["alt"], caption=caption, key=uuid4()
    )
    for username in said["likes"]:
        with suppress(*REFUSALS):
            likes.like_post(person=people[username], post_id=post_id, on=True)
    for each in said["comments"]:
        with suppress(*REFUSALS):
            writer = people[each["by"]]
            comment_id = posts.comment_on_post(author=writer, post_id=post_id, content=each["says"], key=uuid4())
            for username in each.get("likes", []):
                likes.like_post_comment(person=people[username], post_comment_id=comment_id, on=True)


def _make_it_some_days(people: Iterable[User]) -> None:
    """All of it was said in one instant; let it have been two weeks. And nobody reads mail at these addresses."""
    people = list(people)
    _spread(Comment.objects.filter(user__in=people), hours=8)
    _spread(DirectMessage.objects.filter(sender__in=people), hours=3)
    _spread(Post.objects.filter(user__in=people), hours=40)
    _spread(PostComment.objects.filter(user__in=people), hours=5)
    _spread(Notification.objects.filter(user__in=people), hours=2)
    Notification.objects.filter(user__in=people).update(email_due_at=None)


def _spread(rows: QuerySet[Any], *, hours: int) -> None:
    """The newest one hour ago, each earlier one as many hours before."""
    moment = timezone.now() - timedelta(hours=1)
    for row_id in rows.order_by("-pk").values_list("pk", flat=True):
        rows.filter(pk=row_id).update(created_at=moment)
        moment -= timedelta(hours=hours)
