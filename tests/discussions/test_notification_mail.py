"""E-mails of what people are told of: to whom, saying what, once, and what becomes of them when something fails."""

import re
from datetime import timedelta
from functools import partial
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts.services.people import block as block_by_admin
from discussions.models import Notification
from discussions.services import notification_mail
from discussions.services.blocks import block
from discussions.services.messages import send
from discussions.services.moderation import hide
from discussions.services.notification_mail import send_what_is_due
from discussions.services.notification_settings import choose_deliveries
from discussions.services.notifications import read
from discussions.tasks import prune_notifications, send_notifications, tell_learners_of_lessons
from tests.factories import CommentFactory, EnrollmentFactory, UserFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(course):
    return EnrollmentFactory(course=course, user=UserFactory(first_name="Rosa", last_name="Klein")).user


@pytest.fixture
def comment(course, learner):
    return CommentFactory(user=learner, course=course, content="How tight is the warp?")


@pytest.fixture
def answer(reader, comment):
    """A reply of which an e-mail to the learner is due."""
    answer = CommentFactory(user=reader, parent=comment, content="Not **very**, I'd say & hope.")
    make_due()
    return answer


def make_due():
    Notification.objects.update(email_due_at=timezone.now() - timedelta(minutes=1))


def sent():
    """The e-mails that went out because of this."""
    mail.outbox.clear()
    send_what_is_due()
    return list(mail.outbox)


def is_due():
    return Notification.objects.filter(email_due_at__isnull=False).exists()


def test_an_e_mail_says_what_happened_in_text_and_html(learner, answer):
    (message,) = sent()
    assert message.to == ["learner@example.org"]
    assert message.subject == "Rosa Klein replied to you in “Weaving for everyone”"
    address = f"http://testserver/comments/{answer.pk}/#comment-{answer.pk}"
    assert f"> Not very, I'd say & hope.\n{address}\n" in message.body and "<" not in message.body
    html, kind = message.alternatives[0]
    assert kind == "text/html" and f'<a href="{address}">Rosa Klein replied' in html
    assert "Not very, I&#x27;d say &amp; hope." in html and "style" not in html


def test_it_is_sent_once(answer):
    assert len(sent()) == 1 and sent() == []
    row = Notification.objects.get()
    assert row.emailed_at is not None and row.email_due_at is None and row.read_at is None


def test_it_has_the_headers_of_a_list_that_one_click_leaves(learner, answer, visitor):
    (message,) = sent()
    headers = message.message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    url = re.fullmatch(r"<http://testserver(/notifications/unsubscribe/\S+/)>", headers["List-Unsubscribe"])[1]
    assert f"List-Unsubscribe: <http://testserver{url}>" in " ".join(headers.as_bytes().decode().split())
    answer = visitor.post(url, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert notification_mail.deliveries_of(learner)["reply"] == "page"


def test_who_unsubscribed_meanwhile_gets_none(learner, answer):
    choose_deliveries(person=learner, deliveries={"reply": "page"})
    make_due()
    assert sent() == [] and not is_due()


def test_what_is_due_together_comes_in_one_e_mail(course, learner, reader, comment, author):
    for _ in range(2):
        CommentFactory(user=reader, parent=comment)
    send(sender=author, receiver=learner, content="Well *asked*.", key=uuid4())
    make_due()
    (message,) = sent()
    assert message.subject == "Ada Weaver sent you a message, and 2 more"
    assert message.body.count("Rosa Klein replied to you") == 2
    assert "> Well asked.\nhttp://testserver/messages/author/" in message.body


def test_a_long_digest_says_how_much_more_there_is(learner, stranger):
    rows = [Notification(user=learner, kind="follower", subject=f"person {n}", actor=stranger) for n in range(53)]
    Notification.objects.bulk_create(rows)
    choose_deliveries(person=learner, deliveries={"follower": "digest"})
    make_due()
    (message,) = sent()
    assert message.subject.endswith(" follows you, and 52 more") and message.body.count("follows you") == 50
    assert "3 more stand at http://testserver/notifications/" in message.body and not is_due()


def test_a_name_or_title_can_not_break_out_of_the_subject(learner, answer, course, reader):
    type(course).objects.update(title="Weaving\r\nBcc: all@example.org")
    type(reader).objects.filter(pk=reader.pk).update(first_name="Rosa\n", last_name="K" * 90)
    (message,) = sent()
    assert "\n" not in message.subject and message.message()["Bcc"] is None


# --- Who gets none --------------------------------------------------------------------------------


def test_what_was_read_is_not_mailed(learner, answer):
    read(reader=learner)
    make_due()
    assert sent() == [] and not is_due()


def test_an_address_that_nobody_confirmed_gets_nothing(learner, answer):
    EmailAddress.objects.filter(user=learner).update(verified=False)
    assert sent() == [] and not is_due()


def test_who_can_not_sign_in_gets_nothing(learner, answer, admin):
    block_by_admin(actor=admin, person=learner, reason="Spam")
    assert sent() == [] and not is_due()


def test_what_may_not_be_seen_any_more_is_not_mailed(answer, author):
    hide(actor=author, thing=answer, reason="Spam")
    make_due()
    assert all("warp" not in message.body and "Not very" not in message.body for message in sent())


def test_nothing_comes_from_somebody_blocked_meanwhile(learner, reader, answer):
    block(actor=learner, person=reader)
    assert sent() == []


def test_a_private_question_is_mailed_to_the_instructor_and_nobody_else(course, learner, reader):
    CommentFactory(user=learner, course=course, content=f"Am I too slow, @{reader.username}?", is_private=True)
    make_due()
    (message,) = sent()
    assert message.to == ["author@example.org"] and "Am I too slow" in message.body
    assert message.subject == "Lee Park asked a private question in “Weaving for everyone”"


# --- When something fails -------------------------------------------------------------------------


@pytest.fixture
def mail_server(monkeypatch):
    """`mail_server(error)`: from now on it answers so; with None it takes what it gets."""
    answers = {}

    def send_messages(self, messages):
        for message in messages:
            if error := answers.get(message.to[0], answers.get("")):
                raise error
        mail.outbox.extend(messages)
        return len(messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return lambda error, address="": answers.__setitem__(address, error)


def pause():
    return round((Notification.objects.get().email_due_at - timezone.now()).total_seconds() / 60)


def fail_since(**ago):
    Notification.objects.update(email_failing_since=timezone.now() - timedelta(**ago))
    make_due()


def test_a_refused_e_mail_is_tried_again_after_growing_pauses(answer, mail_server):
    mail_server(SMTPRecipientsRefused({}))
    assert sent() == [] and pause() == 1 and sent() == []
    fail_since(minutes=20)
    assert sent() == [] and pause() == 20
    fail_since(hours=20)
    assert sent() == [] and pause() == 120
    mail_server(None)
    make_due()
    assert len(sent()) == 1 and Notification.objects.get().email_failing_since is None


def test_after_a_day_it_is_given_up(answer, mail_server):
    mail_server(SMTPRecipientsRefused({}))
    fail_since(hours=25)
    assert sent() == [] and not is_due() and Notification.objects.get().emailed_at is None


def test_an_address_that_is_refused_keeps_nobody_else_waiting(answer, learner, reader, mail_server):
    CommentFactory(user=learner, parent=answer)
    make_due()
    mail_server(SMTPRecipientsRefused({}), "learner@example.org")
    (message,) = sent()
    assert message.to == [reader.email] and is_due()


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), SMTPServerDisconnected("gone")])
def test_when_the_server_is_away_everything_waits_for_it(answer, learner, mail_server, error):
    CommentFactory(user=learner, parent=answer)
    make_due()
    mail_server(error)
    assert sent() == [] and Notification.objects.filter(email_due_at__isnull=False).count() == 2
    mail_server(None)
    make_due()
    assert len(sent()) == 2


def test_a_worker_killed_after_sending_sends_the_same_again_and_loses_nothing(answer, monkeypatch):
    class Killed(BaseException):
        pass

    def die(statement, *values):
        if statement == notification_mail.SENT:
            raise Killed
        return execute(statement, *values)

    execute = notification_mail._execute
    monkeypatch.setattr(notification_mail, "_execute", die)
    with pytest.raises(Killed):
        sent()
    monkeypatch.undo()
    (first,) = mail.outbox
    assert sent() == [] and is_due()  # for five minutes it belongs to the dead one
    make_due()
    (second,) = sent()
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert first.body == second.body


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_instant_send_each_e_mail_once(answer, learner):
    CommentFactory(user=learner, parent=answer)
    make_due()
    mail.outbox.clear()
    counts = at_once([partial(send_what_is_due)] * 4)
    assert sum(counts) == len(mail.outbox) == 2


def test_the_workers_jobs_run(answer, course):
    mail.outbox.clear()
    for job in (send_notifications, tell_learners_of_lessons, prune_notifications):
        job(timestamp=0)
    assert len(mail.outbox) == 1
