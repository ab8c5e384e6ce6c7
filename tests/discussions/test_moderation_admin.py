"""The staff's list of what was reported, and the page of one thing."""

import re
from uuid import uuid4

import pytest

from accounts.services.people import block
from discussions.admin import report as queue
from discussions.models import Comment, DirectMessage, Report
from discussions.services.comments import delete_comment
from discussions.services.messages import send
from discussions.services.reports import dismiss, report
from tests.factories import CommentFactory, CourseFactory, EnrollmentFactory, PostCommentFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/discussions/report/"


def text(response):
    return response.content.decode()


def things(response):
    """What the list shows, in its order: the addresses of the cases."""
    return re.findall(r'class="lf-reports-words" href="([^"]+)"', text(response))


@pytest.fixture
def classmate(course):
    return EnrollmentFactory(course=course, user__username="classmate", user__first_name="Kim").user


@pytest.fixture
def comment(course, classmate):
    return CommentFactory(course=course, user=classmate, content="Buy my **wool**!")


@pytest.fixture
def reported(comment, learner):
    report(reporter=learner, target=comment, reason="spam", words="This is <b>advertising</b>.")
    return comment


def case(thing, kind="comment", act=""):
    return f"{LIST}{kind}/{thing.pk}/{act}"


# --- The list -------------------------------------------------------------------------------------


def test_a_thing_stands_once_with_number_and_reasons(as_author, admin, reported):
    report(reporter=admin, target=reported, reason="abuse", words="")
    page = as_author.get(LIST)
    assert things(page) == [case(reported)]
    for words in (
        "Buy my wool!",
        "Kim",
        "Weaving for everyone",
        "2 reports",
        "Insult, harassment or threat · Spam",
    ):
        assert words in text(page)


def test_the_list_is_one_of_the_areas_of_the_staff(as_author, as_admin):
    for client in (as_author, as_admin):
        assert f'<a href="{LIST}" aria-current="true">Reported</a>' in text(client.get(LIST))


def test_instructors_find_comments_in_their_courses(as_author, as_admin, admin, author, learner, reported):
    elsewhere = CommentFactory(course=CourseFactory())
    own = CommentFactory(course=reported.course, user=author)
    for thing in (elsewhere, own, learner):
        report(reporter=UserFactory() if thing is learner else admin, target=thing, reason="spam", words="")
    own_report = Report.objects.filter(comment=own)
    assert own_report.exists() and things(as_author.get(LIST)) == [case(reported)]
    assert len(things(as_admin.get(LIST))) == 4
    assert as_author.get(case(own)).status_code == as_author.get(case(elsewhere)).status_code == 404


def test_decided_reports_are_found_by_their_state(as_author, author, reported):
    dismiss(actor=author, target=reported)
    assert things(as_author.get(LIST)) == [] and "Nothing is waiting" in text(as_author.get(LIST))
    assert things(as_author.get(f"{LIST}?state=dismissed")) == [case(reported)]
    assert things(as_author.get(f"{LIST}?state=upheld")) == []


def test_the_list_is_narrowed_by_kind_and_course(as_admin, admin, learner, reported):
    elsewhere = CommentFactory(course=CourseFactory(), user=UserFactory(role="admin"))
    report(reporter=admin, target=elsewhere, reason="spam", words="")
    report(reporter=admin, target=learner, reason="spam", words="")
    assert things(as_admin.get(f"{LIST}?kind=person")) == [case(learner, "person")]
    assert things(as_admin.get(f"{LIST}?course={reported.course_id}")) == [case(reported)]
    assert len(things(as_admin.get(f"{LIST}?state=nonsense&kind=x&course=-1&after=y"))) == 3


def test_the_list_has_pages(as_admin, admin, course, monkeypatch):
    monkeypatch.setattr(queue, "PAGE", 2)
    author = UserFactory(role="admin")
    made = [CommentFactory(course=course, user=author) for _ in range(5)]
    for comment in made:
        report(reporter=admin, target=comment, reason="spam", words="")
    found, query = [], "?state=open"
    while query:
        page = as_admin.get(LIST + query)
        found += things(page)
        more = re.search(r'href="(\?[^"]+)" rel="next"', text(page))
        query = more[1].replace("&amp;", "&") if more else ""
    assert found == [case(comment) for comment in reversed(made)]


def test_every_kind_of_thing_is_listed_and_has_its_page(as_admin, author, learner, stranger):
    remark = PostCommentFactory()
    send(sender=author, receiver=learner, content="Hello, you.", key=uuid4())
    message = DirectMessage.objects.get()
    told = [(remark, "post-comment"), (remark.post, "post"), (message, "message"), (stranger, "person")]
    for thing, _kind in told:
        report(reporter=learner, target=thing, reason="harm", words="")
    assert things(as_admin.get(LIST)) == [case(thing, kind) for thing, kind in reversed(told)]
    for thing, kind in told:
        assert as_admin.get(case(thing, kind)).status_code == 200
    assert "Hello, you." in text(as_admin.get(case(message, "message")))


# --- One thing ------------------------------------------------------------------------------------


def test_the_case_shows_words_context_and_reports(as_author, comment, learner):
    answer = CommentFactory(parent=comment, content="No, mine!")
    report(reporter=learner, target=answer, reason="spam", words="This is <b>advertising</b>.")
    page = text(as_author.get(case(answer)))
    for words in ("No, mine!", "Buy my <strong>wool</strong>!", "This is &lt;b&gt;advertising&lt;/b&gt;.", "Lee Park"):
        assert words in page


def test_what_is_hidden_there_can_be_brought_back_there(as_author, reported):
    response = as_author.post(case(reported), {"reason": "Advertising"}, follow=True)
    assert response.redirect_chain == [(case(reported), 302)]
    assert "It is hidden" in text(response) and "Show it again" in text(response)
    assert Comment.objects.get().is_hidden and Report.objects.get().state == Report.State.UPHELD
    assert as_author.post(case(reported, act="show/")).url == case(reported)
    assert not Comment.objects.get().is_hidden


def test_hiding_needs_a_reason(as_author, reported):
    response = as_author.post(case(reported), {"reason": " "})
    assert response.status_code == 422 and "Say why: its author reads it." in text(response)


def test_what_is_fine_is_dismissed(as_author, reported):
    response = as_author.post(case(reported, act="dismiss/"), follow=True)
    assert response.redirect_chain == [(LIST, 302)] and "The reports are dismissed" in text(response)
    assert Report.objects.get().state == Report.State.DISMISSED and not Comment.objects.get().is_hidden


def test_of_a_person_it_is_said_that_something_was_done(as_admin, admin, learner, stranger):
    report(reporter=stranger, target=learner, reason="abuse", words="")
    page = text(as_admin.get(case(learner, "person")))
    assert f"/admin/accounts/user/{learner.pk}/change/" in page and "Hide it" not in page
    as_admin.post(case(learner, "person", "uphold/"))
    assert Report.objects.get().state == Report.State.UPHELD
    assert as_admin.post(case(learner, "person"), {"reason": "x"}).status_code == 404
    assert as_admin.post(case(learner, "person", "show/")).status_code == 404


def test_only_admins_are_led_to_blocking_people(as_author, as_admin, reported, classmate):
    assert "/admin/accounts/user/" not in text(as_author.get(case(reported)))
    assert f"/admin/accounts/user/{classmate.pk}/change/" in text(as_admin.get(case(reported)))


def test_words_that_their_author_deleted_are_settled(as_author, classmate, reported):
    delete_comment(author=classmate, comment_id=reported.pk)
    page = text(as_author.get(case(reported)))
    assert "Its author has deleted the words." in page and "Hide it" not in page
    assert "Its author has deleted the words." in text(as_author.get(LIST))
    as_author.post(case(reported, act="uphold/"))
    assert not Report.objects.open().exists()


def test_people_whom_admins_blocked_are_marked(as_author, admin, classmate, reported):
    block(actor=admin, person=classmate, reason="Spam")
    assert '<span class="badge">blocked</span>' in text(as_author.get(case(reported)))


def test_what_nobody_reported_has_no_page(as_admin, comment):
    assert as_admin.get(case(comment)).status_code == 404
    for act in ("dismiss/", "uphold/", "show/"):
        assert as_admin.post(case(comment, act=act)).status_code == 404
