"""The list of a course's learners: its orders, filters and pages, and its CSV."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditAction, AuditLog, User
from accounts.services.people import block
from courses.models import Enrollment
from courses.services.enrollment import unenroll
from telemetry.models.learners import FEW, ORDERS, Learners
from telemetry.views import learners as view
from tests.factories import CourseFactory, EnrollmentFactory, InstructorFactory, UserFactory
from tests.telemetry.screens import assert_csv_says_the_same, csv_lines, tables

pytestmark = pytest.mark.django_db
URL = "/courses/weaving/analytics/learners/"
CSV = "/courses/weaving/analytics/learners.csv"
NOW = datetime.now(UTC)


@pytest.fixture
def class_of_many(course):
    """Forty learners, many of them alike in progress, time and last activity, and one of another course."""
    rng = random.Random(7)
    EnrollmentFactory()
    for number in range(40):
        enrollment = EnrollmentFactory(user=UserFactory(username=f"pupil_{number}"), course=course)
        Enrollment.objects.filter(pk=enrollment.pk).update(
            progress=Decimal(rng.choice([0, 0, 0, 33, 66])), seconds_spent=rng.choice([0, 0, 60, 4_000]),
            last_activity=NOW - timedelta(days=rng.choice([1, 20, 40])),
        )  # fmt: skip
    return course


def in_order(course, sort):
    """The ids, sorted by hand."""
    found = list(Enrollment.objects.filter(course=course))
    for key in reversed(ORDERS[sort.removeprefix("-")]):
        found.sort(key=lambda each: getattr(each, key.removeprefix("-")), reverse=key.startswith("-"))
    ids = [each.pk for each in found]
    return ids if sort.startswith("-") else ids[::-1]


def pages(learners, size):
    """What page after page shows, as who follows its links sees it."""
    shown, after = [], None
    while rows := learners.page(after, size):
        shown.append([row.id for row in rows])
        after = rows[-1].id
    return shown


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in ORDERS for sign in ("-", "")])
def test_pages_show_everybody_once_and_in_order(class_of_many, sort):
    learners = Learners(class_of_many.pk, sort=sort)
    shown = pages(learners, 7)
    assert [len(each) for each in shown] == [7] * 5 + [5]
    assert [pk for page in shown for pk in page] == in_order(class_of_many, sort)
    assert [row.id for row in learners] == in_order(class_of_many, sort)


@pytest.mark.parametrize("sort", ["-progress", "time"])
def test_a_filtered_list_has_pages_too(class_of_many, sort):
    learners = Learners(class_of_many.pk, sort=sort, inactive_days=14)
    quiet = Enrollment.objects.filter(last_activity__lt=NOW - timedelta(days=14)).values_list("pk", flat=True)
    expected = [pk for pk in in_order(class_of_many, sort) if pk in set(quiet)]
    assert [pk for page in pages(learners, 4) for pk in page] == expected
    assert learners.counted_up_to(1_000) == len(expected)


def test_a_search_finds_the_few_and_the_many(class_of_many):
    few = list(User.objects.filter(username__in=["pupil_3", "pupil_7"]).values_list("pk", flat=True))
    assert len(Learners(class_of_many.pk, words="pupil", people=few).page(None, 50)) == 2
    assert len(Learners(class_of_many.pk, words="pupil", people=[0] * (FEW + 1)).page(None, 50)) == 40


def usernames(response):
    return {row[-1] for row in tables(response)["learners"]["rows"]}


def test_the_author_sees_everybody_also_who_hides_themselves(as_author, course, learner, author, admin):
    hidden = EnrollmentFactory(course=course, user=UserFactory(username="shy", leaderboard_visible=False)).user
    blocked = EnrollmentFactory(course=course, user=UserFactory(username="gone")).user
    block(actor=admin, person=blocked, reason="Spam")
    response = as_author.get(URL)
    assert usernames(response) == {learner.username, hidden.username, "gone"}
    page = response.content.decode()
    assert "3 learners" in page and f'href="{URL}shy/"' in page and ">Blocked<" in page


def test_the_list_is_filtered_by_status_rest_and_name(as_author, course, learner, author):
    done = EnrollmentFactory(course=course, done=3, user=UserFactory(username="diligent", first_name="Dil")).user
    left = EnrollmentFactory(course=course, user=UserFactory(username="lazy")).user
    unenroll(learner=left, course=course)
    Enrollment.objects.filter(user=left).update(last_activity=NOW - timedelta(days=20))
    assert usernames(as_author.get(f"{URL}?status=completed")) == {done.username}
    assert usernames(as_author.get(f"{URL}?status=cancelled")) == {"lazy"}
    assert usernames(as_author.get(f"{URL}?inactive=14")) == {"lazy"}
    assert "Nobody is like that" in as_author.get(f"{URL}?inactive=30").content.decode()
    assert usernames(as_author.get(f"{URL}?q=dil")) == {"diligent"}
    assert usernames(as_author.get(f"{URL}?q=park")) == {"learner"}
    assert "Nobody is like that" in as_author.get(f"{URL}?q=!!!").content.decode()


def test_a_page_leads_to_the_next_one_with_its_filter_and_order(as_author, class_of_many, monkeypatch):
    monkeypatch.setattr(view, "PAGE", 30)
    first = as_author.get(f"{URL}?status=active&sort=progress")
    last = tables(first)["learners"]["rows"][-1][-1]
    after = Enrollment.objects.get(user__username=last).pk
    assert f'href="?status=active&amp;sort=progress&amp;after={after}" rel="next"' in first.content.decode()
    second = as_author.get(f"{URL}?status=active&sort=progress&after={after}")
    assert len(usernames(second)) == 10 and not usernames(first) & usernames(second)
    assert 'rel="first"' in second.content.decode() and 'rel="next"' not in second.content.decode()


def test_an_enrollment_elsewhere_is_no_place_in_this_list(as_author, class_of_many):
    elsewhere = Enrollment.objects.exclude(course=class_of_many).get()
    assert len(usernames(as_author.get(f"{URL}?after={elsewhere.pk}"))) == 40


@pytest.mark.parametrize("asked", ["", "?sort=progress", "?sort=-time&status=active", "?q=pupil_1", "?inactive=30"])
def test_csv_says_what_the_screen_says(as_author, class_of_many, asked):
    assert_csv_says_the_same(as_author, f"{URL}{asked}", "learners")


def test_csv_has_all_the_pages(as_author, class_of_many, monkeypatch):
    monkeypatch.setattr(view, "PAGE", 10)
    monkeypatch.setattr("telemetry.models.learners.BATCH", 7)
    rows = assert_csv_says_the_same(as_author, f"{URL}?sort=-progress", "learners", also=30)
    assert len({row[-1] for row in rows}) == 40


def test_a_name_that_would_be_a_formula_is_made_safe(as_author, course):
    EnrollmentFactory(course=course, user=UserFactory(first_name="=HYPERLINK(1)", last_name="+1"))
    assert csv_lines(as_author.get(CSV))[1][0] == "'=HYPERLINK(1) +1"
    assert tables(as_author.get(URL))["learners"]["rows"][0][0] == "=HYPERLINK(1) +1"


def test_an_export_is_noted_with_what_was_asked_for(as_author, author, course, learner):
    as_author.get(f"{CSV}?status=active")
    entry = AuditLog.objects.get(action=AuditAction.DATA_EXPORTED)
    assert (entry.user_id, entry.resource_type, entry.resource_id) == (author.pk, "learners", str(course.pk))
    assert entry.details == {"status": "active"}


def test_a_name_that_was_looked_for_is_kept_out_of_the_audit_log(as_author, course):
    as_author.get(f"{CSV}?q=ada&inactive=30")
    assert AuditLog.objects.get(action=AuditAction.DATA_EXPORTED).details == {"searched": True, "inactive": "30"}


def test_learners_of_a_course_called_like_a_word_of_addresses_are_found(as_author, author):
    EnrollmentFactory(course=CourseFactory(slug="username", instructor=author), user=UserFactory(username="ada"))
    page = as_author.get("/courses/username/analytics/learners/").content.decode()
    assert 'href="/courses/username/analytics/learners/ada/"' in page


def test_a_course_without_learners_says_what_will_be_here(as_author, course):
    assert "Nobody has enrolled yet" in as_author.get(URL).content.decode()


@pytest.mark.parametrize("asked", ["status=lost", "inactive=15", "sort=name", "after=0", "after=x", f"q={'x' * 101}"])
def test_what_cannot_be_asked_is_refused_and_the_list_still_shown(as_author, learner, asked):
    response = as_author.get(f"{URL}?{asked}")
    assert response.status_code == 422 and usernames(response) == {"learner"}
    assert as_author.get(f"{CSV}?{asked}").status_code == 422


@pytest.mark.parametrize("url", [URL, CSV])
def test_only_the_staff_of_the_course_see_the_list(learner, as_learner, as_stranger, as_admin, sign_in, visitor, url):
    assert as_admin.get(url).status_code == 200
    assert [each.get(url).status_code for each in (as_learner, as_stranger, sign_in(InstructorFactory()))] == [404] * 3
    assert visitor.get(url).status_code == 302
    assert as_admin.post(url).status_code == 405
