"""Showing what one has made, liking what others have, following them: with script and without."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from accounts.models import Follow
from discussions.models import Post, PostComment
from tests.factories import PostFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def a_picture():
    written = BytesIO()
    Image.new("RGB", (800, 600), "teal").save(written, "JPEG")
    return {"name": "scarf.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


def show_something(page):
    page.goto("/feed/")
    page.get_by_role("link", name="Post a picture").click()
    page.get_by_label("Picture", exact=True).set_input_files(a_picture())
    page.get_by_label("Caption").fill("My **first** scarf")
    page.get_by_role("button", name="Post").click()
    expect(page.get_by_text("Choose the picture once more")).to_be_visible()
    expect(page.get_by_label("Caption")).to_have_value("My **first** scarf")
    page.get_by_label("Picture", exact=True).set_input_files(a_picture())
    page.get_by_label("Describe the picture").fill("A green scarf")
    page.get_by_role("button", name="Post").click()
    expect(page.get_by_role("img", name="A green scarf")).to_be_visible()


def follow_and_like(page):
    page.goto("/people/?q=nor")
    page.get_by_role("button", name="Follow Nora").click()
    expect(page.get_by_role("button", name="Unfollow Nora")).to_be_visible()
    page.goto("/feed/")
    expect(page.get_by_role("img", name="A green scarf")).to_be_visible()
    page.get_by_role("button", name="Like, 0").click()
    expect(page.get_by_role("button", name="Like, 1", pressed=True)).to_be_visible()


def say_something(page):
    page.get_by_role("link", name="0 comments").click()
    page.get_by_label("Your comment").fill("What *yarn* is it?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("yarn")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_what_one_shows_another_follows_likes_and_comments_on(open_browser, script):
    maker = UserFactory(username="nora", first_name="Nora")
    show_something(open_browser(maker, script=script))
    post = Post.objects.get()
    assert (post.width, post.height) == (800, 600)
    other = open_browser(UserFactory(), script=script, width=360)
    follow_and_like(other)
    say_something(other)
    post.refresh_from_db()
    assert post.like_count == PostComment.objects.count() == Follow.objects.count() == 1


def test_a_like_leaves_the_page_and_the_focus_where_they_are(open_browser):
    PostFactory()
    page = open_browser(UserFactory())
    page.goto(f"/posts/{Post.objects.get().pk}/")
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Like, 0").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Like, 1", pressed=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Like, 0", pressed=False)).to_be_focused()
    assert page.evaluate("window.stayed")
