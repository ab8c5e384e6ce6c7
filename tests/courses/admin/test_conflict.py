"""Two editors of one lesson, and what a lesson was before."""

from html import unescape

import pytest

from accounts.models import AuditAction, AuditLog
from courses.content import lessons

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other_desk(admin, course, desk_of):
    """An admin, in front of the same course."""
    return desk_of(admin, course)


def test_second_editor_is_told_and_shown_both_and_nothing_is_overwritten(desk, other_desk, first, typed):
    other_desk.post("edit_lesson", first, **typed(markdown="Common line\nTheir words"), version=1)
    answer = desk.post("edit_lesson", first, **typed(markdown="Common line\nMy words"), version=1)
    page = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "Robin Meyer" in page and "saved this lesson meanwhile" in page
    assert "<del>Their words</del>" in page and "<ins>My words</ins>" in page
    assert "Common line\nMy words</textarea>" in page
    assert lessons.get_lesson(first)["content"]["markdown"] == "Common line\nTheir words"


def test_second_editor_may_save_over_it_knowingly_and_theirs_stays_a_version(desk, other_desk, first, typed):
    other_desk.post("edit_lesson", first, **typed(markdown="Their words"), version=1)
    page = desk.post("edit_lesson", first, **typed(markdown="My words"), version=1)
    version = page.context["form"]["version"].value()
    assert desk.post("edit_lesson", first, **typed(markdown="My words"), version=version).status_code == 302
    assert lessons.get_lesson(first)["content"]["markdown"] == "My words"
    assert lessons.get_revision(first, 2)["body"]["content"]["markdown"] == "Their words"


def test_a_third_save_in_between_is_a_conflict_again(desk, other_desk, first, typed):
    other_desk.post("edit_lesson", first, **typed(markdown="Theirs"), version=1)
    desk.post("edit_lesson", first, **typed(markdown="Mine"), version=1)
    other_desk.post("edit_lesson", first, **typed(markdown="Theirs again"), version=2)
    assert desk.post("edit_lesson", first, **typed(markdown="Mine"), version=2).status_code == 409


def test_both_saving_the_same_words_is_no_conflict(desk, other_desk, first, typed):
    other_desk.post("edit_lesson", first, **typed(), version=1)
    assert desk.post("edit_lesson", first, **typed(), version=1).status_code == 302


def test_versions_say_who_and_when_and_what_changed(desk, other_desk, first, typed):
    other_desk.post("edit_lesson", first, **typed(title="Knots", markdown="New words"), version=1)
    page = desk.get("lesson_revisions", first).content.decode()
    assert "Ada Weaver" in page and "Robin Meyer" in page and "Compare version 1" in page
    compared = desk.get("lesson_revision", first, 1).content.decode()
    assert "<del>Lesson 1</del>" in compared and "<ins>New words</ins>" in compared


def test_earlier_version_is_brought_back_by_one_click(desk, author, first, typed):
    desk.post("edit_lesson", first, **typed(title="Knots"), version=1)
    desk.post("restore_revision", first, 1, version=2)
    lesson = lessons.get_lesson(first)
    assert (lesson["title"], lesson["version"]) == ("Lesson 1", 3)
    assert lessons.get_revision(first, 2)["body"]["title"] == "Knots"
    assert AuditLog.objects.filter(action=AuditAction.LESSON_CHANGED, resource_id=first).count() == 2


def test_bringing_back_over_what_somebody_saved_meanwhile_is_a_conflict(desk, other_desk, first, typed):
    desk.post("edit_lesson", first, **typed(title="Knots"), version=1)
    other_desk.post("edit_lesson", first, **typed(title="Bends"), version=2)
    assert desk.post("restore_revision", first, 1, version=2).status_code == 409
    assert lessons.get_lesson(first)["title"] == "Bends"


@pytest.mark.parametrize(("version", "status"), [("", 422), ("x", 422), ("0", 422), ("9" * 30, 422)])
def test_restore_without_the_version_that_was_seen_is_refused(desk, first, typed, version, status):
    desk.post("edit_lesson", first, **typed(), version=1)
    assert desk.post("restore_revision", first, 1, version=version).status_code == status


def test_version_that_never_was_is_not_found(desk, first):
    assert desk.get("lesson_revision", first, 7).status_code == 404
    huge = f"{desk.url('lesson_revisions', first)}{9**30}/"
    assert desk.client.get(huge).status_code == 404
    assert desk.post("restore_revision", first, 7, version=1).status_code == 404


def test_versions_without_mongodb_say_so(desk, first, mongodb_is_away):
    with mongodb_is_away():
        answers = [desk.get("lesson_revisions", first), desk.get("lesson_revision", first, 1)]
    assert {answer.status_code for answer in answers} == {503}
