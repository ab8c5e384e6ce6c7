"""Reports with a line for each learner or day."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Status
from telemetry.models import SiteDay
from telemetry.models.learners import Learners
from telemetry.models.site_day import LEADERS
from telemetry.periods import Period
from telemetry.tables import Column, Kind
from telemetry.views.reports.report import Asked, Line, Report, person_link


def _progress_columns() -> list[Column]:
    return [
        Column("learner", _("Learner"), Kind.LINK),
        Column("progress", _("Average progress"), Kind.PERCENT, digits=2, sort="progress", has_bar=True),
        Column("status", _("State")),
        Column("time", _("Time"), Kind.DURATION),
        Column("enrolled", _("Enrolled"), Kind.DATE),
        Column("active", _("Last active"), Kind.MOMENT),
        Column("username", _("Username")),
    ]


def _progress_lines(asked: Asked, after: int | None, limit: int) -> list[Line]:
    assert asked.course
    lines = []
    learners = Learners(asked.course.pk, is_standing=True, sort=asked.form.asked_sort)
    for row in learners.page(after, limit):
        learner = person_link(row.full_name, row.username)
        standing = (row.progress, Status(row.status).label, row.seconds_spent, row.enrolled_at, row.last_activity)
        lines.append((row.id, (learner, *standing, row.username)))
    return lines


PROGRESS = Report(
    name="progress",
    icon="bar-chart",
    title=gettext_lazy("Average progress per learner in a course"),
    about=gettext_lazy("How far each learner of a course is: the mean over the lessons that it has today."),
    empty=gettext_lazy("Nobody takes this course yet."),
    columns=_progress_columns,
    lines=_progress_lines,
    sorts=("-progress", "progress"),
    needs_course=True,
    has_as_of=False,
)


def _learner_columns() -> list[Column]:
    return [
        Column("learner", _("Learner"), Kind.LINK),
        Column("username", _("Username")),
        Column("time", _("Time"), Kind.DURATION),
        Column("days", _("Days"), Kind.NUMBER),
        Column("courses", _("Courses"), Kind.NUMBER),
        Column("last", _("Last of these days"), Kind.DATE),
    ]


def _learner_lines(asked: Asked, after: int | None, limit: int) -> list[Line]:
    lines = []
    for place, row in enumerate(SiteDay.objects.most_active(asked.form.period), start=1):
        learner = person_link(row.full_name, row.username)
        lines.append((place, (learner, row.username, row.seconds, row.days, row.courses, row.last_day)))
    return lines


LEARNERS = Report(
    name="learners",
    icon="person-lines-fill",
    title=gettext_lazy("Most active learners"),
    about=gettext_lazy("Who learned longest in these days."),
    empty=gettext_lazy("Nobody learned in these days."),
    caption=gettext_lazy("At most 100 people, out of the 100 who learned longest on each of the days."),
    columns=_learner_columns,
    lines=_learner_lines,
    has_range=True,
    is_whole=True,
)
assert LEADERS == 100  # as the caption says


def _activity_columns() -> list[Column]:
    return [
        Column("day", _("Day"), Kind.DATE),
        Column("sign_ups", _("Sign-ups"), Kind.NUMBER),
        Column("enrollments", _("Enrollments"), Kind.NUMBER),
        Column("cancellations", _("Cancellations"), Kind.NUMBER),
        Column("completions", _("Completions"), Kind.NUMBER),
        Column("lessons", _("Lessons completed"), Kind.NUMBER),
        Column("active", _("Active learners"), Kind.NUMBER),
        Column("time", _("Time"), Kind.DURATION),
        Column("comments", _("Comments"), Kind.NUMBER),
    ]


def _activity_lines(asked: Asked, after: int | None, limit: int) -> list[Line]:
    """The last day first; a day's key is its number in the calendar."""
    period = asked.form.period
    if after is not None and after <= date.max.toordinal():
        period = Period(period.first, min(period.last, date.fromordinal(after - 1 or 1)))
    days = SiteDay.objects.within(period).order_by("-day").values_list(
        "day", "sign_ups", "enrollments", "cancellations", "completions", "lessons_completed", "active_people",
        "seconds_spent", "comments",
    )  # fmt: skip
    return [(day[0].toordinal(), day) for day in days[:limit]]


ACTIVITY = Report(
    name="activity",
    icon="clock-history",
    title=gettext_lazy("Day by day"),
    about=gettext_lazy("Sign-ups, enrollments, completions, learners, time and comments of each day."),
    empty=gettext_lazy("The worker hasn't counted these days yet."),
    columns=_activity_columns,
    lines=_activity_lines,
    has_range=True,
)
