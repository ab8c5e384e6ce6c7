"""What a folder becomes before it is written anywhere."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path

# Raised when the same source becomes another lesson than before, so that importing again brings the difference.
CONVERSION = 1


@dataclass(frozen=True)
class Target:
    """What a link or picture leads to: a lesson by its identifier, a file by its name in storage, or nothing."""

    lesson: str = ""
    file: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class FileDraft:
    """A file to put into storage: its content, or where it is read from when it is stored.

    The name follows from the content, so that storing it twice is storing it once. `size` is in bytes.
    """

    path: str
    name: str
    size: int
    data: bytes | None = field(default=None, repr=False)
    source: Path | None = None


@dataclass
class LessonDraft:
    """One page. `identifier` is its path in the folder, `duration` in minutes, `links` by the target as written.

    A video is an address, or a file by its name in storage with captions ({"file", "language", "label"}).
    """

    identifier: str
    title: str
    markdown: str
    type: str = "text"
    duration: int = 1
    language: str = "en"
    notes: str = ""
    video: str = ""
    video_file: str = ""
    captions: list[dict[str, str]] = field(default_factory=list)
    is_preview: bool = False
    resources: list[dict[str, str]] = field(default_factory=list)
    links: dict[str, Target] = field(default_factory=dict)

    @property
    def file_names(self) -> list[str]:
        """The files that belong to the lesson itself, by their names in the draft."""
        return [name for name in (self.video_file, *(each["file"] for each in self.captions)) if name]

    @property
    def checksum(self) -> str:
        """The same as long as the lesson would come out the same."""
        parts = json.dumps([CONVERSION, asdict(self)], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(parts.encode()).hexdigest()


@dataclass
class SectionDraft:
    title: str
    lessons: list[LessonDraft] = field(default_factory=list)


@dataclass
class CourseDraft:
    """`format` and `package` say where the lessons came from; None leaves a field of an existing course alone."""

    format: str
    package: str
    title: str
    slug: str = ""
    description: str | None = None
    category: str | None = None
    level: str | None = None
    language: str = "en"
    objectives: list[str] | None = None
    price: Decimal | None = None
    currency: str | None = None
    sections: list[SectionDraft] = field(default_factory=list)
    files: dict[str, FileDraft] = field(default_factory=dict)

    @property
    def lessons(self) -> list[LessonDraft]:
        return [lesson for section in self.sections for lesson in section.lessons]
