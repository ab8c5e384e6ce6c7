"""Tables no larger than what was typed: each row is filled up to the width of the head, so a few characters could ask
for very many cells, and a comment of 5,000 for a page of megabytes."""

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table

FREE = 2_000  # cells that a text may leave out
LEFT = "cells left"


def tables_plugin(parser: MarkdownIt) -> None:
    """What asks for more cells than the text could hold stays the lines that it is."""
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    left = state.env.get(LEFT, len(state.src) // 2 + FREE)
    if not left or not table(state, start, end, True):
        return False
    if silent:
        return True
    columns = state.src.count("|", state.bMarks[start + 1], state.eMarks[start + 1]) + 1
    line = start + 2
    while line < end and left > 0 and not state.isEmpty(line):
        left -= columns
        line += 1
    # Once it is too much no further table is begun: counting its rows again from each line would take long, too.
    state.env[LEFT] = max(left, 0)
    return left > 0 and table(state, start, end, False)
