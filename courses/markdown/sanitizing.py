"""The last step to HTML that can stand in any page: an allow list, and nothing that isn't on it."""

import re
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import urlsplit

import nh3

from courses.markdown.highlighting import TOKEN_CLASSES

ID_PREFIX = "lf-"
EXTERNAL_REL = "nofollow ugc noopener"
SCHEMES = {"http", "https", "mailto"}


def _words(text: str) -> set[str]:
    return set(text.split())


# No landmarks (main, nav, aside …), forms, frames or media: the page has its own.
TEXT_TAGS = _words("""
    a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h2
    h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td
    tfoot th thead time tr u ul var wbr
""")
MATH_TAGS = _words("""
    math menclose merror mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace
    msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none
""")
MATH_ATTRIBUTES = _words("""
    accent accentunder align columnalign columnlines columnspacing depth display displaystyle fence form height
    largeop linethickness lspace mathvariant maxsize minsize movablelimits notation rowalign rowlines rowspacing rspace
    scriptlevel separator stretchy symmetric voffset width
""")
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"id", "lang", "title"},
    "a": {"href", "aria-label"},
    "col": {"span"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start", "reversed"},
    "pre": {"data-language"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "time": {"datetime"},
    **dict.fromkeys(MATH_TAGS, MATH_ATTRIBUTES),
}
ATTRIBUTE_VALUES = {
    **{tag: {"dir": {"ltr", "rtl", "auto"}} for tag in TEXT_TAGS},
    "div": {"dir": {"ltr", "rtl", "auto"}, "role": {"note"}, "tabindex": {"0"}},
    "ol": {"dir": {"ltr", "rtl", "auto"}, "type": {"1", "a", "A", "i", "I"}},
    "pre": {"dir": {"ltr", "rtl", "auto"}, "tabindex": {"0"}},
    "th": {"dir": {"ltr", "rtl", "auto"}, "scope": {"col", "row", "colgroup", "rowgroup"}},
}
LOOKS = {"note", "tip", "important", "warning", "caution", "challenge", "quote", "solution"}
CALLOUT = {"lf-callout", *(f"lf-callout-{look}" for look in LOOKS)}
ALIGNED = {"lf-start", "lf-center", "lf-end"}
CLASSES: dict[str, set[str]] = {
    "a": {"lf-footnote-back"},
    "code": {"lf-math-source"},
    "details": CALLOUT,
    "div": {*CALLOUT, "lf-footnotes", "lf-math", "lf-table"},
    "p": {"lf-callout-title"},
    "pre": {"lf-code", "lf-output"},
    "span": {*TOKEN_CLASSES, "lf-missing", "lf-task"},
    "td": ALIGNED,
    "th": ALIGNED,
    "ul": {"lf-tasks"},
}
WITH_CONTENT = {"script", "style", "iframe", "object", "embed", "template", "noscript", "svg", "textarea", "title"}
TAG = re.compile(r'<(/?)([a-z0-9-]+)((?: [^\s=<>"]+(?:="[^"]*")?)*)>')
ATTRIBUTE = re.compile(r' ([^\s=<>"]+)="([^"]*)"')
SIZE_IN_NAME = re.compile(r"-(\d{1,5})x(\d{1,5})\.[a-z]{3,4}$")
LESSON_ANCHOR = re.compile(r"(\.\./[0-9a-f]{24}/)?#(.+)", re.DOTALL)
TARGETS = {("a", "href"), ("img", "src")}
Answer = Callable[[str], str | None]


def anchor_id(anchor: str) -> str:
    """The id in the page for an anchor in the text: `setup` is at `lf-setup`, for ids of the page can't be taken."""
    return anchor if anchor.startswith(ID_PREFIX) else ID_PREFIX + anchor


def clean(html: str, *, resolve: Answer | None = None) -> str:
    """Only what the allow list knows, with targets resolved, picture sizes and table frames put in.

    The frames and sizes are put into what is clean already, and the result is cleaned once more: what leaves here
    has passed the sanitizer last.
    """
    first = _sanitize(html, attribute_filter=_Targets(resolve).keep, id_prefix=ID_PREFIX)
    return _sanitize(TAG.sub(_finish, first), attribute_filter=None, id_prefix=None)


def _sanitize(html: str, *, attribute_filter: Callable[..., str | None] | None, id_prefix: str | None) -> str:
    is_last = attribute_filter is None
    return nh3.clean(
        html,
        tags=TEXT_TAGS | MATH_TAGS,
        clean_content_tags=WITH_CONTENT,
        attributes={**ATTRIBUTES, "a": ATTRIBUTES["a"] | {"rel"}} if is_last else ATTRIBUTES,
        tag_attribute_values=ATTRIBUTE_VALUES,
        set_tag_attribute_values={"img": {"loading": "lazy"}},
        allowed_classes=CLASSES,
        attribute_filter=attribute_filter,
        url_schemes=SCHEMES,
        link_rel=None if is_last else EXTERNAL_REL,
        id_prefix=id_prefix,
    )


class _Targets:
    """Decides over the targets of links and pictures while the sanitizer passes them, one attribute after another."""

    def __init__(self, resolve: Answer | None) -> None:
        self.resolve = resolve
        self.is_external = False

    def keep(self, tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) in TARGETS:
            target = self._target(value)
            self.is_external = bool(target) and is_external(str(target))
            return target
        if attribute == "rel":
            return value if self.is_external else None
        return value

    def _target(self, url: str) -> str | None:
        answer = self.resolve(url) if self.resolve else None
        if answer == "":
            return None
        target = url if answer is None else answer
        if answer is not None and not _is_allowed(target):
            return None
        if found := LESSON_ANCHOR.fullmatch(target):
            return f"{found[1] or ''}#{anchor_id(found[2])}"
        return target


def is_external(url: str) -> bool:
    """Whether a target leads to another site."""
    try:
        return bool(urlsplit(url).netloc) or url.startswith("\\")
    except ValueError:
        return True


def _is_allowed(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"", *SCHEMES}
    except ValueError:
        return False


def _finish(found: re.Match[str]) -> str:
    slash, name, attributes = found.groups()
    if name == "table":
        return "</table></div>" if slash else f'<div class="lf-table" tabindex="0"><table{attributes}>'
    if name == "img":
        return _picture(attributes)
    return found[0]


def _picture(attributes: str) -> str:
    """Room for a picture before it is there, from the size in its name; its description when there is none."""
    given = dict(ATTRIBUTE.findall(attributes))
    if not given.get("src"):
        return f'<span class="lf-missing">{escape(unescape(given.get("alt", "")))}</span>'
    if size := SIZE_IN_NAME.search(given["src"]):
        width, height = int(size[1]), int(size[2])
        wanted = given.get("width", "")
        shown = min(int(wanted), width) if wanted.isdecimal() and 0 < len(wanted) < 6 and int(wanted) else width
        given |= {"width": str(shown), "height": str(max(1, round(height * shown / max(width, 1))))}
    given.setdefault("alt", "")
    return "<img" + "".join(f' {name}="{value}"' for name, value in given.items()) + ">"
