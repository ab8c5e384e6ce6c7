"""Every page in the light and in the dark: axe finds nothing, and nothing is wider than a small phone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from django.utils import timezone

from discussions.services.blocks import block
from discussions.services.comments import delete_comment, lock, mark_answer, pin
from discussions.services.following import follow
from discussions.services.messages import send
from discussions.services.moderation import hide
from discussions.services.reports import report
from telemetry.services.figures import refresh_course
from telemetry.services.metrics import record_metric, sum_metrics
from tests.factories import (
    CommentFactory,
    EnrollmentFactory,
    PostCommentFactory,
    PostFactory,
    UserFactory,
    lesson_ids,
)
from tests.telemetry.times import rolled_up, spend

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
FOR_LEARNERS += ["/courses/weaving/discussion/", "/courses/weaving/discussion/?show=private", "{lesson}discussion/"]
FOR_LEARNERS += ["/courses/weaving/discussion/?q=nothing+at+all", "/comments/{said}/", "/comments/{said}/reply/"]
FOR_LEARNERS += ["/comments/{said}/edit/", "/comments/{said}/delete/", "/questions/"]
FOR_LEARNERS += ["/notifications/", "/notifications/settings/"]
FOR_LEARNERS += ["/courses/weaving/leaderboard/", "/courses/weaving/leaderboard/?week=1"]
FOR_VISITORS += ["/posts/{shown}/", "/people/author/posts/"]
FOR_LEARNERS += ["/feed/", "/posts/", "/posts/?q=nothing+at+all", "/posts/new/", "/posts/{shown}/"]
FOR_LEARNERS += ["/people/", "/people/?q=ada", "/people/author/followers/", "/people/author/posts/"]
FOR_AUTHORS = ["/courses/weaving/discussion/", "/comments/{said}/", "/questions/", "/questions/?show=asked"]
FOR_AUTHORS += ["/report/comment/{said}/", "/hide/comment/{said}/", "/admin/discussions/report/"]
FOR_AUTHORS += ["/admin/courses/course/", "/admin/courses/course/add/", "{course}change/"]
FOR_AUTHORS += ["{course}outline/"]
FOR_AUTHORS += ["{course}lessons/add/text/", "{course}lessons/add/video/", "{course}lessons/{id}/", "{course}publish/"]
FOR_AUTHORS += ["{course}lessons/{id}/versions/", "{course}lessons/reuse/", "{course}history/", "{course}delete/"]
FOR_AUTHORS += ["/posts/{shown}/edit/", "/posts/{shown}/delete/"]
FOR_AUTHORS += ["/courses/weaving/analytics/", "/courses/weaving/analytics/?from=2026-05-02&to=2026-05-01"]
FOR_AUTHORS += ["/courses/weaving/analytics/learners/", "/courses/weaving/analytics/learners/?q=nothing+at+all"]
FOR_AUTHORS += ["/courses/weaving/analytics/learners/learner/"]
FOR_ADMINS = ["/feed/", "/posts/{shown}/"]
FOR_ADMINS += ["/admin/", "/admin/accounts/user/", "/admin/accounts/auditlog/", "/admin/courses/enrollment/"]
FOR_ADMINS += ["/admin/courses/enrollment/add/", "/admin/courses/category/"]
FOR_ADMINS += ["/admin/discussions/report/comment/{said}/", "/admin/discussions/report/?state=upheld"]
FOR_ADMINS += ["/reports/", "/reports/?from=2020-02-02&to=2020-01-01", "/reports/enrollments/", "/reports/progress/"]
FOR_ADMINS += ["/reports/progress/?course=weaving", "/reports/lessons/?at_least=1", "/reports/people/learner/"]
FOR_ADMINS += ["/reports/activity/", "/admin/accounts/auditlog/?person=nobody_here"]
ERRORS = ["400", "403", "404", "429", "500", "503"]


@pytest.fixture
def addresses(course, author, learner, admin):
    """(who, the addresses they look at)."""
    EnrollmentFactory(user=author, course=course, done=1)
    send(sender=author, receiver=learner, content="Which *thread*?\n\n    a thread", key=uuid4())
    block(actor=learner, person=UserFactory())
    first = lesson_ids(course)[0]
    lesson, authoring = f"/courses/weaving/lessons/{first}/", f"/admin/courses/course/{course.pk}/"
    said = discussed(course, learner, author)
    learned(learner, course)
    lists = ((None, FOR_VISITORS), (learner, FOR_LEARNERS), (author, FOR_AUTHORS), (admin, FOR_ADMINS))
    known = {"lesson": lesson, "course": authoring, "id": first, "said": said, "shown": shown(author, learner)}
    return [(who, [path.format(**known) for path in paths]) for who, paths in lists]


def learned(learner, course):
    """Some days of time and a measure: what charts are drawn from."""
    for ago in range(3):
        began = timezone.now() - timedelta(days=ago, hours=1)
        spend(learner, course, lesson_ids(course)[0], began=began, seconds=1_000 * ago + 60)
        record_metric(person=learner, metric_type="coding_time", value=ago, at=began)
    rolled_up()
    sum_metrics()
    refresh_course(course.pk)


def discussed(course, learner, author):
    """All that a discussion can show; the id of a thread of the learner."""
    thread = CommentFactory(
        course=course, user=learner, content=f"`{'x' * 99}`\n\n    {'y' * 99}\n\n|a|b|\n|-|-|\n|1|2|"
    )
    answer = CommentFactory(user=author, parent=thread, content=f"[{'long' * 30}](https://example.org/)")
    place = answer
    for person in (learner, author, learner, author):
        place = CommentFactory(user=person, parent=place)
    mark_answer(actor=author, comment_id=answer.pk, on=True)
    removed = CommentFactory(course=course, user=learner)
    CommentFactory(user=author, parent=removed)
    delete_comment(author=learner, comment_id=removed.pk)
    for act in (pin, lock):
        act(actor=author, comment_id=CommentFactory(course=course, user=author).pk, on=True)
    hide(actor=author, thing=CommentFactory(course=course, user=learner), reason="Off the topic")
    CommentFactory(course=course, user=learner, is_private=True)
    report(reporter=UserFactory(role="admin"), target=thread, reason="off_topic", words="It is about something else.")
    return thread.pk


def shown(author, learner):
    """A post with all that can stand below it; its id."""
    follow(follower=learner, followed=author)
    post = PostFactory(user=author, caption=f"{'long' * 30}\n\n    {'y' * 99}")
    for person in (learner, author):
        PostCommentFactory(post=post, user=person)
    hide(actor=UserFactory(role="admin"), thing=PostFactory(user=author), reason="An advertisement")
    return post.pk


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
