"""Fills a database with conversation: discussions with votes, messages, the showcase, follows, notifications.

Everything comes from `INSERT … SELECT`, as the superuser and with triggers off but for the one that gives a comment its
place; what triggers would have counted is counted once in the end, and compared with its rows.
"""

from random import Random
from typing import Any

import psycopg
from psycopg import sql

from bench import writing

COMMENTS, MESSAGES, POSTS, NOTIFICATIONS, PEOPLE = 200_000, 1_000_000, 100_000, 200_000, 90_000
BEGINNING = "'2026-06-01'::timestamptz"
SAYINGS = 1_000

# The database begins as a copy of the one of `make bench`, in which some has been said already.
FORGET = "TRUNCATE comments, comment_votes RESTART IDENTITY CASCADE"

# --- Who and where ----------------------------------------------------------------------------------

# The reader learns in the course that most people take, is taught there by its instructor, and follows people 100-599.
CAST = """
CREATE TEMP TABLE cast_of AS
SELECT (SELECT min(user_id) FROM enrollments WHERE course_id = 1 AND status = 'active' AND user_id > 5000) AS reader,
       (SELECT instructor_id FROM courses WHERE id = 1) AS instructor,
       (SELECT lesson_id FROM course_lessons WHERE course_id = 1 ORDER BY position LIMIT 1) AS lesson
"""
MORE_PEOPLE = """
INSERT INTO users (email, username, first_name, last_name, password, role, bio, created_at, updated_at, avatar_url,
                   github_username, time_zone, language, avatar, blocked_reason, leaderboard_visible)
SELECT format('guest_%%s@example.org', i), format('guest_%%s', i), (ARRAY['Ada', 'Ben', 'Cleo', 'Dan'])[i %% 4 + 1],
       format('Guest %%s', i), '!', 'learner', '', {beginning}, {beginning}, '', '', '', '', '', '', true
  FROM generate_series(1, %(people)s) i
"""

# --- Discussions ------------------------------------------------------------------------------------

# One comment in ten belongs to one lesson, and of those a quarter to one thread; each other thread has three replies.
THREADS = """
INSERT INTO comments (course_id, lesson_id, user_id, content, content_html, is_private, is_pinned, created_at,
                      hidden_reason)
SELECT course, CASE WHEN course = 1 AND i %% 40 < 3 THEN lesson
                    WHEN i %% 2 = 0 THEN (SELECT lesson_id FROM course_lessons l
                                         WHERE l.course_id = course ORDER BY position OFFSET 1 + i %% 10 LIMIT 1)
                    ELSE '' END,
       CASE WHEN i %% 97 = 0 THEN reader ELSE 1 + i * 37 %% 10000 END, s.content, s.html, i %% 33 = 0, i %% 4000 = 7,
       {beginning} + i * '1 minute'::interval, ''
  FROM generate_series(1, %(comments)s * 39 / 160) i, cast_of,
       LATERAL (SELECT CASE WHEN i %% 40 < 7 THEN 1 ELSE 2 + i %% 199 END AS course) AS c, sayings s
 WHERE s.n = i * 7 %% {sayings}
 ORDER BY i
"""
THE_LONG_ONE = """
INSERT INTO comments (course_id, lesson_id, user_id, content, content_html, created_at, hidden_reason)
SELECT 1, lesson, instructor, content, html, {beginning} + '400 days'::interval, '' FROM cast_of, sayings WHERE n = 1
"""
REPLIES = """
INSERT INTO comments (course_id, parent_id, user_id, content, content_html, created_at, hidden_reason)
SELECT c.course_id, c.id, 1 + c.id * 41 %% 10000, s.content, s.html, c.created_at + '5 hours'::interval, ''
  FROM comments c JOIN sayings s ON s.n = c.id * 11 %% {sayings}
 WHERE {where} ORDER BY c.id {limit}
"""
LONG = "(SELECT max(id) FROM comments WHERE parent_id IS NULL)"
REPLIES_IN_THE_LONG_ONE = """
INSERT INTO comments (course_id, parent_id, user_id, content, content_html, created_at, hidden_reason)
SELECT 1, c.id, 1 + i * 41 %% 10000, s.content, s.html, {beginning} + '400 days'::interval + i * '1 minute'::interval,
       ''
  FROM generate_series(1, %(comments)s / 40 * {share} / 100) i JOIN sayings s ON s.n = i * 11 %% {sayings},
       LATERAL (SELECT id FROM comments WHERE root_id = {long} AND depth = {depth} ORDER BY id
                 LIMIT 1 OFFSET i / 3 * ({depth} > 0)::int) c
 ORDER BY i
"""
VOTES = """
INSERT INTO comment_votes (comment_id, user_id, vote_type)
SELECT c.id, 1 + (c.id * 7 + k * 13) %% 10000, CASE WHEN (c.id + k) %% 5 = 0 THEN -1 ELSE 1 END
  FROM comments c, generate_series(1, CASE WHEN c.id %% 100 = 0 THEN 200 ELSE c.id %% 4 END) k
 WHERE c.user_id <> 1 + (c.id * 7 + k * 13) %% 10000
"""
REMOVED = """
UPDATE comments SET content = '', content_html = '', deleted_at = created_at + '1 day'::interval WHERE id %% 211 = 3;
UPDATE comments SET hidden_at = created_at + '1 day'::interval, hidden_reason = 'Off topic', hidden_by_id = instructor
  FROM cast_of WHERE id %% 199 = 4
"""
COUNT_COMMENTS = """
UPDATE comments c SET upvotes = v.up, downvotes = v.down, reply_count = v.replies
  FROM ({counted}) AS v WHERE v.id = c.id
"""
COUNTED_COMMENTS = """
SELECT c.id, coalesce(v.up, 0) AS up, coalesce(v.down, 0) AS down, coalesce(r.n, 0) AS replies
  FROM comments c
  LEFT JOIN (SELECT comment_id, count(*) FILTER (WHERE vote_type = 1) AS up,
                    count(*) FILTER (WHERE vote_type = -1) AS down
               FROM comment_votes GROUP BY comment_id) v ON v.comment_id = c.id
  LEFT JOIN (SELECT root_id, count(*) AS n FROM comments
              WHERE parent_id IS NOT NULL AND deleted_at IS NULL AND hidden_at IS NULL GROUP BY root_id) r
    ON r.root_id = c.id AND c.parent_id IS NULL
"""

# --- Messages ---------------------------------------------------------------------------------------

# The reader's with the instructor is the long one; the reader's others are short.
CONVERSATIONS = """
INSERT INTO conversations (low_user_id, high_user_id)
SELECT least(a, b), greatest(a, b)
  FROM cast_of, LATERAL (
      SELECT reader AS a, instructor AS b
       UNION ALL SELECT reader, reader - 1000 + i + (i >= 1000)::int FROM generate_series(1, %(messages)s / 500 - 1) i
       UNION ALL SELECT 1 + i %% 9000, 2 + i %% 9000 + i / 9000 FROM generate_series(0, %(messages)s / 50 - 1) i
                  WHERE reader NOT IN (1 + i %% 9000, 2 + i %% 9000 + i / 9000)
  ) AS pairs
"""
DIRECT_MESSAGES = """
INSERT INTO direct_messages (conversation_id, sender_id, receiver_id, content, content_html, is_read, read_at,
                             created_at)
SELECT c.id, CASE WHEN from_low THEN c.low_user_id ELSE c.high_user_id END,
       CASE WHEN from_low THEN c.high_user_id ELSE c.low_user_id END, s.content, s.html, was_read,
       CASE WHEN was_read THEN {beginning} + '200 days'::interval END, {beginning} + 100 * k / c.n * '1 day'::interval
  FROM (SELECT c.*, CASE WHEN high_user_id = instructor AND low_user_id = reader THEN %(messages)s / 20
                         WHEN reader IN (low_user_id, high_user_id) THEN 20 ELSE 46 END AS n
          FROM conversations c, cast_of) AS c,
       LATERAL (SELECT k, (c.id + k / 2) %% 2 = 0 AS from_low, k < c.n - c.id %% 3 OR c.id %% 7 > 0 AS was_read
                  FROM generate_series(1, c.n) k) AS m
  JOIN sayings s ON s.n = m.k * 13 %% {sayings}
 ORDER BY 100 * k / c.n, c.id, k
"""
COUNT_MESSAGES = """
UPDATE conversations c SET last_message_id = v.last, last_at = v.at, low_unread = v.to_low, high_unread = v.to_high
  FROM ({counted}) AS v WHERE v.id = c.id
"""
COUNTED_MESSAGES = """
SELECT conversation_id AS id, max(id) AS last, max(created_at) AS at,
       count(*) FILTER (WHERE NOT is_read AND receiver_id < sender_id) AS to_low,
       count(*) FILTER (WHERE NOT is_read AND receiver_id > sender_id) AS to_high
  FROM direct_messages GROUP BY conversation_id
"""

# --- The showcase -----------------------------------------------------------------------------------

FOLLOWS = """
INSERT INTO follows (user_id, user_followed_id, created_at)
SELECT reader, i, {beginning} FROM cast_of, generate_series(100, 599) i
 UNION ALL SELECT i, reader, {beginning} FROM cast_of, generate_series(1000, 999 + %(posts)s / 50) i
 UNION ALL SELECT i, 1 + (i + k * 7) %% 10000, {beginning} FROM cast_of, generate_series(1, %(posts)s / 10) i,
                  generate_series(1, 5) k WHERE reader NOT IN (i, 1 + (i + k * 7) %% 10000)
"""
SHOWCASE = """
INSERT INTO posts (user_id, image, width, height, alt, caption, caption_html, created_at, hidden_reason)
SELECT CASE WHEN i %% 10 = 0 THEN 100 + i / 10 %% 500 ELSE 600 + i %% 9000 END, format('posts/%%s.webp', i), 800, 600,
       'A piece of work', s.content, s.html, {beginning} + i * '1 minute'::interval, ''
  FROM generate_series(1, %(posts)s) i JOIN sayings s ON s.n = i * 17 %% {sayings} ORDER BY i;
INSERT INTO post_comments (post_id, user_id, content, content_html, created_at, hidden_reason)
SELECT CASE WHEN i <= %(posts)s / 50 THEN %(posts)s ELSE i END, 1 + i * 43 %% 10000, s.content, s.html,
       {beginning} + i * '1 minute'::interval, ''
  FROM generate_series(1, %(posts)s) i JOIN sayings s ON s.n = i * 19 %% {sayings} ORDER BY i;
INSERT INTO likes (post_id, user_id)
SELECT i, 1 + (i * 7 + k * 13) %% 10000 FROM generate_series(1, %(posts)s) i, generate_series(1, i %% 7) k;
INSERT INTO likes (post_comment_id, user_id) SELECT i, 1 + i * 7 %% 10000 FROM generate_series(1, %(posts)s, 5) i
"""
COUNT_POSTS = """
UPDATE posts p SET like_count = v.likes, comment_count = v.comments FROM ({counted}) AS v WHERE v.id = p.id
"""
COUNTED_POSTS = """
SELECT p.id, (SELECT count(*) FROM likes l WHERE l.post_id = p.id) AS likes,
       (SELECT count(*) FROM post_comments c WHERE c.post_id = p.id AND c.hidden_at IS NULL) AS comments
  FROM posts p
"""
COUNT_POST_COMMENTS = """
UPDATE post_comments c SET like_count = v.likes FROM ({counted}) AS v WHERE v.id = c.id
"""
COUNTED_POST_COMMENTS = "SELECT post_comment_id AS id, count(*) AS likes FROM likes WHERE post_id IS NULL GROUP BY 1"

# --- Notifications ----------------------------------------------------------------------------------

# The reader has one in forty, of which six in a hundred are unread; everybody else the rest.
TOLD = """
INSERT INTO notifications (user_id, kind, actor_id, subject, comment_id, post_id, created_at, read_at)
SELECT reader, CASE i %% 3 WHEN 0 THEN 'reply' WHEN 1 THEN 'follower' ELSE 'post_comment' END, 1 + i %% 4000,
       CASE i %% 3 WHEN 0 THEN format('comment %%s', c) WHEN 1 THEN format('person %%s', i)
                  ELSE format('post %%s', i) END,
       CASE WHEN i %% 3 = 0 THEN c END, CASE WHEN i %% 3 = 2 THEN i END, {beginning} + i * '1 minute'::interval,
       CASE WHEN i %% 50 > 2 THEN {beginning} + '200 days'::interval END
  FROM cast_of, generate_series(1, %(notifications)s / 40) i,
       LATERAL (SELECT id AS c FROM comments WHERE course_id = 1 AND NOT is_private ORDER BY id LIMIT 1 OFFSET i / 3) x;
INSERT INTO notifications (user_id, kind, actor_id, subject, created_at, read_at)
SELECT user_id, 'follower', 1 + i %% 4000, format('person %%s', i), {beginning},
       CASE WHEN i %% 5 > 0 THEN {beginning} END
  FROM cast_of, generate_series(1, %(notifications)s) i, LATERAL (SELECT 1 + i %% 9999 AS user_id) u
 WHERE user_id <> reader
"""
BLOCKS = """
INSERT INTO user_blocks (user_id, blocked_user_id) SELECT reader, i FROM cast_of, generate_series(3000, 3009) i
"""

COPIES = {
    "scores and replies": "SELECT count(*) FROM comments c JOIN ({comments}) v USING (id)"
    " WHERE (c.upvotes, c.downvotes, c.reply_count) <> (v.up, v.down, v.replies)",
    "last messages and unread counts": "SELECT count(*) FROM conversations c LEFT JOIN ({messages}) v USING (id)"
    " WHERE (c.last_message_id, c.low_unread, c.high_unread) IS DISTINCT FROM (v.last, v.to_low, v.to_high)",
    "likes and comments of posts": "SELECT count(*) FROM posts p JOIN ({posts}) v USING (id)"
    " WHERE (p.like_count, p.comment_count) <> (v.likes, v.comments)",
    "likes of comments on posts": "SELECT count(*) FROM post_comments c LEFT JOIN ({post_comments}) v USING (id)"
    " WHERE c.like_count <> coalesce(v.likes, 0)",
}
COUNTED = {
    "comments": COUNTED_COMMENTS,
    "messages": COUNTED_MESSAGES,
    "posts": COUNTED_POSTS,
    "post_comments": COUNTED_POST_COMMENTS,
}


class Miscounted(Exception):
    """A copied count isn't the number of its rows."""


def talk(superuser: psycopg.Connection[Any], *, hundredths: int) -> str:
    """Fill the database with so many hundredths of everything, in one transaction; one sentence with what is there."""
    shares = {"comments": COMMENTS, "messages": MESSAGES, "posts": POSTS, "notifications": NOTIFICATIONS}
    sizes = {name: number * hundredths // 100 for name, number in shares.items()} | {
        "people": PEOPLE if hundredths == 100 else 1
    }
    with superuser.transaction():
        # Keys and checks of this kind are triggers too: what is made here refers to what is there.
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute("ALTER TABLE comments ENABLE ALWAYS TRIGGER take_the_comments_place")
        _write_sayings(superuser)
        for statement in _statements():
            superuser.execute(statement, sizes) if "%(" in statement else superuser.execute(statement)
        superuser.execute("ALTER TABLE comments ENABLE TRIGGER take_the_comments_place")
    _check(superuser)
    tables = ("comments", "comment_votes", "direct_messages", "conversations", "posts", "likes", "notifications")
    counts = [_number(superuser, f"SELECT count(*) FROM {table}") for table in tables]
    return ", ".join(f"{count:,} {table}" for table, count in zip(tables, counts, strict=True))


def _statements() -> list[str]:
    """In their order; those without arguments go as they are, so their per cent signs are single."""
    words = {"beginning": BEGINNING, "sayings": str(SAYINGS), "long": LONG}
    is_short = f"c.root_id <> {LONG}"
    replies = [
        REPLIES.format(where=f"{where} AND {is_short}", limit="", **words)
        for where in ("c.depth = 0", "c.depth = 1", "c.depth = 0")
    ]
    long_one = [
        REPLIES_IN_THE_LONG_ONE.format(share=share, depth=depth, **words) for depth, share in enumerate([60, 25, 12, 3])
    ]
    counting = [
        COUNT_COMMENTS.format(counted=COUNTED_COMMENTS),
        COUNT_MESSAGES.format(counted=COUNTED_MESSAGES),
        COUNT_POSTS.format(counted=COUNTED_POSTS),
        COUNT_POST_COMMENTS.format(counted=COUNTED_POST_COMMENTS),
    ]
    making = [FORGET, CAST, MORE_PEOPLE, THREADS, THE_LONG_ONE, *replies, *long_one, VOTES, *REMOVED.split(";")]
    making += [CONVERSATIONS, DIRECT_MESSAGES, FOLLOWS, *SHOWCASE.split(";\n"), *TOLD.split(";\n"), BLOCKS, *counting]
    statements = [each.replace("{beginning}", BEGINNING).replace("{sayings}", str(SAYINGS)) for each in making]
    return [each if "%(" in each else each.replace("%%", "%") for each in statements]


def _write_sayings(superuser: psycopg.Connection[Any]) -> None:
    from discussions.markdown import write_up

    random = Random(4)
    superuser.execute("CREATE TEMP TABLE sayings (n integer PRIMARY KEY, content text, html text)")
    with superuser.cursor().copy("COPY sayings FROM STDIN") as copy:
        for number in range(SAYINGS):
            content = writing.paragraph(random) if number % 3 == 0 else writing.sentence(random)
            copy.write_row((number, content, write_up(content).html))


def _check(superuser: psycopg.Connection[Any]) -> None:
    for what, query in COPIES.items():
        if wrong := _number(superuser, query.format(**COUNTED)):
            raise Miscounted(f"{wrong} {what} are wrong")


def _number(superuser: psycopg.Connection[Any], query: str) -> int:
    row = superuser.execute(sql.SQL(query)).fetchone()
    return int(row[0]) if row else 0
