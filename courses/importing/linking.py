"""Where the links and pictures of a page lead: to a lesson, to a file, elsewhere, or nowhere."""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from courses.importing.drafts import FileDraft, Target
from courses.importing.files import VIDEO_SUFFIXES, Refusal, take_file, take_video
from courses.importing.folder import PAGE_SUFFIXES, Folder
from courses.importing.pages import Page
from courses.importing.report import Report
from courses.markdown import MarkdownTooLong, anchor_id, render

MOST_FILE_BYTES = 200 * 1024 * 1024
NOWHERE = Target()
ID = re.compile(r' id="([^"]*)"')
PICTURE = re.compile(r'<img src="(https?://[^"]*)"')


class Linker:
    """Resolves targets for all pages of a folder, and takes the files that they lead to."""

    def __init__(self, folder: Folder, texts: dict[str, str], order: list[str], report: Report) -> None:
        self.folder = folder
        self.texts = texts
        self.order = order
        self.report = report
        self.files: dict[str, FileDraft] = {}
        self.taken: dict[str, FileDraft | None] = {}
        self.bytes_left = MOST_FILE_BYTES
        self.stems: dict[str, list[str]] = {}
        self.by_bare_name: dict[str, list[str]] = {}
        for path in order:
            stem = path.rsplit(".", 1)[0]
            bare = re.sub(r"^\d+[-_. ]*", "", posixpath.basename(stem).lower())
            self.by_bare_name.setdefault(bare, []).append(path)
            for tail in _tails(stem):
                self.stems.setdefault(tail, []).append(path)
        self.targets: dict[str, list[str]] = {}
        self.anchors: dict[str, set[str]] = {}
        for path in order:
            self._look_through(path)

    def links_of(self, page: Page) -> dict[str, Target]:
        """What every target in a page leads to, as far as it stays inside; what leads nowhere is in the report."""
        links: dict[str, Target] = {}
        for url in self.targets[page.path]:
            target = self._resolve(page, url)
            if target is not None:
                links[url] = target
        return links

    def _look_through(self, path: str) -> None:
        seen: list[str] = []
        try:
            html = render(self.texts[path], resolve=lambda url: seen.append(url))
        except MarkdownTooLong:
            html = ""
        self.targets[path] = list(dict.fromkeys(seen))
        self.anchors[path] = set(ID.findall(html))
        for address in dict.fromkeys(PICTURE.findall(html)):
            self.report.info(path, _("A picture stays where it is, on another site: %s") % address[:120])

    def _resolve(self, page: Page, url: str) -> Target | None:
        """None for what leads elsewhere (another site, an address, a place in the same page that is there)."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return self._dead(page, url, _("“%s” isn't an address; only its words stay."))
        if parts.scheme or parts.netloc:
            return None
        anchor = unquote(parts.fragment)
        if not parts.path:
            return self._own_anchor(page, url, anchor) if anchor else None
        found = self._find(page, unquote(parts.path))
        if found is None:
            return self._dead(page, url, _("“%s” leads to nothing in the folder; only its words stay."))
        if found in self.texts:
            return Target(lesson=found, anchor=self._anchor(found, anchor) or "")
        draft = self._take_once(page, url, found)
        return Target(file=draft.name) if draft else NOWHERE

    def _own_anchor(self, page: Page, url: str, anchor: str) -> Target | None:
        known = self._anchor(page.path, anchor)
        if known == anchor:
            return None
        if known:
            return Target(anchor=known)
        return self._dead(page, url, _("“%s” leads to no heading of the page; only its words stay."))

    def _anchor(self, path: str, anchor: str) -> str | None:
        """The anchor as the page has it: generators differ in what they make of punctuation."""
        if not anchor:
            return None
        wanted = anchor_id(anchor)
        if wanted in self.anchors[path]:
            return anchor
        alike = [each for each in sorted(self.anchors[path]) if _letters(each) == _letters(wanted)]
        return alike[0].removeprefix("lf-") if alike else None

    def take(self, page: Page, url: str) -> FileDraft | None:
        """The file that a page names outside its text (a video, captions); None, and a remark, when there is none."""
        found = self._find(page, url)
        if found is None or found in self.texts:
            self._dead(page, url, _("“%s” isn't in the folder."))
            return None
        return self._take_once(page, url, found)

    def _take_once(self, page: Page, url: str, path: str) -> FileDraft | None:
        if path not in self.taken:
            self.taken[path] = self._take(page, url, path)
        return self.taken[path]

    def _take(self, page: Page, url: str, path: str) -> FileDraft | None:
        taken = self._look_at(path)
        if isinstance(taken, Refusal):
            self.report.warn(page.path, f"{path}: {taken.sentence}", self._line(page, url))
        elif taken is not None:
            self.files[taken.name] = taken
            return taken
        return None

    def _look_at(self, path: str) -> FileDraft | Refusal | None:
        if posixpath.splitext(path)[1].lower() in VIDEO_SUFFIXES:
            try:
                return take_video(path, self.folder.files[path])
            except OSError as error:
                return Refusal(_("The file can't be read (%s).") % (error.strerror or error))
        data = self.folder.read_bytes(path)
        if data is None:
            return None
        if len(data) > self.bytes_left:
            return Refusal(_("The course's files together are too large; this one was left out."))
        self.bytes_left -= len(data)
        return take_file(path, data)

    def _find(self, page: Page, path: str) -> str | None:
        """The page or file that a path means: as it stands, as a web server would answer it, or by its name."""
        if "\\" in path or not path.isprintable():
            return None
        for candidate in _candidates(posixpath.dirname(page.path), path):
            if candidate in self.folder.files:
                return candidate
            for suffix in PAGE_SUFFIXES:
                if f"{candidate}{suffix}" in self.texts:
                    return f"{candidate}{suffix}"
        return self._by_stem(page, path)

    def _by_stem(self, page: Page, path: str) -> str | None:
        """Sites have other addresses than their folders: the end of the path decides, the nearest page wins."""
        pieces = [piece for piece in path.split("/") if piece not in {"", ".", ".."}]
        if not pieces or posixpath.splitext(pieces[-1])[1] not in {"", ".html", *PAGE_SUFFIXES}:
            return None
        pieces[-1] = re.sub(r"\.(html|md|mdx|markdown)$", "", pieces[-1])
        for start in range(len(pieces)):
            if found := self._nearest(page, self.stems.get("/".join(pieces[start:]), [])):
                return found
        chapter = [each for each in self.order if f"/{pieces[-1]}/" in f"/{posixpath.dirname(each)}/"]
        if chapter and len(pieces) < 3:
            return chapter[0]
        alike = self.by_bare_name.get(re.sub(r"^\d+[-_. ]*", "", pieces[-1].lower()), [])
        if len(alike) == 1 and pieces[-1][:1].isdigit():
            sentence = _("The link “%(link)s” was taken to mean %(path)s.")
            self.report.info(page.path, sentence % {"link": path, "path": alike[0]}, self._line(page, path))
            return alike[0]
        return None

    def _nearest(self, page: Page, paths: list[str]) -> str | None:
        """Of pages that a path could mean, the one that shares most folders with the page that names it."""
        here = posixpath.dirname(page.path)
        return max(paths, key=lambda each: len(posixpath.commonprefix([here + "/", each])), default=None)

    def _dead(self, page: Page, url: str, sentence: str) -> Target:
        self.report.warn(page.path, sentence % url[:120], self._line(page, url))
        return NOWHERE

    def _line(self, page: Page, url: str) -> int | None:
        position = page.body.find(unquote(url))
        position = position if position >= 0 else page.body.find(url)
        return page.line_of(position) if position >= 0 else None


def _candidates(here: str, path: str) -> Iterator[str]:
    """Paths from the folder's top that a path in a page could be."""
    relative = path.lstrip("/")
    bases = ["", here] if path.startswith("/") else [here, posixpath.dirname(here), "", "episodes"]
    for base in bases:
        candidate = posixpath.normpath(posixpath.join(base, relative))
        if not candidate.startswith(".."):
            yield candidate


def _tails(stem: str) -> Iterator[str]:
    pieces = stem.split("/")
    for start in range(len(pieces)):
        yield "/".join(pieces[start:])


def _letters(anchor: str) -> str:
    return "".join(each for each in anchor.lower() if each.isalnum())
