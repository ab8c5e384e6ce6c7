"""Brings the world into both stores: COPY and insert_many, as the owner, in the shapes that the services write."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from random import Random
from typing import Any

import psycopg
from bson import ObjectId
from django.conf import settings
from django.db import connection
from psycopg import sql
from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection

from bench import writing
from bench.world import BEGINNING, CATEGORIES, VIDEO_IDS, Course, Enrollment, Lesson, World
from courses.content.evolution import schema_version
from courses.content.lesson_types import get_type
from courses.content.progress import AT_HOME_HERE, NOT_SUMMED_YET, ProgressCopy
from courses.markdown import render
from courses.models.course import summary_of
from discussions.markdown import write_up
from learnflow.mongo import Document

BATCH = 2_000
COMMENTS_OF_A_COURSE, COMMENTS_OF_A_THREAD = 300, 4
COUNT_ENROLLMENTS = """
UPDATE courses c SET enrollment_count = counted.n
  FROM (SELECT course_id, count(*) AS n FROM enrollments WHERE status <> 'cancelled' GROUP BY course_id) AS counted
 WHERE counted.course_id = c.id
"""
NEXT_ID = "SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {}))"


def load(world: World) -> None:
    """Fill two empty, migrated stores."""
    with psycopg.connect(settings.DATABASE_OWNER_URL) as owner:
        first_version = owner.execute("SELECT first_progress_version()").fetchone()[0]
        for table, columns, rows in _tables(world, first_version):
            _copy(owner, table, columns, rows)
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table with checks to come can be altered
        owner.execute(COUNT_ENROLLMENTS)
        owner.execute("ALTER TABLE enrollments ENABLE TRIGGER count_enrollments")
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    with MongoClient[Document](
        settings.MONGO_URL
    ) as client:  # without the site's time-outs: the text index takes its time
        db = client.get_default_database()
        _insert(db.lessons, _lessons(world))
        _insert(db.progress, (_progress(enrollment, first_version) for enrollment in world.enrollments))
    connection.close()


def _copy(owner: psycopg.Connection, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    if table == "enrollments":
        # Counted once for all instead of once a row, which would leave as many dead rows of courses.
        owner.execute("ALTER TABLE enrollments DISABLE TRIGGER count_enrollments")
    names = columns.split()
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with owner.cursor().copy(into) as copy:
        for row in rows:
            copy.write_row(row)
    if "id" in names:
        owner.execute(sql.SQL(NEXT_ID).format(sql.Identifier(table)), [table])


def _insert(collection: Collection[Document], documents: Iterator[Document]) -> None:
    quick = collection.with_options(write_concern=WriteConcern(w=1, j=False))
    while batch := list(islice(documents, BATCH)):
        quick.insert_many(batch, ordered=False)


def _tables(world: World, first_version: int) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
    """(table, columns, rows), in the order in which they name each other."""
    placed = [(course, position) for course in world.courses for position in range(1, len(course.lessons) + 1)]
    sections = {
        (course.id, course.section_of(position)): 100 * course.id + course.section_of(position)
        for course, position in placed
    }
    yield (
        "users",
        "id email username first_name last_name password role bio created_at updated_at avatar_url github_username "
        "time_zone language avatar blocked_reason leaderboard_visible",
        (_user(number, is_instructor=number in world.instructors) for number in (*world.learners, *world.instructors)),
    )
    yield (
        "categories",
        "id name slug icon",
        ((number, name, name.lower(), icon) for number, (name, icon) in enumerate(CATEGORIES, start=1)),
    )
    yield (
        "courses",
        "id slug title summary description description_html objectives category_id level duration_minutes language "
        "thumbnail instructor_id is_published published_at is_leaderboard_public price currency outline_version "
        "settled_version",
        map(_course, world.courses),
    )
    yield (
        "sections",
        "id course_id title position",
        ((key, course, f"Part {index + 1}", index + 1) for (course, index), key in sections.items()),
    )
    yield (
        "course_lessons",
        "course_id section_id lesson_id position is_preview is_published",
        (
            (
                course.id,
                sections[course.id, course.section_of(position)],
                course.lessons[position - 1].id,
                position,
                position == 1,
                True,
            )
            for course, position in placed
        ),
    )
    yield (
        "enrollments",
        "id user_id course_id status enrolled_at completed_at cancelled_at progress version projected_version "
        "last_activity",
        (_enrollment(enrollment, first_version) for enrollment in world.enrollments),
    )
    yield (
        "lesson_progress",
        "enrollment_id lesson_id progress_percent completed_at updated_at",
        (
            (enrollment.id, lesson, percent, when if percent == 100 else None, when)
            for enrollment in world.enrollments
            for lesson, percent, when in enrollment.lessons()
        ),
    )
    yield (
        "comments",
        "id course_id lesson_id user_id parent_id content content_html hidden_reason created_at",
        _comments(world),
    )
    yield "comment_votes", "comment_id user_id vote_type", _votes(world)


def _user(number: int, *, is_instructor: bool) -> tuple[Any, ...]:
    role = "instructor" if is_instructor else "learner"
    name, email = f"{role}_{number}", f"{role}_{number}@example.org"
    bio = "Has taught this for years, and still likes it." if is_instructor else ""
    password = f"!{number:040d}"  # which nothing hashes to: these people are signed in by their session rows
    return number, email, name, "Robin", f"Meyer {number}", password, role, bio, BEGINNING, BEGINNING, *[""] * 6, True


def _course(course: Course) -> tuple[Any, ...]:
    html = render(course.description)
    return (
        course.id,
        course.slug,
        course.title,
        summary_of(html),
        course.description,
        html,
        course.objectives,
        course.category,
        course.level,
        course.minutes,
        "en",
        "",
        course.instructor,
        True,
        course.published_at,
        True,
        course.price,
        "EUR",
        1,
        1,
    )


def _enrollment(enrollment: Enrollment, first_version: int) -> tuple[Any, ...]:
    version = first_version + enrollment.changes
    return (
        enrollment.id,
        enrollment.user,
        enrollment.course.id,
        enrollment.status,
        enrollment.enrolled_at,
        enrollment.last_activity if enrollment.is_whole else None,
        enrollment.last_activity if enrollment.is_cancelled else None,
        enrollment.percent,
        version,
        version,
        enrollment.last_activity,
    )


def _comments(world: World) -> Iterator[tuple[Any, ...]]:
    """Of each course, by who learns there: half of the whole course, half of its lessons; each thread has replies."""
    random = Random(world.courses[0].title)
    sayings = [writing.paragraph(random) if number % 3 else writing.sentence(random) for number in range(300)]
    written = [(each, write_up(each).html) for each in sayings]
    authors = _learners_of_courses(world)
    number = 0
    for course in world.courses:
        for place in range(COMMENTS_OF_A_COURSE):
            number += 1
            position = place % COMMENTS_OF_A_THREAD
            lesson = course.lessons[place // 8 % len(course.lessons)].id if place // 4 % 2 else ""
            author = authors[course.id][place * 7 % len(authors[course.id])]
            when = course.published_at + timedelta(hours=place)
            yield (
                number,
                course.id,
                lesson,
                author,
                number - position if position else None,
                *random.choice(written),
                "",
                when,
            )


def _votes(world: World) -> Iterator[tuple[int, int, int]]:
    """Every other comment has some, and a few have many."""
    authors = _learners_of_courses(world)
    for comment in range(1, len(world.courses) * COMMENTS_OF_A_COURSE, 2):
        place = (comment - 1) % COMMENTS_OF_A_COURSE
        people = authors[(comment - 1) // COMMENTS_OF_A_COURSE + 1]
        for voter in range(12 if comment % 41 == 0 else 2):
            if (place * 7 + voter + 1) % len(people) != place * 7 % len(people):
                yield comment, people[(place * 7 + voter + 1) % len(people)], -1 if comment % 9 == 0 else 1


def _learners_of_courses(world: World) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {course.id: [] for course in world.courses}
    for enrollment in world.enrollments:
        found[enrollment.course.id].append(enrollment.user)
    return found


def _lessons(world: World) -> Iterator[Document]:
    contents = [get_type("text").content_from({"markdown": text}, {}) for text in world.texts]
    for course in world.courses:
        for lesson in course.lessons:
            yield {
                "_id": ObjectId(lesson.id),
                "course_id": course.id,
                "title": lesson.title,
                "type": "video" if lesson.is_video else "text",
                "duration": lesson.minutes,
                "language": "en",
                "content": _video(lesson) if lesson.is_video else contents[lesson.text],
                "notes": "",
                "notes_html": "",
                "resources": [],
                "version": 1,
                "schema_version": schema_version(),
                "source": None,
                "created_at": BEGINNING,
                "updated_at": BEGINNING,
                "updated_by": course.instructor,
            }


def _video(lesson: Lesson) -> Document:
    address = f"https://www.youtube.com/watch?v={VIDEO_IDS[lesson.text % len(VIDEO_IDS)]}"
    return get_type("video").content_from({"url": address, "markdown": f"# {lesson.title}"}, {})


def _progress(enrollment: Enrollment, first_version: int) -> Document:
    percents = {lesson: percent for lesson, percent, _ in enrollment.lessons() if percent}
    copy = ProgressCopy(
        enrollment.id,
        user_id=enrollment.user,
        course_id=enrollment.course.id,
        version=first_version + enrollment.changes,
        lessons=percents,
    )
    return {**copy.key, **copy.fields(enrollment.last_activity), **NOT_SUMMED_YET, **AT_HOME_HERE}
