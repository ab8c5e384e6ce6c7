"""Jekyll: kramdown's attribute lists and `markdown="1"`, Liquid tags, permalinks between pages."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

from courses.importing.conversion import Conversion, attributes_of, dedent, matching_end
from courses.importing.dialects.outline import Outline
from courses.importing.dialects.plain import put_leads_first, sections_by_folder
from courses.importing.folder import Folder
from courses.importing.pages import Page
from courses.importing.report import Report

FORMAT = "jekyll"
SIGNS = ("_articles/", "_posts/", "_docs/", "_lessons/", "_episodes/", "_includes/", "_layouts/")
WITH_MARKDOWN = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)\b([^<>]*?)\s+markdown\s*=\s*[\"']?(?:1|block|span)[\"']?([^<>]*)>")
# A tag alone in its line would keep Markdown from reading what follows.
LONE_PICTURE = re.compile(r"^(<img\b[^<>]*>)[ \t]*\n(?=\S)", re.MULTILINE)
INLINE = {"span", "a", "em", "strong", "b", "i", "small", "code", "kbd", "abbr", "sub", "sup"}
LIQUID = re.compile(r"\{%-?\s*(\w+)\s*(.{0,1000}?)-?%\}", re.DOTALL)
LIQUID_BLOCK = re.compile(r"\{%-?\s*(comment|highlight)\b([^%]*?)-?%\}(.*?)\{%-?\s*end\1\s*-?%\}", re.DOTALL)
LIQUID_VALUE = re.compile(r"\{\{-?([^{}]{0,500}?)-?\}\}")
KRAMDOWN_COMMENT = re.compile(r"\{::comment\}.*?\{:/(?:comment)?\}", re.DOTALL)
CONTENTS_LIST = re.compile(r"^[*-] .*\n\{:\s*toc[^{}]*\}[ \t]*$", re.MULTILINE)
ID_OF_HEADING = re.compile(
    r"^(#{1,6} [^\n]*?)[ \t]*#*[ \t]*(?:\n[ \t]*)?\{:\s*#([^\s{}]+)[^{}]*\}[ \t]*$", re.MULTILINE
)
ATTRIBUTE_LIST = re.compile(r"\{:[^{}\n]*\}")
CHECKBOX = re.compile(r"<input\b[^<>]*type=[\"']?checkbox[^<>]*>\s*", re.IGNORECASE)
LABEL = re.compile(r"</?label\b[^<>]*>", re.IGNORECASE)
SILENT_VALUES = {"site.baseurl", "site.url", "site.github.url"}


def recognize(folder: Folder) -> bool:
    return "_config.yml" in folder.files or any(name.startswith(SIGNS) for name in folder.files)


def outline(folder: Folder, pages: dict[str, Page], report: Report) -> Outline:
    return Outline(sections=sections_by_folder(pages))


def prepare(pages: dict[str, Page]) -> None:
    put_leads_first(pages)


def convert(text: str, conversion: Conversion) -> str:
    text = _liquid(text, conversion)
    text = _kramdown(text, conversion)
    text = CHECKBOX.sub("\u2610 ", LABEL.sub("", text))
    return _markdown_in_html(text, conversion)


def _liquid(text: str, conversion: Conversion) -> str:
    text = LIQUID_BLOCK.sub(lambda found: _block(found, conversion), text)
    text = LIQUID.sub(lambda found: _tag(found, conversion), text)
    return LIQUID_VALUE.sub(lambda found: _value(found, conversion), text)


def _block(found: re.Match[str], conversion: Conversion) -> str:
    if found[1] == "comment":
        return ""
    language = (found[2].split() or [""])[0]
    code = conversion.mask.restore(found[3].strip("\n"))
    return f"\n````{language}\n{code}\n````\n"


def _tag(found: re.Match[str], conversion: Conversion) -> str:
    name, argument = found[1], found[2].strip()
    if name in {"raw", "endraw"}:
        return ""
    if name == "link" and argument:
        return argument.strip("\"' ")
    if name in {"include", "include_relative", "embed"}:
        target = argument.split()[0] if argument else "?"
        conversion.warn(found[0], _("The part “%s”, which the site puts in here, is left out.") % target)
    else:
        conversion.warn(found[0], _("The instruction “%s” to the site's builder is left out.") % name)
    return ""


def _value(found: re.Match[str], conversion: Conversion) -> str:
    name = found[1].split("|")[0].strip()
    if name in SILENT_VALUES or name.startswith(("'", '"')):
        return name.strip("'\"") if name not in SILENT_VALUES else ""
    if name.startswith("page.") and (known := conversion.page.text(name.removeprefix("page."))):
        return known
    conversion.warn(found[0], _("The value “%s”, which the site puts in here, is left out.") % name[:60])
    return ""


def _kramdown(text: str, conversion: Conversion) -> str:
    text = KRAMDOWN_COMMENT.sub("", text)
    text = CONTENTS_LIST.sub(lambda found: _dropped(found, conversion, _("The table of contents is left out.")), text)
    text = ID_OF_HEADING.sub(r"\1 {#\2}", text)
    look = _("The attributes %s, which only change the look, are left out.")
    return ATTRIBUTE_LIST.sub(lambda found: _dropped(found, conversion, look % found[0][:60]), text)


def _dropped(found: re.Match[str], conversion: Conversion, sentence: str) -> str:
    conversion.info(found[0], sentence)
    return ""


def _markdown_in_html(text: str, conversion: Conversion) -> str:
    """Blank lines around what stands in an element tell Markdown to read it; indentation would make it code."""
    position = 0
    while found := WITH_MARKDOWN.search(text, position):
        name = found[1].lower()
        opening = f"<{found[1]}{found[2]}{found[3]}>"
        end = matching_end(text, name, found.end())
        if name in INLINE or end is None:
            text = text[: found.start()] + opening + text[found.end() :]
            position = found.start() + len(opening)
            continue
        inside = LONE_PICTURE.sub(r"\1\n\n", dedent(text[found.end() : end.start()])).strip("\n")
        before, after = _frame(name, opening)
        text = f"{text[: found.start()]}{before}\n\n{inside}\n\n{after}{text[end.end() :]}"
        position = found.start() + len(before)
    return text


Frame = Callable[[str, str], tuple[str, str]]


def _frame(name: str, opening: str) -> tuple[str, str]:
    """What stands around the inside: quotes set apart become callouts, paragraphs need nothing."""
    if name == "p":
        return "", ""
    classes = attributes_of(opening).get("class", "").split()
    if name in {"aside", "blockquote"}:
        kind = "quote" if any("quote" in each for each in classes) or name == "blockquote" else "note"
        return f"\n::: {kind}", ":::\n"
    direction = attributes_of(opening).get("dir")
    if name in {"div", "section", "article", "main"}:
        return (f'<div dir="{direction}">', "</div>") if direction in {"ltr", "rtl"} else ("", "")
    return opening, f"</{name}>"
