"""What an operator looks at when the site is slow or its disk is full: sizes, indexes, and what took long."""

from dataclasses import asdict, dataclass
from typing import Any

from courses import content
from learnflow.analysis import postgresql
from learnflow.analysis.postgresql import PostgresFindings
from learnflow.mongo import ContentUnavailable, analysis
from learnflow.mongo.analysis import MongoFindings
from telemetry import events
from telemetry.models import SlowCommand


@dataclass(frozen=True)
class Findings:
    """What was found; of a MongoDB that didn't answer, None."""

    postgresql: PostgresFindings
    mongodb: MongoFindings | None
    slowest: list[dict[str, Any]]
    askers: list[dict[str, Any]]

    def as_document(self) -> dict[str, Any]:
        """For a program: sizes in bytes, times in milliseconds, moments as datetimes."""
        return asdict(self)


def analyze(*, from_rows: int, most: int) -> Findings:
    """Look into both stores; at most so many slow commands. Raises what PostgreSQL raises."""
    found = postgresql.look(from_rows=from_rows)
    columns = ("store", "asked_by", "shape", "times", "total_ms", "longest_ms", "last_at")
    slow = SlowCommand.objects.slowest().values(*columns)
    try:
        mongodb = analysis.look((*content.COLLECTIONS, *events.COLLECTIONS), from_rows=from_rows)
    except ContentUnavailable:
        mongodb = None
    return Findings(found, mongodb, list(slow[:most]), list(SlowCommand.objects.by_asker()[:most]))
