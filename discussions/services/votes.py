"""Votes on comments: each is one statement, which decides and counts."""

from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Role, User
from discussions.models import Comment, UserBlock
from discussions.services.refusals import NotAllowed
from learnflow.prepared import Prepared

# The comment is locked first: votes on it, and its deletion, come one after the other, and what each of them reads of
# the comment is what the one before it left. The sums follow by trigger after the statement, so it adds the change.
VOTE = """
WITH target AS MATERIALIZED ({votable} FOR NO KEY UPDATE OF comments)
, given AS (SELECT v.vote_type FROM comment_votes v JOIN target ON v.comment_id = target.id WHERE v.user_id = %s)
, cast_vote AS ({cast})
SELECT t.upvotes - t.downvotes + v.now_is - v.was,
       t.downvotes + (v.now_is = -1)::int - (v.was = -1)::int,
       v.now_is
  FROM target t
 CROSS JOIN LATERAL (SELECT coalesce((SELECT vote_type FROM given), 0) AS was, %s::int AS now_is) AS v
"""
GIVE = """
    INSERT INTO comment_votes (comment_id, user_id, vote_type) SELECT id, %s, %s FROM target
        ON CONFLICT (comment_id, user_id) DO UPDATE SET vote_type = excluded.vote_type
"""
TAKE_BACK = "DELETE FROM comment_votes v USING target WHERE v.comment_id = target.id AND v.user_id = %s"


class Standing(NamedTuple):
    """What a comment has, and what its voter gave."""

    score: int
    downvotes: int
    viewer_vote: int


def vote(*, voter: User, comment_id: int, value: int) -> Standing:
    """Give a comment 1 or -1, or with 0 take back what was given.

    Raises `NotAllowed`: on one's own, on what one may not read, and between people of whom one blocked the other.
    """
    if value not in (1, 0, -1):
        raise ValueError(f"There is no vote {value!r}.")
    if not voter.can_sign_in:
        raise NotAllowed
    votable, arguments = VOTABLE[_role(voter)].statement(voter.pk, comment_id)
    cast = [voter.pk, value] if value else [voter.pk]
    with connection.cursor() as cursor:
        sql = VOTE.format(votable=votable, cast=GIVE if value else TAKE_BACK)
        cursor.execute(sql, [*arguments, voter.pk, *cast, value])
        row = cursor.fetchone()
    if row is None:
        raise NotAllowed
    return Standing(*row)


def _votable(voter: User, comment_id: int) -> QuerySet:
    """The comment, if it is another's and this person may read it; of somebody who is gone, too."""
    blocks = UserBlock.objects.between(voter, OuterRef("user"))
    others = Comment.objects.visible_to(voter).filter(pk=comment_id, hidden_at=None).exclude(user=voter)
    return others.exclude(Exists(blocks)).order_by().values("id", "upvotes", "downvotes")


def _role(voter: User) -> Role:
    """What visibility asks of a person besides who they are."""
    return Role.ADMIN if voter.is_admin else Role.INSTRUCTOR if voter.is_staff else Role.LEARNER


def _prepared(role: Role) -> Prepared[Comment]:
    return Prepared(lambda voter_id, comment_id: _votable(User(pk=voter_id, role=role), comment_id), -1, -2)


# Putting them into SQL anew would take longer than the vote itself.
VOTABLE = {role: _prepared(role) for role in Role}
