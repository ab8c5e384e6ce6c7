"""The shapes of the documents: what the validators in MongoDB are generated from.

Ids are ObjectIds in `_id` and text of 24 hex digits elsewhere; times are UTC; durations are minutes, positions and
times spent are seconds. Unknown fields are allowed: a newer version of the code may have written them.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

HexId = Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]
Moment = Annotated[Any, WithJsonSchema({"bsonType": "date"})]
TITLE_LIMIT = 255
NOTES_LIMIT = 20_000
LABEL_LIMIT, URL_LIMIT = 300, 2_000
MOST_MINUTES = 6_000


class Shape(BaseModel):
    model_config = ConfigDict(extra="allow")


class Resource(Shape):
    label: str = Field(max_length=LABEL_LIMIT)
    url: str = Field(max_length=URL_LIMIT)


class Source(Shape):
    """Where an imported lesson came from; `checksum` tells whether its source has changed since."""

    format: str
    package: str
    identifier: str
    checksum: str


class LessonBody(Shape):
    """What an author writes, and what a revision keeps."""

    title: str = Field(min_length=1, max_length=TITLE_LIMIT)
    type: str = Field(min_length=1, max_length=40)
    duration: int = Field(ge=0, le=MOST_MINUTES)
    language: str = Field(max_length=12)
    content: dict[str, Any]
    notes: str = Field(max_length=NOTES_LIMIT)
    notes_html: str
    resources: list[Resource]


class Lesson(LessonBody):
    course_id: int
    version: int = Field(ge=1)
    schema_version: int
    source: Source | None
    created_at: Moment
    updated_at: Moment
    updated_by: int | None


class LessonRevision(Shape):
    """A lesson as it was at `version`, written before the lesson moves on; `schema_version` says in which shape."""

    lesson_id: HexId
    version: int = Field(ge=1)
    schema_version: int = 1
    body: LessonBody
    author_id: int | None
    created_at: Moment


class Progress(Shape):
    """One learner in one course.

    What is completed is copied from PostgreSQL, at `version`; times are copied from there, too, in seconds, at
    `times_version`, which a document has from the first of them on; the rest is at home here.
    """

    user_id: int
    course_id: int
    version: int
    completed_lessons: list[HexId]
    lessons: dict[str, int]
    lesson_times: dict[str, int]
    total_seconds_spent: int = Field(ge=0)
    times_version: int = Field(default=-1, ge=-1)
    last_lesson: HexId | None
    positions: dict[str, int]
    attempts: dict[str, Any]
    updated_at: Moment
