"""One process with one database, in which somebody is signed in and asks for pages of conversation."""

import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import User

LONG = "SELECT max(id) FROM comments WHERE parent_id IS NULL"
LEARNER, INSTRUCTOR = "learner", "instructor"


@dataclass(frozen=True)
class Answer:
    """`cpu_ms` are those of this process, `postgresql_ms` what it waited for PostgreSQL."""

    milliseconds: float
    queries: int
    bytes: int
    cpu_ms: float
    postgresql_ms: float


class WrongAnswer(Exception):
    """A page isn't what was to be measured."""


def titles() -> list[str]:
    """The pages that can be asked for, in the order of the table."""
    return list(_pages())


def ask(title: str) -> Answer:
    """Ask for the page of this title once. Raises `WrongAnswer` unless it comes."""
    person, url = _pages()[title]
    return visit(_client(person), url)


def visit(client: "Client", url: str) -> Answer:
    """Ask for a page once, with everything that a request passes. Raises `WrongAnswer` unless it comes."""
    from django.db import connection

    queries, in_postgresql = 0, 0.0

    def count(execute: Any, *arguments: Any) -> Any:
        nonlocal queries, in_postgresql
        queries += 1
        began = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            in_postgresql += time.perf_counter() - began

    with connection.execute_wrapper(count):
        began, cpu = time.perf_counter(), time.process_time()
        response = client.get(url)
        milliseconds, cpu_ms = (time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000
    if response.status_code != 200:
        raise WrongAnswer(f"{url} answered {response.status_code}")
    return Answer(milliseconds, queries, len(response.content), cpu_ms, in_postgresql * 1000)


@cache
def _pages() -> dict[str, tuple[str, str]]:
    """Title: (who asks, address)."""
    from django.urls import NoReverseMatch, reverse

    found = {}
    for title, person, name, arguments, query in _wanted():
        try:
            found[title] = (person, f"{reverse(name, args=arguments)}{query}")
        except NoReverseMatch:
            continue
    return found


def _wanted() -> list[tuple[str, str, str, list[Any], str]]:
    """(title, who asks, name of the address, its arguments, query)."""
    slug, lesson = row(
        "SELECT slug, lesson_id FROM courses c JOIN course_lessons l ON l.course_id = c.id "
        "WHERE c.id = 1 ORDER BY position LIMIT 1"
    )
    half = "ORDER BY {0} LIMIT 1 OFFSET (SELECT count(*) / 2 FROM {1})"
    roots = "comments WHERE course_id = 1 AND parent_id IS NULL AND NOT is_private"
    (root,) = row(f"SELECT id FROM {roots} {half.format('id', roots)}")
    (long,) = row(LONG)
    thread = f"comments WHERE root_id = ({LONG}) AND deleted_at IS NULL AND hidden_at IS NULL"
    (deep,) = row(f"SELECT id FROM {thread} {half.format('path', thread)}")
    reader = _people()[LEARNER]
    followed = f"posts WHERE user_id IN (SELECT user_followed_id FROM follows WHERE user_id = {reader.pk})"
    (post,) = row(f"SELECT id FROM {followed} {half.format('id', followed)}")
    (commented,) = row("SELECT max(id) FROM posts")
    teacher = _people()[INSTRUCTOR].username
    discussion, of_lesson = ("course_discussion", [slug]), ("lesson_discussion", [slug, lesson])
    return [
        ("discussion", LEARNER, *discussion, ""),
        ("discussion, best", LEARNER, *discussion, "?order=best"),
        ("discussion, deep", LEARNER, *discussion, f"?after={root}"),
        ("discussion, search of a common word", LEARNER, *discussion, "?q=pattern"),
        ("discussion, search of two words", LEARNER, *discussion, "?q=pattern+evidence"),
        ("discussion, staff", INSTRUCTOR, *discussion, ""),
        ("discussion of a lesson", LEARNER, *of_lesson, ""),
        ("discussion of a lesson, best", LEARNER, *of_lesson, "?order=best"),
        ("lesson with its discussion", LEARNER, "lesson", [slug, lesson], ""),
        ("course page", LEARNER, "course", [slug], ""),
        ("thread of 5,000", LEARNER, "comment", [long], ""),
        ("permalink in a thread of 5,000", LEARNER, "comment", [deep], ""),
        ("private questions of the course, staff", INSTRUCTOR, *discussion, "?show=private"),
        ("questions, inbox of the staff", INSTRUCTOR, "questions", [], ""),
        ("questions, my own", LEARNER, "questions", [], ""),
        ("inbox", LEARNER, "messages", [], ""),
        ("conversation of 50,000", LEARNER, "conversation", [teacher], ""),
        ("search of messages", LEARNER, "messages", [], "?q=pattern"),
        ("feed", LEARNER, "feed", [], ""),
        ("feed, deep", LEARNER, "feed", [], f"?after={post}"),
        ("posts", LEARNER, "posts", [], ""),
        ("search of posts", LEARNER, "posts", [], "?q=pattern"),
        ("post with 2,000 comments", LEARNER, "post", [commented], ""),
        ("people, search", LEARNER, "people", [], "?q=meyer"),
        ("person", LEARNER, "person", [teacher], ""),
        ("followers", LEARNER, "followers", [reader.username], ""),
        ("notifications", LEARNER, "notifications", [], ""),
        ("a plain page with its bell", LEARNER, "catalogue", [], ""),
    ]


@cache
def _people() -> dict[str, "User"]:
    from accounts.models import User

    (reader,) = row("SELECT min(user_id) FROM user_blocks")
    (instructor,) = row("SELECT instructor_id FROM courses WHERE id = 1")
    people = User.objects.in_bulk([reader, instructor])
    return {LEARNER: people[reader], INSTRUCTOR: people[instructor]}


@cache
def _client(person: str) -> "Client":
    return signed_in(_people()[person])


def signed_in(user: "User") -> "Client":
    """A browser in which this person is signed in; made by hand, for signing in would be audited."""
    from allauth.usersessions.models import UserSession
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    UserSession.objects.create(user=user, ip="127.0.0.1", session_key=session.session_key)
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def row(query: str) -> tuple[Any, ...]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(cursor.fetchone())
