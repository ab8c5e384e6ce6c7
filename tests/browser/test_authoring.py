"""Authoring with script: dragging, keeping the focus, pictures in the text."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from courses.content import lessons
from courses.services.lessons import add_lesson
from courses.services.outline import add_section, remove_lesson
from tests.factories import lesson_ids, text_body

pytestmark = pytest.mark.django_db(transaction=True)


def outline_of(open_browser, author, course):
    page = open_browser(author)
    page.goto(f"/admin/courses/course/{course.pk}/outline/")
    return page


def titles(course):
    known = lessons.get_outline(lesson_ids(course))
    return [known[each]["title"] for each in lesson_ids(course)]


def drag(page, what, onto):
    """Drag by the handle, as a hand does: with a pause above the place, and wait until the server has it."""
    handle, place = what.locator(".lf-handle").first.bounding_box(), onto.bounding_box()
    page.mouse.move(handle["x"] + 8, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"] + 30, place["y"] + place["height"] / 2, steps=10)
    page.mouse.move(place["x"] + 30, place["y"] + 4, steps=5)
    page.wait_for_timeout(200)
    with page.expect_response("**/outline/arrange/") as answer:
        page.mouse.up()
    return answer.value.status


def test_a_lesson_is_dragged_to_another_place(open_browser, author, course):
    page = outline_of(open_browser, author, course)
    rows = page.locator(".lf-place")
    assert drag(page, rows.nth(2), rows.nth(0)) == 200
    expect(rows.first).to_contain_text("Lesson 3")
    assert titles(course) == ["Lesson 3", "Lesson 1", "Lesson 2"]


def test_a_section_is_dragged_with_all_it_has(open_browser, author, course):
    second = add_section(actor=author, course=course, title="Second")
    add_lesson(actor=author, course=course, body=text_body(title="Last"), section=second)
    page = outline_of(open_browser, author, course)
    parts = page.locator(".lf-part")
    assert drag(page, parts.nth(1), parts.nth(0)) == 200
    expect(parts.first).to_contain_text("Second")
    assert titles(course)[0] == "Last"


def test_dragging_in_an_outline_that_changed_meanwhile_shows_it_as_it_is(open_browser, author, course):
    page = outline_of(open_browser, author, course)
    remove_lesson(actor=author, placement=course.placements.get(position=2))
    rows = page.locator(".lf-place")
    assert drag(page, rows.nth(2), rows.nth(0)) == 409
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed the outline meanwhile")
    expect(rows).to_have_count(2)
    assert titles(course) == ["Lesson 1", "Lesson 3"]


def test_the_button_that_moves_keeps_the_focus_and_says_where_to(open_browser, author, course):
    page = outline_of(open_browser, author, course)
    button = page.get_by_role("button", name="Move “Lesson 1” down")
    button.focus()
    for place in (2, 3):
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
        page.keyboard.press("Enter")
        expect(page.locator("#outline-said")).to_have_text(f"Moved to place {place}.")
        expect(button).to_be_focused()
    assert titles(course) == ["Lesson 2", "Lesson 3", "Lesson 1"]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_picture_goes_into_the_text(open_browser, author, course, script):
    drawn = BytesIO()
    Image.new("RGB", (30, 20), "teal").save(drawn, "PNG")
    page = open_browser(author, script=script)
    page.goto(f"/admin/courses/course/{course.pk}/lessons/{lesson_ids(course)[0]}/")
    page.get_by_text("Put a picture into the text").click()
    picture = {"name": "loom.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
    page.get_by_label("Picture for the text").set_input_files(picture)
    page.get_by_label("What the picture shows").fill("A loom")
    page.get_by_role("button", name="Insert the picture").click()
    expect(page.locator(".lf-prose img[alt='A loom']")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The lesson is saved.")).to_be_visible()
    assert "![A loom](/media/lessons/" in lessons.get_lesson(lesson_ids(course)[0])["content"]["markdown"]


def test_a_picture_without_words_is_refused_in_a_sentence(open_browser, author, course):
    page = open_browser(author)
    page.goto(f"/admin/courses/course/{course.pk}/lessons/add/text/")
    page.get_by_text("Put a picture into the text").click()
    page.get_by_role("button", name="Insert the picture").click()
    expect(page.get_by_role("alert")).to_contain_text("This field is required.")


def test_the_address_of_a_new_course_follows_its_title(open_browser, author):
    page = open_browser(author)
    page.goto("/admin/courses/course/add/")
    page.get_by_role("textbox", name="Title", exact=True).fill("Œuvre à l'été: Knots & Bends")
    expect(page.get_by_label("Address")).to_have_value("uvre-a-lete-knots-bends")
