"""Telling people: rows in the transaction of their cause, for those who may see it and want to know.

Nobody is told of what they did themselves, by somebody with whom they are parted by a block, twice of one thing, or
of a kind that they turned off. An e-mail is only put down as due; the worker sends it.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from accounts.rate_limits import TooManyTries, count_try
from discussions.limits import MENTIONS
from discussions.models import Comment, Kind
from discussions.models.conversation import NOT_PARTED
from discussions.models.notification import USUAL
from discussions.models.report import target_name

if TYPE_CHECKING:
    from accounts.models import User
    from discussions.models import DirectMessage, Post, PostComment, Report

# In the order of ids, as the worker takes them that mails them: neither waits for what the other holds.
READ = """
WITH mine AS MATERIALIZED (
    SELECT id FROM notifications WHERE user_id = %s AND read_at IS NULL AND {which} ORDER BY id FOR NO KEY UPDATE
)
UPDATE notifications n SET read_at = statement_timestamp(), email_due_at = NULL FROM mine WHERE n.id = mine.id
"""
ABOUT = ("comment_id", "conversation_id", "post_id", "post_comment_id", "course_id", "lesson_id")
Audience = list[tuple[int, Kind]]

# Of the people of `told` (user_id, kind, usual): how each wants to hear of it, and when an e-mail is due. Messages wait
# a minute, for whoever is looking at the conversation reads them in that time.
WHO_WANTS_TO_KNOW = f"""
  JOIN users u ON u.id = told.user_id AND u.is_active AND NOT u.is_blocked
  LEFT JOIN notification_settings s ON s.user_id = u.id AND s.kind = told.kind
 CROSS JOIN LATERAL (SELECT coalesce(s.delivery, told.usual) AS delivery) AS d
 CROSS JOIN LATERAL (
    SELECT CASE d.delivery
           WHEN 'now' THEN now() + CASE WHEN told.kind = 'message' THEN interval '1 minute' ELSE interval '0' END
           WHEN 'digest' THEN next_digest_at(coalesce(nullif(u.time_zone, ''), %(zone)s::text)) END AS due
 ) AS e
 WHERE d.delivery <> 'off'
   AND u.id IS DISTINCT FROM %(actor)s::bigint
   AND {NOT_PARTED.format(one="u.id", other="%(actor)s::bigint")}
"""
# Of several kinds that would tell one person of the same thing, the one that tells them soonest.
TELL = """
INSERT INTO notifications AS n (user_id, kind, actor_id, subject, comment_id, conversation_id, post_id,
                                post_comment_id, course_id, lesson_id, email_due_at)
SELECT DISTINCT ON (u.id) u.id, told.kind, %(actor)s::bigint, %(subject)s::text, %(comment_id)s::bigint,
       %(conversation_id)s::bigint, %(post_id)s::bigint, %(post_comment_id)s::bigint, %(course_id)s::bigint,
       %(lesson_id)s::text, e.due
  FROM unnest(%(users)s::bigint[], %(kinds)s::text[], %(usual)s::text[]) WITH ORDINALITY
       AS told(user_id, kind, usual, place)
""" + WHO_WANTS_TO_KNOW  # fmt: skip
IN_ORDER = " ORDER BY u.id, e.due NULLS LAST, told.place ON CONFLICT (user_id, kind, subject) WHERE read_at IS NULL "
ONCE = (
    " AND NOT EXISTS (SELECT FROM notifications o"
    " WHERE o.user_id = u.id AND o.subject = %(subject)s::text AND o.{column} = %(same)s::bigint)"
)
UNLESS_MUTED = """
   AND NOT EXISTS (SELECT FROM conversations c WHERE c.id = %(conversation_id)s::bigint
                      AND CASE WHEN c.low_user_id = u.id THEN c.low_muted_at ELSE c.high_muted_at END IS NOT NULL)
"""
# Who was mailed today that something is unread isn't mailed again for every further one.
COUNT_ONE_MORE = """
DO UPDATE SET times = n.times + excluded.times,
              created_at = excluded.created_at,
              actor_id = excluded.actor_id,
              lesson_id = excluded.lesson_id,
              email_due_at = coalesce(n.email_due_at, CASE WHEN n.emailed_at > now() - interval '1 day' THEN NULL
                                                           ELSE excluded.email_due_at END),
              email_failing_since = CASE WHEN n.email_due_at IS NOT NULL THEN n.email_failing_since END
"""


def tell_of_comment(*, comment: Comment, mentioned: Collection[int]) -> None:
    """A reply to whom it answers, a private question to the staff and its answers to the asker, a mention to each.

    Told again, as after a change, it reaches only those who weren't told.
    """
    audience = _concerned(comment) + [(each, Kind.MENTION) for each in mentioned]
    readers = Comment.objects.readers_among(comment, {each for each, _ in audience}) if audience else set()
    _tell(
        [(each, kind) for each, kind in audience if each in readers],
        actor_id=comment.user_id,
        subject=f"comment {comment.pk}",
        once="comment_id",
        comment_id=comment.pk,
        course_id=comment.course_id,
    )


def _concerned(comment: Comment) -> Audience:
    """Whom a comment is for: who wrote its parent, and of private questions the asker and the instructor."""
    concerned = [comment.parent.user_id] if comment.parent else []
    if not comment.is_private:
        return [(each, Kind.REPLY) for each in concerned if each]
    is_theirs = comment.parent is None or comment.user_id == comment.asker_id
    concerned.append(comment.course.instructor_id if is_theirs else comment.asker_id)
    return [(each, Kind.PRIVATE_QUESTION) for each in concerned if each]


def tell_of_message(*, message: "DirectMessage") -> None:
    """The receiver, unless they muted the conversation; one row while they haven't looked."""
    _tell(
        [(message.receiver_id, Kind.MESSAGE)],
        actor_id=message.sender_id,
        subject=f"conversation {message.conversation_id}",
        only_if=UNLESS_MUTED,
        otherwise=COUNT_ONE_MORE,
        conversation_id=message.conversation_id,
    )


def tell_of_follower(*, follower: "User", followed: "User") -> None:
    """The followed person, the first time."""
    _tell([(followed.pk, Kind.FOLLOWER)], actor_id=follower.pk, subject=f"person {follower.pk}", once="actor_id")


def tell_of_post(*, post: "Post", mentioned: Collection[int]) -> None:
    """Those whom the caption mentions."""
    audience = [(each, Kind.MENTION) for each in mentioned]
    _tell(audience, actor_id=post.user_id, subject=f"post {post.pk}", once="post_id", post_id=post.pk)


def tell_of_post_comment(*, comment: "PostComment", mentioned: Collection[int]) -> None:
    """The author of the post, and those whom the comment mentions."""
    _tell(
        [(comment.post.user_id, Kind.POST_COMMENT), *((each, Kind.MENTION) for each in mentioned)],
        actor_id=comment.user_id,
        subject=f"post comment {comment.pk}",
        once="post_comment_id",
        post_id=comment.post_id,
        post_comment_id=comment.pk,
    )


def tell_of_hiding(*, thing: "Comment | Post | PostComment") -> None:
    """Its author, that it was hidden; the reason stands at the thing. Not by whom: nobody's block hinders it."""
    if not thing.user_id or thing.user_id == thing.hidden_by_id:
        return
    name = target_name(thing)
    about: dict[str, Any] = {f"{name}_id": thing.pk}
    _tell([(thing.user_id, Kind.MODERATION)], actor_id=None, subject=f"hiding of {name} {thing.pk}", **about)


def tell_of_decision(*, report: "Report") -> None:
    """The reporter, what became of the report."""
    if report.reporter_id and report.reporter_id != report.handled_by_id:
        subject = f"report {report.pk} {report.state}"
        _tell([(report.reporter_id, Kind.MODERATION)], actor_id=None, subject=subject)


def _tell(
    audience: Audience,
    *,
    actor_id: int | None,
    subject: str,
    once: str = "",
    only_if: str = "",
    otherwise: str = "DO NOTHING",
    **about: Any,
) -> None:
    """One row for each of them; `once` names the column by which those are found who know already."""
    mentions = sum(kind == Kind.MENTION for _, kind in audience)
    if mentions and not _may_mention(actor_id, mentions):
        audience = [(each, kind) for each, kind in audience if kind != Kind.MENTION]
    if not audience:
        return
    values: dict[str, Any] = {
        **dict.fromkeys(ABOUT),
        "lesson_id": "",
        **about,
        "users": [user_id for user_id, _ in audience],
        "kinds": [kind.value for _, kind in audience],
        "usual": [USUAL[kind].value for _, kind in audience],
        "actor": actor_id,
        "subject": subject,
        "same": about.get(once, actor_id),
        "zone": settings.TIME_ZONE,
    }
    known = ONCE.format(column=once) if once else ""
    with connection.cursor() as cursor:
        cursor.execute(TELL + known + only_if + IN_ORDER + otherwise, values)


def _may_mention(person_id: int | None, number: int) -> bool:
    """A mention reaches people by e-mail who never met its author, so nobody calls very many in a short time."""
    try:
        count_try(MENTIONS, str(person_id), number=number)
    except TooManyTries:
        return False
    return True


def read(*, reader: "User", notification_id: int | None = None) -> None:
    """Mark one as read, or all. What is read isn't mailed any more."""
    which, values = ("true", []) if notification_id is None else ("id = %s", [notification_id])
    _execute(READ.format(which=which), reader.pk, *values)


def read_about(*, reader: "User", comments: Iterable[int] = (), post: int | None = None) -> int:
    """Mark as read what this person was told of the things they are looking at: one statement; how many it were."""
    which = "(comment_id = ANY(%s::bigint[]) OR post_id = %s::bigint)"
    return _execute(READ.format(which=which), reader.pk, list(comments), post)


def read_from(*, reader: "User", sender: "User") -> None:
    """Mark as read what this person was told of somebody from whom they hear no more: it isn't shown any longer."""
    _execute(READ.format(which="actor_id = %s"), reader.pk, sender.pk)


def _execute(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
