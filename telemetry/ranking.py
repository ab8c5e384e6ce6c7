"""Ranks on a page of a leaderboard: equal results share one, and what stands on a page never contradicts itself.

Only the ranks of its first two results are asked for: how many stand above a page, and how many share the first of
them, nobody sees from the page. The others follow by counting.
"""

from collections.abc import Mapping, Sequence

from telemetry.models.leaderboard import Standing


def rank_in_order(standings: Sequence[Standing], known: Mapping[Standing, int], *, is_top: bool) -> list[int]:
    """The ranks of those on a page, best first; of the first page when `is_top`."""
    ranks: list[int] = []
    rank, begin = (1 if is_top or not standings else known[standings[0]]), 0
    for index, standing in enumerate(standings):
        if standing != standings[begin]:
            rank += index - begin
            if begin == 0 and not is_top:
                rank = max(rank, known[standing])
            begin = index
        ranks.append(rank)
    return ranks


def rank_beside(
    mine: Standing, standings: Sequence[Standing], ranks: Sequence[int], known: Mapping[Standing, int], *, is_top: bool
) -> int:
    """My rank when I am not on the page.

    What was asked for is a moment or a minute older or newer than the page; what the page shows counts more.
    """
    better = sum(standing.key < mine.key for standing in standings)
    if better == len(standings):
        return max(known[mine], ranks[-1] + standings.count(standings[-1])) if standings else known[mine]
    return ranks[better] if better or is_top else min(known[mine], ranks[0])
