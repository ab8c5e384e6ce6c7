"""One comment: its page, replies, changes, votes, and what staff do with threads."""

from uuid import uuid4

import pytest

from courses.models import Course, CourseLesson
from discussions.limits import VOTES
from discussions.models import Comment
from discussions.services.comments import delete_comment, lock
from discussions.services.moderation import hide
from discussions.services.votes import vote
from discussions.views import acts
from discussions.views import comment as pages
from tests.factories import CommentFactory, CourseFactory, EnrollmentFactory, UserFactory, lesson_ids

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def text(response):
    return response.content.decode()


def words(content="This much.", **fields):
    return {"content": content, "key": uuid4(), **fields}


@pytest.fixture
def classmate(course):
    classmate = UserFactory(username="classmate", first_name="Kim", last_name="Berg")
    EnrollmentFactory(user=classmate, course=course)
    return classmate


@pytest.fixture
def thread(course, classmate):
    return CommentFactory(course=course, user=classmate, content="How tight is tight?")


@pytest.fixture
def answer(thread, author):
    return CommentFactory(user=author, parent=thread, content="Like a guitar.")


@pytest.fixture
def question(course, classmate):
    return CommentFactory(course=course, user=classmate, content="Am I too slow?", is_private=True)


def url(comment, act=""):
    return f"/comments/{comment.pk}/{act}"


# --- The page -------------------------------------------------------------------------------------


def test_a_thread_stands_whole_on_its_page(as_learner, thread, answer, learner):
    CommentFactory(user=learner, parent=answer, content="Which string?")
    page = text(as_learner.get(url(thread)))
    assert page.index("How tight") < page.index("Like a guitar") < page.index("Which string?")


def test_a_thread_about_a_lesson_leads_to_the_lesson(as_learner, course, classmate, answer):
    lesson_id = lesson_ids(course)[0]
    about = CommentFactory(course=course, user=classmate, lesson_id=lesson_id)
    link = f'<a href="{course.url}lessons/{lesson_id}/">Lesson 1</a>'
    assert link in text(as_learner.get(url(about))) and "/lessons/" not in text(as_learner.get(url(answer)))
    CourseLesson.objects.filter(course=course, lesson_id=lesson_id).update(is_published=False)
    assert "/lessons/" not in text(as_learner.get(url(about)))


def test_a_long_thread_is_read_page_by_page(as_learner, thread, learner, author, monkeypatch):
    monkeypatch.setattr(pages, "PAGE", 3)
    for number in range(4):
        CommentFactory(user=learner, parent=CommentFactory(user=author, parent=thread), content=f"Deep {number}")
    seen, address = [], url(thread)
    while address:
        response = as_learner.get(address)
        seen += [card.pk for card in response.context["cards"]]
        following = response.context["next_url"]
        address = f"{url(thread)}{following}" if following else ""
    assert seen == list(Comment.objects.order_by("path").values_list("pk", flat=True))


def test_a_reply_stands_between_its_way_up_and_what_is_below(as_learner, thread, answer, learner, author):
    below = CommentFactory(user=learner, parent=answer, content="Which string?")
    beside = CommentFactory(user=author, parent=thread, content="Or a drum.")
    cards = as_learner.get(url(answer)).context["cards"]
    assert [card.pk for card in cards] == [thread.pk, answer.pk, below.pk] and beside.pk not in cards
    assert [card.is_target for card in cards] == [False, True, False]
    assert f'href="/comments/{thread.pk}/">Show the whole thread' in text(as_learner.get(url(answer)))


def test_what_stands_in_line_says_to_whom_it_answers(as_learner, thread, learner, classmate):
    parent = thread
    for person in (learner, classmate, learner, classmate, learner):
        parent = CommentFactory(user=person, parent=parent)
    page = text(as_learner.get(url(thread)))
    assert "to Kim Berg" in page and "lf-look-4" not in page


def test_nobody_else_finds_a_comment(as_stranger, as_learner, visitor, sign_in, thread, course):
    colleague = sign_in(CourseFactory(lessons=1).instructor)
    assert as_stranger.get(url(thread)).status_code == colleague.get(url(thread)).status_code == 404
    assert visitor.get(url(thread)).url.startswith("/accounts/login/")
    Course.objects.update(is_published=False)
    assert as_learner.get(url(thread)).status_code == 404


ACTS = ["", "reply/", "edit/", "delete/", "vote/", "pin/", "answer/", "answered/", "lock/"]


@pytest.mark.parametrize("act", ACTS)
def test_a_private_question_does_not_exist_for_others(as_learner, sign_in, question, author, act):
    reply = CommentFactory(user=author, parent=question, content="Not at all.")
    colleague = sign_in(CourseFactory(lessons=1).instructor)
    for person in (as_learner, colleague):
        for comment in (question, reply):
            for headers in ({}, HTMX):
                sent = {"value": 1, "on": 1, **words("x")}
                if act in ACTS[:4]:
                    assert person.get(url(comment, act), headers=headers).status_code == 404
                if act:
                    assert person.post(url(comment, act), sent, headers=headers).status_code == 404


def test_who_asked_and_the_staff_read_a_private_question(sign_in, question, classmate, author, admin):
    for person in (classmate, author, admin):
        assert "Am I too slow?" in text(sign_in(person).get(url(question)))


# --- Replies --------------------------------------------------------------------------------------


def test_a_reply_leads_to_its_page(as_learner, learner, thread):
    assert "Reply to Kim Berg" in text(as_learner.get(url(thread, "reply/")))
    response = as_learner.post(url(thread, "reply/"), words("Very *tight*."))
    reply = Comment.objects.get(user=learner)
    assert reply.parent == thread and response.url == f"/comments/{reply.pk}/#comment-{reply.pk}"


def test_with_htmx_the_form_and_the_reply_appear_in_place(as_learner, thread):
    form = text(as_learner.get(url(thread, "reply/"), headers=HTMX))
    assert "<html" not in form and f'hx-target="#slot-{thread.pk}"' in form
    answer = text(as_learner.post(url(thread, "reply/"), words("Very tight."), headers=HTMX))
    assert f'hx-swap-oob="beforeend:#new-{thread.pk}"' in answer and "Very tight." in answer and "autofocus" in answer


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_empty_reply_comes_back(as_learner, thread, headers):
    response = as_learner.post(url(thread, "reply/"), words("  "), headers=headers)
    assert response.status_code == 422 and "Write something first." in text(response)


def test_a_reply_sent_twice_is_one(as_learner, thread):
    sent = words()
    assert as_learner.post(url(thread, "reply/"), sent).url == as_learner.post(url(thread, "reply/"), sent).url
    response = as_learner.post(url(thread, "reply/"), sent | {"content": "Other words"})
    assert response.status_code == 422 and "Other words</textarea>" in text(response)


def test_a_reply_to_a_thread_locked_meanwhile_keeps_its_words(as_learner, as_author, thread, author):
    lock(actor=author, comment_id=thread.pk, on=True)
    assert as_learner.get(url(thread, "reply/")).status_code == 404
    response = as_learner.post(url(thread, "reply/"), words("But why?"))
    assert response.status_code == 422 and "But why?</textarea>" in text(response) and "locked" in text(response)
    assert as_author.post(url(thread, "reply/"), words("Because.")).status_code == 302


def test_people_who_blocked_each_other_do_not_reply(as_learner, learner, thread, classmate):
    classmate.blocks.create(blocked_user=learner)
    assert as_learner.get(url(thread, "reply/")).status_code == 404
    assert as_learner.post(url(thread, "reply/"), words()).status_code == 404


# --- One's own ------------------------------------------------------------------------------------


def test_people_change_their_own_words(sign_in, thread, classmate):
    client = sign_in(classmate)
    assert "How tight is tight?</textarea>" in text(client.get(url(thread, "edit/")))
    assert client.post(url(thread, "edit/"), {"content": "How *loose*?"}).url == f"{url(thread)}#comment-{thread.pk}"
    page = text(client.get(url(thread)))
    assert "How <em>loose</em>?" in page and "edited" in page


def test_with_htmx_the_changed_comment_takes_its_place(sign_in, thread, classmate):
    client = sign_in(classmate)
    assert f'hx-target="#edit-{thread.pk}"' in text(client.get(url(thread, "edit/"), headers=HTMX))
    response = client.post(url(thread, "edit/"), {"content": "How loose?"}, headers=HTMX)
    assert "How loose?" in text(response) and response["HX-Retarget"] == f"#place-{thread.pk}"


def test_words_that_cannot_be_saved_come_back(sign_in, thread, classmate):
    response = sign_in(classmate).post(url(thread, "edit/"), {"content": "x" * 5_001})
    assert response.status_code == 422 and "x" * 5_001 in text(response)


def test_deleting_asks_first_and_leaves_the_replies(sign_in, as_learner, thread, answer, classmate):
    client = sign_in(classmate)
    assert "What others replied stays." in text(client.get(url(thread, "delete/")))
    assert client.post(url(thread, "delete/")).url == "/courses/weaving/discussion/"
    page = text(as_learner.get(url(thread)))
    assert "Deleted by its author" in page and "Like a guitar." in page
    assert "How tight" not in page and "Kim Berg" not in page
    assert client.get(url(thread, "edit/")).status_code == 404


@pytest.mark.parametrize("act", ["edit/", "delete/"])
def test_nobody_changes_what_others_wrote(as_learner, as_author, as_admin, thread, act):
    for person in (as_learner, as_author, as_admin):
        assert person.get(url(thread, act)).status_code == 404
        assert person.post(url(thread, act), {"content": "Mine now"}).status_code == 404
    assert Comment.objects.get(pk=thread.pk).content == "How tight is tight?"


def test_a_deleted_comment_without_replies_is_gone(sign_in, thread, classmate):
    delete_comment(author=classmate, comment_id=thread.pk)
    assert sign_in(classmate).get(url(thread)).status_code == 404


# --- Votes ----------------------------------------------------------------------------------------


def test_a_vote_leads_back_to_where_it_was_given(as_learner, thread):
    response = as_learner.post(url(thread, "vote/"), {"value": 1, "next": "/courses/weaving/discussion/?order=best"})
    assert response.url == f"/courses/weaving/discussion/?order=best#comment-{thread.pk}"
    assert Comment.objects.get(pk=thread.pk).score == 1


@pytest.mark.parametrize(
    "page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_a_vote_leads_nowhere_else(as_learner, thread, page):
    response = as_learner.post(url(thread, "vote/"), {"value": 1, "next": page})
    assert response.url == f"/comments/{thread.pk}/#comment-{thread.pk}"


def test_a_vote_with_htmx_answers_the_buttons_as_they_are_now(as_learner, thread):
    first = text(as_learner.post(url(thread, "vote/"), {"value": 1}, headers=HTMX))
    assert f'id="vote-{thread.pk}"' in first and first.count('aria-pressed="true"') == 1 and 'value="0"' in first
    taken_back = text(as_learner.post(url(thread, "vote/"), {"value": 0}, headers=HTMX))
    assert 'aria-pressed="true"' not in taken_back


def test_staff_see_downvotes_where_they_vote_and_learners_do_not(as_learner, as_author, thread):
    assert "down</span>" not in text(as_learner.post(url(thread, "vote/"), {"value": -1}, headers=HTMX))
    assert "2 down</span>" in text(as_author.post(url(thread, "vote/"), {"value": -1}, headers=HTMX))


def test_nobody_votes_on_their_own_or_sees_buttons_there(sign_in, thread, classmate):
    client = sign_in(classmate)
    assert "/vote/" not in text(client.get(url(thread)))
    assert client.post(url(thread, "vote/"), {"value": 1}).status_code == 404


@pytest.mark.parametrize("value", ["", "2", "x", "1.0", "-1 "])
def test_a_vote_is_one_of_three(as_learner, thread, value):
    assert as_learner.post(url(thread, "vote/"), {"value": value}).status_code == 422


def test_too_many_votes_wait(as_learner, thread, monkeypatch):
    monkeypatch.setattr(acts, "VOTES", type(VOTES)("few", 1, VOTES.window))
    as_learner.post(url(thread, "vote/"), {"value": 1})
    assert as_learner.post(url(thread, "vote/"), {"value": 0}).status_code == 429
    assert Comment.objects.get(pk=thread.pk).score == 1


def test_the_page_shows_my_votes(as_learner, learner, thread, answer):
    vote(voter=learner, comment_id=answer.pk, value=-1)
    cards = as_learner.get(url(thread)).context["cards"]
    assert [card.vote.mine for card in cards] == [0, -1]


# --- Staff ----------------------------------------------------------------------------------------


def switch(client, comment, act, on):
    return client.post(url(comment, f"{act}/"), {"on": on, "next": "/courses/weaving/discussion/"})


def test_the_instructor_pins_and_locks_threads_and_marks_the_answer(as_author, as_learner, thread, answer):
    for comment, act, mark in ((thread, "pin", "Pinned"), (thread, "lock", "Locked"), (answer, "answer", "Answered")):
        response = switch(as_author, comment, act, 1)
        assert response.url == f"/courses/weaving/discussion/#comment-{comment.pk}"
        assert mark in text(as_learner.get(url(thread)))
        switch(as_author, comment, act, 0)
        assert mark not in text(as_learner.get(url(thread)))


def test_the_instructor_says_that_a_question_is_answered(as_author, question):
    switch(as_author, question, "answered", 1)
    assert "Mark as unanswered" in text(as_author.get(url(question)))
    switch(as_author, question, "answered", 0)
    assert Comment.objects.get(pk=question.pk).answered_at is None


@pytest.mark.parametrize("act", ["pin", "lock", "answer", "answered"])
def test_learners_do_none_of_it(as_learner, thread, answer, act):
    assert switch(as_learner, thread, act, 1).status_code == switch(as_learner, answer, act, 1).status_code == 404
    assert "formaction" not in text(as_learner.get(url(thread))).replace("/vote/", "").partition("pin/")[2]


@pytest.mark.parametrize("act", ["pin", "lock", "answer"])
def test_a_switch_is_on_or_off(as_author, thread, answer, act):
    assert switch(as_author, answer if act == "answer" else thread, act, "maybe").status_code == 422


def test_a_hidden_comment_is_there_for_its_author_and_the_staff(sign_in, as_learner, thread, author, classmate):
    hide(actor=author, thing=thread, reason="Off the topic")
    assert as_learner.get(url(thread)).status_code == 404
    page = text(sign_in(classmate).get(url(thread)))
    assert "Only you and the staff see this comment" in page and "Off the topic" in page
    assert "Show it again" in text(sign_in(author).get(url(thread)))


@pytest.mark.parametrize("act", ["vote", "pin", "answer", "answered", "lock"])
def test_acts_are_no_pages(as_author, thread, act):
    assert as_author.get(url(thread, f"{act}/")).status_code == 405
