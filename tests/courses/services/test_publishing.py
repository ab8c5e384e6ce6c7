import pytest

from accounts.models import AuditAction, AuditLog
from courses.content import lessons
from courses.models import Course
from courses.services.lessons import add_lesson
from courses.services.outline import set_placement
from courses.services.publishing import NotReady, check_list, publish, unpublish
from learnflow.mongo import ContentUnavailable
from tests.factories import CourseFactory, lesson_ids, text_body, video_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(author):
    return CourseFactory(instructor=author, is_published=False, lessons=1)


def unmet(course):
    return [check.sentence for check in check_list(course) if not check.is_met]


def is_published(course):
    return Course.objects.get(pk=course.pk).is_published


def test_a_complete_draft_is_published(author, draft):
    publish(actor=author, course=draft)
    assert is_published(draft) and Course.objects.get(pk=draft.pk).published_at
    assert AuditLog.objects.filter(action=AuditAction.COURSE_PUBLISHED).count() == 1


def test_publishing_twice_is_publishing_once(author, draft):
    publish(actor=author, course=draft)
    publish(actor=author, course=draft)
    assert AuditLog.objects.filter(action=AuditAction.COURSE_PUBLISHED).count() == 1


def test_a_course_published_again_keeps_its_first_day(author, draft):
    publish(actor=author, course=draft)
    day = Course.objects.get(pk=draft.pk).published_at
    unpublish(actor=author, course=draft)
    assert not is_published(draft)
    publish(actor=author, course=draft)
    assert Course.objects.get(pk=draft.pk).published_at == day


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"lessons": 0}, "The course has at least one lesson."),
        ({"lessons": 1, "description": " "}, "The course has a description."),
    ],
)
def test_an_incomplete_draft_is_not_published_and_says_why(author, fields, sentence):
    draft = CourseFactory(instructor=author, is_published=False, **fields)
    with pytest.raises(NotReady, match=sentence):
        publish(actor=author, course=draft)
    assert not is_published(draft)


def test_missing_objectives_are_only_a_hint(author):
    draft = CourseFactory(instructor=author, is_published=False, lessons=1, objectives="")
    assert unmet(draft) == ["The course says what one will learn."]
    publish(actor=author, course=draft)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (text_body(title="Empty", markdown=" "), "Empty: The lesson has no text."),
        (text_body(title="Links", markdown="[there](../" + "a" * 24 + "/)"), "Links: A link leads nowhere"),
        (text_body(title="Broken", markdown="<a href='//[bad'>there</a>"), "Broken: A link leads nowhere: //[bad"),
        (text_body(title="Out", markdown="[there](/media/../../etc/passwd)"), "Out: A link leads nowhere"),
        (text_body(title="Notes", notes_html='<a href="/media/no.png">there</a>'), "Notes: A link leads nowhere"),
        (text_body(title="Odd") | {"content": {"markdown": 7, "html": []}}, "Odd: The lesson has no text."),
        (video_body(title="Film") | {"content": {}}, "Film: The lesson has no video."),
        (text_body(title="New") | {"type": "hologram"}, "New: This version doesn't know lessons"),
    ],
)
def test_a_lesson_with_a_problem_stops_the_publishing_and_is_named(author, draft, body, problem):
    placement = add_lesson(actor=author, course=draft, body=body)
    assert [sentence for sentence in unmet(draft) if sentence.startswith(problem)]
    assert placement.lesson_id in [check.lesson_id for check in check_list(draft) if not check.is_met]
    with pytest.raises(NotReady):
        publish(actor=author, course=draft)


def test_a_link_to_a_lesson_of_the_course_is_alive(author, draft):
    link = f"[back](../{lesson_ids(draft)[0]}/) and [out](https://example.org/)"
    add_lesson(actor=author, course=draft, body=text_body(markdown=link))
    assert unmet(draft) == []


def test_a_hidden_lesson_may_have_problems(author, draft):
    placement = add_lesson(actor=author, course=draft, body=text_body(markdown=" "))
    set_placement(actor=author, placement=placement, is_preview=False, is_published=False)
    publish(actor=author, course=draft)


def test_a_place_without_its_document_stops_the_publishing(author, draft):
    lessons.delete_lessons(lesson_ids(draft))
    assert "A lesson of the outline is missing." in unmet(draft)


def test_nothing_is_published_without_mongodb(author, draft, mongodb_is_away):
    with mongodb_is_away(), pytest.raises(ContentUnavailable):
        publish(actor=author, course=draft)
    assert not is_published(draft)
