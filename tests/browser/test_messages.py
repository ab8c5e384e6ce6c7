"""Two people write to each other: with script nobody reloads a page, without it everything is a page."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from discussions.models import Conversation, DirectMessage
from discussions.services.messages import send

pytestmark = pytest.mark.django_db(transaction=True)
WITH_AUTHOR, WITH_LEARNER = "/messages/author/", "/messages/learner/"


def write(page, text):
    page.get_by_role("textbox", name="Your message to").fill(text)
    page.get_by_role("button", name="Send").click()


def said(page):
    return page.locator(".lf-line .lf-words")


def ids(page):
    return page.locator(".lf-lines > li").evaluate_all("lines => lines.map(line => line.id)")


def test_messages_come_and_go_without_reloading(open_browser, learner, author):
    theirs, mine = open_browser(author), open_browser(learner)
    theirs.goto(WITH_LEARNER)
    mine.goto(WITH_AUTHOR)
    for page in (theirs, mine):
        page.evaluate("window.stayed = true")
    expect(mine.get_by_text("Nothing written yet.")).to_be_visible()

    write(mine, "How **wide** is the warp?")
    expect(said(mine)).to_have_text(["How wide is the warp?"])
    expect(mine.get_by_role("textbox", name="Your message to")).to_have_value("")
    expect(said(theirs)).to_have_text(["How wide is the warp?"])
    write(theirs, "Two meters.")
    expect(said(mine)).to_have_text(["How wide is the warp?", "Two meters."])
    write(mine, "Thanks")
    expect(said(mine)).to_have_count(3)

    assert mine.evaluate("window.stayed") and theirs.evaluate("window.stayed")
    assert len(ids(mine)) == len(set(ids(mine))) == 4  # and the day
    expect(said(theirs)).to_have_count(3)
    assert not DirectMessage.objects.filter(is_read=False).exists()


def test_a_message_that_does_not_get_through_stays_in_the_form(open_browser, learner, author):
    page = open_browser(learner)
    page.goto(WITH_AUTHOR)
    page.context.set_offline(True)
    write(page, "Typed in a tunnel")
    expect(page.get_by_role("status").filter(has_text="Not sent")).to_be_visible()
    page.context.set_offline(False)
    session = [cookie for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    page.context.clear_cookies(name="sessionid")
    write(page, "Typed in a tunnel")
    expect(page.get_by_role("status").filter(has_text="You are signed out.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your message to")).to_have_value("Typed in a tunnel")
    page.context.add_cookies(session)
    write(page, " ")
    expect(page.get_by_text("Write something first.")).to_be_visible()
    write(page, "Typed in a tunnel")
    expect(said(page)).to_have_text(["Typed in a tunnel"])
    expect(page.get_by_text("Write something first.")).to_be_hidden()
    assert DirectMessage.objects.count() == 1


def test_without_script_messages_are_pages(open_browser, learner, author):
    for number in range(60):
        send(sender=author, receiver=learner, content=f"Number {number}", key=uuid4())
    page = open_browser(learner, script=False)
    page.goto("/messages/")
    page.get_by_role("link", name="Ada Weaver").click()
    expect(said(page).last).to_be_in_viewport()
    page.get_by_role("link", name="Earlier messages").click()
    expect(said(page).first).to_have_text("Number 0")
    page.get_by_role("link", name="To the newest messages").click()
    write(page, "Read them all")
    expect(said(page).last).to_have_text("Read them all")

    menu = page.get_by_title("More", exact=True)
    menu.click()
    page.get_by_role("button", name="Mute").click()
    expect(page.get_by_text("muted")).to_be_visible()
    menu.click()
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_text("Unblock them to write again.")).to_be_visible()
    assert Conversation.objects.exclude(low_muted_at=None, high_muted_at=None).exists()
