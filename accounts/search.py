"""Full-text search in which every word must occur, as a word or as the beginning of one."""

import re

from django.contrib.postgres.search import SearchQuery

WORD = re.compile(r"\w+")
MOST_WORDS = 8


def words_of(text: str) -> list[str]:
    """The words that a search looks for."""
    return WORD.findall(text.lower())[:MOST_WORDS]


def prefix_words(text: str) -> str:
    """These words as `to_tsquery` takes them; empty when the text has none."""
    return " & ".join(f"'{word}':*" for word in words_of(text))


def prefix_query(text: str) -> SearchQuery | None:
    """A query for these words on a vector of the configuration `simple`; None when the text has none."""
    words = prefix_words(text)
    return SearchQuery(words, config="simple", search_type="raw") if words else None
