"""Who may write to whom, what sending leaves behind, and what counts as read, also at the same instant."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Follow, Role, User
from accounts.services.one_time_keys import KeyOfAnotherRequest
from courses.services.enrollment import unenroll
from discussions.models import Conversation, DirectMessage, Notification
from discussions.models.correspondence import Refusal, refusal_of
from discussions.services.blocks import block
from discussions.services.messages import MayNotWrite, may_write, mute, read_news, read_page, send, unmute
from tests.factories import CourseFactory, EnrollmentFactory, InstructorFactory, UserFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db


def write(sender, receiver, content="Hello", key=None):
    return send(sender=sender, receiver=receiver, content=content, key=key or uuid4())


def befriend(one, other):
    follows = [Follow(user=one, user_followed=other), Follow(user=other, user_followed=one)]
    Follow.objects.bulk_create(follows, ignore_conflicts=True)


@pytest.fixture
def friends(db):
    one, other = UserFactory(username="anna"), UserFactory(username="ben")
    befriend(one, other)
    return one, other


def unread_of(person):
    row = Conversation.objects.of(person).get()
    return row.low_unread if row.low_user_id == person.pk else row.high_unread


def refuses(sender, receiver):
    """The reason, which a page's question and the sending itself agree on."""
    asked = refusal_of(sender=sender, receiver=receiver)
    try:
        write(sender, receiver)
    except MayNotWrite as refused:
        assert refused.refusal == asked
    else:
        assert asked is None
    return asked


# --- Who may write to whom --------------------------------------------------------------------------


def test_learners_and_the_instructor_of_their_course_may_write_to_each_other(learner, author):
    assert may_write(sender=learner, receiver=author) and may_write(sender=author, receiver=learner)
    assert refuses(learner, author) is None and refuses(author, learner) is None


def test_learners_of_one_course_may_not_write_to_each_other(learner, course):
    classmate = EnrollmentFactory(course=course).user
    assert refuses(learner, classmate) == Refusal.STRANGERS


def test_an_instructor_of_another_course_is_a_stranger(learner):
    assert refuses(learner, CourseFactory().instructor) == Refusal.STRANGERS
    assert refuses(CourseFactory().instructor, learner) == Refusal.STRANGERS


def test_who_left_the_course_may_not_write_any_more(learner, author, course):
    unenroll(learner=learner, course=course)
    assert refuses(learner, author) == refuses(author, learner) == Refusal.STRANGERS


def test_a_course_taken_off_the_catalogue_still_connects(learner, author, course):
    type(course).objects.filter(pk=course.pk).update(is_published=False)
    assert refuses(learner, author) is None and refuses(author, learner) is None


def test_an_instructor_who_is_one_no_longer_is_no_staff(learner, author):
    User.objects.filter(pk=author.pk).update(role=Role.LEARNER)
    assert refuses(learner, author) == refuses(author, learner) == Refusal.STRANGERS


def test_people_who_follow_each_other_may_write(friends):
    assert refuses(*friends) is None and refuses(*reversed(friends)) is None


def test_following_somebody_is_not_enough(stranger, author):
    Follow.objects.create(user=stranger, user_followed=author)
    assert refuses(stranger, author) == refuses(author, stranger) == Refusal.STRANGERS


def test_an_administrator_writes_to_anybody_who_may_answer_but_not_begin(admin, stranger):
    assert refuses(stranger, admin) == Refusal.STRANGERS
    assert refuses(admin, stranger) is None
    assert refuses(stranger, admin) is None


def test_nobody_answers_an_administrator_who_wrote_to_somebody_else(admin, stranger, learner):
    write(admin, learner)
    assert refuses(stranger, admin) == Refusal.STRANGERS


def test_a_block_ends_writing_both_ways_also_for_staff(learner, author, admin):
    block(actor=learner, person=author)
    assert refuses(author, learner) == Refusal.REFUSED and refuses(learner, author) == Refusal.BLOCKED
    block(actor=learner, person=admin)
    assert refuses(admin, learner) == Refusal.REFUSED


@pytest.mark.parametrize("state", [{"is_active": False}, {"is_blocked": True, "blocked_at": "2026-05-01T00:00Z"}])
def test_nobody_writes_to_those_who_cannot_sign_in(friends, state):
    one, other = friends
    User.objects.filter(pk=other.pk).update(**state)
    assert refuses(one, other) == Refusal.GONE


def test_nobody_writes_to_themselves(admin):
    assert refusal_of(sender=admin, receiver=admin) is not None


def test_a_refused_message_leaves_nothing_behind(stranger, author):
    key = uuid4()
    for _ in range(2):
        with pytest.raises(MayNotWrite):
            write(stranger, author, key=key)
    assert not Conversation.objects.exists() and not DirectMessage.objects.exists()
    befriend(stranger, author)
    assert write(stranger, author, key=key)


# --- Sending and reading ----------------------------------------------------------------------------


def test_a_message_is_kept_as_typed_and_as_html_and_counts_as_unread(friends):
    one, other = friends
    message = DirectMessage.objects.get(pk=write(one, other, "Hello *you* <script>"))
    assert (message.sender, message.receiver, message.content) == (one, other, "Hello *you* <script>")
    assert "<em>you</em>" in message.content_html and "<script" not in message.content_html
    assert (unread_of(other), unread_of(one)) == (1, 0)
    assert Conversation.objects.get().last_message_id == message.pk


def test_a_form_sent_twice_is_one_message(friends):
    key = uuid4()
    assert write(*friends, "Once", key) == write(*friends, "Once", key)
    with pytest.raises(KeyOfAnotherRequest):
        write(*friends, "Something else", key)
    assert DirectMessage.objects.get().content == "Once"


def test_sending_takes_four_statements_and_one_to_tell(friends):
    write(*friends)
    with CaptureQueriesContext(connection) as queries:
        write(*friends)
    assert len([each for each in queries if "SAVEPOINT" not in each["sql"]]) == 5


def test_reading_a_page_reads_what_it_shows_and_nothing_of_the_other_side(friends):
    one, other = friends
    ids = [write(one, other), write(one, other), write(other, one)]
    conversation = Conversation.objects.get()
    assert [row.pk for row in read_page(reader=other, conversation_id=conversation.pk)] == ids
    assert (unread_of(other), unread_of(one)) == (0, 1)
    assert list(DirectMessage.objects.filter(is_read=True).values_list("pk", flat=True).order_by("pk")) == ids[:2]


def test_an_earlier_page_does_not_read_what_came_later(friends):
    one, other = friends
    first, second, third = (write(one, other) for _ in range(3))
    conversation = Conversation.objects.get()
    assert [row.pk for row in read_page(reader=other, conversation_id=conversation.pk, before=third)] == [first, second]
    assert unread_of(other) == 1
    read_page(reader=other, conversation_id=conversation.pk, before=third + 1)
    assert unread_of(other) == 0


def test_a_glance_reads_nothing(friends):
    write(*friends)
    assert read_page(reader=friends[1], conversation_id=Conversation.objects.get().pk, marking=False)
    assert unread_of(friends[1]) == 1


def test_nobody_reads_for_somebody_else(friends, stranger):
    write(*friends)
    read_page(reader=stranger, conversation_id=Conversation.objects.get().pk)
    assert unread_of(friends[1]) == 1


def test_news_begin_with_the_message_one_has(friends):
    one, other = friends
    _first, second, third = (write(one, other) for _ in range(3))
    conversation = Conversation.objects.get()
    assert [row.pk for row in read_news(reader=other, conversation_id=conversation.pk, after=second)] == [second, third]
    assert unread_of(other) == 0


def test_muting_and_unmuting_are_ones_own_and_keep_the_first_time(friends):
    one, other = friends
    assert not mute(person=one, other=other)
    write(one, other)
    assert mute(person=one, other=other)
    first = Conversation.objects.get()
    assert mute(person=one, other=other)
    again = Conversation.objects.get()
    assert {again.low_muted_at, again.high_muted_at} == {first.low_muted_at or first.high_muted_at, None}
    assert write(other, one) and unread_of(one) == 1
    assert unmute(person=one, other=other)
    assert not Conversation.objects.exclude(low_muted_at=None, high_muted_at=None).exists()


# --- At the same instant ----------------------------------------------------------------------------

racing = pytest.mark.django_db(transaction=True)


def texts():
    return list(DirectMessage.objects.order_by("pk").values_list("content", flat=True))


@racing
def test_two_first_messages_at_once_are_one_conversation(friends):
    one, other = friends
    for _ in range(5):
        Conversation.objects.all().delete()
        at_once([partial(write, one, other), partial(write, other, one)])
        assert DirectMessage.objects.count() == 2 and (unread_of(one), unread_of(other)) == (1, 1)


@racing
def test_fifty_messages_at_once_all_arrive_in_the_order_of_their_ids(friends):
    one, other = friends
    acts = [partial(write, *pair, f"{number}") for number in range(25) for pair in ((one, other), (other, one))]
    ids = at_once(acts[:50])
    assert sorted(ids) == list(DirectMessage.objects.order_by("created_at").values_list("pk", flat=True))
    assert (unread_of(one), unread_of(other)) == (25, 25)
    assert Conversation.objects.get().last_message_id == max(ids)


@racing
def test_the_same_form_sent_twice_at_once_is_one_message(friends):
    key = uuid4()
    first, second = at_once([partial(write, *friends, "Once", key)] * 2)
    assert first == second and texts() == ["Once"] and unread_of(friends[1]) == 1


@racing
def test_nothing_arrives_after_a_block(friends):
    one, other = friends
    for _ in range(5):
        befriend(one, other)
        sent = at_once([*[partial(write, one, other)] * 4, partial(block, actor=other, person=one)])[:4]
        arrived = [answer for answer in sent if isinstance(answer, int)]
        assert all(isinstance(answer, int | MayNotWrite) for answer in sent)
        assert DirectMessage.objects.count() == len(arrived)
        since = other.blocks.get().created_at
        assert not DirectMessage.objects.filter(created_at__gt=since).exists()
        other.blocks.all().delete()
        Conversation.objects.all().delete()


@racing
def test_what_arrives_while_one_reads_stays_unread(friends):
    one, other = friends
    first = write(one, other)
    conversation = Conversation.objects.get()
    for _ in range(10):
        reading = partial(read_page, reader=other, conversation_id=conversation.pk, before=first + 1)
        answers = at_once([reading, partial(write, one, other), reading])
        assert isinstance(answers[1], int) and all(rows[-1].pk == first for rows in answers[::2])
        assert unread_of(other) == 1
        first = answers[1]


@racing
def test_a_page_read_while_messages_arrive_counts_exactly_what_it_did_not_show(friends):
    one, other = friends
    write(one, other)
    conversation = Conversation.objects.get()
    reading = partial(read_page, reader=other, conversation_id=conversation.pk)
    shown = at_once([reading, *[partial(write, one, other)] * 8])[0]
    assert unread_of(other) == DirectMessage.objects.filter(pk__gt=shown[-1].pk).count()
    assert unread_of(other) == DirectMessage.objects.filter(is_read=False).count()


def test_an_instructor_and_an_administrator_are_no_exception_to_following(admin):
    teacher = InstructorFactory()
    assert refuses(teacher, admin) == Refusal.STRANGERS
    befriend(teacher, admin)
    assert refuses(teacher, admin) is None


def test_who_reads_a_conversation_has_seen_the_notification_and_gets_no_mail_of_it(friends):
    one, other = friends
    write(one, other)
    assert Notification.objects.filter(user=other, read_at=None, email_due_at__isnull=False).count() == 1
    read_page(reader=other, conversation_id=Conversation.objects.get().pk)
    assert Notification.objects.filter(user=other, read_at__isnull=False, email_due_at=None).count() == 1


def test_a_muted_conversation_tells_nobody(friends):
    one, other = friends
    write(one, other)
    read_page(reader=other, conversation_id=Conversation.objects.get().pk)
    mute(person=other, other=one)
    write(one, other)
    assert not Notification.objects.unread().exists()
