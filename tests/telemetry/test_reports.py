"""The administrators' reports: their figures are those that one counts by hand, and files say what pages say."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import AuditAction, AuditLog, User
from courses.models import Course, Enrollment, LessonProgress
from courses.services.enrollment import unenroll
from courses.services.outline import set_placement
from discussions.models import Comment
from telemetry.models import LessonFigures, TimeSpent
from telemetry.periods import DAY
from telemetry.services.figures import refresh_course
from telemetry.services.site_days import refresh_all_site_days
from telemetry.views.reports import pages, report
from tests.factories import CommentFactory, CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.telemetry.screens import assert_csv_says_the_same, csv_lines, tables

pytestmark = pytest.mark.django_db
# The sessions of the browsers are good for the real day; everything else is said here.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
TODAY = NOON.date()
ASKED = {"progress": "?course=weaving", "lessons": "?at_least=1"}
PAGES = {name: f"/reports/{name}/{ASKED.get(name, '')}" for name in pages.PAGES}


@pytest.fixture(autouse=True)
def _at_noon(db):
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def site(course, author):
    """Two courses, five enrollments of which one was left, time on three days: the first of them 40 days ago."""
    other = CourseFactory(title="Dyeing", slug="dyeing", instructor=author, lessons=2)
    days = [TODAY - 40 * DAY, TODAY - 20 * DAY, TODAY - 2 * DAY, TODAY]
    for number, (where, done) in enumerate([(course, 3), (course, 1), (course, 0), (other, 1), (other, 2)]):
        person = UserFactory(username=f"learner_{number}")
        enrollment = EnrollmentFactory(user=person, course=where, done=done)
        at = NOON - (TODAY - days[number % 4])
        changed = {"enrolled_at": at} | ({"completed_at": at} if enrollment.completed_at else {})
        Enrollment.objects.filter(pk=enrollment.pk).update(**changed)
        LessonProgress.objects.filter(enrollment=enrollment, completed_at__isnull=False).update(completed_at=at)
        User.objects.filter(pk=person.pk).update(created_at=at)
        for lesson in lesson_ids(where)[:done]:
            TimeSpent.objects.create(
                user=person, course=where, lesson_id=lesson, day=at.date(), seconds_spent=100 + number, events=4
            )
    unenroll(learner=User.objects.get(username="learner_2"), course=course)
    Enrollment.objects.filter(status="cancelled").update(cancelled_at=NOON)
    Comment.objects.filter(pk=CommentFactory(course=course, user=author).pk).update(created_at=NOON)
    User.objects.exclude(username__startswith="learner_").update(created_at=NOON)
    refresh()
    return course


def refresh():
    for course_id in Course.objects.values_list("pk", flat=True):
        refresh_course(course_id)
    refresh_all_site_days()


def row(table, name):
    return next(row for row in table["rows"] if row[0] == name)


def test_enrollments_per_course_do_not_count_who_left(as_admin, site):
    table = tables(as_admin.get("/reports/enrollments/"))["enrollments"]
    assert table["heads"][:4] == ["Course", "Category", "Enrollments", "Of them completed"]
    counted = {course.title: course.enrollments.exclude(status="cancelled").count() for course in Course.objects.all()}
    assert {line[0]: int(line[2]) for line in table["rows"]} == counted == {"Weaving for everyone": 2, "Dyeing": 2}
    assert row(table, "Dyeing")[3] == "1"


def test_progress_of_each_learner_is_the_mean_over_the_lessons_of_today(as_admin, site):
    lines = tables(as_admin.get("/reports/progress/?course=weaving"))["progress"]["rows"]
    lessons = lesson_ids(site)
    by_hand = {}
    for enrollment in site.enrollments.exclude(status="cancelled"):
        done = dict(enrollment.lesson_progress.values_list("lesson_id", "progress_percent"))
        mean = Decimal(sum(done.get(lesson, 0) for lesson in lessons)) / len(lessons)
        by_hand[enrollment.user.username] = str(mean.quantize(Decimal("0.01"), ROUND_DOWN))
    assert {line[-1]: line[1] for line in lines} == by_hand == {"learner_0": "100.00", "learner_1": "33.33"}


def test_progress_follows_the_outline_of_today(as_admin, site, author):
    placement = site.placements.order_by("-position").first()
    set_placement(actor=author, placement=placement, is_preview=False, is_published=False)
    lines = tables(as_admin.get("/reports/progress/?course=weaving"))["progress"]["rows"]
    assert {line[-1]: line[1] for line in lines} == {"learner_0": "100.00", "learner_1": "50.00"}


def test_learners_are_paged_in_order_however_many_are_equal(as_admin, site, monkeypatch):
    for number in range(7):
        EnrollmentFactory(user=UserFactory(username=f"late_{number}"), course=site, done=number % 2)
    monkeypatch.setattr(report, "PAGE", 2)
    monkeypatch.setattr(report, "BATCH", 3)
    for sort in ("-progress", "progress"):
        url, seen = f"/reports/progress/?course=weaving&sort={sort}", []
        while url:
            page = as_admin.get(url)
            seen += [(line[-1], Decimal(line[1])) for line in tables(page)["progress"]["rows"]]
            next_url = page.context["next_url"]
            url = f"/reports/progress/{next_url}" if next_url else ""
        assert len(seen) == len(set(seen)) == 9
        assert [value for _name, value in seen] == sorted((value for _, value in seen), reverse=sort == "-progress")
        lines = csv_lines(as_admin.get(f"/reports/progress.csv?course=weaving&sort={sort}"))[1:]
        assert [line[-1] for line in lines] == [name for name, _value in seen]


def test_without_a_course_the_page_offers_those_there_are(as_admin, site):
    page = as_admin.get("/reports/progress/").text
    assert '<a href="?course=weaving"' in page and "Dyeing" in page
    found = as_admin.get("/reports/progress/?q=dye").text
    assert "Dyeing" in found and "?course=weaving" not in found
    assert "Nothing matches" in as_admin.get("/reports/progress/?q=pottery").text


@pytest.mark.parametrize("url", ["/reports/progress/?course=no-such", "/reports/progress.csv"])
def test_progress_in_no_course_does_not_exist(as_admin, site, url):
    assert as_admin.get(url).status_code == 404


def test_lessons_come_with_the_lowest_mean_over_all_learners_first(as_admin, site):
    table = tables(as_admin.get("/reports/lessons/?at_least=1"))["lessons"]
    by_hand = []
    for course in Course.objects.all():
        learners = list(course.enrollments.exclude(status="cancelled"))
        for number, lesson in enumerate(lesson_ids(course), start=1):
            percents = LessonProgress.objects.filter(enrollment__in=learners, lesson_id=lesson)
            total = sum(percents.values_list("progress_percent", flat=True))
            mean = (Decimal(total) / len(learners)).quantize(Decimal("0.01"), ROUND_DOWN)
            by_hand.append([f"Lesson {number}", course.title, str(mean), str(len(learners))])
    assert sorted(line[:4] for line in table["rows"]) == sorted(by_hand)
    means = [Decimal(line[2]) for line in table["rows"]]
    assert means == sorted(means) and means[0] == 50


def test_lessons_of_small_courses_and_hidden_ones_are_left_out(as_admin, site, author):
    usual = as_admin.get("/reports/lessons/")
    assert 'name="at_least" value="1"' in usual.text and len(tables(usual)["lessons"]["rows"]) == 5
    assert tables(as_admin.get("/reports/lessons/?at_least=3"))["lessons"]["rows"] == []
    placement = site.placements.order_by("position").first()
    set_placement(actor=author, placement=placement, is_preview=False, is_published=False)
    assert "Lesson 1" not in [
        line[0] for line in tables(as_admin.get("/reports/lessons/?at_least=1"))["lessons"]["rows"] if "Weav" in line[1]
    ]


def test_without_mongodb_lessons_are_named_by_their_place(as_admin, site, mongodb_is_away):
    with mongodb_is_away():
        lines = tables(as_admin.get("/reports/lessons/?at_least=1"))["lessons"]["rows"]
    assert len(lines) == 5 and {line[0] for line in lines} == {"Lesson 1", "Lesson 2", "Lesson 3"}


def test_growth_is_that_of_the_days_asked_for_beside_those_before(as_admin, site):
    table = tables(as_admin.get("/reports/"))["growth"]
    counted, by_hand = {line[0]: line[1:3] for line in table["rows"]}, {}
    for name, moments in {
        "Sign-ups": User.objects.values_list("created_at", flat=True),
        "Enrollments": Enrollment.objects.values_list("enrolled_at", flat=True),
        "Courses completed": Enrollment.objects.filter(completed_at__isnull=False).values_list(
            "completed_at", flat=True
        ),
        "Lessons completed": LessonProgress.objects.filter(completed_at__isnull=False).values_list(
            "completed_at", flat=True
        ),
    }.items():
        ages = [(TODAY - moment.date()).days for moment in moments]
        by_hand[name] = [str(sum(0 <= age < 30 for age in ages)), str(sum(30 <= age < 60 for age in ages))]
    assert {name: counted[name] for name in by_hand} == by_hand
    assert by_hand["Enrollments"] == ["3", "2"]
    assert counted["Cancellations"] == ["1", "0"] and counted["Comments"] == ["1", "0"]
    assert counted["Active learners"] == ["2", "2"]


def test_growth_is_said_in_percent_of_what_was_before(as_admin, site):
    changes = {line[0]: line[3] for line in tables(as_admin.get("/reports/"))["growth"]["rows"]}
    assert changes["Enrollments"] == "50" and changes["Comments"] == ""


def test_totals_are_those_of_the_whole_site(as_admin, site):
    totals = as_admin.get("/reports/").context["totals"]
    assert (totals.courses, totals.enrollments, totals.completions) == (2, 4, 2)
    assert totals.people == User.objects.exclude(username="chief").count() + 1
    assert totals.seconds_spent == sum(TimeSpent.objects.values_list("seconds_spent", flat=True))


def test_courses_say_what_they_had_in_these_days(as_admin, site):
    table = tables(as_admin.get(f"/reports/courses/?from={TODAY - 20 * DAY}&to={TODAY}"))["courses"]
    seconds, new = defaultdict(int), defaultdict(int)
    for spent in TimeSpent.objects.filter(day__gte=TODAY - 20 * DAY).select_related("course"):
        seconds[spent.course.title] += spent.seconds_spent
    for enrollment in Enrollment.objects.filter(enrolled_at__gte=NOON - timedelta(days=21)).select_related("course"):
        new[enrollment.course.title] += 1
    assert {line[0]: int(line[5]) for line in table["rows"]} == {
        each: seconds[each] for each in ("Dyeing", "Weaving for everyone")
    }
    assert {line[0]: int(line[2]) for line in table["rows"]} == dict(new)


def test_a_category_sums_its_courses(as_admin, site):
    table = tables(as_admin.get("/reports/categories/"))["categories"]
    line = row(table, site.category.name)
    assert line[1:4] == ["1", "2", "0"] and line[5] == "2"
    assert Decimal(line[6]) == Decimal("66.66")


def test_the_most_active_come_first(as_admin, site):
    lines = tables(as_admin.get("/reports/learners/?days=90"))["learners"]["rows"]
    spent = defaultdict(int)
    for each in TimeSpent.objects.select_related("user"):
        spent[each.user.username] += each.seconds_spent
    assert [(line[1], int(line[2])) for line in lines] == sorted(spent.items(), key=lambda pair: -pair[1])


def test_days_come_with_the_last_first(as_admin, site):
    lines = tables(as_admin.get("/reports/activity/?days=7"))["activity"]["rows"]
    assert [line[0] for line in lines] == [str(TODAY - number * DAY) for number in range(7)]
    assert lines[2][2] == "1"


def test_csv_says_what_the_screen_says(as_admin, site):
    for name, url in PAGES.items():
        assert assert_csv_says_the_same(as_admin, url, name), name


def test_csv_of_growth_says_what_the_screen_says(as_admin, site):
    assert_csv_says_the_same(as_admin, "/reports/?days=90", "growth")


def test_csv_goes_on_over_all_pages(as_admin, site, monkeypatch):
    names = ("enrollments", "courses", "lessons", "activity")
    urls = {name: f"/reports/{name}/?at_least=1&days=7" for name in names}
    whole = {name: tables(as_admin.get(url))[name]["rows"] for name, url in urls.items()}
    monkeypatch.setattr(report, "PAGE", 1)
    monkeypatch.setattr(report, "BATCH", 1)
    for name, url in urls.items():
        assert_csv_says_the_same(as_admin, url, name, also=len(whole[name]) - 1)
        first = as_admin.get(url)
        second = as_admin.get(f"/reports/{name}/{first.context['next_url']}")
        assert tables(first)[name]["rows"] + tables(second)[name]["rows"] == whole[name][:2], name


def test_taking_a_report_away_is_audited(as_admin, admin, course):
    for name in ("growth", *pages.PAGES):
        as_admin.get(f"/reports/{name}.csv{ASKED.get(name, '?days=7')}")
    entries = AuditLog.objects.filter(user_id=admin.pk, action=AuditAction.DATA_EXPORTED).order_by("id")
    assert [entry.details["report"] for entry in entries] == ["growth", *pages.PAGES]
    assert entries[0].details["filter"] == {"days": "7"}
    assert [(entry.resource_type, entry.resource_id) for entry in entries if entry.details["report"] == "progress"] == [
        ("course", str(course.pk))
    ]


def test_sorting_turns_around(as_admin, site):
    upward = tables(as_admin.get("/reports/enrollments/?sort=progress"))["enrollments"]["rows"]
    downward = tables(as_admin.get("/reports/enrollments/?sort=-progress"))["enrollments"]["rows"]
    assert upward == downward[::-1] and Decimal(upward[0][4]) <= Decimal(upward[-1][4])


def test_for_nobody_but_administrators_are_there_reports(course, as_author, as_learner, visitor):
    for url in ("/reports/", "/reports/growth.csv", *PAGES.values(), "/reports/progress.csv?course=weaving"):
        assert as_author.get(url).status_code == 404, url
        assert as_learner.get(url).status_code == 404, url
        assert visitor.get(url).url.startswith("/accounts/login/"), url


@pytest.mark.parametrize(
    "query", ["from=2026-03-09&to=2026-03-01", "days=8", "from=x", "sort=price", "after=0", "course=a b", "at_least=0"]
)
def test_what_cannot_be_asked_for_comes_back(as_admin, query):
    for name in ("courses", "progress", "lessons"):
        page = as_admin.get(f"/reports/{name}/?{query}")
        assert page.status_code == 422
        assert as_admin.get(f"/reports/{name}.csv?{query}").status_code == 422


def test_a_range_that_cannot_be_says_so_at_its_field(as_admin):
    page = as_admin.get("/reports/?from=2026-03-09&to=2026-03-01")
    assert page.status_code == 422
    assert "Choose a first day that isn&#x27;t after the last." in page.text


def test_names_that_are_formulas_or_markup_do_no_harm(as_admin, site):
    User.objects.filter(username="learner_0").update(first_name="=HYPERLINK(1)", last_name="<script>alert(1)</script>")
    Course.objects.filter(slug="dyeing").update(title="@SUM(1)<b>")
    assert "<script>alert(1)" not in as_admin.get(PAGES["progress"]).text
    assert "'=HYPERLINK(1)" in as_admin.get("/reports/progress.csv?course=weaving").getvalue().decode()
    assert "@SUM(1)&lt;b&gt;" in as_admin.get("/reports/courses/").text
    assert "'@SUM(1)<b>" in as_admin.get("/reports/courses.csv").getvalue().decode()


def test_before_the_worker_counted_the_pages_say_so(as_admin):
    assert "Nothing is counted yet" in as_admin.get("/reports/").text
    assert "There is no course yet." in as_admin.get("/reports/enrollments/").text
    assert "Nobody learned in these days." in as_admin.get("/reports/learners/").text


def test_in_auckland_days_are_those_of_auckland(as_admin, settings, course):
    settings.TIME_ZONE = "Pacific/Auckland"  # where it is midnight, or one in the morning, of tomorrow
    midnight = NOON.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(hour=0)
    for moment in (midnight, midnight - timedelta(seconds=1), midnight - timedelta(seconds=2)):
        enrollment = EnrollmentFactory(course=course)
        Enrollment.objects.filter(pk=enrollment.pk).update(enrolled_at=moment)
    refresh()
    lines = tables(as_admin.get("/reports/activity/?days=7"))["activity"]["rows"]
    assert [(line[0], line[2]) for line in lines][:2] == [(str(TODAY + DAY), "1"), (str(TODAY), "2")]


def test_a_lesson_keeps_its_figures_until_the_worker_looks_again(as_admin, site):
    LessonFigures.objects.update(mean_progress=Decimal("12.34"))
    assert {line[2] for line in tables(as_admin.get("/reports/lessons/?at_least=1"))["lessons"]["rows"]} == {"12.34"}
