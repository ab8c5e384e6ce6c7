"""Publishing: what a course must have before learners see it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from accounts.models import AuditAction
from accounts.services import audit
from courses.content import lessons
from courses.content.lesson_types import get_type
from courses.models import Course
from courses.services.links import dead_links

if TYPE_CHECKING:
    from accounts.models import User

HOME_CACHE_KEY = "home"  # the lists of the home page, which name published courses


@dataclass(frozen=True)
class Check:
    """One line of the check list; `lesson_id` says where to mend it. A hint doesn't stop the publishing."""

    sentence: str
    is_met: bool
    lesson_id: str = ""
    is_hint: bool = False


class NotReady(Exception):
    """The check list isn't met; `checks` says where."""

    def __init__(self, checks: list[Check]) -> None:
        super().__init__("; ".join(check.sentence for check in checks))
        self.checks = checks


def check_list(course: Course) -> list[Check]:
    """What must be so before publishing, met or not. Reads every lesson once. Raises `ContentUnavailable`."""
    placed = list(course.placements.filter(is_published=True).order_by("position").values_list("lesson_id", flat=True))
    bodies = lessons.get_bodies(placed)
    checks = [
        Check(_("The course has a description."), bool(course.description.strip())),
        Check(_("The course has at least one lesson."), bool(placed)),
        Check(_("The course says what one will learn."), bool(course.objective_list), is_hint=True),
    ]
    for lesson_id in placed:
        if lesson_id not in bodies:
            checks.append(Check(_("A lesson of the outline is missing."), False, lesson_id))
            continue
        body = bodies[lesson_id]
        kind = get_type(body["type"])
        html = f"{getattr(kind.read(body['content']), 'html', '')}{body['notes_html']}"
        problems = kind.problems(body["content"])
        problems += [_("A link leads nowhere: %(link)s") % {"link": link} for link in dead_links(html, placed)]
        checks += [Check(f"{body['title']}: {problem}", False, lesson_id) for problem in problems]
    if placed and all(check.is_met for check in checks if check.lesson_id):
        checks.append(Check(_("Every lesson has content, and its links lead somewhere."), True))
    return checks


def publish(*, actor: "User", course: Course) -> None:
    """Let everybody see the course. Raises `NotReady`, `ContentUnavailable`."""
    unmet = [check for check in check_list(course) if not check.is_met and not check.is_hint]
    if unmet:
        raise NotReady(unmet)
    with transaction.atomic():
        draft = Course.objects.filter(pk=course.pk, is_published=False)
        if draft.update(is_published=True, published_at=Coalesce("published_at", Now())):
            audit.record(actor=actor, action=AuditAction.COURSE_PUBLISHED, resource=course)
    cache.delete(HOME_CACHE_KEY)


def unpublish(*, actor: "User", course: Course) -> None:
    """Make the course a draft again; what its learners did stays, and comes back with it."""
    with transaction.atomic():
        if Course.objects.filter(pk=course.pk, is_published=True).update(is_published=False):
            audit.record(actor=actor, action=AuditAction.COURSE_UNPUBLISHED, resource=course)
    cache.delete(HOME_CACHE_KEY)
