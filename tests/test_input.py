"""What somebody may send on purpose: to every address, whatever it is, the answer is never a 500."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import resolve
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from discussions.urls import urlpatterns as conversation
from tests.addresses import parameters, url_names

NAMES = sorted(set(url_names()))
BROKEN = {
    "a NUL byte": b"a\x00b",
    "a lone surrogate": b"\xed\xa0\x80",
    "half a character": b"caf\xc3",
    "no UTF-8": b"\xff\xfe",
}
STRANGE = {
    "a huge number": "9" * 40,
    "a negative number": "-1",
    "beyond 64 bits": str(2**63),
    "digits of another script": "١٢٣",
    "12 characters that ObjectId takes for bytes": "abcdefghijkl",
    "24 that aren't hex": "z" * 24,
    "an operator": '{"$gt": ""}',
    "a lookup": "__class__",
    "not a number": "NaN",
    "SQL": "'; DROP TABLE users; --",
    "a tag": "<script>alert(1)</script>",
    "control characters": "\x01\x02\x03\x1b\x7f\u202e",
    "very long": "x" * 20_000,
    "emoji": "🧶" * 50,
}
QUERY = (
    "q",
    "after",
    "before",
    "order",
    "show",
    "category",
    "level",
    "price",
    "duration",
    "sort",
    "status",
    "page",
    "next",
    "section",
    "field",
    "days",
    "from",
    "to",
    "inactive",
    "at_least",
    "course",
    "person",
    "kind",
    "which",
    "first",
    "last",
)
ADMIN_QUERY = ("p", "o", "e", "all", "_popup", "_to_field", "is_published__exact", "role__exact", "id__in", "course")


@pytest.fixture
def ask(world):
    """`ask(name, method, ...)`: the answer that whoever may most at this address gets; a crash is raised."""

    def send(name, method="GET", *, url=None, query="", **options):
        person = "visitor" if name in FOR_VISITORS else "author" if name in FOR_AUTHORS else "learner"
        person = "admin" if name.startswith(("admin:", "report", "person_story")) else person
        return checked(world, person, method, f"{url or world.url(name)}{query}", **options)

    send.world = world
    return send


def checked(world, person, method, url, **options):
    """The answer, which is no crash; a crash says what was sent."""
    try:
        response = world.ask(person, method, url, **options)
        assert response.status_code < 500, response.status_code
    except Exception as crash:
        crash.add_note(f"{method} {url[:300]} by {person} with {str(options)[:500]}")
        raise
    return response


FOR_AUTHORS = {"analytics", "analytics_csv", "learners", "learners_csv", "learner_story", "learner_story_csv"}
FOR_VISITORS = {"account_login", "account_signup", "account_reset_password", "account_reset_password_from_key"}


def form(fields):
    return {"data": urlencode(fields), "content_type": "application/x-www-form-urlencoded"}


def multipart(name, value, *, filename=None, boundary=b"line"):
    disposition = b'form-data; name="' + name + b'"' + (b'; filename="' + filename + b'"' if filename else b"")
    lines = (b"--" + boundary, b"Content-Disposition: " + disposition, b"", value, b"--" + boundary + b"--", b"")
    return {"data": b"\r\n".join(lines), "content_type": "multipart/form-data; boundary=line"}


# --- Every address --------------------------------------------------------------------------------


def test_broken_text_is_a_bad_request_wherever_it_stands(ask):
    for raw in BROKEN.values():
        for name in NAMES:
            assert ask(name, query=f"?q={quote(raw)}").status_code == 400, name
            assert ask(name, query=f"?{quote(raw)}=1").status_code == 400, name
            content = {"data": b"title=" + quote(raw).encode(), "content_type": "application/x-www-form-urlencoded"}
            assert ask(name, "POST", **content).status_code == 400, name


def test_broken_text_in_a_path_is_a_bad_request(ask):
    for name in NAMES:
        url = ask.world.url(name)
        for raw in BROKEN.values():
            assert ask(name, url=f"{url}{quote(raw)}/").status_code == 400, name
            if parameters(name):
                assert ask(name, url=url.replace("weaving", quote(raw))).status_code in (200, 302, 400, 404, 405), name


def test_strange_values_in_a_query_are_refused_or_ignored(ask):
    """Every address gets every other value, the next address the others; a list in the admin every sixth alone."""
    for turn, value in enumerate(STRANGE.values()):
        for name in NAMES[turn % 2 :: 2]:
            ask(name, query=f"?{urlencode(dict.fromkeys(QUERY, value[:2000]))}")
            if name.endswith("_changelist"):
                for parameter in list(ADMIN_QUERY)[turn % 3 :: 3]:
                    ask(name, query=f"?{urlencode({parameter: value[:2000]})}")


def test_strange_values_in_a_path_lead_nowhere(ask):
    for value in STRANGE.values():
        for name in NAMES:
            url = ask.world.url(name)
            for parameter, good in ask.world.parameters(name).items():
                strange = re.sub(rf"(?<=[/-]){re.escape(str(good))}(?=[/.-]|$)", quote(value[:3000]), url)
                for method in ("GET", "POST"):
                    response = ask(name, method, url=strange)
                    assert response.status_code != 200 or name in SHOWS_ANYTHING, (name, parameter)


# Pages that say what they say whatever stands in their address: a drawn face, and a link that isn't valid.
SHOWS_ANYTHING = {"face", "account_reset_password_from_key", "account_confirm_email", "admin:app_list"}


def test_other_methods_are_refused_or_harmless(ask):
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "PROPFIND"):
        for name in NAMES:
            ask(name, method)


JSON = {
    "deep": "[" * 2_000 + "]" * 2_000,
    "33 levels": '{"a":' * 33 + "1" + "}" * 33,
    "a huge number": '{"seconds": ' + "9" * 400 + "}",
    "beyond 64 bits": f'{{"seconds": {2**64}}}',
    "infinite": '{"seconds": Infinity}',
    "not a number": '{"seconds": NaN}',
    "a NUL character": '{"title": "a\\u0000b"}',
    "a lone surrogate": '{"title": "\\ud800"}',
    "no UTF-8": b'{"title": "\xff"}',
    "cut off": '{"title": ',
    "a surrogate as key": '{"\\udfff": 1}',
}


def test_json_that_the_stores_disagree_on_is_a_bad_request(ask):
    for body in JSON.values():
        for name in NAMES:
            assert ask(name, "POST", data=body, content_type="application/json").status_code == 400, name


MULTIPART = {
    "a NUL byte": multipart(b"title", b"a\x00b"),
    "a NUL byte in the name of a field": multipart(b"ti\x00tle", b"a"),
    "a NUL byte in a file's name": multipart(b"avatar", b"GIF89a", filename=b"a\x00.gif"),
    "a lone surrogate": multipart(b"title", b"\xed\xa0\x80"),
    "no UTF-8 in a file's name": multipart(b"avatar", b"GIF89a", filename=b"\xff\xfe.gif"),
    "a path as a file's name": multipart(b"avatar", b"GIF89a", filename=b"../../../etc/passwd"),
    "no file at all": multipart(b"avatar", b"", filename=b"a.gif"),
    "another boundary": multipart(b"title", b"a", boundary=b"other"),
    "no boundary": {"data": b"--x", "content_type": "multipart/form-data"},
    "no body": {"data": b"", "content_type": "multipart/form-data; boundary=line"},
    "a long boundary": {"data": b"--x", "content_type": "multipart/form-data; boundary=" + "b" * 300},
    "an unknown encoding": multipart(b"title", b"a")
    | {"content_type": "multipart/form-data; boundary=line; charset=x"},
}


def test_broken_uploads_never_crash(ask):
    """Every address gets every other one of them, the next address the others."""
    for turn, content in enumerate(MULTIPART.values()):
        for name in NAMES[turn % 2 :: 2]:
            ask(name, "POST", **content)


OUT_OF_MEASURE = [
    form({"title": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)}),
    form([(f"field{number}", "1") for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)]),
    {"data": b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), "content_type": "application/json"},
    {"data": b"title=a", "content_type": "application/x-www-form-urlencoded; charset=utf-99"},
    {"data": b"\x00\xff", "content_type": "image/png"},
    {"data": b"a", "content_type": "\xff"},
]


def test_bodies_out_of_measure_never_crash(ask):
    for content in OUT_OF_MEASURE:
        for name in NAMES:
            ask(name, "POST", **content)


HEADERS = {
    "HTTP_ACCEPT_LANGUAGE": "x" * 5_000 + ",de;q=NaN",
    "HTTP_X_FORWARDED_FOR": "' OR 1=1, \xff",
    "REMOTE_ADDR": "nowhere",
    "HTTP_USER_AGENT": "\x00\xff" * 500,
    "HTTP_REFERER": "http://[",
    "HTTP_RANGE": "bytes=9-1,-,\xff",
    "HTTP_HX_REQUEST": "true",
    "HTTP_HX_CURRENT_URL": "http://[%00",
    "HTTP_IF_MODIFIED_SINCE": "yesterday",
    "HTTP_COOKIE": "sessionid=\xff; csrftoken=%00; messages=[[[; =;;; lang",
    "HTTP_HOST": "[::1",
    "CONTENT_LENGTH": "-5",
}


def test_strange_headers_never_crash(ask):
    """Every address gets every third of them, the next address the next ones."""
    for turn, name in enumerate(NAMES):
        for header in list(HEADERS)[turn % 3 :: 3]:
            ask(name, **{header: HEADERS[header]})


COOKIES = ["a\x00b", "\xed\xa0\x80", "'\"", "\xff", "x" * 5_000, "[[[]]]", "%00", ""]


def test_strange_cookies_never_crash(world):
    for value in COOKIES:
        for name in ("sessionid", "csrftoken", "messages", "django_language", "other", ""):
            for url in ("/", "/courses/weaving/", "/dashboard/", "/accounts/login/", "/admin/"):
                for method in ("GET", "POST"):
                    checked(world, "visitor", method, url, HTTP_COOKIE=f"{name}={value}; a=b")


# --- Every field of every form --------------------------------------------------------------------


class Forms(HTMLParser):
    """The POST forms of a page: (where they go, what they hold)."""

    def __init__(self, page: str, url: str) -> None:
        super().__init__()
        self.url, self.found, self.current = url, [], None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form" and (given.get("method") or "").lower() == "post":
            self.current = {}
            self.found.append(((given.get("action") or self.url).partition("#")[0] or self.url, self.current))
        elif tag in {"input", "select", "textarea", "button"} and given.get("name") and self.current is not None:
            self.current[given["name"]] = given.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form":
            self.current = None


PAGES_WITH_FORMS = [
    ("visitor", "account_login"),
    ("visitor", "account_signup"),
    ("visitor", "account_reset_password"),
    ("learner", "account_email"),
    ("learner", "account_change_password"),
    ("learner", "account_reauthenticate"),
    ("learner", "account_logout"),
    ("learner", "usersessions_list"),
    ("learner", "profile"),
    ("learner", "lesson"),
    ("learner", "unenroll"),
    ("learner", "reset_progress"),
    ("stranger", "course"),
    ("learner", "course_discussion"),
    ("learner", "lesson_discussion"),
    ("learner", "reply"),
    ("learner", "edit_comment"),
    ("learner", "delete_comment"),
    ("author", "comment"),
    ("learner", "conversation"),
    ("learner", "new_post"),
    ("learner", "post"),
    ("learner", "delete_post_comment"),
    ("learner", "notifications"),
    ("learner", "notification_settings"),
    ("visitor", "unsubscribe"),
    ("author", "report"),
    ("author", "hide"),
    ("author", "edit_post"),
    ("author", "delete_post"),
    *(("admin", name) for name in NAMES if name.startswith("admin:")),
]


@pytest.fixture
def forms(world):
    """Every form that anybody is shown: (person, address, fields), each once."""
    found = {}
    for person, name in PAGES_WITH_FORMS:
        page = world.ask(person, "GET", world.url(name))
        if page.status_code == 200 and page["Content-Type"].startswith("text/html"):
            for action, fields in Forms(page.content.decode(), world.url(name)).found:
                found.setdefault((person, action.partition("?")[0], *sorted(fields)), (person, action, fields))
    wish = {"on": "1", "next": "/feed/", "counts": "1"}
    wishes = [("learner", world.url(name), wish) for name in ("like_post", "like_post_comment", "follow")]
    acts = ("vote", "pin", "answer", "answered", "lock", "unhide")
    wishes += [("author", world.url(name), {"on": "1", "value": "1", "next": "/feed/"}) for name in acts]
    unseen = [("learner", world.url("position"), {"seconds": "3"}), ("learner", world.url("beats"), {"beats": "[{}]"})]
    return [*found.values(), *wishes, *unseen]


def submit(world, person, action, fields):
    checked(world, person, "POST", action, **form(fields))


def test_forms_are_found(forms):
    fields = {(action, name) for _, action, names in forms for name in names}
    assert {("/profile/", "bio"), ("/accounts/signup/", "email"), ("/accounts/login/", "password")} <= fields
    assert len(forms) > 30 and len(fields) > 150


def test_everything_of_conversation_that_is_posted_is_among_the_forms(world, forms):
    posted = {resolve(urlsplit(action).path).url_name for _, action, _ in forms}
    names = {pattern.name for pattern in conversation}
    taking = {name for name in names if world.ask("admin", "POST", world.url(name)).status_code != 405}
    assert len(taking) > 20 and taking <= posted


# (who, page, fields with more than they may have, what the answer still shows)
WORDS = "Not <b>lost</b> & “found”  in 10 lines\n" * 200
TOO_LONG = [
    ("learner", "course_discussion", {"content": WORDS}),
    ("learner", "lesson_discussion", {"content": WORDS}),
    ("learner", "reply", {"content": WORDS}),
    ("learner", "edit_comment", {"content": WORDS}),
    ("learner", "conversation", {"content": WORDS}),
    ("learner", "post", {"content": WORDS}),
    ("author", "edit_post", {"caption": WORDS, "alt": WORDS}),
    ("learner", "new_post", {"caption": WORDS, "alt": WORDS}),
    ("author", "hide", {"reason": WORDS}),
    ("author", "report", {"reason": "spam", "words": WORDS}),
]


@pytest.mark.parametrize("htmx", [{}, {"HTTP_HX_REQUEST": "true"}], ids=["without htmx", "with htmx"])
def test_what_was_typed_is_still_there_when_it_is_refused(world, htmx):
    for person, name, typed in TOO_LONG:
        answer = world.ask(person, "POST", world.url(name), **form(typed | {"key": str(uuid4())}), **htmx)
        assert answer.status_code == 422, name
        shown = Typed(answer.content.decode()).found
        assert {field: shown.get(field) for field in typed} == typed, name


class Typed(HTMLParser):
    """What the text areas and chosen fields of a page hold, as a browser would send it again."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found, self.current = {}, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "textarea":
            self.current = given.get("name")
            self.found[self.current] = ""
        elif tag == "input" and ("checked" in given or given.get("type", "text") == "text"):
            self.found[given.get("name")] = given.get("value") or ""

    def handle_data(self, data):
        if self.current:
            # The first line break after the tag belongs to the tag.
            self.found[self.current] += data if self.found[self.current] else data.removeprefix("\n")

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.current = None


def test_no_form_crashes_on_a_strange_value_in_all_its_fields(world, forms):
    """Every form gets every other value, the next form the others."""
    for turn, (person, action, fields) in enumerate(forms):
        for value in list(STRANGE.values())[turn % 2 :: 2]:
            submit(world, person, action, dict.fromkeys(fields, value))


def test_no_field_crashes_on_a_strange_value_beside_good_ones(world, forms):
    """Every field gets every sixth of the values, the next field the next ones."""
    values = [value for value in STRANGE.values() if len(value) < 1_000]
    turn = 0
    for person, action, fields in forms:
        for name in fields:
            turn += 1
            for value in values[turn % 6 :: 6]:
                submit(world, person, action, fields | {name: value})


def test_no_form_misses_a_field_or_minds_one_twice(world, forms):
    for person, action, fields in forms:
        submit(world, person, action, {})
        submit(world, person, action, [(name, value) for name in fields for value in "12"])
        for name in fields:
            submit(world, person, action, {key: value for key, value in fields.items() if key != name})


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80)


@pytest.mark.django_db
def test_no_form_crashes_on_whatever_text(world, forms):
    posted = sorted((person, action, sorted(fields.items())) for person, action, fields in forms)

    @hypothesis_settings(
        max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.sampled_from(posted), st.data())
    def anything(posted_form, data):
        person, action, fields = posted_form
        changed = {name: data.draw(st.one_of(st.just(value), TEXT)) for name, value in fields}
        submit(world, person, action, changed)

    anything()


_LISTS = """
course_discussion lesson_discussion comment questions messages conversation new_messages feed posts post people
followers following person_posts notifications
"""
LISTS_OF_CONVERSATION = _LISTS.split()


@pytest.mark.django_db
def test_no_page_crashes_on_whatever_query(world):
    pages = [("visitor", "/courses/"), ("visitor", "/search/"), ("learner", "/my-learning/")]
    pages += [("learner", "/courses/weaving/discussion/"), ("author", "/questions/"), ("learner", "/questions/")]
    pages += [("learner", "/messages/"), ("learner", "/messages/author/"), ("learner", "/messages/author/new/")]
    pages += [("learner", "/feed/"), ("learner", "/posts/"), ("learner", "/people/"), ("visitor", world.url("post"))]
    pages += [("admin", world.url(name)) for name in NAMES if name.endswith("_changelist")]
    pages += [("learner", world.url(name)) for name in LISTS_OF_CONVERSATION]
    pages += [("learner", world.url("leaderboard"))]
    scalar = st.one_of(TEXT, st.integers().map(str), st.sampled_from(sorted(STRANGE.values())))
    names = st.sampled_from([*QUERY, *ADMIN_QUERY])

    @hypothesis_settings(
        max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.sampled_from(pages), st.dictionaries(names, scalar, max_size=4))
    def anything(page, query):
        person, url = page
        assert world.ask(person, "GET", f"{url}?{urlencode(query)}").status_code < 500

    anything()


def test_an_answer_to_nonsense_shows_no_trace_of_the_code(world):
    for url in ("/nowhere/", "/?q=%00", "/courses/weaving/lessons/zzz/", "/admin/nowhere/"):
        page = world.ask("admin", "GET", url).content.decode()
        assert "Traceback" not in page and "learnflow.settings" not in page and "urlpatterns" not in page


def test_json_within_the_limits_passes(world):
    body = json.dumps({"a": [1, {"b": "ü"}], "n": 2**63 - 1})
    assert (
        world.ask("visitor", "POST", "/accounts/login/", data=body, content_type="application/json").status_code < 500
    )
