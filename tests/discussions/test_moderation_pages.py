"""The pages that report, hide and bring back."""

from uuid import uuid4

import pytest

from discussions.limits import REPORTS
from discussions.models import Comment, Post, Report
from discussions.services import reports
from discussions.services.messages import send
from discussions.services.moderation import hide
from tests.factories import CommentFactory, EnrollmentFactory, PostCommentFactory, PostFactory

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


@pytest.fixture
def classmate(course):
    return EnrollmentFactory(course=course, user__username="classmate", user__first_name="Kim").user


@pytest.fixture
def comment(course, classmate):
    return CommentFactory(course=course, user=classmate, content="Buy my **wool**!")


def url(comment, act="report"):
    return f"/{act}/comment/{comment.pk}/"


# --- Reporting ------------------------------------------------------------------------------------


def test_the_page_shows_what_is_reported_and_the_reasons(as_learner, comment):
    page = text(as_learner.get(url(comment)))
    assert "Buy my <strong>wool</strong>!" in page and "Kim" in page
    assert all(str(label).replace("'", "&#x27;") in page for label in Report.Reason.labels)


def test_a_report_is_sent_and_one_is_back_where_one_was(as_learner, comment):
    response = as_learner.post(url(comment), {"reason": "spam", "words": " Advertising. "}, follow=True)
    assert response.redirect_chain == [(f"/comments/{comment.pk}/", 302)]
    assert "The staff will look at it" in text(response)
    told = Report.objects.get()
    assert (told.reporter.username, told.comment, told.reason, told.words) == (
        "learner",
        comment,
        "spam",
        "Advertising.",
    )


def test_reporting_again_says_so(as_learner, comment):
    for _ in range(2):
        response = as_learner.post(url(comment), {"reason": "spam"}, follow=True)
    assert "You have reported this already" in text(response)
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    "fields", [{}, {"reason": "boring"}, {"reason": "other"}, {"reason": "spam", "words": "x" * 1001}]
)
def test_a_report_without_a_reason_comes_back_with_its_words(as_learner, comment, fields):
    response = as_learner.post(url(comment), {"words": "", **fields})
    assert response.status_code == 422 and not Report.objects.exists()
    assert fields.get("words", "") in text(response)


def test_too_many_reports_come_back_with_their_words(as_learner, comment, monkeypatch):
    monkeypatch.setattr("discussions.views.moderation.REPORTS", type(REPORTS)("reports", 1, REPORTS.window))
    as_learner.post(url(comment), {"reason": "spam"})
    response = as_learner.post(url(comment), {"reason": "abuse", "words": "Again!"})
    assert response.status_code == 429 and int(response["Retry-After"]) > 0 and "Again!" in text(response)


def test_what_goes_away_while_one_writes_is_not_there(as_learner, comment, monkeypatch):
    def gone(**arguments):
        Comment.objects.all().delete()
        return really(**arguments)

    really = reports.report
    monkeypatch.setattr(reports, "report", gone)
    assert as_learner.post(url(comment), {"reason": "spam"}).status_code == 404


def test_posts_comments_on_them_and_people_are_reported_from_their_pages(as_learner, author):
    remark = PostCommentFactory(post=PostFactory(user=author), user=author)
    for address, back in [
        (f"/report/post/{remark.post_id}/", f"/posts/{remark.post_id}/"),
        (f"/report/post-comment/{remark.pk}/", remark.get_absolute_url()),
        (f"/report/person/{author.pk}/", "/people/author/"),
    ]:
        assert as_learner.get(address).status_code == 200
        assert as_learner.post(address, {"reason": "harm"}).url == back
    assert Report.objects.count() == 3


def test_a_message_is_reported_by_who_got_it(as_learner, as_author, author, learner):
    message_id = send(sender=author, receiver=learner, content="Do **this**.", key=uuid4())
    address = f"/report/message/{message_id}/"
    assert "Do <strong>this</strong>." in text(as_learner.get(address))
    assert as_learner.post(address, {"reason": "abuse"}).url == "/messages/author/"
    assert as_author.get(address).status_code == 404


def test_a_visitor_signs_in_first(visitor, comment):
    assert visitor.get(url(comment)).url.startswith("/accounts/login/?next=/report/comment/")


@pytest.mark.parametrize(
    "address", ["/report/course/1/", "/report/post_comment/1/", "/hide/person/1/", "/hide/message/1/"]
)
def test_other_kinds_of_things_have_no_such_page(as_admin, address):
    assert as_admin.get(address).status_code == 404


# --- Hiding ---------------------------------------------------------------------------------------


def test_the_page_shows_what_will_be_hidden_and_asks_why(as_author, comment):
    page = text(as_author.get(url(comment, "hide")))
    assert "Buy my <strong>wool</strong>!" in page and "Its author still sees it" in page


def test_what_staff_hide_goes_with_a_reason(as_author, as_learner, author, comment):
    response = as_author.post(url(comment, "hide"), {"reason": "Advertising"}, follow=True)
    assert "It is hidden, and its author is told why." in text(response)
    hidden = Comment.objects.get()
    assert (hidden.hidden_by, hidden.hidden_reason) == (author, "Advertising")
    assert as_learner.get(f"/comments/{comment.pk}/").status_code == 404


def test_its_author_reads_the_reason(sign_in, author, classmate, comment):
    hide(actor=author, thing=comment, reason="Advertising isn't welcome.")
    page = text(sign_in(classmate).get(f"/comments/{comment.pk}/"))
    assert "Advertising isn&#x27;t welcome." in page and "wool" in page


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_hiding_needs_a_reason_of_at_most_500_characters(as_author, comment, reason):
    response = as_author.post(url(comment, "hide"), {"reason": reason})
    assert response.status_code == 422 and reason.strip() in text(response)
    assert not Comment.objects.get().is_hidden


def test_the_page_of_what_is_hidden_offers_to_show_it_again(as_author, author, comment):
    hide(actor=author, thing=comment, reason="Advertising")
    page = text(as_author.get(url(comment, "hide")))
    assert "Advertising" in page and f'action="/unhide/comment/{comment.pk}/"' in page


def test_staff_bring_back_what_they_hid(as_author, as_learner, author, comment):
    hide(actor=author, thing=comment, reason="Advertising")
    response = as_author.post(url(comment, "unhide"))
    assert response.url == f"/comments/{comment.pk}/"
    assert "wool" in text(as_learner.get(response.url))


def test_admins_hide_posts_and_bring_them_back(as_admin, visitor):
    post = PostFactory()
    as_admin.post(f"/hide/post/{post.pk}/", {"reason": "Not your picture"})
    assert visitor.get(f"/posts/{post.pk}/").status_code == 404
    as_admin.post(f"/unhide/post/{post.pk}/")
    assert visitor.get(f"/posts/{post.pk}/").status_code == 200
    assert not Post.objects.get().is_hidden
