"""The lesson page and its acts: complete, undo, where the video stopped; and documents nobody expected."""

import pytest

from courses.content import progress
from courses.content.lessons import new_lesson_id
from courses.models import CourseLesson, Enrollment
from courses.services.lessons import add_lesson
from courses.services.outline import set_placement
from tests.factories import lesson_ids, text_body, video_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages(course):
    """The addresses of the course's lessons, in order."""
    return [f"{course.url}lessons/{lesson_id}/" for lesson_id in lesson_ids(course)]


def percent(learner):
    return Enrollment.objects.get(user=learner).percent


def added(course, body):
    place = add_lesson(actor=course.instructor, course=course, body=body)
    return f"{course.url}lessons/{place.lesson_id}/"


def test_learner_reads_with_the_outline_beside_it(as_learner, pages):
    answer = as_learner.get(pages[1])
    page = answer.content.decode()
    assert "Some <em>text</em>." in page and 'aria-current="page"' in page and "Lesson 2 of 3" in page
    assert (answer.context["previous"].title, answer.context["next"].title) == ("Lesson 1", "Lesson 3")


def test_completing_goes_on_to_the_next_lesson_and_after_the_last_to_the_course(as_learner, learner, course, pages):
    followed = [as_learner.post(f"{page}complete/").url for page in pages]
    assert followed == [*pages[1:], course.url] and percent(learner) == 100
    assert "You finished the course." in as_learner.get(course.url).content.decode()


def test_completing_is_undone(as_learner, learner, pages):
    as_learner.post(f"{pages[0]}complete/")
    assert as_learner.get(pages[0]).context["is_done"] is True
    assert as_learner.post(f"{pages[0]}reopen/").url == pages[0]
    assert percent(learner) == 0


def test_who_is_not_enrolled_is_shown_the_course(visitor, as_stranger, course, pages):
    for client in (visitor, as_stranger):
        assert client.get(pages[0]).url == course.url
    assert as_stranger.post(f"{pages[0]}complete/").status_code == 404


def test_a_free_preview_is_open_to_everybody(visitor, author, course, pages):
    set_placement(actor=author, placement=course.placements.first(), is_preview=True, is_published=True)
    assert "free preview" in visitor.get(pages[0]).content.decode()


def test_a_hidden_lesson_exists_for_its_author_only(as_learner, as_author, author, course, pages):
    set_placement(actor=author, placement=course.placements.first(), is_preview=False, is_published=False)
    assert [client.get(pages[0]).status_code for client in (as_learner, as_author)] == [404, 200]


def test_the_author_looks_and_nothing_is_recorded(as_author, author, course, pages):
    assert "nothing is recorded" in as_author.get(pages[0]).content.decode()
    assert progress.get_progress(user_id=author.pk, course_id=course.pk) is None


def test_a_video_goes_on_where_it_stopped(as_learner, course):
    page = added(course, video_body())
    assert as_learner.post(f"{page}position/", {"seconds": 75}).status_code == 204
    assert "&amp;start=75" in as_learner.get(page).content.decode()


@pytest.mark.parametrize("seconds", ["", "-1", "soon", "999999"])
def test_a_position_that_is_none_is_refused(as_learner, pages, seconds):
    assert as_learner.post(f"{pages[0]}position/", {"seconds": seconds}).status_code == 422


def test_an_unknown_type_shows_the_rest_and_breaks_nothing(as_learner, course):
    page = added(course, text_body(title="Odd", notes_html="<p>Still here.</p>") | {"type": "hologram"})
    shown = as_learner.get(page).content.decode()
    assert "can&#x27;t be shown here yet" in shown or "can't be shown here yet" in shown
    assert "Still here." in shown and as_learner.get(course.url).status_code == 200


def test_unknown_fields_and_broken_ones_are_named_to_staff_only(as_learner, as_author, course):
    body = text_body() | {"content": {"markdown": ["no", "text"], "html": "<p>Shown.</p>", "laser": True}}
    page = added(course, body)
    told, untold = (client.get(page).content.decode() for client in (as_author, as_learner))
    assert "laser, markdown" in told and "Shown." in untold and "laser" not in untold


def test_a_lesson_speaks_its_own_language(as_learner, course):
    page = as_learner.get(added(course, text_body(language="ar"))).content.decode()
    assert 'lang="ar" dir="rtl"' in page


def test_without_mongodb_the_page_says_so_and_completing_still_works(as_learner, learner, pages, mongodb_is_away):
    with mongodb_is_away():
        answer = as_learner.get(pages[0])
        assert answer.status_code == 503 and answer["Retry-After"]
        assert "unavailable for the moment" in answer.text and "Try again" in answer.text
        assert as_learner.post(f"{pages[0]}complete/").status_code == 302
    assert percent(learner) == 33


def test_a_place_without_its_document_is_no_crash(as_learner, author, course):
    section, gone = course.sections.first(), new_lesson_id()
    CourseLesson.objects.create(course=course, section=section, lesson_id=gone, position=9)
    assert as_learner.get(f"{course.url}lessons/{gone}/").status_code == 404
    assert as_learner.get(course.url).status_code == 200
