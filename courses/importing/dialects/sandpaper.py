"""The Carpentries' workbench (sandpaper): fenced divisions, picture attributes, shared link lists, grid tables."""

import re
from html import escape
from itertools import pairwise

from django.utils.translation import gettext as _

from courses.importing.conversion import Conversion, attributes_of
from courses.importing.dialects.outline import Listing, Outline, listed
from courses.importing.folder import Folder
from courses.importing.pages import NotYaml, Page, read_yaml
from courses.importing.report import Report

FORMAT = "sandpaper"
LIST = "config.yaml"
SHARED_LINKS = "links.md"
IMAGE_WITH_ATTRIBUTES = re.compile(r"!\[([^\[\]]*)\]\(([^()\n]*)\)\{([^{}]*)\}")
WIDE_DEFINITION = re.compile(r"^:[ \t]{2,}(?=\S)", re.MULTILINE)
LINK_DEFINITION = re.compile(r"^ {0,3}\[([^\[\]\n]+)\]:[ \t]*(\S+).*$", re.MULTILINE)
GRID = re.compile(r"(?:^Table: (?P<caption>[^\n]+)\n\n?)?(?P<grid>^\+[-=+:]+\+\n(?:^[|+].*(?:\n|\Z))+)", re.MULTILINE)
BORDER = re.compile(r"\+[-=+:]+\+")


def recognize(folder: Folder) -> bool:
    return LIST in folder.files and any(name.startswith("episodes/") for name in folder.pages)


def outline(folder: Folder, pages: dict[str, Page], report: Report) -> Outline:
    """Overview, the episodes in their order, and what the site keeps for learners and instructors."""
    config = _read_config(folder, report)
    listing = [
        Listing(_("Before you begin"), [each for each in ("index.md", "learners/setup.md") if each in pages]),
        Listing(_("Episodes"), _in_folder(folder, pages, config, "episodes", report)),
        Listing(_("For learners"), _in_folder(folder, pages, config, "learners", report)),
        Listing(_("For instructors"), _in_folder(folder, pages, config, "instructors", report)),
        Listing(_("Learner profiles"), _in_folder(folder, pages, config, "profiles", report)),
    ]
    return Outline(
        title=str(config.get("title") or ""),
        language=str(config.get("lang") or ""),
        introduction="index.md",
        license=str(config.get("license") or ""),
        source=str(config.get("source") or ""),
        sections=listed(listing),
        rest_title=_("About this course"),
        titles={"index.md": _("Overview"), "links.md": _("Links")},
    )


def prepare(pages: dict[str, Page]) -> None:
    """Links that every page may name stand in one file: each page gets those that it names."""
    shared = pages.get(SHARED_LINKS)
    if shared is None:
        return
    definitions = {found[1].lower(): found for found in LINK_DEFINITION.finditer(shared.body)}
    for page in pages.values():
        if page is shared:
            continue
        own = {found[1].lower() for found in LINK_DEFINITION.finditer(page.body)}
        named = {name.lower() for name in re.findall(r"\[([^\[\]\n]+)\]", page.body)}
        used = [found[0].strip() for name, found in definitions.items() if name in named - own]
        if used:
            page.body = page.body.rstrip("\n") + "\n\n" + "\n".join(used) + "\n"
    if not LINK_DEFINITION.sub("", shared.body).strip():
        shared.body = "".join(f"- [{found[1]}]({found[2]})\n" for found in definitions.values())


def convert(text: str, conversion: Conversion) -> str:
    text = IMAGE_WITH_ATTRIBUTES.sub(_image, text)
    text = WIDE_DEFINITION.sub(":   ", text)
    return GRID.sub(lambda found: _grid_table(found, conversion), text)


def _read_config(folder: Folder, report: Report) -> dict[str, object]:
    text = folder.read_text(LIST)
    try:
        config = read_yaml(text or "")
    except NotYaml as error:
        report.fail(LIST, _("The file can't be read (%s); the order follows the file names.") % error)
        return {}
    return config if isinstance(config, dict) else {}


def _in_folder(
    folder: Folder, pages: dict[str, Page], config: dict[str, object], name: str, report: Report
) -> list[str]:
    """The pages of one of the site's folders: in the order of the list, else of their names."""
    wanted = config.get(name)
    if not isinstance(wanted, list):
        return [each for each in folder.pages if each.startswith(f"{name}/")]
    paths = [f"{name}/{each}" for each in wanted]
    for path in paths:
        if path not in pages:
            report.fail(LIST, _("The list names “%s”, which isn't in the folder.") % path)
    return [path for path in paths if path in pages]


def _image(found: re.Match[str]) -> str:
    """`![caption](file){alt='…'}`: the description moves to where Markdown has it, the caption below."""
    caption, target, attributes = found.groups()
    alt = attributes_of(attributes).get("alt", "").replace("[", "(").replace("]", ")")
    if not alt or alt == caption:
        return f"![{alt or caption}]({target})"
    return f"![{alt}]({target})" + (f"\n\n*{caption}*\n" if caption.strip() else "")


def _grid_table(found: re.Match[str], conversion: Conversion) -> str:
    """A table drawn with `+---+`, whose cells hold whole blocks: HTML around Markdown can say that."""
    lines = conversion.mask.restore(found["grid"]).rstrip("\n").split("\n")
    edges = [position for position, sign in enumerate(lines[0]) if sign == "+"]
    rows: list[tuple[str, list[str]]] = []
    current: list[str] = []
    is_head_open = any("=" in line for line in lines if BORDER.fullmatch(line))
    for line in lines[1:]:
        if not BORDER.fullmatch(line):
            current.append(line)
        elif current:
            rows.append(("th" if is_head_open else "td", _cells(current, edges)))
            current = []
        if "=" in line and BORDER.fullmatch(line):
            is_head_open = False
    caption = f"<caption>{escape(found['caption'])}</caption>\n" if found["caption"] else ""
    body = "".join(_row(tag, cells) for tag, cells in rows)
    return f"\n<table>\n{caption}{body}</table>\n\n"


def _cells(lines: list[str], edges: list[int]) -> list[str]:
    cells: list[str] = []
    for start, end in pairwise(edges):
        column = [line[start + 1 : end].rstrip() for line in lines]
        cells.append("\n".join(line.removeprefix(" ") for line in column).replace("<p></p>", "").strip("\n"))
    return cells


def _row(tag: str, cells: list[str]) -> str:
    return "<tr>\n" + "".join(f"<{tag}>\n\n{cell}\n\n</{tag}>\n" for cell in cells) + "</tr>\n"
