"""What many learners' pages say of the time they were used; and the least that anybody could do with it."""

import json
import os
import secrets
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from bench.journeys import Visit

BEATS_OF_A_LEARNER = 60  # each with an id of its own: a repeat would cost less
OPEN_SECONDS = 3_600  # since when their pages have been open
FORM = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"


def shared_out(connections: int) -> list[list[bytes]]:
    """The requests of each connection, each of another learner than the one before; no two
    connections are the same learner. For this process's stores."""
    from bench.journeys import sign_in
    from bench.world import World

    world = World()
    visits, ids = sign_in(world), {course.slug: course.id for course in world.courses}
    beats = [list(_requests(visit, ids)) for visit in visits]
    return [
        [theirs[number] for number in range(BEATS_OF_A_LEARNER) for theirs in beats[index::connections]]
        for index in range(connections)
    ]


def bare(connections: int) -> list[list[bytes]]:
    """The same number of connections, for the view that inserts what it is sent."""
    from bench.journeys import HEAD

    body = f"seconds=15&age=0&id={uuid.uuid4()}"
    head = HEAD.format(method="POST", path="/", session="none")
    return [[(head + FORM.format(length=len(body), body=body)).encode()]] * connections


def beats_of(person_id: int, course_id: int, lesson_id: str) -> Iterator[str]:
    """Bodies of requests: every beat is 15 s long, and ended just now."""
    token = _page_view(person_id, course_id, lesson_id)
    for _ in range(BEATS_OF_A_LEARNER):
        beat = {"id": str(uuid.uuid4()), "view": token, "seconds": 15, "age": 0}
        yield f"beats={quote_plus(json.dumps([beat]))}"


def _requests(visit: "Visit", ids: dict[str, int]) -> Iterator[bytes]:
    from bench.journeys import HEAD, TOKEN

    _, _, slug, _, lesson_id, _ = visit.lesson_path.split("/")
    head = HEAD.format(method="POST", path="/telemetry/beats/", session=visit.session)
    for beats in beats_of(int(visit.session.removeprefix("bench")), ids[slug], lesson_id):
        body = f"csrfmiddlewaretoken={TOKEN}&{beats}"
        yield (head + FORM.format(length=len(body), body=body)).encode()


def _page_view(person_id: int, course_id: int, lesson_id: str) -> str:
    """As `begin_page_view` would have made it an hour ago."""
    from telemetry.page_views import SIGNER

    begun_ms = time.time_ns() // 1_000_000 - OPEN_SECONDS * 1000
    return SIGNER.sign(f"{person_id}.{course_id}.{lesson_id}.{begun_ms}.{secrets.token_urlsafe(12)}")


def count_events() -> tuple[int, int]:
    """How many events there are, and of how many people."""
    from learnflow import mongo

    events: Any = mongo.database().course_telemetry
    return events.estimated_document_count(), len(events.distinct("user_id"))


def set_up() -> None:
    """Collections and indexes of an empty database."""
    from courses import content
    from telemetry import events

    content.set_up()
    events.set_up()


def forget_events() -> None:
    """Leave the collection as if nobody had learned."""
    from learnflow import mongo

    with mongo.connect(os.environ["MONGO_OWNER_URL"], timeout_ms=600_000) as client:
        client.get_default_database().course_telemetry.drop()
    set_up()
