"""Any folder of Markdown: its folders are the sections."""

from pathlib import PurePosixPath

from django.utils.text import capfirst
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from courses.importing.dialects.outline import Listing, Outline, in_order, listed, natural_key, title_from_name
from courses.importing.folder import Folder
from courses.importing.pages import Page
from courses.importing.report import Report

FORMAT = "markdown"


def recognize(folder: Folder) -> bool:
    return True


def outline(folder: Folder, pages: dict[str, Page], report: Report) -> Outline:
    return Outline(sections=sections_by_folder(pages))


def prepare(pages: dict[str, Page]) -> None:
    put_leads_first(pages)


def put_leads_first(pages: dict[str, Page]) -> None:
    """What a site shows above the text comes first in the lesson."""
    for page in pages.values():
        if lead := page.text("description", "excerpt", "subtitle"):
            page.body = f"*{lead.replace('*', '')}*\n\n{page.body}"
            page.first_line -= 2


def sections_by_folder(pages: dict[str, Page]) -> list[Listing]:
    """One section a folder, in the order of their names; the top folder's own pages come first."""
    by_folder: dict[str, list[Page]] = {}
    for page in pages.values():
        by_folder.setdefault(str(PurePosixPath(page.path).parent), []).append(page)
    return listed(
        Listing(_title(name), in_order(by_folder[name]))
        for name in sorted(by_folder, key=lambda name: (name != ".", natural_key(name)))
    )


def _title(folder: str) -> str:
    """A folder named by a language holds what is written in it."""
    name = PurePosixPath(folder).name
    if name in {"", "."}:
        return _("Lessons")
    try:
        return capfirst(get_language_info(name)["name_local"])
    except KeyError:
        return title_from_name(name.lstrip("_."))
