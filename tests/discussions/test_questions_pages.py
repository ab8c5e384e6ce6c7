"""Private questions over all courses."""

import pytest

from discussions.models import Comment
from discussions.services.comments import delete_comment
from discussions.views import questions
from tests.factories import CommentFactory, CourseFactory, EnrollmentFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/questions/"


def text(response):
    return response.content.decode()


@pytest.fixture
def other_course(author, learner):
    other = CourseFactory(instructor=author, title="Dyeing", slug="dyeing", lessons=1)
    EnrollmentFactory(user=learner, course=other)
    return other


def ask(course, user, content):
    return CommentFactory(course=course, user=user, content=content, is_private=True)


def listed(client, query=""):
    return [question.pk for question in client.get(f"{URL}{query}").context["questions"]]


def test_the_instructor_finds_the_questions_of_all_courses_unanswered_first(
    as_author, learner, author, course, other_course
):
    old, newer, newest = (
        ask(course, learner, "Old?"),
        ask(other_course, learner, "Newer?"),
        ask(course, learner, "Now?"),
    )
    CommentFactory(user=author, parent=newest, content="Now.")
    assert listed(as_author) == [newer.pk, old.pk, newest.pk]
    page = text(as_author.get(URL))
    assert "Dyeing" in page and "Lee Park" in page and "Waits for an answer" in page and "1 reply" in page


def test_who_asked_and_closed_their_account_is_not_named_any_more(as_author, learner, course):
    ask(course, learner, "Why?")
    learner.is_active = False
    learner.save()
    page = text(as_author.get(URL))
    assert "Why?" in page and "Deleted account" in page and "Lee Park" not in page


def test_a_question_that_goes_on_waits_again(as_author, learner, author, course):
    question = ask(course, learner, "Why?")
    answer = CommentFactory(user=author, parent=question, content="Because.")
    assert "Waits for an answer" not in text(as_author.get(URL))
    CommentFactory(user=learner, parent=answer, content="But why?")
    assert "Waits for an answer" in text(as_author.get(URL))


def test_learners_find_their_own_and_whether_they_are_answered(as_learner, learner, author, course):
    question = ask(course, learner, "May I use *wool*?")
    page = text(as_learner.get(URL))
    assert "May I use wool?" in page and "Not answered yet" in page
    CommentFactory(user=author, parent=question, content="Yes.")
    assert "Answered" in text(as_learner.get(URL))


def test_a_question_reads_as_it_was_typed(as_author, learner, course):
    ask(course, learner, "Is <b> & <i> the same?")
    assert "Is &lt;b&gt; &amp; &lt;i&gt; the same?" in text(as_author.get(URL))


def test_nobody_finds_the_questions_of_others(sign_in, learner, author, course):
    ask(course, learner, "Am I slow?")
    classmate = UserFactory()
    EnrollmentFactory(user=classmate, course=course)
    for person in (classmate, CourseFactory(lessons=1).instructor):
        client = sign_in(person)
        for query in ("", "?show=asked", "?show=received", "?after=99999999"):
            assert listed(client, query) == [] and "slow" not in text(client.get(f"{URL}{query}"))


def test_an_admin_finds_all_of_them(as_admin, learner, course):
    question = ask(course, learner, "Am I slow?")
    assert listed(as_admin) == [question.pk]


@pytest.mark.parametrize("answered", [set(), {0, 2, 4}, {0, 1, 2, 3, 4, 5, 6}, {5, 6}])
def test_every_question_stands_on_one_page(as_author, learner, author, course, monkeypatch, answered):
    monkeypatch.setattr(questions, "PAGE", 2)
    asked = [ask(course, learner, f"Question {number}") for number in range(7)]
    for number in answered:
        CommentFactory(user=author, parent=asked[number], content="Yes.")
    seen, query = [], "?"
    while query:
        response = as_author.get(f"{URL}{query}")
        seen += [question.pk for question in response.context["questions"]]
        query = response.context["next_url"]
    waiting = [asked[number].pk for number in reversed(range(7)) if number not in answered]
    assert seen == waiting + [asked[number].pk for number in sorted(answered, reverse=True)]


def test_instructors_have_questions_of_their_own(as_author, author, learner):
    elsewhere = CourseFactory(lessons=1)
    EnrollmentFactory(user=author, course=elsewhere)
    question = ask(elsewhere, author, "How do you do it?")
    assert listed(as_author) == [] and listed(as_author, "?show=asked") == [question.pk]


def test_a_deleted_question_shows_no_words(as_author, learner, author, course):
    question = ask(course, learner, "My secret")
    CommentFactory(user=author, parent=question, content="I see.")
    delete_comment(author=learner, comment_id=question.pk)
    page = text(as_author.get(URL))
    assert "Deleted by its author" in page and "secret" not in page and "Lee Park" not in page
    assert Comment.objects.get(pk=question.pk).content == ""


def test_empty_lists_say_what_would_stand_there(as_learner, as_author, course):
    assert "Ask the instructor privately" in text(as_learner.get(URL))
    assert "waits here for an answer" in text(as_author.get(URL))


@pytest.mark.parametrize("query", ["?after=x", "?show=all", "?after=-1", "?after=99999999999999999999"])
def test_a_strange_query_shows_the_list_with_422(as_learner, learner, course, query):
    ask(course, learner, "Why?")
    response = as_learner.get(f"{URL}{query}")
    assert response.status_code == 422 and "Why?" in text(response)


def test_visitors_sign_in_first(visitor):
    assert visitor.get(URL).url.startswith("/accounts/login/")
    assert visitor.post(URL).status_code == 405
