"""A kept piece of a page is rendered once, and holds nothing of a visitor."""

import pytest
from django.template import Context, TemplateSyntaxError, engines
from django.utils.safestring import mark_safe
from django.utils.translation import override

from accounts.models import User
from learnflow.templatetags import kept

LOAD = "{% load kept %}"


def template(source):
    return engines["django"].from_string(LOAD + source).template


class Counted:
    """Counts how often a template asked for its name."""

    def __init__(self):
        self.asked = 0

    @property
    def name(self):
        self.asked += 1
        return "Ada"


def test_what_is_inside_is_rendered_once_for_the_same_values():
    page, person = template("{% kept person=person %}{{ person.name }}{% endkept %}"), Counted()
    assert [page.render(Context({"person": person})) for _ in range(3)] == ["Ada"] * 3
    assert person.asked == 1


def test_other_values_are_rendered_anew():
    page = template("{% kept here=here %}{{ here }}{% endkept %}")
    assert [page.render(Context({"here": here})) for here in ("a", "b", "a", True, 1)] == ["a", "b", "a", "True", "1"]


def test_nothing_but_the_given_values_is_seen_inside():
    page = template("{% kept here=here %}{{ here }}{{ user }}{{ request }}{% csrf_token %}{% endkept %}")
    context = Context({"here": "home", "user": "Ada", "request": "hers", "csrf_token": "secret"})
    assert page.render(context) == "home"


def test_safe_text_never_stands_for_text_to_be_escaped():
    page = template("{% kept text=text %}{{ text }}{% endkept %}")
    assert page.render(Context({"text": mark_safe("<b>")})) == "<b>"
    assert page.render(Context({"text": "<b>"})) == "&lt;b&gt;"


def test_each_language_has_its_own():
    page = template("{% load i18n %}{% kept %}{% get_current_language as code %}{{ code }}{% endkept %}")
    assert page.render(Context()) == "en"
    with override("de"):
        assert page.render(Context()) == "de"


def test_a_place_keeps_only_so_many(monkeypatch):
    monkeypatch.setattr(kept, "MOST_KEPT", 2)
    page = template("{% kept n=n %}{{ n }}{% endkept %}")
    assert [page.render(Context({"n": n})) for n in "abcabc"] == list("abcabc")


def test_values_without_a_name_are_refused():
    with pytest.raises(TemplateSyntaxError, match="by name"):
        template("{% kept here %}{% endkept %}")


def test_a_row_is_refused_for_it_stays_equal_when_it_changes():
    page = template("{% kept person=person %}{{ person.username }}{% endkept %}")
    with pytest.raises(TypeError, match="a row equals itself"):
        page.render(Context({"person": User(pk=1, username="ada")}))
