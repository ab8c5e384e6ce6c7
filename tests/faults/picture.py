"""Both stores, read whole: small enough for a test, and by ways of its own, so that a verdict rests on nothing else."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
import pymongo
from psycopg.rows import dict_row, namedtuple_row

from tests.faults.journal import Thing, Value

MISSING = object()  # of a thing that can't be asked about, since what it belongs to is gone

LAGGING = """
SELECT (SELECT count(*) FROM enrollments WHERE projected_version < version)
     + (SELECT count(*) FROM courses WHERE settled_version < outline_version)
     + (SELECT count(*) FROM pending_deletions WHERE due_at <= now())
"""
AUDIT = """
SELECT l.id, l.user_id, l.action, l.resource_type, l.resource_id, l.details, coalesce(o.user_agent, '') AS browser
  FROM audit_logs l LEFT JOIN audit_origins o ON o.audit_log = l.id ORDER BY l.id
"""
SECONDS = "SELECT user_id, course_id, lesson_id, day, seconds_spent FROM telemetry"
PLACES = """
SELECT cl.course_id, s.id AS section_id, s.position AS section_position, cl.lesson_id, cl.position
  FROM sections s LEFT JOIN course_lessons cl ON cl.section_id = s.id
 WHERE s.course_id = %s ORDER BY s.position, cl.position
"""

Row = Any
Outline = list[list[Any]]


@dataclass
class Course:
    row: Row
    outline: Outline  # [section id, [lesson id, …]], …
    positions: list[int]
    section_positions: list[int]

    @property
    def lessons(self) -> list[str]:
        return [lesson for _, lessons in self.outline for lesson in lessons]


@dataclass
class Picture:
    """What both stores say, at a moment in which nobody writes."""

    people: dict[str, int]
    courses: dict[str, Course]
    enrollments: dict[tuple[int, int], Row]
    percents: dict[int, dict[str, int]]  # by enrollment, by lesson
    audit: list[Row]
    lessons: dict[str, Any]
    revisions: dict[str, dict[int, Any]]
    progress: dict[tuple[int, int], Any]
    events: dict[str, Any] = field(default_factory=dict)
    seconds: dict[tuple[int, int, str, date], int] = field(default_factory=dict)  # by person, course, lesson and day

    @property
    def placed(self) -> set[str]:
        return {lesson for course in self.courses.values() for lesson in course.lessons}

    def enrollment(self, person: str, slug: str) -> Row:
        return self.enrollments[self.people[person], self.courses[slug].row.id]

    def state_of(self, thing: Thing) -> Value:
        """What this thing is now, as a journal says it."""
        return getattr(self, f"_{thing[0]}")(*thing[1:])

    def _enrollment(self, person: str, slug: str) -> bool:
        return self.enrollment(person, slug).status != "cancelled"

    def _progress(self, person: str, slug: str, lesson: str) -> bool:
        return self.percents[self.enrollment(person, slug).id].get(lesson, 0) == 100

    def _course(self, slug: str) -> bool:
        return slug in self.courses

    def _outline(self, slug: str) -> Value:
        return self.courses[slug].outline if slug in self.courses else MISSING

    def _text(self, lesson: str) -> Value:
        if lesson not in self.placed:
            return MISSING
        return word_of(self.lessons[lesson]) if lesson in self.lessons else None

    def _beat(self, person: str, beat_id: str, opened: str) -> bool:
        return f"{self.people[person]}:{beat_id}" in self.events

    def words(self, lesson: str) -> dict[int, str]:
        """What the lesson said at each version, the standing one last."""
        said = {version: word_of(body) for version, body in sorted(self.revisions[lesson].items())}
        return said | {self.lessons[lesson]["version"]: word_of(self.lessons[lesson])}


def word_of(body: Any) -> str:
    """The word that a lesson has in its title and in its text; both, when it is half of one and half of another."""
    word = body["title"].removeprefix("Lesson ")
    return word if f"The thread {word} is" in body["content"]["markdown"] else f"{word}, {body['content']['markdown']}"


def how_much_lags(url: str) -> int:
    """What the worker has still to do. Raises what psycopg raises while PostgreSQL is away."""
    with psycopg.connect(url, connect_timeout=5) as postgresql:
        row = postgresql.execute(LAGGING).fetchone()
        return int(row[0]) if row else 0


def take(variables: dict[str, str]) -> Picture:
    """Read both stores."""
    with (
        psycopg.connect(variables["DATABASE_OWNER_URL"], row_factory=namedtuple_row) as postgresql,
        pymongo.MongoClient(variables["MONGO_OWNER_URL"], tz_aware=True) as mongodb,
    ):
        documents = mongodb.get_default_database()
        enrollments = postgresql.execute("SELECT * FROM enrollments ORDER BY id").fetchall()
        percents: dict[int, dict[str, int]] = defaultdict(dict)
        for row in postgresql.execute("SELECT enrollment_id, lesson_id, progress_percent FROM lesson_progress"):
            percents[row.enrollment_id][row.lesson_id] = row.progress_percent
        revisions: dict[str, dict[int, Any]] = defaultdict(dict)
        for each in documents.lesson_revisions.find():
            revisions[each["lesson_id"]][each["version"]] = each["body"]
        return Picture(
            people=dict(map(tuple, postgresql.execute("SELECT username, id FROM users"))),
            courses={
                row.slug: _course(postgresql, row)
                for row in postgresql.execute("SELECT * FROM courses ORDER BY id").fetchall()
            },
            enrollments={(row.user_id, row.course_id): row for row in enrollments},
            percents=percents,
            audit=postgresql.execute(AUDIT).fetchall(),
            lessons={str(each["_id"]): each for each in documents.lessons.find()},
            revisions=revisions,
            progress={(each["user_id"], each["course_id"]): each for each in documents.progress.find()},
            events={each["_id"]: each for each in documents.course_telemetry.find()},
            seconds={tuple(row[:4]): row[4] for row in postgresql.execute(SECONDS)},
        )


def _course(postgresql: psycopg.Connection[Any], row: Row) -> Course:
    rows: Iterable[Any] = postgresql.cursor(row_factory=dict_row).execute(PLACES, [row.id]).fetchall()
    sections: dict[int, list[str]] = {}
    for each in rows:
        lessons = sections.setdefault(each["section_id"], [])
        lessons.extend([each["lesson_id"]] if each["lesson_id"] else [])
    return Course(
        row,
        [[section, lessons] for section, lessons in sections.items()],
        positions=[each["position"] for each in rows if each["lesson_id"]],
        section_positions=list(dict.fromkeys(each["section_position"] for each in rows)),
    )
