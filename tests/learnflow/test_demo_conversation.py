"""What people of the demo say to each other, in courses that are quicker made than the demo's."""

import pytest

from courses.models import Course
from courses.services.enrollment import unenroll
from courses.services.publishing import unpublish
from discussions.models import Comment, CommentVote, DirectMessage, Notification, Post
from discussions.services.comments import delete_comment
from learnflow.demo import conversation, pictures
from learnflow.management.commands.load_demo import FOLDER
from tests.courses.consistency.conftest import look
from tests.factories import CourseFactory, EnrollmentFactory, InstructorFactory, UserFactory

SAID = conversation.read(FOLDER / "conversation.yaml")
COURSES = {"sql-for-builders": 8, "reading-the-night-sky": 4, "writing-clearly": 7}


@pytest.fixture
def people(db, settings, tmp_path):
    """Everybody by their username; the learner takes the first course, and nobody has said anything."""
    settings.MEDIA_ROOT = tmp_path
    author = InstructorFactory(username="author")
    for slug, lessons in COURSES.items():
        CourseFactory(slug=slug, instructor=author, lessons=lessons)
    names = ["learner", *(each["username"] for each in SAID["people"])]
    people = {name: UserFactory(username=name) for name in names}
    EnrollmentFactory(user=people["learner"], course=Course.objects.get(slug="sql-for-builders"))
    return {"author": author, **people}


@pytest.fixture
def talked(people):
    conversation.hold(SAID, people)
    return people


def said():
    models = (Comment, CommentVote, DirectMessage, Post)
    return [list(model.objects.order_by("pk").values_list("pk")) for model in models]


def test_people_discuss_write_to_each_other_and_show_their_work(talked):
    questions, learner = Comment.objects.filter(parent=None), talked["learner"]
    assert questions.count() == len(SAID["threads"]) and questions.filter(is_pinned=True).exists()
    assert questions.filter(is_private=True, answered_at=None).exists()
    assert {each.score > 1 for each in Comment.objects.filter(is_answer=True)} == {True}
    assert set(COURSES) == set(questions.values_list("course__slug", flat=True))
    assert Post.objects.count() == len(pictures.DRAWN) and all(each.like_count for each in Post.objects.all())
    assert DirectMessage.objects.filter(receiver=learner, is_read=False).count() == 1
    assert not DirectMessage.objects.filter(receiver=talked["author"], sender=learner, is_read=False).exists()
    assert Notification.objects.of(learner).unread().exists()
    assert "<pre" in Comment.objects.get(content__contains="count(*)\nFROM").content_html
    # It seems to be some days old, nobody is mailed, and it agrees with itself.
    for model in (Comment, DirectMessage, Post, Notification):
        moments = list(model.objects.order_by("pk").values_list("created_at", flat=True))
        assert moments == sorted(moments)
    assert (Comment.objects.latest("pk").created_at - Comment.objects.earliest("pk").created_at).days > 5
    assert not Notification.objects.filter(email_due_at__isnull=False).exists()
    assert not {name for name in look() if name.startswith(("wrong_", "comment_", "picture_"))}


def test_nobody_says_it_twice_and_what_was_deleted_is_not_said_again(talked):
    before = said()
    conversation.hold(SAID, talked)
    assert said() == before
    for comment in Comment.objects.select_related("user"):
        delete_comment(author=comment.user, comment_id=comment.pk)
    conversation.hold(SAID, talked)
    assert said() == before and not Comment.objects.filter(deleted_at=None).exists()


def test_who_left_says_nothing_and_the_others_talk_on(people):
    """Somebody's demo of an earlier version, in which people went on with their lives."""
    unpublish(actor=people["author"], course=Course.objects.get(slug="writing-clearly"))
    unenroll(learner=people["learner"], course=Course.objects.get(slug="sql-for-builders"))
    Course.objects.filter(slug="sql-for-builders").update(price=9)
    conversation.hold(SAID, people)
    assert set(Comment.objects.values_list("course__slug", flat=True)) == {"reading-the-night-sky"}
    assert not DirectMessage.objects.filter(sender=people["learner"], receiver=people["mira"]).exists()
    assert Post.objects.count() == 3


def test_without_anything_to_say_nothing_is_said(people, tmp_path):
    conversation.hold(conversation.read(tmp_path / "conversation.yaml"), people)
    assert not Comment.objects.exists()


def test_pictures_are_the_same_every_time():
    (first, size), (again, _size) = pictures.draw("sentences"), pictures.draw("sentences")
    assert first.read() == again.read() and size == pictures.SIZE
