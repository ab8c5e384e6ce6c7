"""The bell, the list, the settings, and the way out of e-mails."""

import pytest
from django.db import OperationalError
from django.utils.html import escape

from discussions.models import Kind, Notification
from discussions.services.blocks import block
from discussions.services.following import follow
from discussions.services.moderation import hide
from discussions.services.notification_settings import deliveries_of
from discussions.services.notifications import read
from discussions.unsubscribe_tokens import token_for
from learnflow import context
from tests.factories import CommentFactory, EnrollmentFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(course):
    return EnrollmentFactory(course=course, user=UserFactory(first_name="Rosa", last_name="Klein")).user


@pytest.fixture
def answer(course, learner, reader):
    question = CommentFactory(user=learner, course=course, content="How tight is the warp?")
    return CommentFactory(user=reader, parent=question, content="Not **very** <tight>.")


def page_of(client, url="/notifications/"):
    response = client.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def deliveries(**changed):
    return {kind.value: "page" for kind in Kind} | changed


# --- The bell -------------------------------------------------------------------------------------


def test_the_bell_says_how_much_is_unread(as_learner, answer):
    assert "1 unread notification</span>" in page_of(as_learner, "/")


def test_without_anything_unread_the_icons_are_plain(as_learner, learner, answer):
    read(reader=learner)
    page = page_of(as_learner, "/")
    assert "lf-count" not in page and 'class="visually-hidden">Notifications</span>' in page


def test_a_visitor_has_no_bell_and_asks_for_none(visitor, course, django_assert_num_queries):
    assert "/notifications/" not in page_of(visitor, "/")


def test_more_than_99_are_not_counted_on(as_learner, learner, stranger):
    rows = [Notification(user=learner, kind="follower", subject=f"person {n}", actor=stranger) for n in range(100)]
    Notification.objects.bulk_create(rows)
    page = page_of(as_learner, "/")
    assert ">99+</span>" in page and "More than 99 unread notifications" in page


def test_when_nobody_can_count_the_page_comes_without_counts(as_learner, answer, monkeypatch):
    def fail(request):
        raise OperationalError

    monkeypatch.setattr(context, "unread_for", fail)
    page = page_of(as_learner, "/")
    assert "lf-count" not in page and "/notifications/" in page


def test_a_page_that_is_not_there_counts_nothing(as_learner, answer):
    response = as_learner.get("/nowhere/")
    assert response.status_code == 404 and b"lf-count" not in response.content


# --- The list -------------------------------------------------------------------------------------


def test_the_list_says_who_did_what_and_some_of_the_words(as_learner, answer):
    page = page_of(as_learner)
    assert escape("Rosa Klein replied to you in “Weaving for everyone”") in page
    assert "Not very &lt;tight&gt;." in page
    assert "Unread:" in page and "New</span>" in page


def test_what_was_read_is_not_marked(as_learner, learner, answer):
    read(reader=learner)
    page = page_of(as_learner)
    assert "Rosa Klein" in page and "Unread:" not in page and "New</span>" not in page


def test_an_empty_list_helps(as_stranger):
    assert "Nothing yet" in page_of(as_stranger)


def test_the_list_pages_by_key(as_learner, learner, stranger):
    rows = [Notification(user=learner, kind="follower", subject=f"person {n}", actor=stranger) for n in range(65)]
    Notification.objects.bulk_create(rows)
    seen, url = [], "/notifications/"
    for _ in range(3):
        response = as_learner.get(url)
        seen += [row.notification.pk for row in response.context["rows"]]
        url = f"/notifications/{response.context['next_url']}"
    assert response.context["next_url"] is None
    assert len(seen) == 65 == len(set(seen)) and seen == sorted(seen, reverse=True)


def test_the_place_of_somebody_elses_notification_leads_to_nothing(as_stranger, answer):
    response = as_stranger.get(f"/notifications/?after={Notification.objects.get().pk}")
    assert response.status_code == 200 and response.context["rows"] == []


@pytest.mark.parametrize("after", ["x", "-1", "0", "9" * 40])
def test_a_page_of_nonsense_is_the_first_one(as_learner, answer, after):
    response = as_learner.get(f"/notifications/?after={after}")
    assert response.status_code == 422 and b"Rosa Klein" in response.content


@pytest.mark.parametrize("act", [hide, block])
def test_what_may_not_be_seen_now_is_not_listed(as_learner, author, learner, reader, answer, act):
    if act is hide:
        hide(actor=author, thing=answer, reason="Spam")
    else:
        block(actor=learner, person=reader)
    assert "Rosa Klein" not in page_of(as_learner)


def test_the_author_of_what_was_hidden_reads_why(sign_in, author, reader, answer):
    hide(actor=author, thing=answer, reason="Not kind")
    page = page_of(sign_in(reader))
    assert "Your comment was hidden" in page and "Not kind" in page and "Ada Weaver" not in page


def test_what_a_deleted_account_did_is_somebodys(as_learner, reader, answer):
    Notification.objects.update(actor=None)
    assert "Somebody replied to you" in page_of(as_learner)


def test_kinds_of_later_days_have_their_sentence(as_learner, learner, course):
    for kind in ("certificate", "purchase"):
        Notification.objects.create(user=learner, kind=kind, subject=f"course {course.pk}", course=course)
    page = page_of(as_learner)
    assert "Your certificate for “Weaving for everyone” is ready" in page and "You bought “Weaving" in page


# --- Reading --------------------------------------------------------------------------------------


def test_opening_one_reads_it_and_leads_there(as_learner, answer):
    row = Notification.objects.get()
    response = as_learner.post(f"/notifications/{row.pk}/open/")
    assert (response.status_code, response.url) == (302, f"/comments/{answer.pk}/#comment-{answer.pk}")
    row.refresh_from_db()
    assert row.read_at is not None and row.email_due_at is None


def test_nobody_opens_what_others_were_told(as_stranger, answer):
    row = Notification.objects.get()
    assert as_stranger.post(f"/notifications/{row.pk}/open/").status_code == 404
    assert Notification.objects.unread().count() == 1


def test_what_may_not_be_seen_now_can_not_be_opened(as_learner, author, answer):
    row = Notification.objects.get()
    hide(actor=author, thing=answer, reason="Spam")
    assert as_learner.post(f"/notifications/{row.pk}/open/").status_code == 404


def test_looking_does_not_open(as_learner, answer):
    assert as_learner.get(f"/notifications/{Notification.objects.get().pk}/open/").status_code == 405


def test_all_are_read_at_once_but_only_mine(as_learner, learner, stranger, answer):
    follow(follower=learner, followed=stranger)
    assert as_learner.post("/notifications/read/").url == "/notifications/"
    assert [row.user for row in Notification.objects.unread()] == [stranger]


def test_who_looks_at_the_reply_itself_has_read_of_it(as_learner, answer):
    assert as_learner.get(f"/comments/{answer.pk}/", follow=True).status_code == 200
    assert "lf-count" not in page_of(as_learner, "/")


# --- Settings -------------------------------------------------------------------------------------


def test_everybody_chooses_what_they_are_told_of(as_learner, learner):
    assert "Replies to what I wrote" in page_of(as_learner, "/notifications/settings/")
    response = as_learner.post("/notifications/settings/", deliveries(reply="now", follower="off"), follow=True)
    assert "Your choices are saved." in response.content.decode()
    assert deliveries_of(learner) == deliveries(reply="now", follower="off")


def test_the_choices_stand_in_the_form(as_learner, learner):
    as_learner.post("/notifications/settings/", deliveries(mention="off"))
    form = as_learner.get("/notifications/settings/").context["form"]
    assert form["mention"].value() == "off" and form["reply"].value() == "page"


@pytest.mark.parametrize("wrong", ["", "often", "on"])
def test_what_nobody_can_choose_comes_back(as_learner, learner, wrong):
    response = as_learner.post("/notifications/settings/", deliveries(reply=wrong))
    assert response.status_code == 422 and b"Choose one of these." in response.content
    assert deliveries_of(learner)["reply"] == "digest"


def test_choices_are_saved_in_one_statement(as_learner, learner, django_assert_num_queries):
    from discussions.services.notification_settings import choose_deliveries

    with django_assert_num_queries(4):  # the statement, what was due, and a savepoint around
        choose_deliveries(person=learner, deliveries=deliveries())


# --- Unsubscribing --------------------------------------------------------------------------------


@pytest.fixture
def way_out(learner):
    return f"/notifications/unsubscribe/{token_for(learner.pk, ['reply', 'mention'])}/"


def test_the_link_of_an_e_mail_asks_and_does_nothing(visitor, learner, way_out):
    page = page_of(visitor, way_out)
    assert "Replies to what I wrote" in page and "Mentions of me" in page and "Messages</li>" not in page
    assert deliveries_of(learner)["mention"] == "now"


def test_the_button_ends_these_e_mails_and_says_how_to_undo_it(visitor, learner, way_out):
    page = visitor.post(way_out).content.decode()
    assert "You get no more of these e-mails" in page and "/notifications/settings/" in page
    chosen = deliveries_of(learner)
    assert (chosen["reply"], chosen["mention"], chosen["message"]) == ("page", "page", "now")


def test_a_mail_program_ends_them_by_one_click(learner, way_out, client):
    client.handler.enforce_csrf_checks = True
    response = client.post(way_out, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200 and not response.cookies
    assert deliveries_of(learner)["reply"] == "page"


def test_what_is_turned_off_stays_off(visitor, learner, way_out, as_learner):
    as_learner.post("/notifications/settings/", deliveries(reply="off"))
    visitor.post(way_out)
    assert deliveries_of(learner)["reply"] == "off"


@pytest.mark.parametrize("change", [lambda token: token[:-2], lambda token: token.replace("reply", "message")])
def test_a_token_that_is_not_ours_leads_nowhere(visitor, learner, change):
    token = change(token_for(learner.pk, ["reply"]))
    for method in (visitor.get, visitor.post):
        assert method(f"/notifications/unsubscribe/{token}/").status_code == 404
    assert deliveries_of(learner)["message"] == "now"


def test_the_token_of_somebody_who_is_gone_leads_nowhere(visitor):
    assert visitor.post(f"/notifications/unsubscribe/{token_for(999_999, ['reply'])}/").status_code == 404
