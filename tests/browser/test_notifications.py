"""Somebody answers: the bell says so, and whoever opens it has read it."""

import pytest

from tests.factories import CommentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_reply_rings_until_it_is_opened(open_browser, course, author, learner, script):
    question = CommentFactory(user=learner, course=course, content="How tight is the warp?")
    page = open_browser(learner, script=script, width=360)
    page.goto("/courses/")
    page.get_by_role("link", name="Notifications", exact=True).wait_for()
    answer = CommentFactory(user=author, parent=question, content="Tight enough to sing.")
    page.reload()
    page.get_by_role("link", name="1 unread notification").click()
    page.get_by_text("Unread:").wait_for(state="attached")
    page.get_by_role("button", name="Ada Weaver replied to you").click()
    page.wait_for_url(f"**/comments/{answer.pk}/#comment-{answer.pk}")
    page.get_by_text("Tight enough to sing.").wait_for()
    page.get_by_role("link", name="Notifications", exact=True).click()
    assert page.get_by_text("Unread:").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_somebody_chooses_by_keyboard_what_they_are_told_of(open_browser, learner):
    page = open_browser(learner)
    page.goto("/notifications/settings/")
    choice = page.get_by_label("Replies to what I wrote")
    choice.focus()
    page.keyboard.type("Not")
    page.get_by_role("button", name="Save my choices").press("Enter")
    page.get_by_text("Your choices are saved.").wait_for()
    assert page.get_by_label("Replies to what I wrote").input_value() == "off"
