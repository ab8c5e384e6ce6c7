"""The demo: people, courses good enough to publish, and what is said about them."""

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.models import User
from courses.content import lessons
from courses.models import Course, Enrollment
from courses.services.enrollment import unenroll
from courses.services.publishing import unpublish
from discussions.models import Comment, Post
from learnflow.management.commands import load_demo
from tests.courses.folders import write


@pytest.fixture
def small_demo(db, monkeypatch, tmp_path):
    """A demo of one short course, to try quickly what doesn't depend on the courses."""
    outline = "title: SQL\nslug: sql-for-builders\ndescription: All of it.\nsections: [{title: A, lessons: [%s]}]"
    names = [f"{number}.md" for number in range(6)]
    pages = dict.fromkeys(names, "Words.")
    write(tmp_path / "sql", {"course.yaml": outline % ", ".join(names), **pages})
    monkeypatch.setattr(load_demo, "FOLDER", tmp_path)


@pytest.fixture
def demo(small_demo):
    call_command("load_demo", verbosity=0)


def test_three_people_can_sign_in(demo):
    people = User.objects.order_by("pk").values_list("email", "role")
    assert list(people) == [
        ("learner@learnflow.test", "learner"),
        ("author@learnflow.test", "instructor"),
        ("admin@learnflow.test", "admin"),
    ]
    assert all(person.check_password("learnflow-demo") for person in User.objects.all())
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 3


def test_password_can_be_chosen(small_demo, monkeypatch):
    monkeypatch.setenv("DEMO_PASSWORD", "only for us")
    call_command("load_demo", verbosity=0)
    assert User.objects.get(username="admin").check_password("only for us")


def test_well_known_password_isnt_given_to_the_world(db, settings):
    settings.HOST = "0.0.0.0"
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("load_demo", verbosity=0)
    assert not User.objects.exists()


def test_courses_are_whole_published_and_talked_about(db, capsys, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    call_command("load_demo", verbosity=0)
    assert Course.objects.published().count() == Course.objects.count() == 3
    for course in Course.objects.all():
        placed = list(course.placements.values_list("lesson_id", flat=True))
        assert len(placed) >= 8 and set(lessons.get_bodies(placed)) == set(placed)
        assert course.objective_list and course.duration_minutes > 60
    assert capsys.readouterr().err == ""
    assert set(Comment.objects.values_list("course__slug", flat=True)) == set(
        Course.objects.values_list("slug", flat=True)
    )
    assert Post.objects.count() == 3
    others = User.objects.exclude(username__in=["learner", "author", "admin"])
    assert others.count() == 3 and not any(person.has_usable_password() for person in others)


def test_learner_has_begun_a_course(demo):
    enrollment = Enrollment.objects.get()
    assert enrollment.user.username == "learner" and 0 < enrollment.progress < 100


def test_loading_again_changes_nothing(demo):
    before = list(Course.objects.order_by("pk").values("pk", "title", "published_at", "duration_minutes"))
    call_command("load_demo", verbosity=0)
    assert list(Course.objects.order_by("pk").values("pk", "title", "published_at", "duration_minutes")) == before
    assert User.objects.count() == 3 and Enrollment.objects.count() == 1


def test_loading_again_leaves_what_people_did_alone(demo):
    learner, author = User.objects.get(username="learner"), User.objects.get(username="author")
    course = Enrollment.objects.get().course
    unenroll(learner=learner, course=course)
    unpublish(actor=author, course=course)
    learner.set_password("my own")
    learner.save()
    call_command("load_demo", verbosity=0)
    assert Enrollment.objects.get().status == "cancelled"
    assert not Course.objects.get(pk=course.pk).is_published
    assert User.objects.get(username="learner").check_password("my own")


def test_username_that_is_taken_is_said(db):
    User.objects.create_user(email="real@example.org", username="author")
    with pytest.raises(CommandError, match="username author"):
        call_command("load_demo", verbosity=0)
