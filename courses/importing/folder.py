"""Reading files of a folder that somebody else made: nothing outside it, nothing endless, nothing that isn't a file."""

import os
import stat
from pathlib import Path

from django.utils.translation import gettext as _

from courses.importing.report import CannotImport, Report

MOST_FILES = 5_000
MOST_BYTES = 25 * 1024 * 1024
MOST_PAGE_BYTES = 1024 * 1024
PAGE_SUFFIXES = {".md", ".mdx", ".markdown"}
NOT_CONTENT = {"node_modules", "__pycache__", "_site", "site-packages"}


class Folder:
    """The files of a folder by their path in it, written with slashes."""

    def __init__(self, root: Path, report: Report) -> None:
        if not root.is_dir():
            raise CannotImport(_("“%s” is not a folder.") % root)
        self.root = root.resolve()
        self.report = report
        self.files: dict[str, Path] = {}
        for path in self._walk():
            if len(self.files) >= MOST_FILES:
                raise CannotImport(_("The folder has more than %s files.") % f"{MOST_FILES:,}")
            self._add(path)

    @property
    def pages(self) -> list[str]:
        return [name for name in self.files if Path(name).suffix.lower() in PAGE_SUFFIXES]

    def read_bytes(self, name: str, *, most: int = MOST_BYTES) -> bytes | None:
        """The content of a file; None, and a remark, when it can't be read or is too large."""
        try:
            with self.files[name].open("rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            self.report.fail(name, _("The file can't be read (%s).") % (error.strerror or error))
            return None
        if len(data) > most:
            self.report.fail(name, _("The file is larger than %s MB.") % f"{most / 1024 / 1024:.0f}")
            return None
        return data

    def read_text(self, name: str) -> str | None:
        """The text of a page, whatever wrote it; None, and a remark, when it isn't text."""
        data = self.read_bytes(name, most=MOST_PAGE_BYTES)
        if data is None:
            return None
        text = self._decode(name, data)
        if "\0" in text:
            self.report.warn(name, _("The file has NUL characters, which were left out."))
            text = text.replace("\0", "")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _decode(self, name: str, data: bytes) -> str:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16", "replace")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            sentence = _("The file isn't UTF-8 and was read as Windows-1252: look whether its accents are right.")
            self.report.warn(name, sentence, line)
            return data.decode("cp1252", "replace")

    def _walk(self) -> list[Path]:
        found: list[Path] = []
        for place, folders, files in os.walk(self.root, onerror=self._cannot_list):
            for name in folders:
                if (Path(place) / name).is_symlink():
                    self._refuse(Path(place) / name, _("A link to a folder is not followed."))
            folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in NOT_CONTENT)
            found += [Path(place) / name for name in files if not name.startswith(".")]
            if len(found) > MOST_FILES:
                break
        return sorted(found)

    def _add(self, path: Path) -> None:
        name = path.relative_to(self.root).as_posix()
        if not name.isprintable() or len(name) > 500:
            return self._refuse(path, _("The file's name has characters that can't be part of an address."))
        try:
            is_outside = path.is_symlink() and not path.resolve(strict=True).is_relative_to(self.root)
            kind = path.stat().st_mode
        except (OSError, RuntimeError):
            return self._refuse(path, _("The file can't be read."))
        if is_outside:
            return self._refuse(path, _("A link that leads out of the folder is not followed."))
        if not stat.S_ISREG(kind):
            return self._refuse(path, _("This is no ordinary file."))
        self.files[name] = path
        return None

    def _cannot_list(self, error: OSError) -> None:
        self._refuse(Path(error.filename), _("The folder can't be read."))

    def _refuse(self, path: Path, sentence: str) -> None:
        shown = path.relative_to(self.root).as_posix().encode("utf-8", "backslashreplace").decode()
        self.report.fail("".join(each if each.isprintable() else "?" for each in shown), sentence)
