"""Lines of a leaderboard: everything resolved beforehand, so that a page is drawn fast."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.humanize.templatetags.humanize import intcomma, ordinal

from accounts.models import User
from accounts.models.user import Introduction
from telemetry.models.leaderboard import Board, Standing
from telemetry.ranking import rank_beside, rank_in_order

MEDALS = 3


class Line(NamedTuple):
    """Somebody's place; rank 0 and no words for it until they have one. `medal` is 1 to 3, else 0.

    `ordinal` is said of my own.
    """

    person: Introduction
    rank: int
    rank_label: str
    ordinal: str
    medal: int
    points: str
    percent: int
    time: str
    duration: str
    is_mine: bool
    is_hidden: bool


def lines_of(
    board: Board, rows: Sequence[Any], mine: Any, viewer: User, *, is_top: bool
) -> tuple[list[Line], Line | None]:
    """The lines of a page, and the viewer's own: one of these, or one beside them."""
    standings, everybody = [_standing(row) for row in rows], [*rows, mine] if mine else rows
    known = {_standing(row): row.rank for row in everybody if row.rank}
    ranks = rank_in_order(standings, known, is_top=is_top)
    digits = _digits(everybody)
    lines = [
        _line(row, rank, board, digits, is_mine=row.pk == viewer.pk) for row, rank in zip(rows, ranks, strict=True)
    ]
    my_line = next((line for line in lines if line.is_mine), None)
    if mine and not my_line:
        rank = rank_beside(_standing(mine), standings, ranks, known, is_top=is_top) if mine.rank else 0
        my_line = _line(mine, rank, board, digits, is_mine=True)
    return lines, my_line


def _standing(row: Any) -> Standing:
    return Standing(row.points, row.seconds)


def _digits(rows: Sequence[Any]) -> int:
    """Percents are cut to whole ones, unless two who differ would read the same."""
    points = {row.points for row in rows}
    return 0 if len({int(each) for each in points}) == len(points) else 2


def _line(row: Any, rank: int, board: Board, digits: int, *, is_mine: bool) -> Line:
    return Line(
        person=Introduction(row.pk, row.full_name, row.url, row.picture_url, row.initials, ""),
        rank=rank,
        rank_label=str(intcomma(rank)) if rank else "",
        ordinal=_ordinal(rank) if rank and is_mine else "",
        medal=rank if rank <= MEDALS else 0,
        points=_points(row.points, board, digits),
        percent=0 if board.week else int(row.points),
        time=_clock(row.seconds),
        duration=f"PT{row.seconds}S",
        is_mine=is_mine,
        is_hidden=is_mine and not row.is_listed,
    )


def _points(points: Decimal, board: Board, digits: int) -> str:
    if board.week:
        return str(intcomma(int(points)))
    return f"{points:.2f}%" if digits else f"{int(points)}%"


def _ordinal(rank: int) -> str:
    """`1234` is the 1,234th."""
    return str(ordinal(rank)).replace(str(rank), str(intcomma(rank)))


def _clock(seconds: int) -> str:
    """Hours, minutes and seconds, for a second decides between two: `3725` reads "1:02:05"."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,}:{minutes:02}:{rest:02}"
