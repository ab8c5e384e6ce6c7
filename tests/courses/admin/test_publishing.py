"""The publish page: what is missing, and the one button."""

from html import unescape

import pytest

from accounts.models import AuditAction, AuditLog
from courses.services.lessons import add_lesson
from courses.services.publishing import unpublish
from tests.factories import CourseFactory, text_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(author, desk_of):
    return desk_of(author, CourseFactory(instructor=author, lessons=1, is_published=False))


def is_published(desk):
    desk.course.refresh_from_db()
    return desk.course.is_published


def test_draft_that_is_ready_is_published_and_audited(draft):
    draft.post("publish_course")
    assert is_published(draft)
    assert AuditLog.objects.filter(action=AuditAction.COURSE_PUBLISHED, resource_id=str(draft.course.pk)).exists()
    assert "Unpublish" in draft.get("course_publishing").content.decode()


def test_what_is_missing_is_named_with_the_way_to_mend_it(draft, author):
    empty = add_lesson(actor=author, course=draft.course, body=text_body(title="Dyes", markdown=" "))
    dead = add_lesson(actor=author, course=draft.course, body=text_body(title="Links", markdown="[x](/media/no.png)"))
    page = unescape(draft.get("course_publishing").content.decode())
    assert "Dyes: The lesson has no text." in page
    assert "Links: A link leads nowhere: /media/no.png" in page
    assert draft.url("edit_lesson", empty.lesson_id) in page and draft.url("edit_lesson", dead.lesson_id) in page


def test_course_that_isnt_ready_stays_a_draft(draft, author):
    add_lesson(actor=author, course=draft.course, body=text_body(markdown=" "))
    answer = draft.post("publish_course")
    assert answer.status_code == 422
    assert "The course isn" in answer.content.decode()
    assert not is_published(draft)


def test_advice_stops_nobody(author, desk_of):
    desk = desk_of(author, CourseFactory(instructor=author, lessons=1, is_published=False, objectives=""))
    assert "can be published without" in desk.get("course_publishing").content.decode()
    desk.post("publish_course")
    assert is_published(desk)


def test_unpublishing_makes_it_a_draft_again(desk, as_stranger):
    desk.post("unpublish_course")
    assert not is_published(desk)
    assert as_stranger.get(desk.course.url).status_code == 404
    assert desk.client.get(desk.course.url).status_code == 200


def test_without_mongodb_nothing_is_published_but_unpublishing_works(desk, draft, mongodb_is_away):
    with mongodb_is_away():
        assert draft.get("course_publishing").status_code == 503
        assert draft.post("publish_course").status_code == 503
        desk.post("unpublish_course")
    assert not is_published(draft) and not is_published(desk)


def test_draft_is_previewed_as_a_learner_sees_it_and_nothing_is_recorded(desk, author, first):
    unpublish(actor=author, course=desk.course)
    assert desk.client.get(f"{desk.course.url}lessons/{first}/").status_code == 200
    assert not author.enrollments.exists()
