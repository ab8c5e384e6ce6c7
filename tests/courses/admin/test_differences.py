from time import monotonic

import pytest

from courses.admin.differences import differences
from tests.factories import text_body


def kinds(old, new):
    """How the lines of two texts differ, kind by kind."""
    [found] = differences(text_body(markdown="\n".join(old)), text_body(markdown="\n".join(new)))
    return [(row.kind, row.old, row.new) for row in found.rows]


def test_a_line_between_equal_ones_is_changed():
    assert kinds("abcdefg", "abcXefg") == [
        ("skipped", "1 equal lines", ""),
        ("same", "b", "b"),
        ("same", "c", "c"),
        ("changed", "d", "X"),
        ("same", "e", "e"),
        ("same", "f", "f"),
        ("skipped", "1 equal lines", ""),
    ]


def test_lines_that_came_and_went_are_told_apart():
    assert kinds("aab", "ab") == [("same", "a", "a"), ("removed", "a", ""), ("same", "b", "b")]
    assert kinds("ab", "aab") == [("same", "a", "a"), ("added", "", "a"), ("same", "b", "b")]
    assert kinds("a", "b") == [("changed", "a", "b")]
    assert kinds("xabcy", "zabcw")[0] == ("changed", "x", "z")


@pytest.mark.parametrize("new", [["b", *"a" * 24_000, "c"], ["a"] * 23_000])
def test_comparing_the_longest_texts_takes_no_minutes(new):
    began = monotonic()
    assert kinds(["c", *"a" * 24_000, "d"], new)
    assert monotonic() - began < 5
