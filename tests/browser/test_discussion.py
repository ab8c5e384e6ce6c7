"""Talking about a course: with script in place, without it page by page, and without a mouse."""

import pytest
from playwright.sync_api import expect

from accounts.rate_limits import count_try
from discussions.limits import COMMENTS
from discussions.models import Comment
from discussions.services.comments import delete_comment
from tests.browser.test_journeys import tab_to
from tests.factories import CommentFactory, lesson_ids

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/courses/weaving/discussion/"


@pytest.fixture
def thread(course, author):
    return CommentFactory(course=course, user=author, content="What did you weave this week?")


def comment(page, words):
    return page.locator(".lf-comment").filter(has_text=words)


def has_focus(locator):
    expect(locator).to_be_focused()


def test_with_script_everything_happens_in_place(open_browser, learner, thread):
    page = open_browser(learner)
    page.goto(URL)
    page.evaluate("window.sameDocument = true")

    page.get_by_label("New comment").fill("How **tight** is tight?")
    page.get_by_role("button", name="Post").click()
    mine = comment(page, "How tight is tight?")
    has_focus(mine)
    expect(page.get_by_label("New comment")).to_have_value("")

    theirs = comment(page, "What did you weave")
    theirs.get_by_role("button", name="Helpful", exact=True).click()
    expect(theirs.get_by_role("button", name="Helpful", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(theirs.locator(".lf-score")).to_contain_text("1")
    theirs.get_by_role("button", name="Not helpful").click()
    expect(theirs.locator(".lf-score")).to_contain_text("-1")
    theirs.get_by_role("button", name="Not helpful").click()
    expect(theirs.locator(".lf-score")).not_to_contain_text("1")

    theirs.get_by_role("link", name="Reply to Ada Weaver").click()
    has_focus(page.get_by_label("Your reply"))
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_label("Your reply")).to_have_count(0)
    has_focus(theirs.get_by_role("link", name="Reply to Ada Weaver"))
    theirs.get_by_role("link", name="Reply to Ada Weaver").click()
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.get_by_text("Write something first.")).to_be_visible()
    page.get_by_label("Your reply").fill("A scarf.")
    page.get_by_role("button", name="Reply", exact=True).click()
    has_focus(comment(page, "A scarf."))
    expect(page.get_by_label("Your reply")).to_have_count(0)

    comment(page, "A scarf.").locator("summary").click()
    comment(page, "A scarf.").get_by_role("link", name="Edit").click()
    page.get_by_label("Your comment").fill("A *long* scarf.")
    page.get_by_role("button", name="Save").click()
    has_focus(comment(page, "A long scarf."))
    expect(comment(page, "A long scarf.")).to_contain_text("edited")

    assert page.evaluate("window.sameDocument")
    assert sorted(Comment.objects.values_list("content", flat=True))[:2] == [
        "A *long* scarf.",
        "How **tight** is tight?",
    ]


def test_without_script_every_step_is_a_page(open_browser, learner, thread):
    page = open_browser(learner, script=False)
    page.goto(URL)
    page.get_by_label("New comment").fill("Am I too slow?")
    page.get_by_label("Ask the instructor privately").check()
    page.get_by_role("button", name="Post").click()
    expect(page.get_by_role("heading", name="Private question")).to_be_visible()

    page.goto(URL)
    expect(page.get_by_text("Am I too slow?")).to_have_count(0)
    comment(page, "What did you weave").get_by_role("button", name="Helpful", exact=True).click()
    page.wait_for_url(f"**{URL}#comment-{thread.pk}")
    expect(comment(page, "What did you weave").locator(".lf-score")).to_contain_text("1")

    page.get_by_role("link", name="Reply to Ada Weaver").click()
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.get_by_text("Write something first.")).to_be_visible()
    page.get_by_label("Your reply").fill("A scarf.")
    page.get_by_role("button", name="Reply", exact=True).click()
    mine = comment(page, "A scarf.")
    mine.locator("summary").click()
    mine.get_by_role("link", name="Edit").click()
    page.get_by_label("Your comment").fill("A rug.")
    page.get_by_role("button", name="Save").click()
    comment(page, "A rug.").locator("summary").click()
    comment(page, "A rug.").get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Your comment is deleted.")).to_be_visible()
    expect(page.get_by_text("A rug.")).to_have_count(0)


def test_a_discussion_is_led_by_keyboard_alone(open_browser, learner, thread):
    page = open_browser(learner)
    page.goto(URL)
    tab_to(page, "Helpful")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Helpful", exact=True)).to_have_attribute("aria-pressed", "true")
    has_focus(page.get_by_role("button", name="Helpful", exact=True))
    tab_to(page, "Reply")
    page.keyboard.press("Enter")
    has_focus(page.get_by_label("Your reply"))
    page.keyboard.type("A scarf.")
    tab_to(page, "Reply")
    page.keyboard.press("Enter")
    has_focus(comment(page, "A scarf."))
    tab_to(page, "More about the comment")
    page.keyboard.press("Enter")
    expect(comment(page, "A scarf.").get_by_role("link", name="Delete")).to_be_visible()
    page.keyboard.press("Escape")
    expect(comment(page, "A scarf.").get_by_role("link", name="Delete")).to_be_hidden()


def test_a_lesson_shows_its_discussion_when_one_gets_there(open_browser, learner, course, author):
    lesson = lesson_ids(course)[0]
    CommentFactory(course=course, user=author, lesson_id=lesson, content="Mind the selvedge.")
    page = open_browser(learner)
    page.goto(f"/courses/weaving/lessons/{lesson}/")
    page.get_by_role("heading", name="Discussion of this lesson").scroll_into_view_if_needed()
    expect(comment(page, "Mind the selvedge.")).to_be_visible()
    page.get_by_label("New comment").fill("What is that?")
    page.get_by_role("button", name="Post").click()
    has_focus(comment(page, "What is that?"))
    assert Comment.objects.get(user=learner).lesson_id == lesson


def test_staff_pin_and_mark_the_answer(open_browser, course, author, learner, thread):
    question = CommentFactory(course=course, user=learner, content="Wool or cotton?")
    answer = CommentFactory(user=author, parent=question, content="Wool.")
    page = open_browser(author)
    page.goto(URL)
    for words, act in (("Wool or cotton?", "Pin to the top"), ("Wool.", "Mark as the answer")):
        shown = comment(page, words).filter(has_text=words).last
        shown.locator("summary").click()
        shown.get_by_role("button", name=act).click()
        page.wait_for_url("**#comment-*")
    assert Comment.objects.get(pk=question.pk).is_pinned and Comment.objects.get(pk=answer.pk).is_answer


def test_what_went_away_meanwhile_says_so(open_browser, learner, thread, author):
    page = open_browser(learner)
    page.goto(URL)
    delete_comment(author=author, comment_id=thread.pk)
    comment(page, "What did you weave").get_by_role("button", name="Helpful", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing at this address")


def test_who_writes_too_often_keeps_the_words(open_browser, learner, thread):
    for _ in range(COMMENTS.tries):
        count_try(COMMENTS, str(learner.pk))
    page = open_browser(learner)
    page.goto(URL)
    page.get_by_label("New comment").fill("One too many")
    page.get_by_role("button", name="Post").click()
    expect(page.get_by_text("Nothing is lost")).to_be_visible()
    expect(page.get_by_label("New comment")).to_have_value("One too many")
