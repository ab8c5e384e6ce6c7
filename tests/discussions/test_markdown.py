"""What people write to each other: names and addresses become links, nothing has an id, nothing can run."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.markdown import LIMIT, MarkdownTooLong
from courses.markdown.sanitizing import MATH_TAGS, TEXT_TAGS
from discussions.markdown import excerpt, mentioned_in, write_up
from discussions.models.comment import COMMENT_LIMIT
from tests.factories import UserFactory

EXTERNAL = 'rel="nofollow ugc noopener"'


@pytest.fixture
def ada(db):
    return UserFactory(username="Ada_L")


def html(source):
    """Of one paragraph, what stands in it."""
    found = write_up(source).html.strip()
    return found.removeprefix("<p>").removesuffix("</p>")


# --- Names ----------------------------------------------------------------------------------------


def test_a_name_becomes_a_link_whatever_its_case(ada):
    words = write_up("Thanks, @ada_l!")
    assert words.html == '<p>Thanks, <a href="/people/Ada_L/">@ada_l</a>!</p>\n'
    assert words.mentioned == [ada.pk]


@pytest.mark.parametrize(
    "text", ["(@Ada_L)", '"@Ada_L"', "@Ada_L's", "**@Ada_L**", "谢谢@Ada_L。", "@Ada_L, @ada_l", "> @Ada_L", "# @Ada_L"]
)
def test_a_name_is_one_wherever_words_are(ada, text):
    assert write_up(text).mentioned == [ada.pk]
    assert '<a href="/people/Ada_L/">' in write_up(text).html


@pytest.mark.parametrize(
    "text",
    [
        "`@Ada_L`",
        "    @Ada_L",
        "```\n@Ada_L\n```",
        "[@Ada_L](https://example.org)",
        "me@Ada_L",
        "me@Ada_L.org",
        "@Ada_L@social.example",
        "https://example.org/@Ada_L",
        r"\@Ada_L",
        "@Ada_Lovelace",
        "@@Ada_L",
        "$@Ada_L$",
    ],
)
def test_no_name_in_code_links_and_addresses(ada, text):
    assert write_up(text).mentioned == mentioned_in(text) == []
    assert "/people/" not in write_up(text).html


@pytest.mark.django_db
@pytest.mark.parametrize("state", [{"is_active": False}, {"is_blocked": True, "blocked_at": "2026-01-01T00:00Z"}])
def test_who_is_gone_or_blocked_is_not_mentioned(state):
    UserFactory(username="gone", **state)
    assert write_up("@gone and @nobody_here") == ("<p>@gone and @nobody_here</p>\n", [])


def test_all_names_are_looked_up_in_one_query_and_no_names_in_none(ada, django_assert_num_queries):
    other = UserFactory(username="ben")
    with django_assert_num_queries(1):
        words = write_up("@ben and @nobody, [@x](/y) and @Ada_L\n\n- @ben")
    assert words.mentioned == [other.pk, ada.pk] and words.html.count("<a href=") == 4
    with django_assert_num_queries(0):
        write_up("me@example.org")


def test_twenty_names_of_a_text_are_told(ada):
    crowd = " ".join(f"@nobody_{n}" for n in range(20))
    assert write_up(f"@Ada_L {crowd}").mentioned == [ada.pk]
    assert write_up(f"{crowd} @Ada_L").mentioned == []


# --- Addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, address",
    [
        ("See https://example.org/a_b_c.", "https://example.org/a_b_c"),
        ("(https://example.org/x_(y))", "https://example.org/x_(y)"),
        ("**https://example.org/x**", "https://example.org/x"),
        ("*https://example.org/x*?", "https://example.org/x"),
        ("看http://example.org。", "http://example.org"),
        ("https://example.org/?a=1&b=2#c!", "https://example.org/?a=1&amp;b=2#c"),
        ("HTTPS://EXAMPLE.ORG/", "HTTPS://EXAMPLE.ORG/"),
        ("| a |\n|---|\n| https://example.org |", "https://example.org"),
    ],
)
def test_a_bare_address_becomes_a_link(text, address):
    assert f'<a href="{address}" {EXTERNAL}>{address}</a>' in write_up(text).html


@pytest.mark.parametrize(
    "text",
    [
        "`https://x.org`",
        "xhttps://x.org",
        "https://",
        "http:x",
        "https:// x",
        "ftp://x.org",
        "://x.org",
        "javascript://x.org/%0aalert(1)",
    ],
)
def test_nothing_else_becomes_a_link(text):
    assert "<a" not in write_up(text).html


def test_an_address_inside_a_link_is_its_text():
    assert html("[https://a.org](https://b.org)") == f'<a href="https://b.org" {EXTERNAL}>https://a.org</a>'


@pytest.mark.parametrize(
    "address, target",
    [
        ("http://127.0.0.1:8000/courses/weaving/lessons/abc/?x=1#lf-y", "/courses/weaving/lessons/abc/?x=1#lf-y"),
        ("http://127.0.0.1:8000", "/"),
        ("http://127.0.0.1:8000//evil.example/", "/evil.example/"),
        ("https://127.0.0.1:8000/x", "/x"),
    ],
)
def test_this_sites_addresses_lead_there_under_any_name(settings, address, target):
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert html(f"[x]({address})") == f'<a href="{target}">x</a>'
    assert html(address) == f'<a href="{target}">{address}</a>'


@pytest.mark.parametrize("target", ["/courses/", "mailto:ada@example.org"])
def test_other_links_of_this_site_and_of_mail_have_no_mark(target):
    assert html(f"[x]({target})") == f'<a href="{target}">x</a>'


@pytest.mark.parametrize(
    "target",
    ["#top", "lessons/1", "../x", "https:x", "http:///x", "\\\\evil", "?a=1", "ftp://x.org", "data:text/html,x"],
)
def test_a_target_that_depends_on_the_page_is_none(target):
    assert "href" not in write_up(f"[x]({target})").html


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "http://127.0.0.1:8000@evil.example/"])
def test_links_to_other_sites_are_marked(target):
    assert html(f"[x]({target})") == f'<a href="{target}" {EXTERNAL}>x</a>'


# --- What suits many texts in one page --------------------------------------------------------------


def test_a_picture_is_a_link_to_it():
    assert html("![A loom](https://x.org/l.png)") == f'<a href="https://x.org/l.png" {EXTERNAL}>A loom</a>'
    assert html("![](https://x.org/l.png)") == f'<a href="https://x.org/l.png" {EXTERNAL}>https://x.org/l.png</a>'
    assert html("[![A loom](https://x.org/l.png)](https://y.org)") == f'<a href="https://y.org" {EXTERNAL}>A loom</a>'


def test_a_heading_is_a_bold_line():
    assert write_up("# Big\n\nSmall\n===\n").html == "<p><strong>Big</strong></p>\n<p><strong>Small</strong></p>\n"


def test_tags_are_shown_as_they_were_typed():
    assert html("Use <div id=x> & <b>") == "Use &lt;div id=x&gt; &amp; &lt;b&gt;"


def test_a_new_line_is_a_new_line():
    assert html("one\ntwo") == "one<br>\ntwo"


def test_nothing_has_an_id():
    source = "# H {#given}\n\nText[^1]\n\n[^1]: note\n\n<p id=x>\n\n::: note\n## T\nx\n:::\n"
    assert " id=" not in re.sub(r">[^<]*<", "><", write_up(source).html)


def test_code_formulas_tables_and_callouts_are_as_in_lessons():
    source = "```python\nx = 1\n```\n\n$x^2$\n\n| a |\n|---|\n| b |\n\n> [!TIP]\n> Twist it.\n\n- [x] done\n"
    found = write_up(source).html
    for part in ('class="lf-code"', "<math", 'class="lf-table"', "lf-callout-tip", "lf-task"):
        assert part in found


# --- Excerpts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source, words",
    [
        ("# Hello\n\n**Which** [yarn](https://x.org), @ada?\n", "Hello Which yarn, @ada?"),
        ("```\nx = 1\n```", "``` x = 1 ```"),
        ("![A loom](https://x.org/l.png)", "A loom"),
        ("I say <b>", "I say <b>"),
        ("word " * 40, "word " * 27 + "word…"),
        ("字" * 200, "字" * 140 + "…"),
        ("  ", ""),
    ],
)
def test_an_excerpt_is_the_beginning_of_the_words(source, words):
    assert excerpt(source) == words


def test_an_excerpt_has_the_length_one_asks_for():
    assert excerpt("Which yarn is it?", length=10) == "Which yarn…"


# --- Whatever anybody writes ----------------------------------------------------------------------


class Reader(HTMLParser):
    """Notes what could do harm in a page: what isn't on the list, ids, headings, pictures, targets."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if tag not in TEXT_TAGS | MATH_TAGS or tag in {"img", "h1", "h2", "h3", "h4", "h5", "h6"}:
            self.found.append(tag)
        self.found += [name for name in names if name in {"id", "style", "name"} or name.startswith("on")]
        target = names.get("href")
        if target is not None and not re.match(r"/(?!/)|mailto:", target) and names.get("rel") != EXTERNAL[5:-1]:
            self.found.append(target)


SIGNS = r"@ @ab https:// :// ]( ![ [ ( ) ` * _ > ::: $ | \ &#64; <a href= // {#x} [^1]"
MARKS = [*SIGNS.split(), "\n", "# ", "\x00", "\ud800", "\u202e", " "]


@pytest.mark.django_db
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(MARKS) | st.text(max_size=8), max_size=40).map("".join))
def test_nothing_that_anybody_writes_raises_or_does_harm(source):
    words = write_up(source)
    assert Reader(words.html).found == []
    assert len(excerpt(source)) <= 141
    assert words.mentioned == mentioned_in(source)


PIECES = r"""@ada @ @a_ https:// https://x :// http h: [ ![ [a]( ]( * _ ` < & | $ \ ( https://x.org/) https://x.org/((
    https://x.! [x]: ~~ @ada, ![a](https://x) [https://x.org]( &#64;"""
PIECES_WITH_SPACES = [
    "**a ",
    "> ",
    "- ",
    "| a ",
    ":::\n",
    "::: note\n",
    "\n",
    "a\n",
    "# ",
    "1. ",
    "\u3000",
    "```\n",
    "  ",
]


@pytest.mark.django_db
@pytest.mark.parametrize("piece", [*PIECES.split(), *PIECES_WITH_SPACES])
def test_no_text_takes_long(piece):
    source = (piece * COMMENT_LIMIT)[:COMMENT_LIMIT]
    started = time.process_time()
    write_up(source)
    excerpt(source)
    assert time.process_time() - started < 0.5


@pytest.mark.django_db
@pytest.mark.parametrize("source", ["|a" * 50 + "\n" + "|-" * 50 + "\n" + "|\n" * 2_400, "a|b\n-|-\n" * 600])
def test_tables_with_very_many_cells_take_no_longer(source):
    started = time.process_time()
    assert len(write_up(source[:COMMENT_LIMIT]).html) < 100_000
    excerpt(source)
    assert time.process_time() - started < 0.5


def test_what_no_form_takes_is_refused():
    with pytest.raises(MarkdownTooLong):
        write_up("x" * (LIMIT + 1))
