"""Page views: whose page, of which lesson, since when. Only lesson pages of those who are enrolled carry one."""

import re
from datetime import UTC, datetime

import pytest
import time_machine

from telemetry.page_views import SIGNER, BadPageView, begin_page_view, read_page_view
from tests.factories import EnrollmentFactory, lesson_ids

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
LESSON = "0123456789abcdef01234567"
VIEW = re.compile(
    r'<script data-view="([^"]+)" src="[^"]*js/time[^"]*\.js" data-url="/telemetry/beats/" defer></script>'
)


@pytest.fixture
def token(stranger):
    with time_machine.travel(MORNING, tick=False):
        return begin_page_view(person=stranger, course_id=7, lesson_id=LESSON)


def views(client, url):
    return [read_page_view(token) for token in VIEW.findall(client.get(url).content.decode())]


def test_what_was_signed_is_read(token, stranger):
    view = read_page_view(token)
    assert view[:4] == (stranger.pk, 7, LESSON, int(MORNING.timestamp() * 1000))
    assert len(view.session) == 16


def test_each_view_is_another(stranger):
    sessions = {read_page_view(begin_page_view(person=stranger, course_id=7, lesson_id=LESSON)).session for _ in "123"}
    assert len(sessions) == 3


def test_nobody_changes_a_letter_of_it(token):
    for at, letter in enumerate(token):
        for other in {"0", "1", "a", "-", "~", ".", ""} - {letter}:
            with pytest.raises(BadPageView):
                read_page_view(token[:at] + other + token[at + 1 :])


@pytest.mark.parametrize("made_up", ["", "~", "....~", "a~b", "1.1.1", "\ud800", "٣.7", "x" * 100_000])
def test_nobody_makes_one_up(made_up):
    with pytest.raises(BadPageView):
        read_page_view(made_up)


def test_what_was_signed_for_something_else_is_no_view(token):
    words = token.partition("~")[0]
    for salt in ("discussions.unsubscribing", "telemetry"):
        with pytest.raises(BadPageView):
            read_page_view(type(SIGNER)(salt=salt, sep="~").sign(words))


def test_views_outlive_a_new_secret_key_that_names_the_old_one(token, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert type(SIGNER)(salt=SIGNER.salt, sep="~").unsign(token)


def test_the_lesson_page_of_a_learner_carries_a_view(as_learner, learner, course):
    lesson_id = lesson_ids(course)[1]
    [view] = views(as_learner, f"/courses/weaving/lessons/{lesson_id}/")
    assert view[:3] == (learner.pk, course.pk, lesson_id)


def test_a_preview_carries_none(visitor, as_stranger, as_author, as_admin, course):
    course.placements.update(is_preview=True)
    url = f"/courses/weaving/lessons/{lesson_ids(course)[0]}/"
    assert [views(client, url) for client in (visitor, as_stranger, as_author, as_admin)] == [[], [], [], []]


def test_staff_who_are_enrolled_carry_one(as_author, author, course):
    EnrollmentFactory(user=author, course=course)
    [view] = views(as_author, f"/courses/weaving/lessons/{lesson_ids(course)[0]}/")
    assert view.person_id == author.pk


def test_a_page_without_its_text_carries_none(as_learner, course, mongodb_is_away):
    url = f"/courses/weaving/lessons/{lesson_ids(course)[0]}/"
    with mongodb_is_away():
        assert as_learner.get(url).status_code == 503 and views(as_learner, url) == []
