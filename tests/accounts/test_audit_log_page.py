"""The audit log as administrators read it."""

import csv
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from accounts.admin import audit_log
from accounts.audit_words import lines_of
from accounts.models import AuditAction, AuditLog
from accounts.services.audit import record
from accounts.services.people import block, set_role
from tests.factories import CourseFactory, UserFactory

LOG, CSV = "/admin/accounts/auditlog/", "/admin/accounts/auditlog/audit-log.csv"

pytestmark = pytest.mark.django_db


class Rows(HTMLParser):
    """The cells of the table's body, several lines of one as in the file; a time as its exact moment."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.cell = [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.cell, self.exact = [], ""
        elif tag == "time":
            self.exact = dict(attributes)["datetime"]

    def handle_data(self, data):
        if self.cell is not None and data.strip():
            self.cell.append(data.strip())

    def handle_endtag(self, tag):
        if tag in {"td", "th"}:
            self.rows[-1].append(self.exact or "; ".join(self.cell))
            self.cell = None


def shown(response):
    assert response.status_code == 200
    return Rows(response.text.partition("<tbody>")[2].partition("</tbody>")[0]).rows


def downloaded(response):
    assert response.status_code == 200
    return list(csv.reader(response.getvalue().decode().splitlines()))


def whats(response):
    return [row[3].split(" ")[1] for row in shown(response)]


@pytest.fixture
def log(admin, stranger, author):
    """Rows of three people, and one that nobody is known to have done."""
    block(actor=admin, person=stranger, reason="Rude.")
    record(actor=author, action=AuditAction.COURSE_CREATED, resource=("course", 990077))
    record(
        actor=author,
        action=AuditAction.COURSE_CHANGED,
        resource=("course", 990077),
        details={"old": {"price": "0.00"}, "new": {"price": "9.00"}},
    )
    record(actor=stranger, action=AuditAction.ENROLLED, resource=("course", 990078))
    record(actor=None, action=AuditAction.SIGN_IN_FAILED, resource=("address", "8f14e45fceea167a"))


def test_the_latest_stands_first_with_what_was_changed_from_what_to_what(as_admin, log):
    rows = shown(as_admin.get(LOG))
    found = next(row for row in rows if row[2] == "Changed a course")
    assert found[1] == "author" and found[3] == "course 990077" and found[4] == "price: 0.00 → 9.00"
    moments = [row[0] for row in rows]
    assert moments == sorted(moments, reverse=True)
    assert [row[2] for row in rows].index("Enrolled") < [row[2] for row in rows].index("Blocked a person")


@pytest.mark.parametrize("given", ["author", "AUTHOR", "@author", "author@example.org"])
def test_rows_are_found_by_who_did_it(as_admin, log, given):
    rows = shown(as_admin.get(LOG, {"person": given}))
    assert len(rows) == 2 and {row[1] for row in rows} == {"author"}


def test_rows_of_an_account_that_is_gone_are_found_by_its_number(as_admin, log):
    gone = UserFactory(username="gone")
    record(actor=gone, action=AuditAction.ENROLLED, resource=("course", 5))
    number = gone.pk
    gone.emailaddress_set.all().delete()
    gone.delete()
    [row] = shown(as_admin.get(LOG, {"person": number}))
    assert row[1] == f"account {number}"


def test_rows_are_found_by_action_kind_id_and_day(as_admin, log):
    assert whats(as_admin.get(LOG, {"action": "enrolled"})) == ["990078"]
    assert set(whats(as_admin.get(LOG, {"kind": "course"}))) == {"990077", "990078"}
    assert whats(as_admin.get(LOG, {"kind": "course", "which": "990077"})) == ["990077", "990077"]
    assert whats(as_admin.get(LOG, {"which": "990078"})) == ["990078"]
    today = datetime.now(UTC).date()
    inside = {"first": today - timedelta(days=1), "last": today + timedelta(days=1), "action": "enrolled"}
    assert whats(as_admin.get(LOG, inside)) == ["990078"]
    assert "No such row" in as_admin.get(LOG, inside | {"last": today - timedelta(days=1)}).text


def test_a_day_ends_at_midnight_of_the_sites_clock(as_admin, settings, admin):
    settings.TIME_ZONE = "Pacific/Auckland"
    record(actor=admin, action=AuditAction.ENROLLED, resource=("course", 1))
    day = AuditLog.objects.get(action="enrolled").created_at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    found = []
    for number in (-1, 0, 1):
        on_that_day = dict.fromkeys(["first", "last"], day + timedelta(days=number))
        found.append(len(as_admin.get(LOG, {"action": "enrolled"} | on_that_day).context["entries"]))
    assert found == [0, 1, 0]


def test_a_search_finds_what_somebody_did_and_what_was_done_to_them(as_admin, log, stranger):
    rows = shown(as_admin.get(LOG, {"q": "stranger"}))
    assert {row[2] for row in rows} == {"Blocked a person", "Enrolled"}
    assert next(row for row in rows if row[2] == "Blocked a person")[3] == f"user {stranger.pk} (@stranger)"
    assert whats(as_admin.get(LOG, {"q": "990078"})) == ["990078"]
    assert {row[1] for row in shown(as_admin.get(LOG, {"q": "Ada Weaver"}))} == {"author"}
    assert "No such row" in as_admin.get(LOG, {"q": "nothing of the kind"}).text


def test_a_name_that_many_have_is_not_enough(as_admin, log):
    UserFactory.create_batch(11, first_name="Noor")
    page = as_admin.get(LOG, {"q": "Noor"})
    assert page.status_code == 422 and "Many people are called that" in page.text


def test_a_course_is_named(as_admin, admin):
    course = CourseFactory(title="Weaving <b>")
    rows = shown(as_admin.get(LOG, {"kind": "course", "which": course.pk}))
    assert rows[0][3] == f"course {course.pk} (“Weaving <b>”)"


def test_a_lesson_is_named_unless_mongodb_is_away(as_admin, course, mongodb_is_away):
    lesson = course.placements.first().lesson_id
    asked = {"kind": "lesson", "which": lesson}
    assert shown(as_admin.get(LOG, asked))[0][3] == f"lesson {lesson} (“Lesson 1”)"
    with mongodb_is_away():
        assert shown(as_admin.get(LOG, asked))[0][3] == f"lesson {lesson}"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"person": "nobody_here"}, "Nobody has this username or address."),
        ({"person": "9" * 30}, "Nobody has this username or address."),
        ({"action": "sneezed"}, "Select a valid choice"),
        ({"kind": "planet"}, "Select a valid choice"),
        ({"first": "2026-03-02", "last": "2026-03-01"}, "Choose a last day"),
        ({"first": "0001-01-01"}, "from the year 2000 on"),
        ({"last": "9999-12-31"}, "from the year 2000 on"),
        ({"first": "soon"}, "Enter a valid date"),
    ],
)
def test_what_cannot_be_comes_back_with_a_sentence(as_admin, log, query, words):
    page = as_admin.get(LOG, query)
    assert page.status_code == 422 and words in page.text
    assert as_admin.get(CSV, query).status_code == 422


@pytest.mark.parametrize("query", [{}, {"person": "author"}, {"q": "stranger"}, {"kind": "course"}])
def test_the_file_says_what_the_pages_say(as_admin, log, monkeypatch, query):
    monkeypatch.setattr(audit_log, "PAGE", 2)
    monkeypatch.setattr(audit_log, "BATCH", 2)
    pages, after = [], ""
    while after is not None:
        response = as_admin.get(LOG, query | ({"after": after} if after else {}))
        pages += shown(response)
        after = response.context["next_after"]
    head, *rows = downloaded(as_admin.get(CSV, query))
    assert head == ["When", "Who", "What they did", "To what", "Details", "Address", "Browser"]
    assert [row[1:] for row in rows] == [row[1:] for row in pages]
    assert [datetime.fromisoformat(row[0]) for row in rows] == [
        datetime.fromisoformat(row[0]).replace(microsecond=0) for row in pages
    ]


def test_taking_the_log_away_is_in_the_log_without_anybodys_address(as_admin, log, admin, author):
    as_admin.get(CSV, {"person": "author@example.org", "q": "Ada Weaver"})
    entry = AuditLog.objects.get(action=AuditAction.DATA_EXPORTED)
    assert (entry.user_id, entry.resource_type) == (admin.pk, "audit_log")
    assert entry.details == {"filter": {"person": author.pk, "searched": True}}


def test_words_that_are_formulas_or_markup_do_no_harm(as_admin, admin, author):
    set_role(actor=admin, person=author, role="learner")
    record(
        actor=admin,
        action=AuditAction.BLOCK,
        resource=("user", "=1+1"),
        details={"new": {"reason": "<script>alert(1)</script>"}},
    )
    record(actor=admin, action=AuditAction.IMPORT_DONE, resource=("course", "x"), details={"new": "=HYPERLINK(1)"})
    page = as_admin.get(LOG)
    assert "<script>alert(1)" not in page.text
    assert "learner" in page.text and "instructor → learner" in page.text
    assert "'=HYPERLINK(1)" in as_admin.get(CSV).getvalue().decode()


def test_the_log_is_only_read_and_only_by_administrators(as_admin, log, as_author, as_stranger, visitor, sign_in):
    entry = AuditLog.objects.first()
    assert as_admin.post(LOG).status_code == as_admin.post(CSV).status_code == 405
    for url in (f"{LOG}add/", f"{LOG}{entry.pk}/change/", f"{LOG}{entry.pk}/delete/"):
        assert as_admin.get(url).status_code == 404
    for url in (LOG, CSV):
        assert as_author.get(url).status_code == 404
        assert visitor.get(url).status_code == 302


@pytest.mark.parametrize(
    ("details", "lines"),
    [
        ({}, []),
        ({"old": "learner", "new": "admin"}, ["learner → admin"]),
        ({"new": {"reason": "Rude."}}, ["reason: Rude."]),
        ({"old": {"section": "Loops"}}, ["section: Loops → –"]),
        (
            {"old": {"is_published": False, "title": "A"}, "new": {"is_published": True, "title": "B"}},
            ["is published: no → yes", "title: A → B"],
        ),
        ({"old": None, "new": {"category_id": 3}}, ["category: 3"]),
        ({"learner": 7}, ["learner: 7"]),
        ({"filter": {"days": "30"}, "report": "courses"}, ["filter: days: 30", "report: courses"]),
        ({"new": {"tags": ["a", 1, None]}}, ["tags: a, 1, –"]),
        ({"new": {"description": "x" * 500}}, [f"description: {'x' * 199}…"]),
        ([1, 2], ["1, 2"]),
    ],
)
def test_details_read_as_a_person_reads_them(details, lines):
    assert lines_of(details) == lines


def test_twice_the_rows_cost_no_query_more(as_admin, django_assert_max_num_queries):
    for number in range(60):
        record(actor=UserFactory() if number < 6 else None, action=AuditAction.ENROLLED, resource=("course", number))
    for query, most in (({}, 7), ({"q": "chief"}, 9), ({"person": "chief", "kind": "course"}, 8)):
        with django_assert_max_num_queries(most):
            as_admin.get(LOG, query)


def test_a_row_of_the_same_moment_is_neither_lost_nor_shown_twice(as_admin, admin, monkeypatch):
    for number in range(7):
        record(actor=admin, action=AuditAction.ENROLLED, resource=("course", number))
    monkeypatch.setattr(audit_log, "PAGE", 3)
    seen, after = [], ""
    while after is not None:
        response = as_admin.get(LOG, {"action": "enrolled"} | ({"after": after} if after else {}))
        seen += whats(response)
        after = response.context["next_after"]
    assert seen == [str(number) for number in reversed(range(7))]
