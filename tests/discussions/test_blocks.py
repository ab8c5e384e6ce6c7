"""Blocking somebody, and taking it back."""

from functools import partial

import pytest

from accounts.models import Follow
from discussions.models import Notification, UserBlock
from discussions.services.blocks import block, unblock
from discussions.services.following import follow
from tests.factories import UserFactory
from tests.races import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    return UserFactory(username="anna"), UserFactory(username="ben")


def test_a_block_ends_following_both_ways(people):
    anna, ben = people
    third = UserFactory()
    for user, followed in ((anna, ben), (ben, anna), (ben, third)):
        Follow.objects.create(user=user, user_followed=followed)
    assert block(actor=anna, person=ben)
    assert [each.user_followed for each in Follow.objects.all()] == [third]
    assert UserBlock.objects.between(ben, anna).get().user == anna


def test_what_came_from_somebody_blocked_is_unread_no_more(people):
    anna, ben = people
    follow(follower=ben, followed=anna)
    assert Notification.objects.filter(user=anna).unread().exists()
    block(actor=anna, person=ben)
    assert not Notification.objects.filter(user=anna).unread().exists()


def test_blocking_and_unblocking_again_changes_nothing(people):
    anna, ben = people
    assert [block(actor=anna, person=ben), block(actor=anna, person=ben)] == [True, False]
    assert [unblock(actor=anna, person=ben), unblock(actor=anna, person=ben)] == [True, False]
    assert not UserBlock.objects.exists()


def test_unblocking_takes_only_ones_own_block_back(people):
    anna, ben = people
    block(actor=anna, person=ben)
    assert not unblock(actor=ben, person=anna)
    assert UserBlock.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_block_each_other_at_once_are_both_heard(people):
    anna, ben = people
    acts = [partial(block, actor=anna, person=ben), partial(block, actor=ben, person=anna)]
    assert sorted(at_once([*acts, *acts])) == [False, False, True, True]
    assert UserBlock.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_nobody_follows_past_a_block(people):
    anna, ben = people
    for _ in range(5):
        acts = [partial(follow, follower=anna, followed=ben), partial(follow, follower=ben, followed=anna)]
        at_once([*acts, partial(block, actor=anna, person=ben), *acts])
        assert not Follow.objects.exists()
        unblock(actor=anna, person=ben)
