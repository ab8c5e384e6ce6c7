"""What many signed-in learners ask for, as bytes ready to send."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from accounts.models import User
from bench.world import Enrollment, World

LEARNERS = 2_000
TOKEN = "b" * 32  # each browser's own in life; the check costs the same
EXPIRY = datetime(2100, 1, 1, tzinfo=UTC)
HEAD = (
    "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\nUser-Agent: learnflow-bench\r\n"
    "Accept: text/html\r\nAccept-Language: en\r\nAccept-Encoding: gzip, br\r\n"
    "Cookie: sessionid={session}; csrftoken=" + TOKEN + "\r\n"
)


@dataclass(frozen=True)
class Visit:
    """A signed-in learner in the midst of a course."""

    session: str
    course_path: str
    lesson_path: str

    def get(self, path: str) -> bytes:
        return (HEAD.format(method="GET", path=path, session=self.session) + "\r\n").encode()

    def post(self, path: str) -> bytes:
        body = f"csrfmiddlewaretoken={TOKEN}"
        kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        return (HEAD.format(method="POST", path=path, session=self.session) + kind + body).encode()


PAGES: dict[str, Callable[[Visit], list[bytes]]] = {
    "home": lambda visit: [visit.get("/")],
    "catalogue": lambda visit: [visit.get("/courses/")],
    "course": lambda visit: [visit.get(visit.course_path)],
    "lesson": lambda visit: [visit.get(visit.lesson_path)],
    "discussion": lambda visit: [visit.get(f"{visit.course_path}discussion/")],
    # In turns, so that every request changes something.
    "complete": lambda visit: [visit.post(f"{visit.lesson_path}complete/"), visit.post(f"{visit.lesson_path}reopen/")],
}


def sign_in(world: World) -> list[Visit]:
    """Sessions for learners all over the world, each with a course in progress and its next lesson."""
    chosen = list(_in_progress(world))
    chosen = chosen[:: max(1, len(chosen) // LEARNERS)][:LEARNERS]
    people = User.objects.in_bulk([enrollment.user for enrollment in chosen])
    Session.objects.all().delete()
    store, visits, rows = SessionStore(), [], []
    for enrollment in chosen:
        key, course = f"bench{enrollment.user:027d}", enrollment.course
        rows.append(
            Session(session_key=key, session_data=store.encode(_facts(people[enrollment.user])), expire_date=EXPIRY)
        )
        path = f"/courses/{course.slug}/"
        visits.append(Visit(key, path, f"{path}lessons/{course.lessons[enrollment.done].id}/"))
    Session.objects.bulk_create(rows, batch_size=500)
    # As signing in on the page lists them.
    UserSession.objects.all().delete()
    listed = [UserSession(user_id=each.user, ip="127.0.0.1", session_key=f"bench{each.user:027d}") for each in chosen]
    UserSession.objects.bulk_create(listed, batch_size=500)
    return visits


def shared_out(visits: Sequence[Visit], page: str, connections: int) -> list[list[bytes]]:
    """The requests of each connection; no two connections are the same learner."""
    return [
        [request for visit in visits[index::connections] for request in PAGES[page](visit)]
        for index in range(connections)
    ]


def _in_progress(world: World) -> Iterator[Enrollment]:
    """Of each learner the first course that one lesson more doesn't finish."""
    seen: set[int] = set()
    for enrollment in world.enrollments:
        far = enrollment.done >= len(enrollment.course.lessons) - 1
        if enrollment.user not in seen and enrollment.status == "active" and not far:
            seen.add(enrollment.user)
            yield enrollment


def _facts(user: User) -> dict[str, str]:
    return {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
