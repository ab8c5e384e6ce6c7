"""The lists of threads of a course and of its lessons."""

from uuid import uuid4

import pytest

from accounts.models import AuditAction, AuditLog
from courses.models import Course
from courses.services.enrollment import unenroll
from discussions.forms.comment import DiscussionForm
from discussions.limits import COMMENTS
from discussions.models import Comment
from discussions.services.comments import delete_comment, lock, pin
from discussions.services.moderation import hide
from discussions.services.votes import vote
from discussions.views import discussion
from tests.factories import CommentFactory, CourseFactory, EnrollmentFactory, UserFactory, lesson_ids

pytestmark = pytest.mark.django_db
URL = "/courses/weaving/discussion/"


def say(course, user, content="How tight is tight?", **fields):
    return CommentFactory(course=course, user=user, content=content, **fields)


def form(content="Which yarn?", **fields):
    return {"content": content, "key": uuid4(), **fields}


def text(response):
    return response.content.decode()


@pytest.fixture
def classmate(course):
    classmate = UserFactory(username="classmate", first_name="Kim", last_name="Berg")
    EnrollmentFactory(user=classmate, course=course)
    return classmate


def test_a_learner_reads_threads_with_their_first_replies(as_learner, course, classmate, author):
    thread = say(course, classmate, "How **tight** is tight?")
    for number in range(5):
        CommentFactory(user=author, parent=thread, content=f"Answer {number}")
    page = text(as_learner.get(URL))
    assert "How <strong>tight</strong> is tight?" in page and "Kim Berg" in page
    assert "Answer 2" in page and "Answer 3" not in page
    assert f'<a href="/comments/{thread.pk}/">Show all 5 replies</a>' in page


def test_who_closed_their_account_is_not_named_any_more(as_learner, course, classmate):
    thread = say(course, classmate, "Mine stays")
    classmate.is_active = False
    classmate.save()
    for url in (URL, f"/comments/{thread.pk}/"):
        page = text(as_learner.get(url))
        assert "Mine stays" in page and "Deleted account" in page
        assert "Kim" not in page and "/people/classmate/" not in page


def test_an_empty_discussion_invites(as_learner, course):
    assert "No questions yet" in text(as_learner.get(URL))


def test_a_form_that_is_sent_again_after_its_comment_was_deleted_finds_nothing(as_learner, learner, course):
    twice = form("Which *yarn*?")
    as_learner.post(URL, twice, headers={"HX-Request": "true"})
    delete_comment(author=learner, comment_id=Comment.objects.get().pk)
    assert as_learner.post(URL, twice, headers={"HX-Request": "true"}).status_code == 404
    assert Comment.objects.count() == 1


def test_a_learner_begins_a_thread_and_is_led_to_it(as_learner, learner, course):
    response = as_learner.post(URL, form("Which *yarn*?"))
    comment = Comment.objects.get()
    assert (comment.user, comment.course, comment.lesson_id, comment.is_private) == (learner, course, "", False)
    assert response.status_code == 302 and response.url == f"/comments/{comment.pk}/#comment-{comment.pk}"


def test_a_thread_of_htmx_comes_back_with_an_empty_form(as_learner, course):
    page = text(as_learner.post(URL, form("Which yarn?"), headers={"HX-Request": "true"}))
    assert 'hx-swap-oob="afterbegin:#threads"' in page and "Which yarn?" in page
    assert "<html" not in page and "Which yarn?</textarea>" not in page


def test_an_empty_thread_of_htmx_comes_back_with_the_focus_in_its_field(as_learner, course):
    response = as_learner.post(URL, form(" "), headers={"HX-Request": "true"})
    assert response.status_code == 422 and "Write something first." in text(response)
    assert " autofocus" in text(response) and " autofocus" not in text(as_learner.get(URL))


def test_the_same_form_sent_twice_is_one_thread(as_learner, course):
    sent = form()
    assert as_learner.post(URL, sent).url == as_learner.post(URL, sent).url
    assert Comment.objects.count() == 1


def test_a_used_key_with_other_words_asks_to_send_once_more(as_learner, course):
    sent = form()
    as_learner.post(URL, sent)
    response = as_learner.post(URL, sent | {"content": "Something else"})
    assert response.status_code == 422
    assert "Send the form once more." in text(response) and "Something else</textarea>" in text(response)
    assert str(sent["key"]) not in text(response)


@pytest.mark.parametrize("content", ["", "  \n ", "x" * 5_001])
def test_what_cannot_be_posted_comes_back_as_it_was_typed(as_learner, course, content):
    response = as_learner.post(URL, form(content))
    assert response.status_code == 422
    assert "</textarea>" in text(response) and content.strip() in text(response)
    assert not Comment.objects.exists()


def test_lines_of_browsers_are_counted_as_people_count_them(as_learner, course):
    assert as_learner.post(URL, form("\r\n".join("x" * 2_500))).status_code == 302
    assert len(Comment.objects.get().content) == 4_999


def test_too_many_comments_wait_with_their_words(as_learner, course, monkeypatch):
    monkeypatch.setattr(discussion, "COMMENTS", type(COMMENTS)("few", 1, COMMENTS.window))
    as_learner.post(URL, form())
    response = as_learner.post(URL, form("One too many"))
    assert response.status_code == 429 and int(response["Retry-After"]) > 0
    assert "One too many</textarea>" in text(response)


def test_a_stranger_is_shown_how_to_join(as_stranger, course):
    response = as_stranger.get(URL, follow=True)
    assert response.redirect_chain == [("/courses/weaving/", 302)]
    assert "Enroll to join the discussion." in text(response)
    assert as_stranger.post(URL, form()).url == "/courses/weaving/"
    assert not Comment.objects.exists()


def test_who_left_the_course_leaves_its_discussion(as_learner, learner, course):
    unenroll(learner=learner, course=course)
    assert as_learner.get(URL).url == "/courses/weaving/"


def test_a_draft_has_a_discussion_for_its_staff_only(as_author, as_learner, as_admin, course, author):
    say(course, author, "Is this lesson too long?")
    Course.objects.update(is_published=False)
    assert as_learner.get(URL).status_code == 404
    assert "too long" in text(as_author.get(URL)) and "too long" in text(as_admin.get(URL))


# --- Order, pages, search -------------------------------------------------------------------------


def in_order(page, *words):
    places = [page.index(word) for word in words]
    return places == sorted(places)


def test_the_newest_comes_first_and_what_is_pinned_before_it(as_learner, course, classmate, author):
    threads = [say(course, classmate, f"Thread {name}") for name in ("old", "middle", "new")]
    assert in_order(text(as_learner.get(URL)), "Thread new", "Thread middle", "Thread old")
    pin(actor=author, comment_id=threads[0].pk, on=True)
    page = text(as_learner.get(URL))
    assert in_order(page, "Thread old", "Thread new", "Thread middle") and "Pinned" in page


def test_the_best_comes_first_when_asked_for(as_learner, learner, course, classmate):
    liked = say(course, classmate, "Thread liked")
    say(course, classmate, "Thread new")
    vote(voter=learner, comment_id=liked.pk, value=1)
    assert in_order(text(as_learner.get(f"{URL}?order=best")), "Thread liked", "Thread new")


@pytest.mark.parametrize("order", ["newest", "best"])
def test_every_thread_stands_on_one_page(as_learner, course, classmate, author, monkeypatch, order):
    monkeypatch.setattr(discussion, "PAGE", 2)
    threads = [say(course, classmate, f"Thread {number}.") for number in range(5)]
    pin(actor=author, comment_id=threads[1].pk, on=True)
    vote(voter=author, comment_id=threads[2].pk, value=1)
    seen, url = [], f"{URL}?order={order}"
    while url:
        response = as_learner.get(url)
        seen += [thread.cards[0].pk for thread in response.context["threads"]]
        url = response.context["next_url"]
    assert sorted(seen) == [thread.pk for thread in threads] and seen[0] == threads[1].pk


def test_a_search_finds_comments_and_replies(as_learner, course, classmate, author):
    thread = say(course, classmate, "Warp or weft?")
    CommentFactory(user=author, parent=thread, content="The weft goes across.")
    say(course, classmate, "Nothing of the kind")
    page = text(as_learner.get(f"{URL}?q=WEF"))
    assert "Warp or weft?" in page and "The weft goes across." in page and "of the kind" not in page
    assert "Nothing found" in text(as_learner.get(f"{URL}?q=shuttle"))


@pytest.mark.parametrize("query", ["after=-1", "after=x", "order=worst", "show=everything", f"q={'x' * 300}"])
def test_a_strange_query_shows_the_discussion_with_422(as_learner, course, classmate, query):
    say(course, classmate)
    response = as_learner.get(f"{URL}?{query}")
    assert response.status_code == 422 and "How tight" in text(response)


def test_the_discussion_of_an_unpublished_lesson_says_to_staff_when_it_opens(as_author, as_learner, course):
    lesson_id = lesson_ids(course)[1]
    course.placements.filter(lesson_id=lesson_id).update(is_published=False)
    url = f"/courses/weaving/lessons/{lesson_id}/discussion/"
    page = text(as_author.get(url))
    assert "opens when it is published" in page and "<textarea" not in page
    assert as_learner.get(url).status_code == 404


# --- Private questions ----------------------------------------------------------------------------


def test_a_private_question_stands_only_where_private_questions_do(as_learner, as_author, learner, course):
    page = text(as_learner.post(URL, form("Am I too slow?", is_private="on"), follow=True))
    assert "You are told when it is answered." in page
    assert Comment.objects.get().asker == learner
    for person in (as_learner, as_author):
        assert "too slow" not in text(person.get(URL))
        assert "too slow" in text(person.get(f"{URL}?show=private"))


def test_a_private_question_is_nowhere_for_others(sign_in, course, learner, author, classmate):
    question = say(course, learner, "Am I slow?", is_private=True)
    CommentFactory(user=author, parent=question, content="You are not slow.")
    colleague = sign_in(CourseFactory(lessons=1).instructor)
    others = sign_in(classmate)
    for query in ("", "?show=private", "?q=slow", "?q=slow&show=private", "?order=best"):
        response = others.get(f"{URL}{query}")
        assert response.context["threads"] == [] and "slow?" not in text(response), query
        assert colleague.get(f"{URL}{query}").status_code == 302
    assert "slow" not in text(others.get(URL, headers={"HX-Request": "true"}))


# --- What is gone, hidden, blocked ----------------------------------------------------------------


def test_a_deleted_comment_leaves_its_place_to_its_replies(as_learner, course, classmate, author):
    thread = say(course, classmate, "My secret")
    CommentFactory(user=author, parent=thread, content="Take care.")
    delete_comment(author=classmate, comment_id=thread.pk)
    page = text(as_learner.get(URL))
    assert "Deleted by its author" in page and "Take care." in page
    assert "My secret" not in page and "Kim Berg" not in page


def test_a_hidden_comment_says_why_to_its_author_and_the_staff_only(sign_in, course, classmate, learner, author):
    hide(actor=author, thing=say(course, classmate, "Buy my yarn!"), reason="Advertising")
    seen = {person.username: text(sign_in(person).get(URL)) for person in (classmate, learner, author)}
    assert "Buy my yarn!" in seen["classmate"] and "Advertising" in seen["classmate"]
    assert "Buy my yarn!" in seen["author"] and "Advertising" in seen["author"]
    assert "Buy my yarn!" not in seen["learner"] and "Advertising" not in seen["learner"]


def test_what_somebody_wrote_whom_i_blocked_is_folded(as_learner, learner, course, classmate):
    say(course, classmate)
    learner.blocks.create(blocked_user=classmate)
    page = text(as_learner.get(URL))
    assert "You blocked this person" in page and "/vote/" not in page and "/reply/" not in page


def test_a_locked_thread_says_so(as_learner, as_author, course, classmate, author):
    lock(actor=author, comment_id=say(course, classmate).pk, on=True)
    assert "only the staff can reply" in text(as_learner.get(URL)) and "/reply/" not in text(as_learner.get(URL))
    assert "/reply/" in text(as_author.get(URL))


def test_the_instructor_is_known_by_a_badge(as_learner, course, author, classmate):
    say(course, classmate)
    assert "Instructor</span>" not in text(as_learner.get(URL))
    say(course, author)
    assert "Instructor</span>" in text(as_learner.get(URL))


def test_learners_are_never_told_of_downvotes(as_learner, as_author, learner, course, classmate):
    vote(voter=learner, comment_id=say(course, classmate).pk, value=-1)
    assert "1 down" not in text(as_learner.get(URL)) and "1 down" in text(as_author.get(URL))


# --- Lessons --------------------------------------------------------------------------------------


def lesson_url(course, number=0):
    return f"/courses/weaving/lessons/{lesson_ids(course)[number]}/"


def test_a_lesson_has_its_own_discussion_and_the_course_has_all(as_learner, course):
    as_learner.post(f"{lesson_url(course, 1)}discussion/", form("Why two beams?"))
    assert Comment.objects.get().lesson_id == lesson_ids(course)[1]
    assert "two beams" in text(as_learner.get(f"{lesson_url(course, 1)}discussion/"))
    assert "two beams" not in text(as_learner.get(f"{lesson_url(course)}discussion/"))
    whole = text(as_learner.get(URL))
    assert "two beams" in whole and f'<a href="{lesson_url(course, 1)}">Lesson 2</a>' in whole


def test_the_lesson_page_has_room_for_its_discussion(as_learner, as_stranger, course):
    page = text(as_learner.get(lesson_url(course)))
    assert f'hx-get="{lesson_url(course)}discussion/"' in page and "Discussion of this lesson" in page
    part = as_learner.get(f"{lesson_url(course)}discussion/", headers={"HX-Request": "true"})
    assert "<html" not in text(part) and 'id="compose"' in text(part)


def test_the_discussion_of_a_lesson_needs_no_mongodb(as_learner, course, classmate, mongodb_is_away):
    say(course, classmate, lesson_id=lesson_ids(course)[0])
    with mongodb_is_away():
        assert "How tight" in text(as_learner.get(f"{lesson_url(course)}discussion/"))
        page = as_learner.get(lesson_url(course))
    assert page.status_code == 503 and "Discussion of this lesson" in text(page)


def test_the_course_page_has_its_discussion_for_those_who_may_read_it(as_learner, as_author, as_stranger, course):
    for person in (as_learner, as_author):
        assert f'hx-get="{URL}"' in text(person.get("/courses/weaving/"))
    page = text(as_stranger.get("/courses/weaving/"))
    assert f'hx-get="{URL}"' not in page and "Enroll to join the discussion" in page


def test_an_unknown_lesson_has_no_discussion(as_learner, course):
    assert as_learner.get(f"/courses/weaving/lessons/{'0' * 24}/discussion/").status_code == 404


# --- CSV ------------------------------------------------------------------------------------------


def csv_of(client):
    response = client.get(f"{URL}csv/")
    return b"".join(response).decode() if response.status_code == 200 else response.status_code


def test_staff_download_what_they_see(as_author, as_admin, course, learner, classmate):
    thread = say(course, classmate, "Which, please?")
    CommentFactory(user=learner, parent=thread, content="This one.")
    say(course, learner, "Am I slow?", is_private=True)
    for person in (as_author, as_admin):
        lines = csv_of(person).splitlines()
        assert len(lines) == 4 and lines[0].startswith("Comment,Thread,Reply to")
        assert '"Which, please?"' in lines[1] and f"{thread.pk},{thread.pk},,,classmate," in lines[1]
        assert "Am I slow?" in lines[3]


def test_nobody_else_downloads_it(as_learner, as_stranger, sign_in, course, learner):
    say(course, learner, "Am I slow?", is_private=True)
    colleague = sign_in(CourseFactory(lessons=1).instructor)
    assert [csv_of(person) for person in (as_learner, as_stranger, colleague)] == [404] * 3


@pytest.mark.parametrize("content", ["=1+1", "+1", "-1 is less", "@learner hi", "=HYPERLINK(1)"])
def test_no_cell_of_a_spreadsheet_becomes_a_formula(as_author, course, classmate, content):
    say(course, classmate, content)
    assert csv_of(as_author).splitlines()[1].endswith(f",'{content}")


def test_deleted_words_are_in_no_file(as_author, course, classmate, author):
    thread = say(course, classmate, "My secret")
    CommentFactory(user=author, parent=thread, content="Take care.")
    delete_comment(author=classmate, comment_id=thread.pk)
    assert "secret" not in csv_of(as_author) and "Take care." in csv_of(as_author)


def test_the_form_knows_every_order():
    assert {value for value, _ in DiscussionForm.base_fields["order"].choices} == {"newest", "best"}


def test_the_staff_do_not_ask_themselves(as_author, course):
    assert "privately</label>" not in text(as_author.get(URL))
    as_author.post(URL, form("To all of you", is_private="on"))
    assert not Comment.objects.get().is_private


def test_taking_a_discussion_away_is_audited(as_author, as_learner, author, course):
    csv_of(as_author)
    csv_of(as_learner)
    [entry] = AuditLog.objects.filter(action=AuditAction.DATA_EXPORTED)
    assert (entry.user_id, entry.resource_type, entry.resource_id) == (author.pk, "discussion", str(course.pk))
