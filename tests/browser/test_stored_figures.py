"""Names and titles on pages of figures, in tables and drawings: nothing of it runs, even without the content policy."""

import pytest

from accounts.services.people import block
from courses.models import Category, Course
from courses.services.progress import complete_lesson
from learnflow import mongo
from telemetry.models import AggregatedMetric, TimeSpent
from telemetry.periods import today
from telemetry.services.figures import refresh_course
from telemetry.services.site_days import refresh_site_days
from tests.browser.test_stored_scripts import WRITTEN, examine, watched
from tests.factories import EnrollmentFactory, UserFactory, lesson_ids

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = [payload.strip() for payload in WRITTEN if 0 < len(payload.strip()) <= 100 and "\n" not in payload]
TITLE = "\"'></title></svg><img src=x onerror=canary()><script>canary()</script>"
COURSE = "/courses/weaving"
PAGES = {
    "learner": (f"{COURSE}/leaderboard/", f"{COURSE}/leaderboard/?week=1", "/dashboard/"),
    "author": (
        f"{COURSE}/analytics/",
        *(f"{COURSE}/analytics/learners/{which}" for which in ("", "?q=canary", "?sort=progress", "villain/")),
    ),
    "chief": (
        *(f"/reports/{name}/" for name in ("enrollments", "courses", "categories", "learners", "progress")),
        "/reports/lessons/?at_least=1",
        "/reports/progress/?course=weaving",
        "/reports/people/villain/",
        "/admin/accounts/auditlog/",
        "/admin/accounts/auditlog/?q=villain",
    ),
}


@pytest.fixture
def written(course, learner, author, admin):
    """Payloads in the names of a course's learners, in its title, its lessons', its category's and the audit log."""
    lesson = lesson_ids(course)[0]
    people = [
        UserFactory(first_name=first, last_name=last) for first, last in zip(NAMES[::9], NAMES[4::9], strict=False)
    ]
    people.append(UserFactory(username="villain", first_name=TITLE, last_name=TITLE))
    for person in people:
        EnrollmentFactory(user=person, course=course)
    for person in [learner, *people[-20:]]:
        complete_lesson(learner=person, course=course, lesson_id=lesson)
        spent = {"course": course, "lesson_id": lesson, "day": today(), "seconds_spent": 90, "events": 3}
        TimeSpent.objects.create(user=person, **spent)
    block(actor=admin, person=people[0], reason=TITLE)
    AggregatedMetric.objects.create(
        user=learner, day=today(), metric_type="spark", values={"count": 1, "list": [TITLE]}
    )
    Course.objects.update(title=TITLE)
    Category.objects.update(name=TITLE)
    mongo.database().lessons.update_many({}, {"$set": {"title": TITLE}})
    refresh_course(course.pk)
    refresh_site_days()


def test_no_name_or_title_runs_on_pages_of_figures(open_browser, author, learner, admin, written):
    for person in (learner, author, admin):
        page, tries = watched(open_browser(person), has_policy=False)
        for url in PAGES[person.username]:
            assert page.goto(url).status == 200, url
            examine(page, tries, url)
            assert "canary()" in page.content(), url
