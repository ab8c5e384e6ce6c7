"""The world that pages are measured in: who learns what, and how far they are. The same seed, the same world."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from random import Random

from bench import writing

SEED = 2_016
LEARNERS, INSTRUCTORS, COURSES, LESSONS_DONE = 10_000, 40, 200, 500_000
CATEGORIES = (
    ("Craft", "tools"), ("Data", "database"), ("Design", "palette"), ("Language", "chat-quote"),
    ("Mathematics", "calculator"), ("Music", "music-note-beamed"), ("Nature", "tree"), ("Programming", "code-slash"),
    ("Science", "lightbulb"), ("Work", "briefcase"),
)  # fmt: skip
LEVELS = ("beginner", "intermediate", "advanced")
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
EVERY_NTH_IS_VIDEO, EVERY_NTH_IS_REOPENED = 6, 50
VIDEO_IDS = ("aqz-KE-bpKQ", "eRsGyueVLvQ", "YE7VzlLtp-4")


@dataclass(frozen=True)
class Lesson:
    id: str
    title: str
    minutes: int
    is_video: bool
    text: int  # which of the texts


@dataclass(frozen=True)
class Course:
    id: int
    title: str
    slug: str
    category: int
    level: str
    price: int
    instructor: int
    published_at: datetime
    description: str
    objectives: str
    lessons: tuple[Lesson, ...]

    @property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons)

    def section_of(self, position: int) -> int:
        """0, 1, 2 …: sections have six lessons."""
        return (position - 1) // 6


@dataclass
class Enrollment:
    id: int
    user: int
    course: Course
    enrolled_at: datetime
    done: int  # how many lessons, the first ones
    is_cancelled: bool
    reopened: frozenset[int] = field(default_factory=frozenset)  # of the done, those taken back

    @property
    def is_whole(self) -> bool:
        return self.done == len(self.course.lessons)

    @property
    def status(self) -> str:
        return "cancelled" if self.is_cancelled else "completed" if self.is_whole else "active"

    @property
    def last_activity(self) -> datetime:
        return self.enrolled_at + timedelta(hours=7 * self.done)

    @property
    def percent(self) -> Decimal:
        """As the database computes it: the mean, cut to two digits."""
        mean = Decimal(100 * (self.done - len(self.reopened))) / len(self.course.lessons)
        return mean.quantize(Decimal("0.01"), rounding=ROUND_DOWN)

    @property
    def changes(self) -> int:
        return self.done + len(self.reopened)

    def lessons(self) -> Iterator[tuple[str, int, datetime]]:
        """(lesson, percent, when) of each one begun."""
        for index, lesson in enumerate(self.course.lessons[: self.done]):
            percent = 0 if index in self.reopened else 100
            yield lesson.id, percent, self.enrolled_at + timedelta(hours=7 * (index + 1))


class World:
    def __init__(self) -> None:
        self.random = Random(SEED)
        self.texts = [writing.lesson(self.random) for _ in range(60)]
        self.learners = range(1, LEARNERS + 1)
        self.instructors = range(LEARNERS + 1, LEARNERS + INSTRUCTORS + 1)
        self.courses = [self._course(number) for number in range(COURSES)]
        self.enrollments = self._enrollments()

    def _course(self, number: int) -> Course:
        random, title = self.random, writing.course_title(number)
        return Course(
            id=number + 1,
            title=title,
            slug=title.lower().replace(" ", "-"),
            category=number % len(CATEGORIES) + 1,
            level=LEVELS[number % len(LEVELS)],
            price=0 if number % 5 else 49,
            instructor=self.instructors[number % INSTRUCTORS],
            published_at=BEGINNING + timedelta(hours=11 * number),
            description=writing.description(random),
            objectives="\n".join(writing.sentence(random) for _ in range(4)),
            lessons=tuple(self._lesson(number, position) for position in range(1, random.randint(14, 34) + 1)),
        )

    def _lesson(self, course: int, position: int) -> Lesson:
        random = self.random
        return Lesson(
            id=f"{random.getrandbits(96):024x}",
            title=writing.phrase(random),
            minutes=random.randint(4, 25),
            is_video=position % EVERY_NTH_IS_VIDEO == 0,
            text=random.randrange(len(self.texts)),
        )

    def _enrollments(self) -> list[Enrollment]:
        """A few courses have most of the learners, and most of the learners have done little."""
        random = self.random
        weights = [1 / (rank + 10) for rank in range(COURSES)]
        made: list[Enrollment] = []
        for user in self.learners:
            chosen = dict.fromkeys(random.choices(self.courses, weights, k=random.randint(3, 11)))
            for course in chosen:
                when = BEGINNING + timedelta(hours=3_000 + random.randrange(2_000), minutes=user % 60)
                made.append(Enrollment(len(made) + 1, user, course, when, self._done(course), random.random() < 0.05))
        self._settle(made)
        for enrollment in made:
            if not enrollment.is_whole:
                indexes = (index for index in range(enrollment.done) if random.randrange(EVERY_NTH_IS_REOPENED) == 0)
                enrollment.reopened = frozenset(indexes)
        return made

    def _done(self, course: Course) -> int:
        luck, whole = self.random.random(), len(course.lessons)
        return whole if luck < 0.12 else 0 if luck < 0.3 else int(self.random.random() * 0.7 * whole)

    def _settle(self, made: list[Enrollment]) -> None:
        """Let people do a lesson more, or one less, until exactly so many are done."""
        missing = LESSONS_DONE - sum(enrollment.done for enrollment in made)
        step = 1 if missing > 0 else -1
        while missing:
            for enrollment in made:
                fits = 0 <= enrollment.done + step < len(enrollment.course.lessons)
                if missing and not enrollment.is_whole and fits:
                    enrollment.done += step
                    missing -= step
