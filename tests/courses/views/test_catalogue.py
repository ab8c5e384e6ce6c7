"""Finding a course: words, filters, order, and what one sees while typing."""

import pytest

from tests.factories import CategoryFactory, CourseFactory, EnrollmentFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def shelf(author):
    """Three courses that differ in everything one can ask for."""
    crafts, science = CategoryFactory(name="Crafts", slug="crafts"), CategoryFactory(name="Science", slug="science")
    CourseFactory(instructor=author, title="Lace", category=crafts, level="beginner")
    CourseFactory(instructor=author, title="Looms", category=crafts, level="advanced", price=49)
    CourseFactory(instructor=author, title="Optics", category=science, level="beginner", description="Light & lenses.")


def titles(answer):
    return sorted(card.title for card in answer.context["courses"])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Lace", "Looms", "Optics"]),
        ({"q": "opt"}, ["Optics"]),
        ({"q": "crafts"}, ["Lace", "Looms"]),
        ({"category": "science"}, ["Optics"]),
        ({"level": "beginner"}, ["Lace", "Optics"]),
        ({"price": "paid"}, ["Looms"]),
        ({"price": "free", "category": "crafts"}, ["Lace"]),
        ({"duration": "long"}, []),
    ],
)
def test_visitor_finds_what_they_ask_for(visitor, shelf, asked, found):
    assert titles(visitor.get("/courses/", asked)) == found


def test_drafts_are_in_no_list_and_no_count(visitor, author, shelf):
    CourseFactory(instructor=author, title="Secret lace", is_published=False)
    answer = visitor.get("/courses/", {"q": "lace"})
    assert titles(answer) == ["Lace"] and "1 course" in answer.content.decode()


def test_a_chip_takes_one_filter_away_and_keeps_the_others(visitor, shelf):
    chips = visitor.get("/courses/", {"q": "lo", "price": "paid"}).context["chips"]
    assert [chip["url"] for chip in chips] == ["/courses/?price=paid", "/courses/?q=lo"]


def test_what_is_no_choice_is_said_at_its_field_and_filters_nothing(visitor, shelf):
    answer = visitor.get("/courses/", {"level": "wizard"})
    assert answer.status_code == 422 and titles(answer) == ["Lace", "Looms", "Optics"]


def test_the_words_that_were_found_are_marked_and_nothing_else_is_html(visitor, shelf):
    page = visitor.get("/courses/", {"q": "light"}).content.decode()
    assert "<mark>Light</mark> &amp; lenses" in page


def test_nothing_found_says_what_to_do(visitor, shelf):
    assert "Try fewer words" in visitor.get("/courses/", {"q": "zebra"}).content.decode()


def test_learner_sees_how_far_they_are_on_the_card(as_learner, learner):
    EnrollmentFactory(user=learner, course=CourseFactory(title="Felt", lessons=2), done=1)
    assert {card.title: card.viewer_progress for card in as_learner.get("/courses/").context["courses"]} == {
        "Felt": 50,
        "Weaving for everyone": 0,
    }


def test_htmx_gets_the_results_alone(visitor, shelf):
    page = visitor.get("/courses/", {"q": "lace"}, headers=HTMX).content.decode()
    assert 'id="results"' in page and "<html" not in page


def test_who_types_sees_a_few_courses_and_the_way_to_all(visitor, shelf):
    page = visitor.get("/search/", {"q": "la"}, headers=HTMX).content.decode()
    assert "Lace" in page and 'href="/courses/?q=la"' in page


def test_searching_without_script_leads_to_the_catalogue(visitor):
    assert visitor.get("/search/", {"q": "two words"}).url == "/courses/?q=two+words"


@pytest.mark.parametrize("address", ["/courses/", "/search/"])
def test_nothing_is_sent_to_the_catalogue(visitor, address):
    assert visitor.post(address).status_code == 405
