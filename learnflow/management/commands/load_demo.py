"""`manage.py load_demo`: people, a few categories, the courses under `demo/` and what is said about them."""

import os
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from accounts.models import AuditAction, Role, User
from accounts.services import audit
from courses.importing import CannotImport, Report, Severity, read_folder
from courses.models import Category, Course, LessonProgress
from courses.services.enrollment import enroll
from courses.services.imports import import_course
from courses.services.progress import complete_lesson
from courses.services.publishing import NotReady, publish
from learnflow.demo import conversation, learning
from learnflow.mongo import ContentUnavailable

FOLDER = settings.BASE_DIR / "demo"
PASSWORD = "learnflow-demo"
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PEOPLE = (
    {"email": "learner@learnflow.test", "username": "learner", "first_name": "Lena", "last_name": "Okafor"},
    {
        "email": "author@learnflow.test",
        "username": "author",
        "first_name": "Ari",
        "last_name": "Lindqvist",
        "role": Role.INSTRUCTOR,
        "bio": "Writes and teaches the demo courses.",
    },
    {
        "email": "admin@learnflow.test",
        "username": "admin",
        "first_name": "Ada",
        "last_name": "Reyes",
        "role": Role.ADMIN,
    },
)
CATEGORIES = (
    ("Programming", "code-slash"),
    ("Science", "stars"),
    ("Writing", "pencil-square"),
    ("Data", "database"),
    ("Design", "palette"),
    ("Languages", "translate"),
    ("Mathematics", "calculator"),
    ("Business", "briefcase"),
)
STARTED_COURSE = "sql-for-builders"
LESSONS_DONE = 3


class Command(BaseCommand):
    help = (
        "Load the demo: three accounts (learner@, author@ and admin@learnflow.test, with DEMO_PASSWORD or "
        f"“{PASSWORD}”), categories, the courses under demo/, published, and some people who talk about them and have "
        "learned in them. Doing it again brings the courses up to date and leaves passwords and what people did alone."
    )

    def handle(self, *args: object, **options: object) -> None:
        if settings.HOST not in LOOPBACK and not os.environ.get("DEMO_PASSWORD"):
            raise CommandError("Others can reach this server: set a DEMO_PASSWORD that they don't know.")
        password = os.environ.get("DEMO_PASSWORD") or PASSWORD
        people = {person["username"]: _person(**person, password=password) for person in PEOPLE}
        for name, icon in CATEGORIES:
            Category.objects.get_or_create(slug=name.lower(), defaults={"name": name, "icon": icon})
        try:
            for folder in sorted(path.parent for path in FOLDER.glob("*/course.yaml")):
                self._load_course(folder, people["author"])
            _begin_course(people["learner"])
            self._talk(people)
            learning.spend_time(learning.read(FOLDER / "learning.yaml"), people)
        except ContentUnavailable as error:
            raise CommandError("MongoDB doesn't answer; load the demo again when it is back.") from error
        if options["verbosity"]:
            addresses = ", ".join(person["email"] for person in PEOPLE)
            self.stdout.write(f"The demo is loaded: {addresses}.")

    def _talk(self, people: dict[str, User]) -> None:
        """Let these and some others say what they have to say; nobody signs in as the others."""
        said = conversation.read(FOLDER / "conversation.yaml")
        for each in said.get("people", []):
            people[each["username"]] = _person(email=f"{each['username']}@learnflow.test", **each, password=None)
        conversation.hold(said, people)

    def _load_course(self, folder: Path, author: User) -> None:
        """Import one course, and publish it the first time; whatever is wrong with it is said."""
        report = Report()
        try:
            course = import_course(instructor=author, draft=read_folder(folder, report), report=report).course
            if course.published_at is None:
                publish(actor=author, course=course)
        except (CannotImport, NotReady) as error:
            raise CommandError(f"{folder.name}: {error}") from error
        for remark in report.remarks:
            if remark.severity is not Severity.INFO:
                self.stderr.write(f"{folder.name}/{remark}")


def _person(*, email: str, password: str | None, **fields: str) -> User:
    """The account with this address, made with a confirmed address when it doesn't stand."""
    person = User.objects.filter(email=email).first()
    if person:
        return person
    hashed = make_password(password)
    try:
        with transaction.atomic():
            person = User(email=email, password=hashed, **fields)
            person.save(force_insert=True)
            EmailAddress.objects.create(user=person, email=email, primary=True, verified=True)
            audit.record(actor=person, action=AuditAction.SIGN_UP, resource=person)
    except IntegrityError as error:
        raise CommandError(f"Somebody else has the username {fields['username']} already.") from error
    return person


def _begin_course(learner: User) -> None:
    """Let the learner be some lessons into one course, unless they have begun anything themselves."""
    course = Course.objects.published().filter(slug=STARTED_COURSE).first()
    if course is None:
        return
    if not learner.enrollments.exists() and course.is_free:
        enroll(learner=learner, course=course)
    has_begun = LessonProgress.objects.filter(enrollment__user=learner).exists()
    if not has_begun and learner.enrollments.standing().filter(course=course).exists():
        for placement in course.placements.in_order()[:LESSONS_DONE]:
            complete_lesson(learner=learner, course=course, lesson_id=placement.lesson_id)
