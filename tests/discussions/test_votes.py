"""One vote per person and comment, decided and counted by one statement."""

from random import Random

import pytest
from django.db.models import Count, F, Q
from django.db.models.functions import Now

from accounts.models import User
from courses.models import Enrollment
from courses.services.enrollment import unenroll
from discussions.models import Comment, CommentVote, UserBlock
from discussions.services.comments import delete_comment
from discussions.services.refusals import NotAllowed
from discussions.services.votes import Standing, vote
from tests.factories import CommentFactory, EnrollmentFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def classmate(course):
    return EnrollmentFactory(course=course).user


@pytest.fixture
def comment(course, author):
    return CommentFactory(course=course, user=author)


def give(person, comment, value):
    return vote(voter=person, comment_id=comment.pk, value=value)


def counted(comment):
    return Comment.objects.values_list("score", "upvotes", "downvotes").get(pk=comment.pk)


def test_a_vote_is_one_statement_whatever_it_does(learner, comment, django_assert_num_queries):
    for value in (1, -1, 0, 0):
        with django_assert_num_queries(1):
            give(learner, comment, value)


@pytest.mark.parametrize(
    "values, standing, counts",
    [
        ([1], (1, 0, 1), (1, 1, 0)),
        ([-1], (-1, 1, -1), (-1, 0, 1)),
        ([1, 1], (1, 0, 1), (1, 1, 0)),
        ([1, -1], (-1, 1, -1), (-1, 0, 1)),
        ([-1, 1], (1, 0, 1), (1, 1, 0)),
        ([1, 0], (0, 0, 0), (0, 0, 0)),
        ([-1, 0, 0], (0, 0, 0), (0, 0, 0)),
        ([0], (0, 0, 0), (0, 0, 0)),
    ],
)
def test_what_a_vote_answers_is_what_stands(learner, comment, values, standing, counts):
    answers = [give(learner, comment, value) for value in values]
    assert answers[-1] == Standing(*standing)
    assert counted(comment) == counts


def test_votes_of_several_add_up(learner, classmate, admin, comment):
    give(learner, comment, 1), give(classmate, comment, 1)
    assert give(admin, comment, -1) == Standing(score=1, downvotes=1, viewer_vote=-1)
    assert give(learner, comment, 0) == Standing(score=0, downvotes=1, viewer_vote=0)


def refused(person, comment):
    for value in (1, -1, 0):
        with pytest.raises(NotAllowed):
            give(person, comment, value)
    assert not CommentVote.objects.exists()


def test_nobody_votes_on_their_own_words(author, comment):
    refused(author, comment)


def test_who_may_not_read_does_not_vote(stranger, classmate, learner, course, comment):
    refused(stranger, comment)
    refused(classmate, CommentFactory(course=course, user=learner, is_private=True))
    unenroll(learner=learner, course=course)
    refused(learner, comment)


def test_the_staff_vote_on_what_was_asked_privately(author, learner, course):
    assert give(author, CommentFactory(course=course, user=learner, is_private=True), 1).score == 1


def test_what_is_gone_has_no_votes(learner, author, admin, course):
    hidden, deleted = CommentFactory(course=course, user=author), CommentFactory(course=course, user=author)
    Comment.objects.filter(pk=hidden.pk).update(hidden_at=Now(), hidden_reason="Rude.")
    delete_comment(author=author, comment_id=deleted.pk)
    for person in (learner, admin):
        refused(person, hidden)
        refused(person, deleted)


@pytest.mark.parametrize("blocks", ["voter", "author"])
def test_nobody_votes_across_a_block(learner, author, comment, blocks):
    pair = (learner, author) if blocks == "voter" else (author, learner)
    UserBlock.objects.create(user=pair[0], blocked_user=pair[1])
    refused(learner, comment)


def test_words_of_somebody_who_is_gone_have_votes(learner, course, comment):
    Comment.objects.filter(pk=comment.pk).update(user=None)
    assert give(learner, comment, 1).score == 1


def test_there_are_only_two_votes(learner, comment):
    with pytest.raises(ValueError):
        give(learner, comment, 2)


def wrongly_counted():
    """Comments whose sums aren't those of their votes."""
    up, down = Count("votes", filter=Q(votes__vote_type=1)), Count("votes", filter=Q(votes__vote_type=-1))
    return Comment.objects.annotate(up=up, down=down).exclude(upvotes=F("up"), downvotes=F("down"))


@pytest.fixture
def fifty_people(course):
    """Enrolled learners; made as rows, for fifty by the services take long."""
    people = [User(username=f"voter_{n}", email=f"voter_{n}@example.org", password="!") for n in range(50)]
    User.objects.bulk_create(people)
    Enrollment.objects.bulk_create(Enrollment(user=person, course=course) for person in people)
    return people


@pytest.mark.django_db(transaction=True)
def test_fifty_people_vote_on_fifty_comments_at_once(course, author, fifty_people):
    """Ten votes each, some taken back or turned, by as many at once as there are connections."""
    talk = [Comment(course=course, user=author, content=f"Words {n}.") for n in range(50)]
    Comment.objects.bulk_create(talk)
    last = {}

    def votes_of(hand):
        random = Random(hand)
        for person in fifty_people[hand::6]:
            for comment in random.choices(talk, k=10):
                last[person.pk, comment.pk] = give(person, comment, random.choice((1, 1, -1, 0))).viewer_vote

    assert at_once([lambda hand=hand: votes_of(hand) for hand in range(6)]) == [None] * 6
    votes = CommentVote.objects.values_list("user", "comment", "vote_type")
    given = {(user, comment): value for user, comment, value in votes}
    assert given == {key: value for key, value in last.items() if value}
    assert not wrongly_counted().exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_people_vote_on_one_comment_at_once(comment, fifty_people):
    def votes_of(people):
        return [give(person, comment, (-1) ** person.pk) for person in people]

    standings = at_once([lambda hand=hand: votes_of(fifty_people[hand::6]) for hand in range(6)])
    assert all(isinstance(each, list) for each in standings), standings
    assert not wrongly_counted().exists() and CommentVote.objects.count() == 50


@pytest.mark.django_db(transaction=True)
def test_one_person_votes_from_two_windows_at_once(learner, comment):
    for _ in range(5):
        standings = at_once([lambda value=value: give(learner, comment, value) for value in (1, -1, 0, 1)])
        assert all(isinstance(each, Standing) for each in standings), standings
        assert not wrongly_counted().exists() and CommentVote.objects.count() <= 1


@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_while_it_is_voted_on_has_the_votes_that_came_before(course, author, learner, classmate):
    for _ in range(5):
        comment = CommentFactory(course=course, user=author)

        def delete_and_look(comment=comment):
            delete_comment(author=author, comment_id=comment.pk)
            return counted(comment)

        acts = [lambda person=person, comment=comment: give(person, comment, 1) for person in (learner, classmate)]
        deleted, *given = at_once([delete_and_look, *acts])
        assert {type(each) for each in given} <= {Standing, NotAllowed}
        assert deleted == counted(comment) and deleted[0] == sum(isinstance(each, Standing) for each in given)
