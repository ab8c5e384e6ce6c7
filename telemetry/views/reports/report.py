"""The administrators' reports: the columns of each, its rows page by page, and what it says of itself.

The page and the file for spreadsheets are made of the same rows: the file goes on until there are none left.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from courses.models import Course
from telemetry.forms.reports import ReportForm
from telemetry.tables import Column, Link, Table

PAGE, BATCH = 50, 500
# The key of a row, after which the next page begins, and its cells.
Line = tuple[int, Sequence[Any]]


@dataclass(frozen=True)
class Asked:
    """What a report is asked for: the form, and where it is of one course, that course."""

    form: ReportForm
    course: Course | None = None


@dataclass(frozen=True)
class Report:
    """`lines` are those after a key, at most so many. `columns` and `caption` are made in the viewer's language.

    `about` is what it answers, in a sentence. `is_whole` says that there is but one page of it.
    """

    name: str
    icon: str
    title: Promise
    about: Promise
    empty: Promise | str
    columns: Callable[[], list[Column]]
    lines: Callable[[Asked, int | None, int], list[Line]]
    sorts: tuple[str, ...] = ()
    caption: Promise | str = ""
    heading: Promise | str = ""
    has_range: bool = False
    needs_course: bool = False
    has_least: bool = False
    has_as_of: bool = True
    is_whole: bool = False

    @property
    def url(self) -> str:
        return reverse(f"report_{self.name}")

    def page(self, asked: Asked) -> tuple[Table, str]:
        """The table of the page asked for, and the address of the next one; empty when this is the last."""
        lines = self.lines(asked, asked.form.asked_after, BATCH if self.is_whole else PAGE + 1)
        shown = lines if self.is_whole else lines[:PAGE]
        table = self.table(asked, [cells for _key, cells in shown])
        return table, asked.form.url_after(shown[-1][0]) if len(lines) > len(shown) else ""

    def everything(self, asked: Asked) -> Table:
        """All pages as one table, to be read once."""
        return self.table(asked, (cells for _key, cells in self._all_lines(asked)))

    def _heading(self, asked: Asked) -> str:
        """Of what the table is: of one course, of these days, or of what the report says."""
        if asked.course:
            return asked.course.title
        return asked.form.period.label if self.has_range else str(self.heading or self.title)

    def _all_lines(self, asked: Asked) -> Iterator[Line]:
        after = None
        while lines := self.lines(asked, after, BATCH):
            yield from lines
            after = lines[-1][0]
            if self.is_whole or len(lines) < BATCH:
                return

    def table(self, asked: Asked, rows: Any) -> Table:
        """These rows with the report's columns and names."""
        query = asked.form.whole_query
        return Table(
            name=self.name,
            title=self._heading(asked),
            columns=self.columns(),
            rows=rows,
            caption=str(self.caption),
            empty=str(self.empty),
            csv_url=f"{reverse(f'report_{self.name}_csv')}?{query}",
            sorted_by=asked.form.asked_sort if self.sorts else "",
            asked=asked.form.unsorted,
        )


def course_link(slug: str, title: str, is_published: bool) -> Link:
    return Link(title, f"/courses/{slug}/", "" if is_published else _("Not published"))


def person_link(name: str, username: str) -> Link:
    """To somebody's whole story."""
    return Link(name, f"/reports/people/{username}/")
