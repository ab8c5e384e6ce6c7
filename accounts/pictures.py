"""Uploaded pictures of people: looked at, cut to a square and written anew, so that nothing else comes along."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

SIDE = 256
BYTES_LIMIT = 2 * 1024 * 1024
# A file of a few kilobytes may unpack to 15 bytes a pixel. A photograph is decoded no larger than it is needed.
PIXELS_LIMIT = 16_000_000
PHOTOGRAPH_LIMIT = 40_000_000
# A photograph has a few dozen segments, and when it is progressive about ten scans, each over all of it. A hundred
# bytes are enough for one scan more, four for a segment, a thousand for another color profile of a megabyte.
SEGMENTS_LIMIT, SCANS_LIMIT, GAP_LIMIT, PROFILES_LIMIT = 1_000, 40, 1_000, 10
MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
START, END, SCAN = 0xD8, 0xD9, 0xDA
WAIT_SECONDS = 5
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_turn = Lock()


def square_picture(upload) -> ContentFile:
    """The upload as a WebP of 256 x 256 pixels, turned upright and without its metadata.

    Raises ValidationError for what is too large, or is no JPEG, PNG, WebP or GIF whatever its name says; SVG is none
    of these, and can carry script.
    """
    if upload.size > BYTES_LIMIT:
        raise ValidationError(_("The picture is too large: at most 2 MB."), code="too_large")
    with opened_picture(upload, side=SIDE) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
        square = ImageOps.fit(upright, (SIDE, SIDE), Image.Resampling.LANCZOS)
        written = BytesIO()
        square.save(written, "WEBP", quality=85, method=4)
    return ContentFile(written.getvalue(), name="picture.webp")


@contextmanager
def opened_picture(upload: IO[bytes], *, side: int) -> Iterator[Image.Image]:
    """The picture of an upload, to be drawn anew at most `side` pixels wide and high; a process opens one at a time.

    Raises ValidationError for what is no picture, what has too many pixels, and when others take too long.
    """
    if not _turn.acquire(timeout=WAIT_SECONDS):
        raise ValidationError(_("Many pictures are being looked at just now. Try again in a moment."), code="busy")
    try:
        upload.seek(0)
        _check_work(upload.read())
        with Image.open(upload, formats=FORMATS) as picture:
            _check_pixels(picture)
            picture.draft("RGB", (side, side))
            yield picture
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(_("Choose a JPEG, PNG, WebP or GIF picture."), code="no_picture") from error
    finally:
        _turn.release()


def _check_pixels(picture: Image.Image) -> None:
    most = PHOTOGRAPH_LIMIT if picture.format == "JPEG" else PIXELS_LIMIT
    if picture.width * picture.height > most:
        sentence = _("The picture has too many pixels: at most %(n)d million.") % {"n": most // 1_000_000}
        raise ValidationError(sentence, code="too_large")


def _check_work(picture: bytes) -> None:
    """Refuse a file that was made to be looked at for minutes; raises ValidationError."""
    is_photograph = picture.startswith(b"\xff\xd8")
    if _is_laborious(picture) if is_photograph else picture.count(b"iCCP") > PROFILES_LIMIT:
        raise ValidationError(_("Choose a JPEG, PNG, WebP or GIF picture."), code="no_picture")


def _is_laborious(photograph: bytes) -> bool:
    """Go from marker to marker, as the decoder will: what only looks like one, inside a segment, isn't counted."""
    place = segments = scans = 0
    while (found := MARKER.search(photograph, place)) and found[1][0] != END:
        segments += 1
        if segments > SEGMENTS_LIMIT or (not scans and found.end() - place > GAP_LIMIT):
            return True
        scans += found[1][0] == SCAN
        if scans > SCANS_LIMIT:
            return True
        place = found.end()
        if found[1][0] != START:
            place += max(2, int.from_bytes(photograph[place : place + 2]))
    return False
