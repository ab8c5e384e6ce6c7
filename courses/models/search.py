"""Full-text search over courses: every word must match, as a word or as the beginning of one."""

import re

from django.contrib.postgres.search import CombinedSearchQuery, SearchHeadline, SearchQuery
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WORD = re.compile(r"\w+")
MOST_WORDS = 8
# Words that say nothing about a course are left out when there are others.
SILENT = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "for",
        "from",
        "how",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "the",
        "to",
        "what",
        "with",
    }
)
# Private marks around a match: they survive escaping, and in somebody's own text they could only mark it.
BEGIN, END = "\x02", "\x03"


def course_query(text: str) -> SearchQuery | CombinedSearchQuery | None:
    """A query for these words; None when the text has none."""
    words = WORD.findall(text.lower())[:MOST_WORDS]
    telling = [word for word in words if word not in SILENT] or words
    query: SearchQuery | CombinedSearchQuery | None = None
    for word in telling:
        either = SearchQuery(f"'{word}':*", config="simple", search_type="raw") | SearchQuery(word, config="english")
        query = either if query is None else query & either
    return query


def headline(field: str, query: SearchQuery | CombinedSearchQuery) -> SearchHeadline:
    """The whole field with the matches between private marks; show it through `marked`."""
    return SearchHeadline(field, query, config="english", start_sel=BEGIN, stop_sel=END, highlight_all=True)


def marked(text: str) -> SafeString:
    """Escaped text with its matches in `<mark>`."""
    return mark_safe(escape(text).replace(BEGIN, "<mark>").replace(END, "</mark>"))
