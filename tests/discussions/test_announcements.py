"""New lessons: whom they are told to, once, whatever happens to the worker in the middle."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from courses.models import CourseLesson
from courses.services.enrollment import unenroll
from courses.services.lessons import add_lesson
from courses.services.outline import remove_lesson, reuse_lesson, set_placement
from courses.services.publishing import publish, unpublish
from discussions.models import Announcement, Notification
from discussions.notification_text import NotificationText
from discussions.services import announcements
from discussions.services.announcements import tell_learners
from discussions.services.notification_settings import choose_deliveries
from discussions.services.notifications import read
from tests.factories import CourseFactory, EnrollmentFactory, text_body
from tests.races import at_once

pytestmark = pytest.mark.django_db
NOW = timedelta(0)


@pytest.fixture
def learners(course, learner):
    return [learner, *(EnrollmentFactory(course=course).user for _ in range(4))]


def add(course, title="Twill", **fields):
    return add_lesson(actor=course.instructor, course=course, body=text_body(title=title), **fields)


def told():
    return sorted(Notification.objects.values_list("user__username", "times"))


def test_learners_of_a_course_are_told_of_its_new_lesson(course, learners):
    placement = add(course)
    assert told() == []
    tell_learners(gathering=NOW)
    assert told() == sorted((each.username, 1) for each in learners)
    row = Notification.objects.of(learners[0]).for_page().get()
    assert (row.kind, row.lesson_id) == ("lesson", placement.lesson_id)
    assert NotificationText.of(row).sentence == "A new lesson in “Weaving for everyone”"
    assert NotificationText.of(row).url == f"/courses/weaving/lessons/{placement.lesson_id}/"
    assert not Announcement.objects.exists()


def test_twenty_lessons_are_one_line(course, learner):
    for number in range(20):
        add(course, f"Lesson {number}")
    assert Announcement.objects.count() == 1
    tell_learners(gathering=NOW)
    row = Notification.objects.of(learner).for_page().get()
    assert (row.times, NotificationText.of(row).sentence) == (20, "20 new lessons in “Weaving for everyone”")
    assert NotificationText.of(row).url == "/courses/weaving/"


def test_further_lessons_are_counted_in_the_line_until_it_is_read(course, learner):
    for _ in range(2):
        add(course)
        tell_learners(gathering=NOW)
    assert told() == [("learner", 2)]
    read(reader=learner)
    add(course)
    tell_learners(gathering=NOW)
    assert told() == [("learner", 1), ("learner", 2)]


def test_news_are_gathered_for_a_minute(course, learner):
    add(course)
    assert tell_learners() == 0 and told() == []


def test_a_draft_tells_nothing_and_neither_does_its_publishing(author, learner, admin):
    draft = CourseFactory(instructor=author, lessons=1, is_published=False)
    EnrollmentFactory(user=learner, course=draft, actor=admin)
    add(draft)
    publish(actor=author, course=draft)
    assert not Announcement.objects.exists()


def test_a_lesson_is_told_of_when_learners_get_to_see_it(course, author, learner):
    placement = add(course)
    set_placement(actor=author, placement=placement, is_preview=False, is_published=False)
    tell_learners(gathering=NOW)
    assert told() == []
    placement.refresh_from_db()
    set_placement(actor=author, placement=placement, is_preview=False, is_published=True)
    placement.refresh_from_db()
    set_placement(actor=author, placement=placement, is_preview=True, is_published=True)
    tell_learners(gathering=NOW)
    assert told() == [("learner", 1)]


def test_a_lesson_of_another_course_is_new_here(course, author, learner):
    elsewhere = CourseFactory(instructor=author, lessons=1)
    lesson_id = elsewhere.placements.get().lesson_id
    reuse_lesson(actor=author, course=course, section=course.sections.get(), lesson_id=lesson_id)
    tell_learners(gathering=NOW)
    assert told() == [("learner", 1)]


@pytest.mark.parametrize("away", ["the lesson", "the course"])
def test_what_is_gone_before_it_was_told_is_not_told(course, author, learner, away):
    placement = add(course)
    if away == "the lesson":
        remove_lesson(actor=author, placement=placement)
    else:
        unpublish(actor=author, course=course)
    tell_learners(gathering=NOW)
    assert told() == [] and not Announcement.objects.exists()


def test_who_left_or_does_not_want_to_know_is_not_told(course, learners):
    unenroll(learner=learners[1], course=course)
    choose_deliveries(person=learners[2], deliveries={"lesson": "off"})
    type(learners[3]).objects.filter(pk=learners[3].pk).update(is_active=False)
    add(course)
    tell_learners(gathering=NOW)
    assert told() == sorted([("learner", 1), (learners[4].username, 1)])


def test_whoever_goes_on_after_a_crash_tells_everybody_once(course, learners):
    add(course)
    assert tell_learners(gathering=NOW, size=2, seconds=0) == 1  # and then this worker is gone
    assert len(told()) == 2
    # Another one dies within a batch: neither its rows nor its step remain.
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell_learners(gathering=NOW, size=2)
        raise ZeroDivisionError
    assert len(told()) == 2
    tell_learners(gathering=NOW, size=2)
    tell_learners(gathering=NOW, size=2)
    assert told() == sorted((each.username, 1) for each in learners)


def test_a_lesson_that_comes_in_the_middle_is_told_to_all(course, learners):
    add(course)
    tell_learners(gathering=NOW, size=2, seconds=0)
    add(course)
    assert Announcement.objects.count() == 2
    tell_learners(gathering=NOW, size=2)
    assert told() == sorted((each.username, 2) for each in learners)


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_instant_tell_everybody_once(course, learners):
    add(course)
    at_once([partial(tell_learners, gathering=NOW, size=1)] * 3)
    tell_learners(gathering=NOW)
    assert told() == sorted((each.username, 1) for each in learners)


@pytest.mark.django_db(transaction=True)
def test_lessons_at_the_same_instant_are_all_told_of(course, learner):
    at_once([partial(add, course, f"Lesson {number}") for number in range(4)])
    tell_learners(gathering=NOW)
    assert told() == [("learner", 4)]


def test_an_author_waits_for_no_learner(course, learners, django_assert_max_num_queries):
    placement = CourseLesson.objects.filter(course=course).first()
    with connection.cursor(), django_assert_max_num_queries(1):
        announcements.announce(course_id=course.pk, lesson_id=placement.lesson_id)
