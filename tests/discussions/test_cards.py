"""Comments are drawn by their shapes; what comes out is what drawing each by itself would give."""

from itertools import product

import pytest
from django.template import engines
from django.template.loader import get_template

from discussions.views.comment_cards import Author, Card, Vote, When

_FLAGS = "is_root is_mine is_edited is_private is_pinned is_answer is_locked is_hidden is_deleted is_folded is_staff"
FLAGS = _FLAGS.split()
NASTY = "<b>\"'&\ue000pk\ue001{{ card.pk }}%(name)s</b>"


def card(**changed):
    given = {
        "pk": 17,
        "look": 1,
        "is_root": False,
        "author": Author(123, "/people/ada/", NASTY, "<A", "", False, False),
        "when": When(NASTY, "2026-11-20T18:00:00+00:00", "20. Nov. & later"),
        "words_html": f"<p>{NASTY}</p>",
        "vote": Vote(17, -1234567, None, 0, True),
        **dict.fromkeys(FLAGS, False),
        "is_answered": False,
        "hidden_reason": "",
        "is_legible": True,
        "can_reply": True,
    }
    return Card(**given | changed)


def drawn(cards):
    return get_template("discussions/_comments.html").render({"cards": cards})


def drawn_one_by_one(cards):
    source = get_template("discussions/_comments.html").template.source
    plain = source.replace("{% filled card=card %}", "").replace("{% endfilled %}", "")
    return engines["django"].from_string(plain).render({"cards": cards})


@pytest.mark.parametrize("number", range(1, 5))
def test_a_filled_shape_is_the_card(number):
    author = Author(4, "/people/<x>/", "Ben", "B", f"/media/{NASTY}.png", True, True)
    for values in product([False, True], repeat=2):
        for index in range(0, len(FLAGS) - 1, number):
            flags = dict(zip(FLAGS[index : index + 2], values, strict=True))
            cards = [
                card(**flags),
                card(**flags, pk=2, author=author, vote=Vote(2, 3, number, 1, True)),
                card(**flags, pk=3, author=None, vote=Vote(3, 0, 0, -1, False), can_reply=False),
                card(**flags, hidden_reason=NASTY, reply_to=NASTY, reply_to_id=9, is_target=True, takes_focus=True),
                card(**flags, is_legible=False),
            ]
            assert drawn(cards) == drawn_one_by_one(cards)


def test_what_one_person_wrote_never_stands_in_the_card_of_another():
    first, second = card(words_html="<p>first</p>"), card(pk=18, words_html="<p>second</p>")
    assert drawn([first]).count("first") == 1
    assert "first" not in drawn([second])
