"""Who is told of what, once and in the transaction of its cause; and who is told of nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Role
from accounts.services.people import block as block_by_admin
from courses.services.enrollment import unenroll
from courses.services.publishing import unpublish
from discussions.models import Delivery, DirectMessage, Kind, Notification, NotificationSetting
from discussions.models.unread import unread_of
from discussions.services import notifications
from discussions.services.blocks import block
from discussions.services.comments import delete_comment, edit_comment
from discussions.services.following import follow, unfollow
from discussions.services.messages import mute, send
from discussions.services.moderation import hide
from discussions.services.notification_mail import send_what_is_due
from discussions.services.notification_settings import choose_deliveries
from discussions.services.notifications import read, read_about, tell_of_comment, tell_of_follower, tell_of_message
from discussions.services.reports import dismiss, report
from tests.factories import CommentFactory, EnrollmentFactory, PostCommentFactory, PostFactory, UserFactory
from tests.races import at_once, wait_until_somebody_waits

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(course):
    return EnrollmentFactory(course=course).user


@pytest.fixture
def comment(course, learner):
    return CommentFactory(user=learner, course=course, content="How tight is the warp?")


def told(person):
    """What this person was told of, as the kinds, oldest first."""
    return list(Notification.objects.filter(user=person).order_by("pk").values_list("kind", flat=True))


def everything():
    return sorted(Notification.objects.values_list("user__username", "kind"))


def choose(person, **deliveries):
    choose_deliveries(person=person, deliveries=deliveries)


def test_a_reply_is_told_to_whom_it_answers_and_to_nobody_else(learner, reader, comment):
    answer = CommentFactory(user=reader, parent=comment, content="Not very.")
    row = Notification.objects.get()
    assert (row.user, row.kind, row.actor, row.comment, row.course) == (learner, "reply", reader, answer, answer.course)
    assert row.read_at is None and row.times == 1


def test_a_new_thread_is_told_to_nobody(comment):
    assert everything() == []


def test_nobody_is_told_of_their_own_reply(learner, comment):
    CommentFactory(user=learner, parent=comment, content="Found it, @learner.")
    assert everything() == []


def test_a_mention_is_told_to_each_who_may_read_it(course, learner, reader, stranger, comment):
    tell_of_comment(comment=CommentFactory(user=reader, course=course), mentioned=[learner.pk, stranger.pk])
    assert everything() == [("learner", "mention")]


def test_a_reply_that_mentions_its_parents_author_is_told_once(learner, reader, comment):
    answer = CommentFactory(user=reader, parent=comment)
    Notification.objects.all().delete()
    tell_of_comment(comment=answer, mentioned=[learner.pk])
    assert told(learner) == ["mention"]  # of the two, what the learner is told sooner


def test_of_two_kinds_the_one_that_is_not_off_tells(learner, reader, comment):
    choose(learner, mention="off")
    answer = CommentFactory(user=reader, parent=comment)
    Notification.objects.all().delete()
    tell_of_comment(comment=answer, mentioned=[learner.pk])
    assert told(learner) == ["reply"]


def test_an_edited_reply_tells_only_those_who_were_not_told(course, learner, reader, author, comment):
    answer = CommentFactory(user=reader, parent=comment)
    read(reader=learner)
    tell_of_comment(comment=answer, mentioned=[learner.pk, author.pk])
    assert everything() == [("author", "mention"), ("learner", "reply")]


def test_a_private_question_is_told_to_the_instructor_alone(course, learner, reader, author, admin):
    question = CommentFactory(user=learner, course=course, is_private=True)
    tell_of_comment(comment=question, mentioned=[reader.pk])
    assert everything() == [("author", "private_question")]


def test_an_answer_to_a_private_question_is_told_to_the_asker(course, learner, author, admin):
    question = CommentFactory(user=learner, course=course, is_private=True)
    answer = CommentFactory(user=admin, parent=question)
    assert told(learner) == ["private_question"]
    CommentFactory(user=learner, parent=answer)
    assert told(author) == ["private_question"] * 2 and told(admin) == ["private_question"]
    assert told(learner) == ["private_question"]


def test_who_may_not_read_it_any_more_is_not_told(course, learner, reader, comment):
    unenroll(learner=learner, course=course)
    CommentFactory(user=reader, parent=comment)
    assert everything() == []


@pytest.mark.parametrize("field", ["is_active", "is_blocked"])
def test_who_can_not_sign_in_is_not_told(learner, reader, admin, comment, field):
    if field == "is_blocked":
        block_by_admin(actor=admin, person=learner, reason="Spam")
    else:
        type(learner).objects.filter(pk=learner.pk).update(is_active=False)
    CommentFactory(user=reader, parent=comment)
    tell_of_follower(follower=reader, followed=learner)
    assert everything() == []


@pytest.mark.parametrize("who", ["the one", "the other"])
def test_people_parted_by_a_block_are_not_told_of_each_other(course, learner, reader, who):
    people = (learner, reader) if who == "the one" else (reader, learner)
    mentioning = CommentFactory(user=reader, course=course)
    block(actor=people[0], person=people[1])
    tell_of_comment(comment=mentioning, mentioned=[learner.pk])
    tell_of_follower(follower=reader, followed=learner)
    assert everything() == []


def test_after_a_block_what_was_told_is_gone_from_sight(learner, reader, comment):
    CommentFactory(user=reader, parent=comment)
    assert unread_of(learner).notifications == 1
    block(actor=learner, person=reader)
    assert not Notification.objects.of(learner).exists() and unread_of(learner).notifications == 0


def test_a_kind_that_is_off_tells_nothing(learner, reader, comment):
    choose(learner, reply="off")
    CommentFactory(user=reader, parent=comment)
    assert everything() == []


def test_without_the_act_nobody_is_told(learner, reader, comment):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        CommentFactory(user=reader, parent=comment)
        raise ZeroDivisionError
    assert everything() == []


# --- Messages, followers, posts -------------------------------------------------------------------


def write(sender, receiver, content="Hello!"):
    return send(sender=sender, receiver=receiver, content=content, key=uuid4())


def test_messages_are_one_line_until_they_are_read(author, learner):
    for _ in range(3):
        write(author, learner)
    row = Notification.objects.get()
    assert (row.user, row.kind, row.actor, row.times) == (learner, "message", author, 3)
    read(reader=learner)
    write(author, learner)
    assert list(Notification.objects.order_by("pk").values_list("times", flat=True)) == [3, 1]


def test_a_muted_conversation_tells_nothing(author, learner):
    write(author, learner)
    read(reader=learner)
    mute(person=learner, other=author)
    write(author, learner)
    write(learner, author)
    assert told(learner) == ["message"] and told(author) == ["message"]


def test_a_follower_is_told_of_once_however_often_they_follow(learner, stranger):
    for _ in range(2):
        follow(follower=stranger, followed=learner)
        read(reader=learner)
        unfollow(follower=stranger, followed=learner)
    assert everything() == [("learner", "follower")]


def test_a_comment_on_a_post_is_told_to_its_author(learner, stranger):
    post = PostFactory(user=learner)
    PostCommentFactory(post=post, user=stranger)
    PostCommentFactory(post=post, user=learner)
    row = Notification.objects.get()
    assert (row.user, row.kind, row.actor, row.post) == (learner, "post_comment", stranger, post)


def test_mentions_in_posts_are_told(learner, stranger):
    post = PostFactory(user=stranger, caption="For @learner")
    PostCommentFactory(post=post, user=stranger, content="Look, @learner!")
    assert {row.kind for row in Notification.objects.filter(user=learner)} <= {"mention"}


# --- Decisions ------------------------------------------------------------------------------------


def test_the_author_of_what_was_hidden_is_told_even_by_somebody_they_blocked(author, learner, reader, comment):
    block(actor=learner, person=author)
    hide(actor=author, thing=comment, reason="Advertising")
    row = Notification.objects.of(learner).get()
    assert (row.kind, row.actor, row.comment) == ("moderation", None, comment)


def test_reporters_are_told_what_became_of_it(author, reader, stranger, comment, admin):
    report(reporter=reader, target=comment, reason="spam", words="")
    dismiss(actor=author, target=comment)
    report(reporter=reader, target=comment, reason="abuse", words="")
    hide(actor=author, thing=comment, reason="Spam")
    subjects = Notification.objects.of(reader).order_by("pk").values_list("subject", flat=True)
    assert [subject.split()[-1] for subject in subjects] == ["dismissed", "upheld"]


# --- What may be seen today -----------------------------------------------------------------------


def test_what_may_not_be_seen_any_more_is_neither_listed_nor_counted(course, author, learner, reader, comment):
    answer = CommentFactory(user=reader, parent=comment)
    assert Notification.objects.of(learner).count() == unread_of(learner).notifications == 1
    for act in (
        partial(hide, actor=author, thing=answer, reason="Spam"),
        partial(delete_comment, author=reader, comment_id=answer.pk),
        partial(unenroll, learner=learner, course=course),
        partial(unpublish, actor=author, course=course),
    ):
        mark = transaction.savepoint()
        act()
        mine = Notification.objects.of(learner).exclude(kind=Kind.MODERATION)
        assert not mine.exists() and unread_of(learner).notifications == 0, act.func.__name__
        transaction.savepoint_rollback(mark)


@pytest.mark.parametrize("role", Role.values)
def test_counts_are_the_same_as_the_list_for_every_role(course, learner, reader, comment, role):
    CommentFactory(user=reader, parent=comment)
    learner.role = role
    learner.save()
    assert unread_of(learner).notifications == Notification.objects.of(learner).unread().count() == 1


def test_messages_are_counted_at_the_envelope_and_only_there(author, learner, reader):
    for sender in (author, author):
        write(sender, learner)
    assert unread_of(learner) == (0, 1)
    mute(person=learner, other=author)
    assert unread_of(learner) == (0, 0)


# --- When an e-mail is due ------------------------------------------------------------------------


def due(person):
    return Notification.objects.get(user=person).email_due_at


def test_at_once_is_at_once_and_the_page_alone_is_never_mailed(author, learner, stranger):
    choose(learner, follower="now")
    follow(follower=stranger, followed=learner)
    follow(follower=stranger, followed=author)
    assert due(learner) <= timezone.now() and due(author) is None


def test_a_message_waits_a_minute_for_who_is_looking(author, learner):
    write(author, learner)
    assert timedelta(seconds=50) < due(learner) - timezone.now() < timedelta(seconds=61)


@pytest.mark.parametrize("zone", ["", "Asia/Tokyo", "America/New_York", "Asia/Kathmandu"])
def test_a_digest_is_due_at_seven_in_the_persons_zone(learner, reader, comment, zone):
    type(learner).objects.filter(pk=learner.pk).update(time_zone=zone)
    CommentFactory(user=reader, parent=comment)
    moment = due(learner).astimezone(ZoneInfo(zone or "UTC"))
    assert (moment.hour, moment.minute) == (7, 0)
    assert timedelta() < due(learner) - timezone.now() <= timedelta(days=1, hours=1)


def test_a_zone_that_postgresql_does_not_know_stops_nobody_from_writing(learner, reader, comment):
    type(learner).objects.filter(pk=learner.pk).update(time_zone="Atlantis/Center")
    CommentFactory(user=reader, parent=comment)
    assert due(learner).astimezone(UTC).hour == 7


def test_who_was_mailed_today_is_not_mailed_again_for_every_further_message(author, learner):
    write(author, learner)
    Notification.objects.update(email_due_at=None, emailed_at=timezone.now())
    write(author, learner)
    assert due(learner) is None
    Notification.objects.update(emailed_at=timezone.now() - timedelta(days=2))
    write(author, learner)
    assert due(learner) is not None


# --- Reading --------------------------------------------------------------------------------------


def test_looking_at_the_thing_reads_what_was_told_of_it(learner, reader, comment):
    answers = [CommentFactory(user=reader, parent=comment) for _ in range(2)]
    read_about(reader=learner, comments=[answers[0].pk])
    assert list(Notification.objects.unread().values_list("comment", flat=True)) == [answers[1].pk]
    read_about(reader=reader, comments=[answers[1].pk])
    read_about(reader=learner)
    assert Notification.objects.unread().count() == 1
    assert Notification.objects.exclude(read_at=None).get().email_due_at is None


def test_only_the_usual_that_was_left_has_no_row(learner):
    choose(learner, reply="digest", mention="off")
    assert list(NotificationSetting.objects.values_list("kind", "delivery")) == [("mention", "off")]
    choose(learner, mention=Delivery.NOW)
    assert list(NotificationSetting.objects.values_list("kind", "delivery")) == [("mention", "now")]


def test_what_was_read_long_ago_is_pruned(learner, reader, comment):
    for _ in range(3):
        CommentFactory(user=reader, parent=comment)
    old, recent, _unread = Notification.objects.order_by("pk")
    Notification.objects.filter(pk=old.pk).update(read_at=datetime(2020, 1, 1, tzinfo=UTC))
    Notification.objects.filter(pk=recent.pk).update(read_at=timezone.now())
    assert Notification.objects.prune() == 1
    assert not Notification.objects.filter(pk=old.pk).exists()


# --- At the same instant --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_messages_at_the_same_instant_are_all_counted(author, learner):
    write(author, learner)
    message = author.pk, learner.pk, Notification.objects.get().conversation_id

    def tell():
        with transaction.atomic():
            tell_of_message(
                message=DirectMessage(sender_id=message[0], receiver_id=message[1], conversation_id=message[2])
            )

    assert at_once([tell] * 8) == [None] * 8
    assert Notification.objects.get().times == 9


@pytest.mark.django_db(transaction=True)
def test_reading_while_messages_arrive_loses_none(author, learner):
    write(author, learner)
    at_once([partial(read, reader=learner), *[partial(write, author, learner)] * 3])
    assert sum(Notification.objects.values_list("times", flat=True)) == 4


def test_telling_many_costs_no_more_than_telling_one(course, learner, comment, django_assert_max_num_queries):
    people = [EnrollmentFactory(course=course).user.pk for _ in range(4)]
    with django_assert_max_num_queries(3):
        tell_of_comment(comment=comment, mentioned=people)
    assert Notification.objects.count() == 4


def test_an_edit_that_mentions_nobody_new_tells_nobody(learner, reader, comment):
    answer = CommentFactory(user=reader, parent=comment)
    read(reader=learner)
    edit_comment(author=reader, comment_id=answer.pk, content="Not very, I think.")
    assert told(learner) == ["reply"]


def test_the_unread_are_counted_up_to_a_hundred(learner, stranger):
    rows = [Notification(user=learner, kind="follower", subject=f"person {n}", actor=stranger) for n in range(105)]
    Notification.objects.bulk_create(rows)
    assert unread_of(learner).notifications == 100
    assert unread_of(UserFactory()) == (0, 0)


def test_who_mentions_very_many_people_in_an_hour_calls_nobody_any_more(learner, reader, monkeypatch):
    monkeypatch.setattr(notifications, "MENTIONS", replace(notifications.MENTIONS, tries=3))
    strangers = [UserFactory() for _ in range(3)]
    post = PostFactory(user=learner, caption=" ".join(f"@{each.username}" for each in strangers))
    PostCommentFactory(user=learner, post=post, content=f"@{reader.username} look")
    assert [told(each) for each in (*strangers, reader)] == [["mention"]] * 3 + [[]]
    PostCommentFactory(user=strangers[0], post=post, content=f"@{reader.username} look")
    assert told(reader) == ["mention"] and told(learner) == ["post_comment"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["reading", "mailing"])
def test_reading_and_mailing_hold_what_they_change_in_one_order(learner, way):
    due = timezone.now()
    rows = [Notification(user=learner, kind=Kind.MENTION, subject=subject, email_due_at=due) for subject in "ab"]
    older, newer = Notification.objects.bulk_create(rows)
    Notification.objects.filter(pk=older.pk).update(created_at=due)  # it stands behind the other one in the table now
    is_held = Event()

    def hold_the_older_first():
        with transaction.atomic():
            Notification.objects.select_for_update().get(pk=older.pk)
            is_held.set()
            wait_until_somebody_waits()
            return Notification.objects.select_for_update(nowait=True).get(pk=newer.pk)

    def change_both():
        is_held.wait(timeout=10)
        return read(reader=learner) if way == "reading" else send_what_is_due()

    assert at_once([hold_the_older_first, change_both])[0] == newer
