"""From a folder to the draft of a course."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import ModuleType

from django.utils.text import Truncator, slugify
from django.utils.translation import gettext as _

from courses.content.documents import LABEL_LIMIT, MOST_MINUTES, NOTES_LIMIT, TITLE_LIMIT, URL_LIMIT
from courses.content.lesson_types.video import parse_video_url
from courses.importing.conversion import convert
from courses.importing.dialects import converters_for, dialect_of
from courses.importing.dialects.outline import Listing, Outline, in_order, title_from_name
from courses.importing.drafts import CourseDraft, LessonDraft, SectionDraft
from courses.importing.folder import Folder
from courses.importing.linking import Linker
from courses.importing.pages import Page, read_page
from courses.importing.report import CannotImport, Report
from courses.markdown import LIMIT, plain_text
from courses.models.course import DESCRIPTION_LIMIT, OBJECTIVES_LIMIT
from courses.models.course import TITLE_LIMIT as COURSE_TITLE_LIMIT
from courses.models.outline import SECTION_TITLE_LIMIT

WORDS_PER_MINUTE = 200
CREDIT_LENGTH = 3_000
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
FIRST_HEADING = re.compile(r"\A\s*#\s+([^\n]+?)\s*(?:\{#[^{}]*\})?\s*#*\s*(?:\n|\Z)")
CREDITS = {
    "authors",
    "citation",
    "citation.cff",
    "license",
    "license.txt",
    "licence",
    "notice",
    "copying",
    "contributors",
}
ANY_TOP_HEADING = re.compile(r"^#\s+([^\n]+)", re.MULTILINE)
HEADING_LINE = re.compile(r"^#[^\n]*$", re.MULTILINE)
CALLOUT = re.compile(r"^:{3,} *\w.*?^:{3,}[ \t]*$", re.MULTILINE | re.DOTALL)
FEW_WORDS = 7
LINK_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]+\]:[ \t]*\S+[^\n]*$", re.MULTILINE)
USED_FIELDS = frozenset(
    word
    for line in (
        "title duration time teaching exercises break lang language order weight nav_order position",
        "sidebar_position type video captions notes preview description excerpt subtitle",
    )
    for word in line.split()
)


def read_folder(folder: Path, report: Report, *, on_page: Callable[[str], None] = lambda path: None) -> CourseDraft:
    """Read a folder into the draft of a course; what became of each file is in the report.

    `on_page` is told the path of each page as it is converted. Raises `CannotImport` when there is nothing to import.
    """
    files = Folder(folder, report)
    pages = _read_pages(files, report)
    if not pages:
        raise CannotImport(_("There is no Markdown file in “%s”.") % folder)
    dialect = dialect_of(files)
    outline = dialect.outline(files, pages, report)
    _append_the_rest(outline, pages, report)
    dialect.prepare(pages)
    return _Reading(files, pages, dialect, outline, report).draft(on_page)


def _read_pages(files: Folder, report: Report) -> dict[str, Page]:
    pages: dict[str, Page] = {}
    for path in files.pages:
        text = files.read_text(path)
        if text is not None:
            pages[path] = read_page(path, text, report)
    return pages


def _append_the_rest(outline: Outline, pages: dict[str, Page], report: Report) -> None:
    """Every page becomes a lesson, whether the list names it or not."""
    named = {path for section in outline.sections for path in section.paths}
    rest = in_order(page for path, page in pages.items() if path not in named)
    if rest:
        title = outline.rest_title or _("More")
        outline.sections.append(Listing(title, rest))
        for path in rest:
            report.info(path, _("No list names this page; it comes last, under “%s”.") % title)


class _Reading:
    """The pages of one folder on their way to lessons."""

    def __init__(
        self, files: Folder, pages: dict[str, Page], dialect: ModuleType, outline: Outline, report: Report
    ) -> None:
        self.files, self.pages, self.dialect, self.outline, self.report = (files, pages, dialect, outline, report)
        self.language = _language(outline.language) or self._most_common_language()

    def draft(self, on_page: Callable[[str], None]) -> CourseDraft:
        lessons = {path: self._lesson(page, on_page) for path, page in self.pages.items()}
        texts = {path: lesson.markdown for path, lesson in lessons.items() if lesson}
        order = [path for section in self.outline.sections for path in section.paths if path in texts]
        linker = Linker(self.files, texts, order, self.report)
        for path in order:
            self._link(lessons[path], self.pages[path], linker)  # type: ignore[arg-type]
        self._name_unused_files(linker)
        name = self.files.root.name
        title = self.outline.title or title_from_name(name)
        sections = [
            SectionDraft(
                self.report.fitting(section.paths[0], "section", section.title, SECTION_TITLE_LIMIT),
                [lesson for path in section.paths if (lesson := lessons[path])],
            )
            for section in self.outline.sections
        ]
        return CourseDraft(
            format=self.dialect.FORMAT,
            package=self.outline.slug or name,
            title=self.report.fitting(name, "title", title, COURSE_TITLE_LIMIT),
            slug=slugify(self.outline.slug or title)[:120] or "course",
            description=self._description(lessons),
            category=self.outline.category,
            level=self.outline.level,
            language=self.language,
            objectives=self._objectives(name),
            price=self.outline.price,
            currency=self.outline.currency,
            sections=[section for section in sections if section.lessons],
            files=linker.files,
        )

    def _link(self, lesson: LessonDraft, page: Page, linker: Linker) -> None:
        """Find what the lesson's text leads to, and its video when that is a file of the folder."""
        lesson.links = linker.links_of(page)
        if lesson.type != "video":
            return
        address = lesson.video
        if re.match(r"https?://", address):
            lesson.type = "video" if _is_known_video(address) else "text"
        else:
            film = linker.take(page, address)
            lesson.type = "video" if film else "text"
            lesson.video, lesson.video_file = "", film.name if film else ""
        if lesson.type == "text":
            sentence = _("“%s” is no video at YouTube or Vimeo and no file that is here; the lesson became a text.")
            self.report.fail(page.path, sentence % address[:200])
            return
        for language, path in _captions(page.matter.get("captions"), lesson.language).items():
            if captions := linker.take(page, path):
                lesson.captions.append({"file": captions.name, "language": language, "label": language})

    def _lesson(self, page: Page, on_page: Callable[[str], None]) -> LessonDraft | None:
        on_page(page.path)
        if self._is_too_long(page, page.body):
            return None
        markdown, resources = convert(page, self.report, converters_for(self.dialect, page.path))
        title, markdown = self._title(page, markdown)
        if self._is_too_long(page, markdown):
            return None
        words = len(plain_text(markdown).split())
        if not words:
            self.report.warn(page.path, _("The page has no text of its own."))
        self._name_unused_fields(page)
        kind = self._type(page)
        return LessonDraft(
            identifier=page.path,
            title=title,
            markdown=markdown.strip("\n") + "\n",
            type=kind,
            duration=self._duration(page, words),
            language=_language(page.text("lang", "language")) or self.language,
            notes=self.report.fitting(page.path, "notes", str(page.matter.get("notes") or "").strip(), NOTES_LIMIT),
            video=page.text("video") if kind == "video" else "",
            is_preview=page.matter.get("preview") is True,
            resources=[each for each in resources if self._is_resource(page, each)],
        )

    def _is_too_long(self, page: Page, text: str) -> bool:
        if len(text) <= LIMIT:
            return False
        sentence = _("The text has %(length)s characters, at most %(limit)s are possible: split the file.")
        self.report.fail(page.path, sentence % {"length": f"{len(text):,}", "limit": f"{LIMIT:,}"})
        return True

    def _is_resource(self, page: Page, resource: dict[str, str]) -> bool:
        if len(resource["label"]) <= LABEL_LIMIT and len(resource["url"]) <= URL_LIMIT:
            return True
        self.report.warn(page.path, _("The resource “%s” is too long; it was left out.") % resource["label"][:60])
        return False

    def _title(self, page: Page, markdown: str) -> tuple[str, str]:
        """The title, and the text without a first heading that only repeats it."""
        heading = FIRST_HEADING.match(markdown)
        own = plain_text(heading[1]) if heading else ""
        given = self.outline.titles.get(page.path) or page.text("title")
        title = plain_text(given) if given else own
        if heading and own.casefold() == title.casefold():
            markdown = markdown[heading.end() :]
        elsewhere = ANY_TOP_HEADING.search(markdown) if not title else None
        title = title or (plain_text(elsewhere[1]) if elsewhere else "") or title_from_name(page.path)
        return self.report.fitting(page.path, "title", title, TITLE_LIMIT), markdown

    def _type(self, page: Page) -> str:
        kind = page.text("type").lower() or ("video" if page.text("video") else "text")
        if kind == "video" and page.text("video"):
            return "video"
        if kind != "text" and "type" in page.matter and self.dialect.FORMAT == "learnflow":
            self.report.warn(
                page.path, _("A lesson of the type “%s” can't be made of this page; it became a text.") % kind
            )
        return "text"

    def _duration(self, page: Page, words: int) -> int:
        """Minutes: as given, else what is planned for its parts, else the time that reading takes."""
        given = page.number("duration", "time")
        planned = [page.number(name) for name in ("teaching", "exercises", "break")]
        if given is None and any(planned):
            given = sum(minutes or 0 for minutes in planned)
        if given is None:
            given = words / WORDS_PER_MINUTE
        return min(max(round(given), 1), MOST_MINUTES)

    def _description(self, lessons: dict[str, LessonDraft | None]) -> str | None:
        """What introduces the course, and who made it."""
        if self.outline.description or self.dialect.FORMAT == "learnflow":
            given = self.outline.description or ""
            return self.report.fitting(self.files.root.name, "description", given, DESCRIPTION_LIMIT) or None
        order = [path for section in self.outline.sections for path in section.paths]
        page = next((path for path in (self.outline.introduction, "README.md", *order) if lessons.get(path)), "")
        text = lessons[page].markdown if page else ""  # type: ignore[union-attr]
        lead = Truncator(plain_text(_beginning(text))).words(80)
        text = "\n\n".join(part for part in [lead, *self._credits()] if part)
        return self.report.fitting(self.files.root.name, "description", text, DESCRIPTION_LIMIT)

    def _objectives(self, name: str) -> list[str] | None:
        if self.outline.objectives is None:
            return None
        lines = "\n".join(self.outline.objectives)
        return self.report.fitting(name, "objectives", lines, OBJECTIVES_LIMIT).splitlines()

    def _credits(self) -> list[str]:
        parts: list[str] = []
        if self.outline.license:
            parts.append(_("License: %s") % self.outline.license)
        if self.outline.source:
            parts.append(_("Source: %s") % f"<{self.outline.source}>")
        for path in self.files.files:
            if PurePosixPath(path).name.lower() in CREDITS and path not in self.pages:
                text = (self.files.read_text(path) or "").strip()
                kept = self.report.fitting(path, "text", text, CREDIT_LENGTH).replace("\n", "  \n")
                parts.append(f"**{title_from_name(path).capitalize()}**\n\n{kept}")
                self.report.info(path, _("Kept at the end of the course's description."))
        return parts

    def _most_common_language(self) -> str:
        known = [_language(page.text("lang", "language")) for page in self.pages.values()]
        said = [each for each in known if each]
        return max(sorted(set(said)), key=said.count) if said else "en"

    def _name_unused_fields(self, page: Page) -> None:
        unused = [name for name in page.matter if name not in USED_FIELDS]
        if unused:
            self.report.info(
                page.path, _("Fields of the front matter without a use here: %s.") % ", ".join(unused)[:200]
            )

    def _name_unused_files(self, linker: Linker) -> None:
        lists = {"course.yaml", "config.yaml", "_toctree.yml", "_toctree.yaml", "_config.yml"}
        for path in self.files.files:
            name = PurePosixPath(path).name
            is_known = path in self.pages or path in linker.taken or name in lists or name.lower() in CREDITS
            if not is_known:
                self.report.info(path, _("No page links to this file; it was left out."))


def _language(code: str) -> str:
    """A language code as the stores take it; empty when it isn't one."""
    code = code.replace("_", "-")
    return code if len(code) <= 12 and LANGUAGE.fullmatch(code) else ""


def _is_known_video(address: str) -> bool:
    try:
        parse_video_url(address)
    except ValueError:
        return False
    return True


def _captions(given: object, language: str) -> dict[str, str]:
    """Caption files by language: one file in the lesson's language, or `{en: film.vtt, …}`."""
    if isinstance(given, str):
        return {language: given}
    return {str(name)[:12]: str(path) for name, path in given.items()} if isinstance(given, dict) else {}


def _beginning(markdown: str) -> str:
    """The first words that aren't in a callout, with the definitions of their links."""
    pieces = HEADING_LINE.split(CALLOUT.sub("", markdown))
    first = next((piece for piece in pieces if len(piece.split()) > FEW_WORDS), " ".join(pieces))
    return "\n\n".join([first, *LINK_DEFINITION.findall(markdown)])
