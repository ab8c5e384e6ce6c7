"""MDX as the Hugging Face courses write it: components, framework branches, `[[anchors]]`, `\\\\(math\\\\)`."""

import re

from django.utils.translation import gettext as _

from courses.importing.conversion import Conversion, attributes_of, dedent, matching_end
from courses.importing.dialects import questions
from courses.importing.dialects.outline import Listing, Outline, listed
from courses.importing.dialects.plain import sections_by_folder
from courses.importing.folder import Folder
from courses.importing.masking import FORMULA
from courses.importing.pages import NotYaml, Page, read_yaml
from courses.importing.report import Report

FORMAT = "mdx"
LISTS = ("_toctree.yml", "_toctree.yaml")
FRAMEWORKS = {"pt": "PyTorch", "tf": "TensorFlow", "jax": "JAX", "flax": "Flax"}
MODULE_LINE = re.compile(
    r"^(?:import\s+[^\n]*?\s+from\s+['\"][^\n]*|import\s+['\"][^\n]*|export\s+[^\n]*)$", re.MULTILINE
)
COMMENT = re.compile(r"\{/\*.{0,5000}?\*/\}|<!--.{0,5000}?-->", re.DOTALL)
ANCHOR = re.compile(r"^(#{1,6}\s[^\n]*?)\s*\[\[([^\[\]\n]+)\]\][ \t]*$", re.MULTILINE)
BRANCH = re.compile(r"\{#if\s+fw\s*===?\s*['\"](\w+)['\"]\s*\}|\{:else(?:\s+if[^{}]*)?\}|\{/if\}")
COMPONENT = re.compile(
    r"<([A-Z]\w*)\b((?:[^<>{}\"']|\"[^\"]*\"|'[^']*'|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*?)(/?)>"
)
CLOSING = re.compile(r"</([A-Z]\w*)\s*>")
IFRAME = re.compile(r"<iframe\b([^<>]*)>(?:\s*</iframe>)?", re.IGNORECASE)
TAB = re.compile(r"<hfoption\b([^<>]*)>")
TAB_FRAME = re.compile(r"</?hfoptions?\b[^<>]*>")
DARK_IMAGE = re.compile(r"<img\b[^<>]*class=[\"'][^\"'<>]*\bdark:block\b[^<>]*>\n?")
NOTEBOOK = re.compile(r"label:\s*\"([^\"]*)\",\s*value:\s*\"([^\"]*)\"")
RAW_BLOCK = re.compile(r"^[ \t]*<div\b[^<>]*>", re.MULTILINE)
RAW_TAG = re.compile(r"<\w+[^<>]*>")
EXPRESSION = re.compile(r"\{[A-Za-z_][\w.]*\}")
LONE_TEX = re.compile(r"(\$\$.*?\$\$|\$[^$\n]+\$)", re.DOTALL)


def recognize(folder: Folder) -> bool:
    return any(name.endswith(LISTS) for name in folder.files) or any(name.endswith(".mdx") for name in folder.pages)


def outline(folder: Folder, pages: dict[str, Page], report: Report) -> Outline:
    """The chapters of `_toctree.yml`; without one, the folders."""
    lists = sorted(name for name in folder.files if name.rsplit("/", 1)[-1] in LISTS)
    if not lists:
        return Outline(sections=sections_by_folder(pages))
    titles: dict[str, str] = {}
    sections = [listing for name in lists for listing in _read_list(name, folder, pages, report, titles)]
    return Outline(sections=listed(sections), rest_title=_("More"), titles=titles)


def prepare(pages: dict[str, Page]) -> None:
    return None


def convert(text: str, conversion: Conversion) -> str:
    text = COMMENT.sub("", text)
    text = MODULE_LINE.sub(lambda found: _named(found, conversion, _("Code of the page (“%s”) is left out.")), text)
    text = FORMULA.sub(_formula, text)
    text = ANCHOR.sub(r"\1 {#\2}", text)
    text = _branches(text)
    text = DARK_IMAGE.sub("", text)
    text = _raw_blocks(text)
    text = IFRAME.sub(lambda found: _embedded(found, conversion), text)
    text = _tabs(text)
    text = COMPONENT.sub(lambda found: _component(found, conversion), text)
    text = CLOSING.sub(lambda found: "\n\n:::\n" if found[1] in CONTAINERS else "", text)
    _name_expressions(text, conversion)
    return text


def _read_list(
    name: str, folder: Folder, pages: dict[str, Page], report: Report, titles: dict[str, str]
) -> list[Listing]:
    try:
        data = read_yaml(folder.read_text(name) or "")
    except NotYaml as error:
        report.fail(name, _("The file can't be read (%s); the order follows the file names.") % error)
        return sections_by_folder(pages)
    base = name.rsplit("/", 1)[0] + "/" if "/" in name else ""
    listings: list[Listing] = []
    for chapter in data if isinstance(data, list) else []:
        if not isinstance(chapter, dict):
            continue
        entries = chapter.get("sections") if isinstance(chapter.get("sections"), list) else [chapter]
        paths: list[str] = []
        for entry in entries or []:
            path = _path_of(entry, base, pages, name, report)
            if path and isinstance(entry, dict):
                titles[path] = str(entry.get("title") or "")
                paths.append(path)
        listings.append(Listing(str(chapter.get("title") or _("Section %s") % (len(listings) + 1)), paths))
    return listings


def _path_of(entry: object, base: str, pages: dict[str, Page], name: str, report: Report) -> str | None:
    local = str(entry.get("local") or "") if isinstance(entry, dict) else ""
    for suffix in (".mdx", ".md"):
        if f"{base}{local}{suffix}" in pages:
            return f"{base}{local}{suffix}"
    report.warn(name, _("The list names “%s”, which isn't in the folder.") % (local or str(entry))[:200])
    return None


def _named(found: re.Match[str], conversion: Conversion, sentence: str) -> str:
    conversion.info(found[0], sentence % found[0].strip()[:60])
    return ""


def _formula(found: re.Match[str]) -> str:
    return f"${found[1].strip()}$" if found[1] else f"\n\n$$\n{found[2].strip()}\n$$\n\n"


def _branches(text: str) -> str:
    """Both branches of `{#if fw === 'pt'}` are shown, each under the name of its framework."""
    framework = ""

    def name_branch(found: re.Match[str]) -> str:
        nonlocal framework
        if found[0] == "{/if}":
            return "\n\n:::\n\n"
        if found[1]:
            framework = found[1]
            return f"\n\n::: note {FRAMEWORKS.get(framework, framework)}\n\n"
        other = {"pt": "TensorFlow", "tf": "PyTorch"}.get(framework, _("Otherwise"))
        return f"\n\n:::\n\n::: note {other}\n\n"

    return BRANCH.sub(name_branch, text)


def _raw_blocks(text: str) -> str:
    """Indentation inside raw HTML would make code of it, and a blank line would end it."""
    position = 0
    while found := RAW_BLOCK.search(text, position):
        end = matching_end(text, "div", found.end())
        if end is None:
            return text
        block = RAW_TAG.sub(lambda tag: " ".join(tag[0].split()), text[found.start() : end.end()])
        block = re.sub(r"\n\s*\n", "\n", dedent(block.lstrip(" \t")))
        text = f"{text[: found.start()]}{block}{text[end.end() :]}"
        position = found.start() + len(block)
    return text


def _embedded(found: re.Match[str], conversion: Conversion) -> str:
    address = attributes_of(found[1]).get("src", "")
    conversion.warn(found[0], _("A page embedded from another site became a link: %s") % address[:200])
    return _note(_("Interactive page"), f"[{_('Open it in a page of its own')}]({address})")


def _tabs(text: str) -> str:
    def name_tab(found: re.Match[str]) -> str:
        given = attributes_of(found[1])
        return f"\n\n::: note {given.get('label') or given.get('value') or ''}\n\n"

    text = text.replace("</hfoption>", "\n\n:::\n\n")
    return TAB_FRAME.sub("", TAB.sub(name_tab, text))


CONTAINERS = {"Tip": "tip", "Note": "note", "Warning": "warning"}


def _component(found: re.Match[str], conversion: Conversion) -> str:
    name, inside, is_single = found[1], found[2], bool(found[3])
    given = attributes_of(inside)
    if name in CONTAINERS and not is_single:
        kind = "warning" if "warning" in given and given["warning"] != "false" else CONTAINERS[name]
        return f"\n\n::: {kind} {given.get('title', '').replace(':', ' ').strip()}\n\n"
    if name == "Youtube" and given.get("id"):
        address = f"https://www.youtube.com/watch?v={given['id']}"
        conversion.info(found[0], _("The video became a link: %s") % address)
        return _note(_("Video"), f"[{_('Watch it on YouTube')}]({address})")
    if name == "Question":
        return _question(found, conversion)
    if name == "CourseFloatingBanner":
        return _banner(found, conversion)
    if name == "FrameworkSwitchCourse":
        conversion.info(found[0], _("The switch between frameworks is left out; all branches are shown."))
        return ""
    conversion.warn(found[0], _("The component <%s> can't be shown; what stands inside it is.") % name)
    return ""


def _question(found: re.Match[str], conversion: Conversion) -> str:
    choices = questions.read_choices(conversion.mask.restore(found[2]))
    if not choices:
        conversion.warn(found[0], _("The choices of a question can't be read."))
        return ""
    conversion.info(
        found[0], _("A question with %s choices became a list, with its answers folded below.") % len(choices)
    )
    return questions.as_markdown(choices)


def _banner(found: re.Match[str], conversion: Conversion) -> str:
    notebooks = NOTEBOOK.findall(found[2])
    conversion.resources += [{"label": label, "url": address} for label, address in notebooks]
    if notebooks:
        conversion.info(found[0], _("The banner's %s notebooks became resources of the lesson.") % len(notebooks))
    else:
        conversion.info(found[0], _("The banner, which links to the site's forum, is left out."))
    return ""


def _name_expressions(text: str, conversion: Conversion) -> None:
    for found in EXPRESSION.finditer(LONE_TEX.sub("", text)):
        conversion.warn(found[0], _("The value “%s” is shown as it is written.") % found[0])


def _note(title: str, text: str) -> str:
    return f"\n\n::: note {title}\n\n{text}\n\n:::\n\n"
