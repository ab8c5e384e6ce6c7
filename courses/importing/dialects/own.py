"""Our own: a `course.yaml` that says everything, beside pages in our Markdown."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from courses.importing.dialects.outline import Listing, Outline, listed
from courses.importing.folder import Folder
from courses.importing.pages import NotYaml, Page, read_yaml
from courses.importing.report import CannotImport, Report
from courses.models import Level

FORMAT = "learnflow"
LIST = "course.yaml"
KNOWN = {"title", "slug", "description", "category", "level", "language", "objectives", "price", "currency", "sections"}


def recognize(folder: Folder) -> bool:
    return LIST in folder.files


def outline(folder: Folder, pages: dict[str, Page], report: Report) -> Outline:
    """What the list says. Raises `CannotImport` when it can't be read: guessing would tear an older import apart."""
    try:
        data = read_yaml(folder.read_text(LIST) or "")
    except NotYaml as error:
        raise CannotImport(_("%(file)s can't be read: %(why)s.") % {"file": LIST, "why": error}) from error
    if not isinstance(data, dict):
        raise CannotImport(_("%s doesn't begin with fields such as “title:”.") % LIST)
    for name in data:
        if name not in KNOWN:
            report.warn(LIST, _("The field “%s” is unknown and was left out.") % str(name)[:60])
    return Outline(
        title=_text(data, "title") or "",
        slug=_text(data, "slug") or "",
        description=str(data["description"]).strip() if data.get("description") else None,
        category=_text(data, "category"),
        level=_level(data, report),
        language=_text(data, "language") or "",
        objectives=_objectives(data),
        price=_price(data, report),
        currency=_currency(data, report),
        sections=_sections(data.get("sections"), pages, report),
        rest_title=_("More"),
    )


def prepare(pages: dict[str, Page]) -> None:
    return None


def _text(data: dict[str, Any], name: str) -> str | None:
    value = data.get(name)
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and str(value).strip() else None


def _level(data: dict[str, Any], report: Report) -> str | None:
    level = _text(data, "level")
    if level is not None and level.lower() not in Level.values:
        report.warn(LIST, _("The level “%s” is none of beginner, intermediate, advanced; it was left out.") % level)
        return None
    return level.lower() if level else None


def _objectives(data: dict[str, Any]) -> list[str] | None:
    given = data.get("objectives")
    if isinstance(given, str):
        given = given.splitlines()
    return [" ".join(str(each).split()) for each in given if each] if isinstance(given, list) else None


def _price(data: dict[str, Any], report: Report) -> Decimal | None:
    if data.get("price") is None:
        return None
    try:
        price = Decimal(str(data["price"])).quantize(Decimal("0.01"))
    except InvalidOperation:
        price = Decimal(-1)
    if 0 <= price < Decimal(10) ** 10:
        return price
    report.warn(LIST, _("The price “%s” is no amount; it was left out.") % str(data["price"])[:40])
    return None


def _currency(data: dict[str, Any], report: Report) -> str | None:
    currency = _text(data, "currency")
    if currency is None or re.fullmatch(r"[A-Z]{3}", currency):
        return currency
    report.warn(LIST, _("The currency “%s” isn't three capital letters; it was left out.") % currency[:40])
    return None


def _sections(given: Any, pages: dict[str, Page], report: Report) -> list[Listing]:
    sections: list[Listing] = []
    for number, section in enumerate(given if isinstance(given, list) else [], start=1):
        if not isinstance(section, dict) or not isinstance(section.get("lessons"), list):
            report.fail(LIST, _("Section %s has no list of lessons.") % number)
            continue
        title = _text(section, "title") or _("Section %s") % number
        sections.append(Listing(title, _paths(section["lessons"], pages, report)))
    return listed(sections)


def _paths(lessons: list[Any], pages: dict[str, Page], report: Report) -> list[str]:
    """The pages that a section names. An entry may be a path, or fields that override the page's front matter."""
    paths: list[str] = []
    for entry in lessons:
        fields = entry if isinstance(entry, dict) else {}
        path = str(fields.get("file") if fields else entry).removeprefix("./")
        if path not in pages:
            report.fail(LIST, _("The list names “%s”, which isn't in the folder.") % path[:200])
            continue
        pages[path].matter.update({name: value for name, value in fields.items() if name != "file"})
        paths.append(path)
    return paths
