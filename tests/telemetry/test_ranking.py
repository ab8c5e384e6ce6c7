from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from telemetry.models.leaderboard import Standing
from telemetry.ranking import rank_beside, rank_in_order

standings = st.builds(Standing, st.sampled_from([Decimal(n) for n in (20, 40, 60)]), st.integers(0, 3))
boards = st.lists(standings, max_size=30).map(lambda board: sorted(board, key=lambda each: each.key))


def true_rank(standing, board):
    return 1 + sum(each.key < standing.key for each in board)


def asked_for(page, mine):
    return {mine, *list(dict.fromkeys(page))[:2]}


@given(boards, st.integers(0, 30), st.integers(1, 8), standings)
def test_every_page_shows_the_true_ranks(board, begin, count, mine):
    page, is_top = board[begin : begin + count], begin == 0
    known = {each: true_rank(each, board) for each in asked_for(page, mine)}
    ranks = rank_in_order(page, known, is_top=is_top)
    assert ranks == [true_rank(each, board) for each in page]
    if page or not board:
        assert rank_beside(mine, page, ranks, known, is_top=is_top) == true_rank(mine, board)


@given(boards, st.integers(0, 30), st.integers(1, 8), standings, st.data())
def test_whatever_was_answered_a_page_never_contradicts_itself(board, begin, count, mine, data):
    page, is_top = board[begin : begin + count], begin == 0
    known = {each: data.draw(st.integers(1, 40)) for each in sorted(asked_for(page, mine))}
    ranks = rank_in_order(page, known, is_top=is_top)
    mine_rank = rank_beside(mine, page, ranks, known, is_top=is_top)
    for one, rank in zip(page, ranks, strict=True):
        for other, other_rank in zip(page, ranks, strict=True):
            assert (rank < other_rank) == (one.key < other.key)
        if one == mine:
            assert rank == mine_rank
        # Hidden from others, I take nobody's place: whoever comes after me may have the same rank.
        assert rank < mine_rank if one.key < mine.key else rank >= mine_rank
