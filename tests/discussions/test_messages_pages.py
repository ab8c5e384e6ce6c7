"""The pages of messages: the list, a conversation, what is new in it, muting and blocking."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F

from accounts.models import Follow, User
from courses.services.enrollment import unenroll
from discussions.limits import MESSAGES
from discussions.models import Conversation, DirectMessage, UserBlock
from discussions.services.blocks import block
from discussions.services.messages import mute, send
from discussions.views.messages import CONVERSATIONS
from tests.factories import EnrollmentFactory, UserFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def write(sender, receiver, content="Hello"):
    return send(sender=sender, receiver=receiver, content=content, key=uuid4())


def text_of(answer):
    return answer.content.decode()


def post(client, url="/messages/author/", **fields):
    headers = fields.pop("headers", {})
    return client.post(url, {"content": "Hello", "key": uuid4(), **fields}, headers=headers)


def names(answer):
    return [letter.person.username for letter in answer.context["letters"]]


def shown(answer):
    """The ids of the messages in a page or fragment."""
    return [int(found) for found in re.findall(r'id="message-(\d+)"', text_of(answer))]


def unread(person):
    rows = Conversation.objects.of(person)
    return sum(row.low_unread if row.low_user_id == person.pk else row.high_unread for row in rows)


# --- The list ---------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(as_learner):
    assert "Ask your instructor a question" in text_of(as_learner.get("/messages/"))


def test_conversations_stand_newest_first_with_their_last_words_and_what_is_unread(as_author, author, learner, course):
    second = EnrollmentFactory(course=course).user
    write(learner, author, "First **words**")
    write(second, author, "Later words")
    write(learner, author, "Last words")
    answer = as_author.get("/messages/")
    assert names(answer) == ["learner", second.username]
    assert [(letter.words, letter.unread) for letter in answer.context["letters"]] == [
        ("Last words", 2),
        ("Later words", 1),
    ]


def test_one_is_told_which_last_words_are_ones_own_and_what_is_muted(as_learner, learner, author):
    write(learner, author, "My **own**")
    mute(person=learner, other=author)
    (letter,) = as_learner.get("/messages/").context["letters"]
    assert (letter.is_mine, letter.words, letter.unread, letter.is_muted) == (True, "My own", 0, True)


def test_the_list_pages_by_time_and_number_and_misses_nobody(as_author, author, course):
    people = [EnrollmentFactory(course=course).user for _ in range(CONVERSATIONS + 3)]
    for person in people:
        write(person, author)
    # All of one instant: their numbers decide.
    Conversation.objects.update(last_at="2026-05-01T00:00Z")
    first = as_author.get("/messages/")
    second = as_author.get(f"/messages/?after={first.context['next_after']}")
    assert len(names(first)) == CONVERSATIONS and second.context["next_after"] == ""
    assert sorted(names(first) + names(second)) == sorted(person.username for person in people)


def test_a_page_that_nobody_made_is_an_error_and_shows_the_first(as_learner, learner, author):
    write(learner, author)
    answer = as_learner.get("/messages/?after=x-1")
    assert answer.status_code == 422 and names(answer) == ["author"]


def test_a_search_finds_people_and_words_of_my_messages_and_no_others(as_learner, learner, author, admin, stranger):
    found = write(author, learner, "Warp & weft")
    write(learner, author, "Something else")
    write(admin, stranger, "weft of others")
    answer = as_learner.get("/messages/?q=WEF")
    assert [letter.url for letter in answer.context["found"]] == [
        f"/messages/author/?before={found + 1}#message-{found}"
    ]
    assert "Warp &amp; <mark>weft</mark>" in text_of(answer) and "weft of others" not in text_of(answer)
    assert names(as_learner.get("/messages/?q=ada wea")) == ["author"]
    for nothing in ("stranger", "zzz", "'", "!&|()"):
        answer = as_learner.get("/messages/", {"q": nothing})
        assert not answer.context["letters"] and not answer.context["found"]


def test_people_i_blocked_can_be_unblocked_in_the_list(as_learner, learner, stranger):
    block(actor=learner, person=stranger)
    assert "/people/stranger/block/" in text_of(as_learner.get("/messages/"))
    answer = as_learner.post("/people/stranger/block/", {"on": "0", "next": "/messages/"})
    assert answer.url == "/messages/" and not UserBlock.objects.exists()


# --- A conversation ---------------------------------------------------------------------------------


def test_who_may_write_finds_an_empty_page_with_a_form(as_learner):
    answer = as_learner.get("/messages/author/")
    assert "Nothing written yet" in text_of(answer) and 'id="write"' in text_of(answer)


@pytest.mark.parametrize("url", ["/messages/stranger/", "/messages/nobody_here/", "/messages/learner/"])
def test_what_one_may_not_begin_does_not_exist(as_learner, stranger, url):
    answers = [as_learner.get(url), as_learner.get(f"{url}new/"), as_learner.post(f"{url}mute/"), post(as_learner, url)]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert not Conversation.objects.exists()


def test_names_are_found_whatever_their_case(as_learner):
    assert as_learner.get("/messages/AUTHOR/").status_code == 200


def test_opening_a_conversation_reads_it_and_looking_at_its_headers_does_not(as_learner, learner, author):
    write(author, learner)
    as_learner.head("/messages/author/")
    assert unread(learner) == 1
    answer = as_learner.get("/messages/author/")
    assert unread(learner) == 0 and shown(answer) == [DirectMessage.objects.get().pk]


def test_ones_own_and_the_others_messages_stand_in_order_under_their_day(as_learner, learner, author):
    ids = [write(learner, author, "One"), write(author, learner, "Two"), write(author, learner, "Three")]
    DirectMessage.objects.filter(pk=ids[0]).update(created_at=F("created_at") - timedelta(days=1))
    answer = as_learner.get("/messages/author/")
    lines = answer.context["lines"]
    assert [(line.pk, line.is_mine) for line in lines] == list(zip(ids, [True, False, False], strict=True))
    assert [line.day for line in lines] == ["Yesterday", "Today", ""]
    assert text_of(answer).count("/report/message/") == 2


def test_history_pages_back_to_the_first_message(as_learner, learner, author, monkeypatch):
    monkeypatch.setattr("discussions.services.messages.PAGE", 3)
    monkeypatch.setattr("discussions.views.messages.PAGE", 3)
    ids = [write(author, learner, f"Number {number}") for number in range(7)]
    found, url = [], "/messages/author/"
    while url:
        answer = as_learner.get(url)
        found, url = shown(answer) + found, answer.context["earlier_url"]
    assert found == ids and "To the newest messages" in text_of(answer) and "lf-poll" not in text_of(answer)


def test_sending_comes_back_to_the_conversation(as_learner, learner, author):
    assert post(as_learner, content="How *wide*?").url == "/messages/author/"
    assert "How <em>wide</em>?" in text_of(as_learner.get("/messages/author/"))
    assert unread(author) == 1


def test_sending_with_htmx_brings_what_is_not_shown_yet_and_a_fresh_key(as_learner, learner, author):
    first, unseen = write(learner, author), write(author, learner, "Wait")
    key = uuid4()
    answer = post(as_learner, headers=HTMX, after=first, key=key)
    assert shown(answer) == [unseen, DirectMessage.objects.latest("pk").pk]
    (fresh,) = re.findall(r'name="key" value="([0-9a-f-]{36})" id="message-key" hx-swap-oob', text_of(answer))
    assert fresh != str(key) and "Today" not in text_of(answer) and unread(learner) == 0


def test_the_first_message_with_htmx_begins_with_its_day(as_learner):
    assert "Today" in text_of(post(as_learner, headers=HTMX, after="0"))


def test_a_form_sent_twice_is_one_message(as_learner):
    key = uuid4()
    assert [post(as_learner, key=key).status_code for _ in range(2)] == [302, 302]
    again = post(as_learner, key=key, content="Something else")
    assert again.status_code == 422 and "Something else" in text_of(again) and str(key) not in text_of(again)
    assert DirectMessage.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["without htmx", "with htmx"])
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"content": "  \n "}, "Write something first."),
        ({"content": "x" * 2_001}, "at most 2000 characters"),
        ({"content": "kept", "key": "no key"}, "Send the form once more."),
    ],
)
def test_what_cannot_be_sent_comes_back_with_what_was_typed(as_learner, fields, says, headers):
    answer = post(as_learner, headers=headers, **fields)
    assert answer.status_code == 422 and says in text_of(answer) and fields["content"].strip() in text_of(answer)
    assert answer.headers.get("HX-Retarget") == ("#write" if headers else None)
    assert not DirectMessage.objects.exists()


def test_line_ends_of_browsers_count_once(as_learner):
    assert post(as_learner, content="x\r\n" * 1_000).status_code == 302


def test_too_many_messages_wait_in_the_form(as_learner):
    for _ in range(MESSAGES.tries):
        assert post(as_learner).status_code == 302
    answer = post(as_learner, content="One more", headers=HTMX)
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0
    assert "One more" in text_of(answer) and DirectMessage.objects.count() == MESSAGES.tries


# --- When the right ends ----------------------------------------------------------------------------


def test_a_conversation_stays_readable_and_the_text_stays_in_the_form(as_learner, learner, author, course):
    write(author, learner, "Old words")
    unenroll(learner=learner, course=course)
    page = as_learner.get("/messages/author/")
    assert "Old words" in text_of(page) and "You can write to Ada Weaver when" in text_of(page)
    assert 'id="write"' not in text_of(page)
    for headers in ({}, HTMX):
        answer = post(as_learner, content="Typed already", headers=headers)
        assert answer.status_code == 422 and "Typed already" in text_of(answer)
        assert "You can write to Ada Weaver when" in text_of(answer)
    assert DirectMessage.objects.count() == 1


def test_who_was_blocked_is_not_told_so(as_learner, learner, author):
    write(learner, author)
    block(actor=author, person=learner)
    page = text_of(as_learner.get("/messages/author/"))
    assert "You can’t write to Ada Weaver at present." in page and "blocked" not in page.split("lf-chat-scroll")[1]


def test_who_blocked_is_told_how_to_write_again(as_learner, learner, author):
    write(learner, author)
    assert as_learner.post("/people/author/block/", {"on": "1", "next": "/messages/author/"}).url == "/messages/author/"
    assert "Unblock them to write again." in text_of(as_learner.get("/messages/author/"))
    as_learner.post("/people/author/block/", {"on": "0"})
    assert post(as_learner).status_code == 302


def test_the_name_of_somebody_who_left_leads_nowhere(as_learner, learner, author):
    write(author, learner, "Farewell")
    User.objects.filter(pk=author.pk).update(is_active=False)
    page = text_of(as_learner.get("/messages/author/"))
    assert "Farewell" in page and 'href="/people/author/"' not in page and "nobody would read it" in page


# --- What is new ------------------------------------------------------------------------------------


def test_news_come_once_in_order_and_are_read(as_learner, learner, author):
    first = write(learner, author)
    assert as_learner.get(f"/messages/author/new/?after={first}").status_code == 204
    news = [write(author, learner, "One"), write(author, learner, "Two")]
    answer = as_learner.get(f"/messages/author/new/?after={first}")
    assert shown(answer) == news and unread(learner) == 0
    assert as_learner.get(f"/messages/author/new/?after={news[-1]}").status_code == 204


def test_the_first_news_of_an_empty_page_come(as_learner, learner, author):
    assert as_learner.get("/messages/author/new/").status_code == 204
    first = write(author, learner)
    assert shown(as_learner.get("/messages/author/new/?after=0")) == [first]


def test_what_was_shown_but_came_too_late_to_be_read_is_read_at_the_next_look(as_learner, learner, author):
    shown_already = write(author, learner)
    assert as_learner.get(f"/messages/author/new/?after={shown_already}").status_code == 204
    assert unread(learner) == 0


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "١"])
def test_news_after_no_number_are_refused(as_learner, after):
    assert as_learner.get("/messages/author/new/", {"after": after}).status_code in (422, 204)


def test_nothing_of_others_comes_to_a_third_person(as_learner, as_stranger, admin, stranger, learner, author):
    write(author, learner, "Between us")
    for url in ("/messages/learner/", "/messages/learner/new/?after=0", "/messages/author/", "/messages/author/new/"):
        assert as_stranger.get(url).status_code == 404
    assert "Between us" not in text_of(as_stranger.get("/messages/?q=between"))


def test_an_administrator_reads_nobodys_messages(as_admin, learner, author):
    write(author, learner, "Between us")
    for url in ("/messages/learner/", "/messages/author/", "/messages/?q=between"):
        answer = as_admin.get(url)
        assert answer.status_code == 200 and "Between us" not in text_of(answer)


# --- Muting and blocking ----------------------------------------------------------------------------


def test_muting_and_unmuting(as_learner, learner, author):
    write(author, learner)
    assert as_learner.post("/messages/author/mute/", {"on": "1"}).url == "/messages/author/"
    assert "muted" in text_of(as_learner.get("/messages/author/"))
    as_learner.post("/messages/author/mute/", {"on": "0"})
    assert not Conversation.objects.exclude(low_muted_at=None, high_muted_at=None).exists()
    assert as_learner.post("/messages/author/mute/", {"on": "2"}).status_code == 422


def test_nobody_blocks_themselves_or_nobody(as_learner):
    for name in ("learner", "nobody_here"):
        assert as_learner.post(f"/people/{name}/block/", {"on": "1"}).status_code == 404
    assert as_learner.post("/people/author/block/").status_code == 422


def test_a_block_leads_back_to_this_site_only(as_learner, learner, author):
    Follow.objects.create(user=author, user_followed=learner)
    answer = as_learner.post("/people/author/block/", {"on": "1", "next": "https://evil.example/"})
    assert answer.url == "/people/author/" and not Follow.objects.exists()


def test_people_in_the_list_are_marked_when_they_are_blocked(as_learner, learner, author):
    write(author, learner)
    User.objects.filter(pk=author.pk).update(is_blocked=True, blocked_at="2026-05-01T00:00Z")
    assert '<span class="badge">blocked</span>' in text_of(as_learner.get("/messages/"))


def test_a_visitor_is_asked_to_sign_in(visitor, learner, author):
    UserFactory()
    for url in ("/messages/", "/messages/author/", "/messages/author/new/"):
        assert visitor.get(url).url.startswith("/accounts/login/")
