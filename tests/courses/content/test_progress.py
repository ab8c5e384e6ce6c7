import pytest

from courses.content import progress
from courses.content.progress import ProgressCopy

LEE, COURSE = 3, 7
FIRST, SECOND = "a" * 24, "b" * 24


def copy(version, lessons, *, user=LEE, course=COURSE):
    return ProgressCopy(enrollment_id=user, user_id=user, course_id=course, version=version, lessons=lessons)


def stored(user=LEE, course=COURSE):
    document = progress.get_progress(user_id=user, course_id=course)
    return document and (document["version"], document["completed_lessons"], document["lessons"])


def test_nobody_has_progress_before_it_is_written(store):
    assert progress.get_progress(user_id=LEE, course_id=COURSE) is None


def test_a_copy_is_written_whole(store):
    written = copy(1, {FIRST: 100, SECOND: 40})
    assert progress.write_copies([written]) == [written]
    assert stored() == (1, [FIRST], {FIRST: 100, SECOND: 40})


def test_a_newer_copy_replaces_an_older_one(store):
    progress.write_copies([copy(1, {FIRST: 100})])
    progress.write_copies([copy(2, {SECOND: 100})])
    assert stored() == (2, [SECOND], {SECOND: 100})


def test_an_older_copy_never_replaces_a_newer_one_but_counts_as_standing(store):
    progress.write_copies([copy(2, {SECOND: 100})])
    late = copy(1, {FIRST: 100})
    assert progress.write_copies([late]) == [late]
    assert stored() == (2, [SECOND], {SECOND: 100})


def test_writing_a_copy_twice_changes_nothing(store):
    once = copy(1, {FIRST: 100})
    progress.write_copies([once])
    before = progress.get_progress(user_id=LEE, course_id=COURSE)
    assert progress.write_copies([once]) == [once]
    assert progress.get_progress(user_id=LEE, course_id=COURSE) == before


def test_many_copies_are_written_at_once_old_ones_among_them(store):
    progress.write_copies([copy(5, {FIRST: 100}, user=1)])
    copies = [copy(4, {}, user=1), copy(1, {FIRST: 100}, user=2), copy(1, {}, user=3)]
    assert progress.write_copies(copies) == copies
    assert stored(user=1) == (5, [FIRST], {FIRST: 100})
    assert stored(user=2) == (1, [FIRST], {FIRST: 100})
    assert stored(user=3) == (1, [], {})


def test_writing_no_copies_asks_nothing(store):
    assert progress.write_copies([]) == []


def test_a_copy_keeps_what_is_at_home_here(store):
    progress.remember_position(user_id=LEE, course_id=COURSE, lesson_id=FIRST, seconds=73)
    progress.write_copies([copy(1, {SECOND: 100})])
    document = progress.get_progress(user_id=LEE, course_id=COURSE)
    assert (document["last_lesson"], document["positions"]) == (FIRST, {FIRST: 73})
    assert document["completed_lessons"] == [SECOND]


def test_an_opened_lesson_is_the_last_one_and_says_where_its_video_stopped(store):
    progress.remember_position(user_id=LEE, course_id=COURSE, lesson_id=FIRST, seconds=73)
    assert progress.open_lesson(user_id=LEE, course_id=COURSE, lesson_id=SECOND) == 0
    assert progress.open_lesson(user_id=LEE, course_id=COURSE, lesson_id=FIRST) == 73
    assert progress.get_last_lessons(user_id=LEE, course_ids=[COURSE]) == {COURSE: FIRST}


def test_opening_a_lesson_touches_nobody_elses_progress(store):
    progress.open_lesson(user_id=LEE, course_id=COURSE, lesson_id=FIRST)
    assert progress.get_last_lessons(user_id=LEE + 1, course_ids=[COURSE]) == {}
    assert progress.get_last_lessons(user_id=LEE, course_ids=[COURSE + 1]) == {}


def test_a_course_without_an_opened_lesson_is_absent(store):
    progress.write_copies([copy(1, {FIRST: 100})])
    assert progress.get_last_lessons(user_id=LEE, course_ids=[COURSE]) == {}


def test_a_document_begun_by_opening_takes_the_first_copy(store):
    progress.open_lesson(user_id=LEE, course_id=COURSE, lesson_id=FIRST)
    progress.write_copies([copy(0, {FIRST: 100})])
    assert stored() == (0, [FIRST], {FIRST: 100})


@pytest.mark.parametrize(
    ("whose", "left"),
    [
        ({"course_id": 7}, {(1, 8)}),
        ({"user_id": 1}, {(2, 7)}),
        ({"user_id": 1, "course_id": 7}, {(1, 8), (2, 7)}),
    ],
)
def test_progress_is_deleted_of_a_course_of_a_person_or_of_both(store, whose, left):
    pairs = {(1, 7), (1, 8), (2, 7)}
    progress.write_copies([copy(1, {}, user=user, course=course) for user, course in pairs])
    progress.delete_progress(**whose)
    progress.delete_progress(**whose)
    assert {pair for pair in pairs if stored(*pair)} == left


def test_deleting_nobodys_progress_is_refused(store):
    with pytest.raises(ValueError, match="whose"):
        progress.delete_progress()
