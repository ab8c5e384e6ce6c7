"""The floor: catalogue, course and lesson by hand, as a WSGI function over psycopg, pymongo and Jinja2.

The same queries for pages of the same size, and nothing that a product needs besides: no translation, no CSRF check, no
roles, no error pages. What a page costs here is what the stores, the drivers and joining text cost.
"""

import base64
import json
import os
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import jinja2
from bson import ObjectId
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool
from pymongo import MongoClient, WriteConcern
from pymongo.database import Database

from bench.stores import ROOT

Row = dict[str, Any]
SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > now()"
UNREAD = """
SELECT (SELECT count(*) FROM (SELECT id FROM notifications WHERE user_id = %s AND read_at IS NULL LIMIT 100) AS told)
         AS notifications,
       (SELECT count(*) FROM conversations WHERE (low_user_id = %s AND low_unread > 0 AND low_muted_at IS NULL)
                                              OR (high_user_id = %s AND high_unread > 0 AND high_muted_at IS NULL))
         AS messages
"""
PERSON = "SELECT id, email, username, first_name, last_name, is_blocked, role FROM users WHERE is_active AND id = %s"
CARDS = """
SELECT c.slug, c.title, c.summary, c.level, c.duration_minutes, c.language, c.price, c.currency, g.name AS category,
       g.slug AS category_slug, g.icon,
       (SELECT progress FROM enrollments e WHERE e.user_id = %s AND e.course_id = c.id AND e.status <> 'cancelled')
  FROM courses c JOIN categories g ON g.id = c.category_id
 WHERE c.is_published ORDER BY c.enrollment_count DESC, c.id DESC LIMIT 13
"""
COUNT = "SELECT count(*) AS n FROM (SELECT id FROM courses WHERE is_published LIMIT 1001) AS found"
COURSE = """
SELECT c.id, c.slug, c.title, c.summary, c.description_html, c.objectives, c.level, c.duration_minutes, c.language,
       c.price, c.currency, c.enrollment_count, c.outline_version, g.name AS category, g.slug AS category_slug,
       u.id AS instructor, u.username, u.first_name, u.last_name, u.bio
  FROM courses c JOIN categories g ON g.id = c.category_id JOIN users u ON u.id = c.instructor_id
 WHERE c.is_published AND c.slug = %s
"""
ENROLLMENT = """
SELECT e.id, e.progress, array_agg(p.lesson_id) FILTER (WHERE p.completed_at IS NOT NULL) AS completed
  FROM enrollments e LEFT JOIN lesson_progress p ON p.enrollment_id = e.id
 WHERE e.user_id = %s AND e.course_id = %s AND e.status <> 'cancelled' GROUP BY e.id
"""
OUTLINE = """
SELECT cl.lesson_id, s.title FROM course_lessons cl JOIN sections s ON s.id = cl.section_id
 WHERE cl.course_id = %s AND cl.is_published ORDER BY cl.position
"""
LESSON_FIELDS = {"title": 1, "type": 1, "duration": 1, "language": 1, "content.html": 1, "content.video_id": 1}
FILLER = "." * 20_000

templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT / "bench" / "templates"), autoescape=True, auto_reload=False
)


@cache
def pool() -> ConnectionPool:
    options = {"autocommit": True, "row_factory": dict_row}
    return ConnectionPool(os.environ["DATABASE_URL"], kwargs=options, min_size=2, max_size=8, open=True)


@cache
def documents() -> Database[Row]:
    return MongoClient(os.environ["MONGO_URL"], maxPoolSize=10).get_default_database()


def application(environ: Row, start_response: Callable[..., Any]) -> Iterable[bytes]:
    parts = environ["PATH_INFO"].strip("/").split("/")
    with pool().connection() as connection:
        one = lambda sql, *values: connection.execute(sql, values).fetchone()  # noqa: E731
        session = environ["HTTP_COOKIE"].split("sessionid=")[1].split(";")[0]
        person = one(PERSON, user_of(one(SESSION, session)["session_data"]))
        person |= one(UNREAD, *[person["id"]] * 3)
        if len(parts) == 1:
            name, context = "catalogue", catalogue(connection, person)
        else:
            course = one(COURSE, parts[1])
            enrollment = one(ENROLLMENT, person["id"], course["id"])
            context = {"course": course, "percent": int(enrollment["progress"])}
            context["outline"] = outline(connection, course["id"], course["outline_version"])
            context["done"] = set(enrollment["completed"] or ())
            name = "course" if len(parts) == 2 else "lesson"
    if name == "lesson":
        context |= lesson(person["id"], context["course"]["id"], parts[3])
    missing = int(parse_qs(environ["QUERY_STRING"]).get("fill", ["0"])[0])
    text = templates.get_template(f"{name}.html").render(person=person, filler=FILLER[:missing], **context)
    body = text.encode()
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]


def user_of(session_data: str) -> int:
    """Whose session it is. The row is ours, so its signature isn't checked."""
    packed, _, _ = session_data.lstrip(".").partition(":")
    raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    return int(json.loads(zlib.decompress(raw) if session_data.startswith(".") else raw)["_auth_user_id"])


def catalogue(connection: Any, person: Row) -> Row:
    courses = connection.execute(CARDS, [person["id"]]).fetchall()
    return {"courses": courses[:12], "count": connection.execute(COUNT).fetchone()["n"], "categories": categories()}


@cache
def categories() -> list[Row]:
    with pool().connection() as connection:
        return connection.execute("SELECT slug, name FROM categories ORDER BY name").fetchall()


_outlines: dict[tuple[int, int], list[Row]] = {}


def outline(connection: Any, course: int, version: int) -> list[Row]:
    """The lessons of a course in order, kept by version as the application keeps them."""
    if (course, version) not in _outlines:
        placed = connection.execute(OUTLINE, [course]).fetchall()
        ids = [ObjectId(each["lesson_id"]) for each in placed]
        found = documents().lessons.find({"_id": {"$in": ids}}, {"title": 1, "type": 1, "duration": 1})
        titles = {str(each["_id"]): each for each in found}
        _outlines[course, version] = [
            {**titles[each["lesson_id"]], "id": each["lesson_id"], "section": each["title"]} for each in placed
        ]
    return _outlines[course, version]


def lesson(person: int, course: int, lesson_id: str) -> Row:
    progress = documents().progress.with_options(write_concern=WriteConcern(w=1, j=False))
    opened = progress.find_one_and_update(
        {"user_id": person, "course_id": course},
        {"$set": {"last_lesson": lesson_id}, "$currentDate": {"updated_at": True}},
        projection={f"positions.{lesson_id}": 1},
    )
    document = documents().lessons.find_one({"_id": ObjectId(lesson_id)}, LESSON_FIELDS)
    return {"lesson": document, "lesson_id": lesson_id, "position": opened["positions"].get(lesson_id, 0)}
