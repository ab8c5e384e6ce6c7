"""Reports with a line for each course, category or lesson."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from courses.content import lessons
from learnflow.mongo import ContentUnavailable
from telemetry.models.report_rows import COURSE_SORTS, category_rows, course_rows, lesson_rows
from telemetry.tables import Column, Kind, Link
from telemetry.views.reports.report import Asked, Line, Report, course_link

NO_COURSE = gettext_lazy("There is no course yet.")


def _enrollment_columns() -> list[Column]:
    return [
        Column("course", _("Course"), Kind.LINK),
        Column("category", _("Category")),
        Column("enrolled", _("Enrollments"), Kind.NUMBER, sort="enrolled"),
        Column("completed", _("Of them completed"), Kind.NUMBER, sort="completed"),
        Column("progress", _("Average progress"), Kind.PERCENT, digits=2, sort="progress", has_bar=True),
    ]


def _enrollment_lines(asked: Asked, after: int | None, limit: int) -> list[Line]:
    rows = course_rows(asked.form.period, sort=asked.form.asked_sort, after=after, limit=limit)
    lines = []
    for row in rows:
        course = course_link(row.slug, row.title, row.is_published)
        lines.append((row.id, (course, row.category, row.enrolled, row.completed, row.progress)))
    return lines


ENROLLMENTS = Report(
    name="enrollments",
    icon="people",
    title=gettext_lazy("Enrollments per course"),
    about=gettext_lazy("How many people take each course now. Whoever left it isn't counted."),
    heading=gettext_lazy("All courses"),
    empty=NO_COURSE,
    columns=_enrollment_columns,
    lines=_enrollment_lines,
    sorts=("-enrolled", "enrolled", "-completed", "completed", "-progress", "progress"),
)


def _lesson_columns() -> list[Column]:
    return [
        Column("lesson", _("Lesson"), Kind.LINK),
        Column("course", _("Course"), Kind.LINK),
        Column("progress", _("Average progress"), Kind.PERCENT, digits=2, has_bar=True),
        Column("learners", _("Learners"), Kind.NUMBER),
        Column("reached", _("Began it"), Kind.NUMBER),
        Column("completed", _("Completed it"), Kind.NUMBER),
        Column("time", _("Median time"), Kind.DURATION),
    ]


def _lesson_lines(asked: Asked, after: int | None, limit: int) -> list[Line]:
    rows = lesson_rows(at_least=asked.form.asked_at_least, after=after, limit=limit)
    try:
        outline = lessons.get_outline({row.lesson_id for row in rows}) if rows else {}
    except ContentUnavailable:
        outline = {}
    lines = []
    for row in rows:
        title = outline.get(row.lesson_id, {}).get("title") or _("Lesson %(number)d") % {"number": row.position}
        lesson = Link(title, f"/courses/{row.slug}/lessons/{row.lesson_id}/")
        counted = (row.progress, row.learners, row.reached, row.completed, row.median_seconds)
        lines.append((row.id, (lesson, Link(row.course_title, f"/courses/{row.slug}/"), *counted)))
    return lines


LESSONS = Report(
    name="lessons",
    icon="list-check",
    title=gettext_lazy("Lessons with the lowest average progress"),
    about=gettext_lazy("Where learners don't get on: the mean over everybody who takes the course, begun or not."),
    heading=gettext_lazy("The lowest first"),
    empty=gettext_lazy("No course has that many learners yet."),
    columns=_lesson_columns,
    lines=_lesson_lines,
    has_least=True,
)


def _course_columns() -> list[Column]:
    return [
        Column("course", _("Course"), Kind.LINK),
        Column("category", _("Category")),
        Column("new", _("New enrollments"), Kind.NUMBER, sort="enrollments"),
        Column("completions", _("Completions"), Kind.NUMBER, sort="completions"),
        Column("active", _("Learners a day"), Kind.NUMBER, sort="active"),
        Column("time", _("Time"), Kind.DURATION, sort="seconds"),
        Column("enrolled", _("Enrolled now"), Kind.NUMBER, sort="enrolled"),
        Column("progress", _("Average progress"), Kind.PERCENT, digits=2, sort="progress", has_bar=True),
    ]


def _course_lines(asked: Asked, after: int | None, limit: int) -> list[Line]:
    lines = []
    for row in course_rows(asked.form.period, sort=asked.form.asked_sort, after=after, limit=limit):
        course = course_link(row.slug, row.title, row.is_published)
        within = (row.enrollments, row.completions, row.active, row.seconds)
        lines.append((row.id, (course, row.category, *within, row.enrolled, row.progress)))
    return lines


COURSES = Report(
    name="courses",
    icon="collection",
    title=pgettext_lazy("report", "Courses"),
    about=gettext_lazy("What each course had in these days, and where it stands."),
    empty=NO_COURSE,
    columns=_course_columns,
    lines=_course_lines,
    sorts=tuple(f"{sign}{each}" for each in ("enrollments", *COURSE_SORTS) for sign in ("-", "")),
    has_range=True,
)


def _category_columns() -> list[Column]:
    return [
        Column("category", _("Category"), Kind.LINK),
        Column("courses", _("Published courses"), Kind.NUMBER),
        Column("new", _("New enrollments"), Kind.NUMBER),
        Column("completions", _("Completions"), Kind.NUMBER),
        Column("time", _("Time"), Kind.DURATION),
        Column("enrolled", _("Enrolled now"), Kind.NUMBER),
        Column("progress", _("Average progress"), Kind.PERCENT, digits=2, has_bar=True),
    ]


def _category_lines(asked: Asked, after: int | None, limit: int) -> list[Line]:
    lines = []
    for row in category_rows(asked.form.period):
        within = (row.enrollments, row.completions, row.seconds)
        lines.append(
            (
                row.id,
                (Link(row.name, f"/courses/?category={row.slug}"), row.courses, *within, row.enrolled, row.progress),
            )
        )
    return lines


CATEGORIES = Report(
    name="categories",
    icon="tag",
    title=gettext_lazy("Categories"),
    about=gettext_lazy("The same for each category, with its published courses."),
    empty=gettext_lazy("There is no category yet."),
    columns=_category_columns,
    lines=_category_lines,
    has_range=True,
    is_whole=True,
)
