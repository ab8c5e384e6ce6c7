"""Following people."""

import pytest

from accounts.models import Follow
from accounts.services.people import block
from discussions.models import Notification, UserBlock
from discussions.services import following
from discussions.services.following import TooManyFollowed, follow, unfollow
from discussions.services.refusals import NotAllowed
from tests.factories import UserFactory
from tests.races import at_once


def test_following_twice_is_following_once_and_told_once(stranger, author):
    assert follow(follower=stranger, followed=author)
    assert not follow(follower=stranger, followed=author)
    assert Follow.objects.get().user_followed == author
    assert Notification.objects.filter(user=author, kind="follower").count() == 1


def test_unfollowing_twice_is_unfollowing_once(stranger, author):
    follow(follower=stranger, followed=author)
    assert unfollow(follower=stranger, followed=author)
    assert not unfollow(follower=stranger, followed=author)


def test_nobody_follows_themselves_or_somebody_who_cannot_sign_in(stranger, author, admin):
    with pytest.raises(NotAllowed):
        follow(follower=stranger, followed=stranger)
    block(actor=admin, person=author, reason="Spam")
    with pytest.raises(NotAllowed):
        follow(follower=stranger, followed=author)
    gone = UserFactory(is_active=False)
    with pytest.raises(NotAllowed):
        follow(follower=stranger, followed=gone)


def test_nobody_follows_across_a_block(stranger, author):
    for one, other in ((stranger, author), (author, stranger)):
        between = UserBlock.objects.create(user=one, blocked_user=other)
        with pytest.raises(NotAllowed):
            follow(follower=stranger, followed=author)
        between.delete()
    assert not Follow.objects.exists()


def test_there_is_an_end_to_following(stranger, author, monkeypatch):
    monkeypatch.setattr(following, "MOST_FOLLOWED", 1)
    follow(follower=stranger, followed=author)
    assert not follow(follower=stranger, followed=author)
    with pytest.raises(TooManyFollowed):
        follow(follower=stranger, followed=UserFactory())


@pytest.mark.django_db(transaction=True)
def test_the_last_place_is_taken_once(monkeypatch):
    monkeypatch.setattr(following, "MOST_FOLLOWED", 2)
    follower, people = UserFactory(), [UserFactory() for _ in range(6)]
    answers = at_once([lambda who=who: follow(follower=follower, followed=who) for who in people])
    assert sorted(type(each).__name__ for each in answers) == ["TooManyFollowed"] * 4 + ["bool"] * 2
    assert Follow.objects.count() == 2
