"""Every page in the light and in the dark: axe finds nothing, and nothing is wider than a small phone."""

from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string

from discussions.services.blocks import block
from discussions.services.messages import send
from tests.factories import EnrollmentFactory, UserFactory, lesson_ids

pytestmark = pytest.mark.django_db(transaction=True)

FOR_VISITORS = [
    "/",
    "/courses/",
    "/courses/?q=weaving&level=beginner",
    "/courses/?q=nothing+at+all",
    "/courses/weaving/",
]
FOR_VISITORS += ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere/", "/?q=%00"]
FOR_LEARNERS = ["/", "/courses/weaving/", "{lesson}", "/courses/weaving/progress/", "/courses/weaving/unenroll/"]
FOR_LEARNERS += ["/courses/weaving/progress/reset/", "/dashboard/", "/my-learning/", "/my-learning/?status=completed"]
FOR_LEARNERS += [
    "/profile/",
    "/people/author/",
    "/accounts/sessions/",
    "/accounts/email/",
    "/accounts/password/change/",
]
FOR_LEARNERS += ["/messages/", "/messages/author/", "/messages/?q=thread", "/messages/?q=nothing+at+all"]
FOR_AUTHORS = ["/admin/courses/course/", "/admin/courses/course/add/", "{course}change/", "{course}outline/"]
FOR_AUTHORS += ["{course}lessons/add/text/", "{course}lessons/add/video/", "{course}lessons/{id}/", "{course}publish/"]
FOR_AUTHORS += ["{course}lessons/{id}/versions/", "{course}lessons/reuse/", "{course}history/", "{course}delete/"]
FOR_ADMINS = ["/admin/", "/admin/accounts/user/", "/admin/accounts/auditlog/", "/admin/courses/enrollment/"]
FOR_ADMINS += ["/admin/courses/enrollment/add/", "/admin/courses/category/"]
ERRORS = ["400", "403", "404", "429", "500", "503"]


@pytest.fixture
def addresses(course, author, learner, admin):
    """(who, the addresses they look at)."""
    EnrollmentFactory(user=author, course=course)
    send(sender=author, receiver=learner, content="Which *thread*?\n\n    a thread", key=uuid4())
    block(actor=learner, person=UserFactory())
    first = lesson_ids(course)[0]
    lesson, authoring = f"/courses/weaving/lessons/{first}/", f"/admin/courses/course/{course.pk}/"
    lists = ((None, FOR_VISITORS), (learner, FOR_LEARNERS), (author, FOR_AUTHORS), (admin, FOR_ADMINS))
    return [(who, [path.format(lesson=lesson, course=authoring, id=first) for path in paths]) for who, paths in lists]


def answer_with_error_page(route):
    body = render_to_string(f"{route.request.url.rsplit('-', 1)[1]}.html", {"retry_after": 60})
    route.fulfill(body=body, content_type="text/html")


def problems(page, path):
    """What axe says against the page, one line each."""
    found = Axe().run(page).response["violations"]
    return [f"{path}: {each['id']} at {each['nodes'][0]['target']}: {each['help']}" for each in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(open_browser, addresses, theme):
    said = []
    for who, paths in addresses:
        page = open_browser(who, theme=theme)
        for path in paths:
            page.goto(path)
            assert page.url.endswith(path), f"{path} leads to {page.url}"
            said += problems(page, path)
    assert said == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_error_pages(open_browser, theme):
    page = open_browser(theme=theme)
    page.route("**/an-error-*", answer_with_error_page)
    said = []
    for status in ERRORS:
        page.goto(f"/an-error-{status}")
        said += problems(page, status)
    assert said == []


def test_nothing_is_wider_than_a_small_phone(open_browser, addresses):
    wide = []
    for who, paths in addresses:
        page = open_browser(who, width=360)
        for path in paths:
            page.goto(path)
            if page.evaluate("document.documentElement.scrollWidth") > 360:
                wide.append(path)
    assert wide == []
