"""What people come for, done by people: with script, without, and without a mouse."""

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import expect

from courses.models import Course, Enrollment, Status
from tests.factories import PASSWORD, CategoryFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def sign_up(page):
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Sign up").first.click()
    page.get_by_label("First name").fill("Nora")
    page.get_by_label("Last name").fill("New")
    page.get_by_label("Username").fill("nora")
    page.get_by_label("E-mail address").fill("nora@example.org")
    page.get_by_label("Password", exact=True).fill("several unrelated words")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/dashboard/")


def find_the_course(page):
    page.get_by_role("searchbox", name="Search courses").first.fill("weaving")
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name="Weaving for everyone").first.click()
    expect(page.get_by_role("heading", name="Weaving for everyone", level=1)).to_be_visible()


def complete_every_lesson(page, count):
    page.get_by_role("button", name="Enroll for free").click()
    page.get_by_role("link", name="Start learning").click()
    for number in range(1, count + 1):
        expect(page.get_by_role("heading", name=f"Lesson {number}", level=1)).to_be_visible()
        page.get_by_role("button", name="Mark complete").click()
    page.wait_for_url("**/courses/weaving/")


def sees_100_percent(page):
    expect(page.get_by_text("100%").first).to_be_visible()
    page.goto("/my-learning/?status=completed")
    expect(page.get_by_role("main").get_by_role("link", name="Weaving for everyone").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_visitor_signs_up_finds_a_course_and_completes_it(open_browser, course, script):
    page = open_browser(script=script)
    sign_up(page)
    find_the_course(page)
    complete_every_lesson(page, 3)
    sees_100_percent(page)
    assert Enrollment.objects.get(user__username="nora").status == Status.COMPLETED


def test_results_appear_while_one_types(open_browser, course):
    page = open_browser()
    page.goto("/")
    page.get_by_role("searchbox", name="Search courses").first.press_sequentially("weav")
    page.locator("#search-results").get_by_role("link", name="Weaving for everyone").click()
    page.wait_for_url("**/courses/weaving/")


def test_a_lesson_marked_by_mistake_is_taken_back(open_browser, course, learner):
    page = open_browser(learner)
    page.goto("/courses/weaving/learn/")
    page.get_by_role("button", name="Mark complete and continue").click()
    page.get_by_role("link", name="Previous").click()
    page.get_by_role("button", name="Mark as not done").click()
    expect(page.get_by_role("button", name="Mark complete and continue")).to_be_visible()
    assert Enrollment.objects.get(user=learner).percent == 0


def tab_to(page, name):
    """Press Tab until the element of this name has the focus, and see that it shows."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("""() => {
            const element = document.activeElement, style = getComputedStyle(element)
            return [(element.ariaLabel || element.innerText || '').trim(), style.outlineStyle, style.boxShadow]
        }""")
        if focused[0].startswith(name):
            assert focused[1] != "none" or focused[2] != "none", f"nothing shows that {name} has the focus"
            return
    raise AssertionError(f"Tab never reaches {name}")


def test_a_course_is_taken_by_keyboard_alone(open_browser, course):
    page = open_browser(UserFactory(username="keys"))
    page.goto("/courses/weaving/")
    tab_to(page, "Enroll for free")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Start learning")).to_be_visible()
    tab_to(page, "Start learning")
    page.keyboard.press("Enter")
    for number in range(1, 4):
        expect(page.get_by_role("heading", name=f"Lesson {number}", level=1)).to_be_visible()
        tab_to(page, "Mark complete")
        page.keyboard.press("Enter")
    page.wait_for_url("**/courses/weaving/")
    sees_100_percent(page)


def test_the_first_tab_offers_to_skip_to_the_content(open_browser, course):
    page = open_browser()
    page.goto("/courses/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_the_theme_is_kept(open_browser, course):
    page = open_browser()
    page.goto("/")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.goto("/courses/")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def add_lesson(page, title, text):
    page.get_by_role("textbox", name="Title", exact=True).fill(title)
    page.get_by_label("Minutes").fill("10")
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name="Add and go to the outline").click()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_author_writes_a_course_and_a_learner_takes_it(open_browser, author, script):
    CategoryFactory(name="Textiles")
    author.password = make_password(PASSWORD, hasher="bcrypt_sha256")
    author.save()
    page = open_browser(script=script)
    page.goto("/admin/")
    page.get_by_label("E-mail address").fill(author.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.goto("/admin/courses/course/add/")
    page.get_by_role("textbox", name="Title", exact=True).fill("Weaving for everyone")
    page.get_by_label("Address").fill("weaving")
    page.get_by_role("textbox", name="Description").fill("How to make **cloth** from thread.")
    page.get_by_label("Category").select_option(label="Textiles")
    page.get_by_role("button", name="Begin the course").click()
    course = Course.objects.get(slug="weaving")
    page.goto(f"/admin/courses/course/{course.pk}/outline/")
    page.get_by_label("Title of the section").fill("Beginnings")
    page.get_by_role("button", name="Add a section").click()
    for number in (1, 2):
        page.get_by_role("link", name="Add a lesson: Text").click()
        add_lesson(page, f"Lesson {number}", f"This is **lesson {number}**.")
        expect(page.get_by_role("link", name=f"Lesson {number}", exact=True)).to_be_visible()
    page.goto(f"/admin/courses/course/{course.pk}/publish/")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("button", name="Unpublish")).to_be_visible()

    learner = open_browser(UserFactory(username="taker"), script=script)
    learner.goto("/")
    find_the_course(learner)
    complete_every_lesson(learner, 2)
    sees_100_percent(learner)


def test_an_author_moves_a_lesson_by_its_buttons(open_browser, author, course):
    page = open_browser(author)
    page.goto(f"/admin/courses/course/{course.pk}/outline/")
    page.get_by_role("button", name="Move “Lesson 1” down").click()
    expect(page.locator(".lf-place").first).to_contain_text("Lesson 2")
    page.reload()
    expect(page.locator(".lf-place").first).to_contain_text("Lesson 2")


def test_an_author_sees_a_preview_of_the_text(open_browser, author, course):
    page = open_browser(author)
    page.goto(f"/admin/courses/course/{course.pk}/outline/")
    page.get_by_role("link", name="Lesson 1", exact=True).click()
    page.get_by_label("Text", exact=True).fill("A **bold** word")
    expect(page.locator("strong", has_text="bold")).to_be_visible()


def test_an_author_who_types_before_the_scripts_arrive_sees_a_preview(open_browser, author, course):
    page, held = open_browser(author), []
    page.route("**/htmx*.js", lambda route: held.append(route))
    lesson = course.placements.first().lesson_id
    page.goto(f"/admin/courses/course/{course.pk}/lessons/{lesson}/", wait_until="commit")
    page.get_by_label("Text", exact=True).fill("A **bold** word")
    assert held
    [route.continue_() for route in held]
    expect(page.locator("strong", has_text="bold")).to_be_visible()


def test_the_second_editor_sees_the_conflict_and_loses_nothing(open_browser, author, admin, course):
    first, second = open_browser(author), open_browser(admin)
    for page in (first, second):
        page.goto(f"/admin/courses/course/{course.pk}/outline/")
        page.get_by_role("link", name="Lesson 1", exact=True).click()
    for page, title in ((first, "Ada's title"), (second, "Chief's title")):
        page.get_by_role("textbox", name="Title", exact=True).fill(title)
        page.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_text("Ada's title").first).to_be_visible()
    expect(second.get_by_role("textbox", name="Title", exact=True)).to_have_value("Chief's title")
