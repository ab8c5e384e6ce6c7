"""How much people wrote, day by day: conversation counts that, of which this app knows nothing. The project brings
both together when it starts."""

from collections.abc import Callable, Mapping
from datetime import date

from telemetry.periods import Period

# Of a period, by day of the site's time zone; days without a comment may be absent.
CommentCount = Callable[[Period], Mapping[date, int]]


def _nothing(period: Period) -> Mapping[date, int]:
    return {}


_count: CommentCount = _nothing


def count_comments_by(count: CommentCount) -> None:
    """Who is asked from now on; called once, when the project is put together."""
    global _count
    _count = count


def comments_by_day(period: Period) -> dict[date, int]:
    """Comments written on each day of a period."""
    return dict(_count(period))
