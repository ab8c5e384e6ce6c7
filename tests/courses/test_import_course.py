"""`manage.py import_course`: what an operator types, reads, and can test the exit status of."""

import pytest
from django.core.management import CommandError, call_command

from courses.models import Course
from tests.courses.folders import write
from tests.factories import AdminFactory, InstructorFactory

LESSON = "# Bowline\n\nThe rabbit comes out of the hole."


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "knots", {"a.md": LESSON, "b.md": "# Sheet bend\n\n[gone](x.md)"})


def run(folder, **options):
    return call_command("import_course", str(folder), **options)


def test_course_is_imported_and_reported(folder, author, capsys):
    run(folder)
    printed = capsys.readouterr().out
    course = Course.objects.get()
    assert course.instructor == author and not course.is_published
    assert "warning  b.md:3: “x.md” leads to nothing in the folder" in printed
    assert (
        "“Knots” at /courses/knots/: lessons 2 added, 0 changed, 0 unchanged, 0 vanished. 0 errors, 1 warnings."
        in printed
    )


def test_importing_again_says_that_nothing_changed(folder, author, capsys):
    run(folder)
    run(folder)
    assert "0 added, 0 changed, 2 unchanged" in capsys.readouterr().out


def test_dry_run_changes_nothing(folder, db, capsys):
    run(folder, dry_run=True)
    assert "Would import “Knots”: 2 lessons." in capsys.readouterr().out
    assert not Course.objects.exists()


def test_published_when_asked(folder, author):
    run(folder, publish=True)
    assert Course.objects.get().is_published


def test_what_forbids_publishing_is_an_error(tmp_path, author, capsys):
    folder = write(
        tmp_path / "knots", {"course.yaml": "title: Knots\nsections: [{title: A, lessons: [a.md]}]", "a.md": LESSON}
    )
    with pytest.raises(SystemExit) as stopped:
        run(folder, publish=True)
    assert stopped.value.code == 1
    assert "error  knots: Not published: " in capsys.readouterr().out
    assert not Course.objects.get().is_published


def test_error_in_the_report_is_exit_status_1(tmp_path, author):
    with pytest.raises(SystemExit) as stopped:
        run(write(tmp_path / "knots", {"a.md": "---\na: [\n---\nx"}))
    assert stopped.value.code == 1 and Course.objects.exists()


def test_other_address(folder, author):
    run(folder, slug="ropes")
    assert Course.objects.get().slug == "ropes"


def test_folder_that_isnt_one_is_exit_status_2(tmp_path, author):
    with pytest.raises(CommandError, match="is not a folder") as refused:
        run(tmp_path / "gone")
    assert refused.value.returncode == 2


def test_address_that_is_taken_is_exit_status_2(folder, course):
    with pytest.raises(CommandError, match="belongs to another course") as refused:
        run(folder, slug=course.slug)
    assert refused.value.returncode == 2


def test_instructor_is_named_when_several_teach(folder, author):
    other = InstructorFactory(email="other@example.org")
    with pytest.raises(CommandError, match="--instructor"):
        run(folder)
    run(folder, instructor="Other@example.org")
    assert Course.objects.get().instructor == other


def test_admins_may_teach(folder, db):
    admin = AdminFactory()
    run(folder)
    assert Course.objects.get().instructor == admin


@pytest.mark.parametrize("email", ["nobody@example.org", "learner@example.org"])
def test_only_who_may_teach_can_be_named(folder, learner, email):
    with pytest.raises(CommandError, match="Nobody who may teach") as refused:
        run(folder, instructor=email)
    assert refused.value.returncode == 2


def test_without_mongodb_it_says_so_and_can_be_repeated(folder, author, mongodb_is_away):
    with mongodb_is_away(), pytest.raises(CommandError, match="MongoDB doesn't answer") as refused:
        run(folder)
    assert refused.value.returncode == 2
    run(folder)
    assert Course.objects.get().placements.count() == 2
