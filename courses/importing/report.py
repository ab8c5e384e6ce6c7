"""What an import has to say, item by item."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _


class Severity(StrEnum):
    """An error names what is missing from the course, a warning what differs from its source."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class CannotImport(Exception):
    """Nothing can be imported from here; the message is a sentence that says why."""


@dataclass(frozen=True)
class Remark:
    severity: Severity
    path: str
    line: int | None
    sentence: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.sentence}"


@dataclass
class Report:
    remarks: list[Remark] = field(default_factory=list)

    def info(self, path: str, sentence: str, line: int | None = None) -> None:
        self._add(Severity.INFO, path, sentence, line)

    def warn(self, path: str, sentence: str, line: int | None = None) -> None:
        self._add(Severity.WARNING, path, sentence, line)

    def fail(self, path: str, sentence: str, line: int | None = None) -> None:
        self._add(Severity.ERROR, path, sentence, line)

    def fitting(self, path: str, name: str, text: str, limit: int) -> str:
        """The text of a field as far as there is room for it; that the rest is left out is said."""
        if len(text) > limit:
            sentence = _("The field “%(name)s” has more than %(limit)s characters; the rest was left out.")
            self.warn(path, sentence % {"name": name, "limit": f"{limit:,}"})
        return text[:limit]

    def count(self, severity: Severity) -> int:
        return sum(1 for remark in self.remarks if remark.severity is severity)

    def _add(self, severity: Severity, path: str, sentence: str, line: int | None) -> None:
        remark = Remark(severity, path, line, sentence)
        if remark not in self.remarks:
            self.remarks.append(remark)
