"""A site with a little of everything, its backup, and a site to restore it to."""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from courses.content import lessons, progress
from courses.services.lessons import change_lesson
from courses.services.outline import remove_lesson
from learnflow.backup.folder import whole_backups
from tests.another_site import AnotherSite, another_site
from tests.factories import CourseFactory, EnrollmentFactory, InstructorFactory, UserFactory, lesson_ids, text_body


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
    learner.avatar.save("me.webp", ContentFile(b"a picture of me" * 1000))
    default_storage.save("lessons/film.webm", ContentFile(bytes(range(256)) * 4000))


@pytest.fixture
def target(django_db_setup, django_db_blocker, tmp_path):
    """An empty site; this process works with it."""
    with django_db_blocker.unblock(), another_site(tmp_path / "target") as site, site.entered():
        yield site
