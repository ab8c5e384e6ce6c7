"""What stands where a text was lost: an honest sentence for learners, and a mark by which its author is told.

The mark is the stand-in's own text: once somebody has written another, the lesson is no stand-in any more, whichever
way the text came.
"""

from django.utils import translation
from django.utils.translation import gettext

from courses.content.lesson_types import get_type
from learnflow.mongo import Document


def stand_in_body(*, title: str, language: str) -> Document:
    """A lesson in place of a lost one, in this language as far as we speak it."""
    with translation.override(language):
        sentence = gettext(
            "The text of this lesson was lost. Your progress is safe: a lesson you had completed still counts, and "
            "you can go on with the next one. The author is asked to write it again."
        )
        return _body(title or gettext("Lost lesson"), sentence, language)


def stand_in_revision(*, version: int, language: str) -> Document:
    """The body of an earlier version that was lost."""
    with translation.override(language):
        return _body(
            gettext("Version %d, lost") % version,
            gettext("The text of this version was lost; nobody has it."),
            language,
        )


def _body(title: str, sentence: str, language: str) -> Document:
    return {
        "title": title,
        "type": "text",
        "duration": 0,
        "language": language,
        "content": get_type("text").content_from({"markdown": sentence}, {"stand_in": sentence}),
        "notes": "",
        "notes_html": "",
        "resources": [],
    }
