"""A site with a little of everything, its backup, and a site to restore it to."""

from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from courses.content import lessons, progress
from courses.services.lessons import change_lesson
from courses.services.outline import remove_lesson
from discussions.services.blocks import block
from discussions.services.following import follow
from discussions.services.likes import like_post, like_post_comment
from discussions.services.messages import send
from discussions.services.moderation import hide
from discussions.services.reports import report
from discussions.services.votes import vote
from learnflow.backup.folder import whole_backups
from telemetry.services.partitions import make_partitions
from tests.another_site import AnotherSite, another_site
from tests.factories import (
    CommentFactory,
    CourseFactory,
    EnrollmentFactory,
    InstructorFactory,
    PostCommentFactory,
    PostFactory,
    UserFactory,
    lesson_ids,
    text_body,
)
from tests.telemetry.times import rolled_up, spend


@dataclass
class Origin:
    """A site that was backed up, and where the backup lies."""

    site: AnotherSite
    folder: Path


@pytest.fixture(scope="module")
def origin(django_db_setup, django_db_blocker, tmp_path_factory):
    """A site where something of each kind has happened, with a backup of it."""
    files = tmp_path_factory.mktemp("origin")
    with django_db_blocker.unblock(), another_site(files) as site:
        with site.entered():
            live_a_little()
            call_command("backup", str(files / "backups"), verbosity=0, stdout=StringIO())
        yield Origin(site, whole_backups(files / "backups")[-1])


def live_a_little():
    author = InstructorFactory(username="author")
    course = CourseFactory(instructor=author, title="Weaving\tfor\n“everyone” \\.", slug="weaving", lessons=4)
    first, second, third, fourth = lesson_ids(course)
    learner = UserFactory(username="learner", bio="Line one\nline two \\N \\. \x7f 😀")
    EnrollmentFactory(user=learner, course=course, done=2)
    EnrollmentFactory(course=course, done=3)
    progress.remember_position(user_id=learner.pk, course_id=course.pk, lesson_id=second, seconds=42)
    change_lesson(actor=author, lesson_id=first, version=1, body=text_body(title="Another beginning"))
    remove_lesson(actor=author, placement=course.placements.get(lesson_id=fourth))
    assert lessons.get_lesson(third)["version"] == 1
    talk_a_little(author, learner, course)
    spend(learner, course, third, began=timezone.now() - timedelta(minutes=9), seconds=90)
    spend(learner, course, third, began=timezone.now() - timedelta(days=100), seconds=30)
    rolled_up()
    make_partitions()
    spend(learner, course, third, began=timezone.now() - timedelta(minutes=5), seconds=30)
    learner.avatar.save("me.webp", ContentFile(b"a picture of me" * 1000))
    default_storage.save("lessons/film.webm", ContentFile(bytes(range(256)) * 4000))


def talk_a_little(author, learner, course):
    """Something of all that triggers count, and of all that they put in its place."""
    question = CommentFactory(user=learner, course=course, is_private=True, content="Tab\there,\nline there, \\N.")
    CommentFactory(user=author, parent=CommentFactory(user=author, parent=question))
    public = CommentFactory(user=author, course=course)
    vote(voter=learner, comment_id=public.pk, value=1)
    hide(actor=author, thing=CommentFactory(user=learner, parent=public), reason="Not here")
    remark = PostCommentFactory(post=PostFactory(user=author), user=learner)
    like_post(person=learner, post_id=remark.post_id, on=True)
    like_post_comment(person=author, post_comment_id=remark.pk, on=True)
    report(reporter=learner, target=remark.post, reason="other", words="Why?")
    follow(follower=learner, followed=author)
    for sender, receiver in [(author, learner), (learner, author), (author, learner)]:
        send(sender=sender, receiver=receiver, content="Hello.", key=uuid4())
    block(actor=author, person=UserFactory())


@pytest.fixture
def target(django_db_setup, django_db_blocker, tmp_path):
    """An empty site; this process works with it."""
    with django_db_blocker.unblock(), another_site(tmp_path / "target") as site, site.entered():
        yield site
