"""Which files of a course are taken, and as what: the content decides, not the name."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, ImageSequence

from courses.content.lesson_types.video import video_suffix
from courses.importing.drafts import FileDraft

MOST_PIXELS = 40_000_000
MOST_FRAMES = 300
LONGEST_SIDE = 4_000
PICTURES = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".ico", ".heic"}
VIDEO_SUFFIXES = {".mp4", ".webm"}
MOST_VIDEO_BYTES = 1024 * 1024 * 1024
DRAWING_SUFFIXES = {".svg", ".svgz"}
_TEXTS = """
.bib .c .cpp .csv .dat .geojson .go .h .ini .ipynb .java .json .jsonl .kt .log .md .php .ps1 .py .r .rb .rmd .rs .sh
.sql .srt .tex .toml .ts .tsv .txt .vtt .yaml .yml
"""
TEXTS = frozenset(_TEXTS.split())
BEGINNINGS = {
    ".zip": (b"PK\x03\x04", b"PK\x05\x06"),
    ".docx": (b"PK\x03\x04",),
    ".xlsx": (b"PK\x03\x04",),
    ".pptx": (b"PK\x03\x04",),
    ".odt": (b"PK\x03\x04",),
    ".ods": (b"PK\x03\x04",),
    ".odp": (b"PK\x03\x04",),
    ".pdf": (b"%PDF-",),
    ".gz": (b"\x1f\x8b",),
    ".tgz": (b"\x1f\x8b",),
    ".npy": (b"\x93NUMPY",),
    ".sqlite": (b"SQLite format 3\0",),
    ".db": (b"SQLite format 3\0",),
    ".parquet": (b"PAR1",),
}


@dataclass(frozen=True)
class Refusal:
    """Why a file isn't taken; a sentence."""

    sentence: str


def take_file(path: str, data: bytes) -> FileDraft | Refusal:
    """A file to store under a name made from its content; pictures are written anew, without what hid in them."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in DRAWING_SUFFIXES or (data.lstrip()[:5].lower() in (b"<svg ", b"<?xml") and b"<svg" in data[:4096]):
        return Refusal(_("SVG drawings can hold scripts and are not taken; save it as PNG."))
    if suffix in PICTURE_SUFFIXES:
        return _take_picture(path, data)
    refusal = _look_at(suffix, data)
    if refusal:
        return refusal
    return FileDraft(path, f"imported/{_fingerprint(data)}/{_readable_name(path)}", len(data), data)


def take_video(path: str, source: Path) -> FileDraft | Refusal:
    """A video file, which is read again when it is stored: it may be too large for the memory. Raises OSError."""
    size = source.stat().st_size
    if size > MOST_VIDEO_BYTES:
        return Refusal(_("The file is larger than %s MB.") % f"{MOST_VIDEO_BYTES // 1024 // 1024:,}")
    with source.open("rb") as file:
        beginning = file.read(16)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:40]
    suffix = PurePosixPath(path).suffix.lower()
    if video_suffix(beginning) != suffix:
        return Refusal(_("The content isn't what the name says (“%s”).") % suffix)
    return FileDraft(path, f"imported/{digest}/{_readable_name(path)}", size, source=source)


def _readable_name(path: str) -> str:
    """What the file is called when somebody saves it."""
    pure = PurePosixPath(path)
    return get_valid_filename(pure.stem[:80].strip(". ") or "file") + pure.suffix.lower()


def _look_at(suffix: str, data: bytes) -> Refusal | None:
    """Why a download isn't what its name says, or no kind that is taken."""
    if suffix in BEGINNINGS:
        is_genuine = data.startswith(BEGINNINGS[suffix])
    elif suffix in TEXTS:
        is_genuine = b"\0" not in data or data.startswith((b"\xff\xfe", b"\xfe\xff"))
    else:
        return Refusal(_("Files of the kind “%s” are not taken.") % (suffix or "?"))
    return None if is_genuine else Refusal(_("The content isn't what the name says (“%s”).") % suffix)


def _take_picture(path: str, data: bytes) -> FileDraft | Refusal:
    try:
        with Image.open(BytesIO(data)) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS or getattr(picture, "n_frames", 1) > MOST_FRAMES:
                return Refusal(
                    _("The picture is too large (%(width)s × %(height)s).") % {"width": width, "height": height}
                )
            encoded, size, suffix = _encode(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError, MemoryError) as error:
        return Refusal(_("The picture can't be read (%s).") % str(error).split("\n", 1)[0][:100])
    name = f"imported/{_fingerprint(data)}-{size[0]}x{size[1]}.{suffix}"
    return FileDraft(path, name, len(encoded), encoded)


def _encode(picture: Image.Image) -> tuple[bytes, tuple[int, int], str]:
    """The picture anew: bytes, size, suffix. Animations keep their frames; anything unusual becomes PNG."""
    out = BytesIO()
    kind = picture.format if picture.format in PICTURES else "PNG"
    if getattr(picture, "n_frames", 1) > 1 and kind in {"GIF", "WEBP"}:
        frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(picture)]
        delay = picture.info.get("duration", 100)
        frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=delay, loop=0)
        return out.getvalue(), frames[0].size, PICTURES[kind]
    still = ImageOps.exif_transpose(picture)
    still.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    still.info.clear()
    if kind == "JPEG":
        still.convert("RGB").save(out, "JPEG", quality=88)
    elif kind == "PNG" and still.mode not in {"1", "L", "LA", "P", "RGB", "RGBA"}:
        still.convert("RGBA").save(out, "PNG")
    else:
        still.save(out, kind)
    return out.getvalue(), still.size, PICTURES[kind]


def _fingerprint(data: bytes) -> str:
    """Nobody guesses it who doesn't have the file; the same file has the same."""
    return hashlib.sha256(data).hexdigest()[:40]
