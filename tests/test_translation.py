"""Every word that a template shows is marked for translation."""

import re
from pathlib import Path

import pytest
from django.template.base import DebugLexer, TokenType

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TAG = re.compile(r"<[^>]*>", re.S)
SHOWN_ATTRIBUTE = re.compile(r"""\b(?:alt|title|placeholder|aria-label)=["']([^"'<>]*)["']""")
SILENT_BLOCK = re.compile(r"<(style|script|svg)\b.*?</\1>", re.S)
ENTITY = re.compile(r"&#?\w+;|#[\w-]+")  # and the targets of a block that fills an address
WORD = re.compile(r"[^\W\d_]{2,}")
NAMES_AND_UNITS = {"LearnFlow", "HTTP"}
HIDDEN = "\x00"  # stands where a template tag or a translated passage was


def untranslated_words(source: str) -> set[str]:
    """Words that a reader would see and no translator."""
    text, inside = [], False
    for token in DebugLexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            word = token.contents.split()[0]
            inside = word in {"blocktranslate", "blocktrans", "comment"} or (
                inside and word not in {"endblocktranslate", "endblocktrans", "endcomment"}
            )
        text.append(token.contents if token.token_type == TokenType.TEXT and not inside else HIDDEN)
    page = SILENT_BLOCK.sub("", "".join(text))
    shown = [*SHOWN_ATTRIBUTE.findall(page), ENTITY.sub(" ", TAG.sub(" ", page))]
    return {word for part in shown for word in WORD.findall(part)} - NAMES_AND_UNITS


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_word_of_a_template_can_be_translated(template):
    assert untranslated_words(template.read_text()) == set()


def test_a_forgotten_word_is_found():
    source = '{% load i18n %}<p title="Hello">{% translate "Known" %} <b>forgotten</b></p>'
    assert untranslated_words(source) == {"Hello", "forgotten"}


def test_a_translated_passage_is_no_forgotten_word():
    assert untranslated_words("{% load i18n %}{% blocktranslate %}All of it{% endblocktranslate %} {{ name }}") == set()
