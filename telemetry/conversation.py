"""How much people wrote, day by day: conversation counts that, of which this app knows nothing. The project brings
both together when it starts."""

from collections.abc import Callable, Mapping
from datetime import date

from telemetry.periods import Period

# Of a period, by day of the site's time zone; days without a comment may be absent.
CommentCount = Callable[[Period], Mapping[date, int]]

_counts: list[CommentCount] = []


def count_comments_by(count: CommentCount) -> None:
    """Who is asked from now on; called once, when the project is put together."""
    _counts[:] = [count]


def comments_by_day(period: Period) -> dict[date, int]:
    """Comments written on each day of a period."""
    return {day: number for count in _counts for day, number in count(period).items()}
