"""What came to the site within some days, beside as many days before."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from telemetry.charts import Chart, Unit, over_days
from telemetry.models import SiteDay
from telemetry.models.site_day import People
from telemetry.periods import Period
from telemetry.tables import Column, Kind
from telemetry.views.reports.report import Asked, Line, Report

HOUR = Decimal(3600)
TENTH = Decimal("0.1")


class Growth:
    """The days of a period and of the one before it, and who was there: two queries, whatever is made of them."""

    def __init__(self, period: Period) -> None:
        self.period = period
        both = Period(period.before.first, period.last)
        self.days = list(SiteDay.objects.within(both))
        self.before = [day for day in self.days if day.day < period.first]
        self.now = [day for day in self.days if day.day >= period.first]

    @cached_property
    def people(self) -> tuple[People, People]:
        """How many learned in the period, and before it."""
        now, before = SiteDay.objects.people_active([self.period, self.period.before])
        return now, before

    def lines(self) -> list[Line]:
        active, active_before = self.people
        is_exact = active.is_exact and active_before.is_exact
        rows = [
            (_("Sign-ups"), *self._sums("sign_ups")),
            (_("Enrollments"), *self._sums("enrollments")),
            (_("Cancellations"), *self._sums("cancellations")),
            (_("Courses completed"), *self._sums("completions")),
            (_("Lessons completed"), *self._sums("lessons_completed")),
            (_("Active learners") if is_exact else _("Active learners, about"), active.number, active_before.number),
            (_("Hours learned"), *(_hours(seconds) for seconds in self._sums("seconds_spent"))),
            (_("Comments"), *self._sums("comments")),
        ]
        return [(place, (*row, _change(row[1], row[2]))) for place, row in enumerate(rows, start=1)]

    def charts(self) -> list[Chart]:
        shown = [
            (_("Sign-ups"), Unit.NUMBER, "sign_ups"),
            (_("Enrollments"), Unit.NUMBER, "enrollments"),
            (_("Courses completed"), Unit.NUMBER, "completions"),
            (_("Time learned"), Unit.SECONDS, "seconds_spent"),
        ]
        return [self._chart(title, unit, name) for title, unit, name in shown]

    def _chart(self, title: str, unit: Unit, name: str) -> Chart:
        values = {day.day: getattr(day, name) for day in self.now}
        nothing = _("None in these days.")
        return over_days(title, unit, values, self.period, empty=nothing)

    def _sums(self, name: str) -> tuple[int, int]:
        return _sum(self.now, name), _sum(self.before, name)


def _sum(days: Sequence[SiteDay], name: str) -> int:
    return sum(getattr(day, name) for day in days)


def _hours(seconds: int) -> Decimal:
    return (seconds / HOUR).quantize(TENTH)


def _change(now: Decimal | int, before: Decimal | int) -> int | None:
    """In percent of what was before; None when there was nothing."""
    if not before:
        return None
    return int((Decimal(now - before) * 100 / before).quantize(Decimal(1), ROUND_HALF_UP))


def _columns() -> list[Column]:
    return [
        Column("what", _("What")),
        Column("now", _("These days"), Kind.NUMBER),
        Column("before", _("As many days before"), Kind.NUMBER),
        Column("change", _("Change in %"), Kind.NUMBER),
    ]


def _lines(asked: Asked, after: int | None, limit: int) -> list[Line]:
    return Growth(asked.form.period).lines()


GROWTH = Report(
    name="growth",
    icon="graph-up",
    title=gettext_lazy("Growth"),
    about=gettext_lazy("What came in these days, beside as many days before."),
    empty="",
    columns=_columns,
    lines=_lines,
    has_range=True,
    is_whole=True,
)
