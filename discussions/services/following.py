"""Following people, whose posts make one's feed."""

from typing import TYPE_CHECKING

from django.db import connection, transaction

from accounts.models import Follow
from discussions.models.conversation import NOT_PARTED
from discussions.services.notifications import tell_of_follower
from discussions.services.refusals import NotAllowed

if TYPE_CHECKING:
    from accounts.models import User

# What a feed costs grows with it, and nobody reads more.
MOST_FOLLOWED = 1_000
HOLD = "SELECT FROM users WHERE id = %s FOR NO KEY UPDATE"
FOLLOW = f"""
WITH person AS (
    SELECT u.id FROM users u
     WHERE u.id = %(followed)s AND u.id <> %(follower)s AND u.is_active AND NOT u.is_blocked
       AND {NOT_PARTED.format(one="u.id", other="%(follower)s")}
       FOR KEY SHARE
), room AS (
    SELECT count(*) < %(most)s AS is_left FROM follows WHERE user_id = %(follower)s
), written AS (
    INSERT INTO follows (user_id, user_followed_id)
    SELECT %(follower)s, person.id FROM person, room WHERE is_left
    ON CONFLICT DO NOTHING RETURNING id
) SELECT EXISTS (SELECT FROM person), (SELECT is_left FROM room), EXISTS (SELECT FROM written)
"""


class TooManyFollowed(Exception):
    """This person follows as many as one can."""


def follow(*, follower: "User", followed: "User") -> bool:
    """Follow somebody; False when they do already.

    Raises `NotAllowed` for oneself, for people who can't sign in, and when either has blocked the other;
    `TooManyFollowed` at `MOST_FOLLOWED`.
    """
    values = {"follower": follower.pk, "followed": followed.pk, "most": MOST_FOLLOWED}
    with transaction.atomic(), connection.cursor() as cursor:
        # One at a time, so that two at the same instant don't both find the last place.
        cursor.execute(HOLD, [follower.pk])
        cursor.execute(FOLLOW, values)
        may, has_room, is_new = cursor.fetchone()
        if not may:
            raise NotAllowed
        if is_new:
            tell_of_follower(follower=follower, followed=followed)
        elif not has_room and not Follow.objects.filter(user=follower, user_followed=followed).exists():
            raise TooManyFollowed
    return is_new


def unfollow(*, follower: "User", followed: "User") -> bool:
    """Follow somebody no longer; False when they didn't."""
    return Follow.objects.filter(user=follower, user_followed=followed).delete()[0] > 0
