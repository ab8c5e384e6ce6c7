"""What people do on a site, drawn by chance: data sets that came about the way real ones do."""

from random import Random

from courses.content import lessons, progress
from courses.content.lessons import EditConflict, LessonNotFound
from courses.models import Course, CourseLesson, Section
from courses.services.courses import CourseHasLearners, delete_course
from courses.services.enrollment import enroll, reset_progress, unenroll
from courses.services.lessons import add_lesson, change_lesson, duplicate_lesson
from courses.services.moving import move
from courses.services.outline import (
    LessonNotReusable,
    OutlineConflict,
    add_section,
    remove_lesson,
    reuse_lesson,
    set_placement,
)
from courses.services.progress import NotEnrolled, complete_lesson, reopen_lesson
from tests.factories import CourseFactory, InstructorFactory, UserFactory, lesson_ids, text_body

REFUSALS = (
    NotEnrolled,
    EditConflict,
    LessonNotFound,
    LessonNotReusable,
    OutlineConflict,
    CourseHasLearners,
    Course.DoesNotExist,
)


class People:
    """Two authors with courses that share lessons, and learners in them."""

    def __init__(self, *, learners: int = 4, courses: int = 3) -> None:
        self.authors = [InstructorFactory(), InstructorFactory()]
        for number in range(courses):
            CourseFactory(instructor=self.authors[number % 2], lessons=2 + number)
        self.learners = [UserFactory() for _ in range(learners)]

    def learn(self, random: Random) -> None:
        """One act of one learner."""
        learner, course = random.choice(self.learners), random.choice(list(Course.objects.published()))
        act = random.choice([enroll, enroll, complete_lesson, complete_lesson, complete_lesson, reopen_lesson, watch,
                             unenroll, reset_progress])  # fmt: skip
        if act in (enroll, unenroll, reset_progress):
            act(learner=learner, course=course)
        elif placed := lesson_ids(course):
            act(learner=learner, course=course, lesson_id=random.choice(placed))

    def teach(self, random: Random) -> None:
        """One act of one author."""
        author = random.choice(self.authors)
        course = random.choice([*Course.objects.filter(instructor=author), None])
        if course is None:
            CourseFactory(instructor=author, lessons=1)
            return
        placements = list(course.placements.all())
        act = random.choice([write, write, rewrite, rewrite, shuffle, hide, share, take_out, copy, begin_part, drop])
        if placements or act in (write, begin_part):
            act(author, course, random.choice([*placements]) if placements else None, random)


def do(act, random: Random, times: int) -> None:
    """Let people act; what the site refuses is part of life."""
    for _ in range(times):
        try:
            act(random)
        except (*REFUSALS, CourseLesson.DoesNotExist, Section.DoesNotExist):
            pass


def watch(*, learner, course, lesson_id):
    if Course.objects.enrolled(learner).filter(pk=course.pk).exists():
        progress.open_lesson(user_id=learner.pk, course_id=course.pk, lesson_id=lesson_id)
        progress.remember_position(user_id=learner.pk, course_id=course.pk, lesson_id=lesson_id, seconds=7)


def write(author, course, placement, random):
    add_lesson(actor=author, course=course, body=text_body(duration=random.randint(1, 30)))


def rewrite(author, course, placement, random):
    version = lessons.get_lesson(placement.lesson_id)["version"]
    body = text_body(title=f"Draft {random.random()}", duration=random.randint(1, 30))
    change_lesson(actor=author, lesson_id=placement.lesson_id, version=version, body=body)


def shuffle(author, course, placement, random):
    move(actor=author, course=course, placement=placement, section=None, step=random.choice([-1, 1]))


def hide(author, course, placement, random):
    set_placement(actor=author, placement=placement, is_preview=False, is_published=random.random() < 0.7)


def share(author, course, placement, random):
    others = CourseLesson.objects.editable_by(author).reusable_in(course)
    if found := others.first():
        section = course.sections.first()
        reuse_lesson(actor=author, course=course, section=section, lesson_id=found.lesson_id)


def take_out(author, course, placement, random):
    remove_lesson(actor=author, placement=placement)


def copy(author, course, placement, random):
    duplicate_lesson(actor=author, placement=placement, title="Again")


def begin_part(author, course, placement, random):
    add_section(actor=author, course=course, title=f"Part {random.randint(1, 5)}")


def drop(author, course, placement, random):
    delete_course(actor=author, course=course)
