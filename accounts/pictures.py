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
# A progressive photograph comes in about ten scans, each over all of it; a hundred bytes are enough for one more.
SCANS_LIMIT = 40
MARKER = re.compile(rb"\xff+([^\x00\xff])")
START, END, SCAN = 0xD8, 0xD9, 0xDA
ALONE = {0x01, *range(0xD0, START + 1)}  # markers without a segment
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
        with Image.open(upload, formats=FORMATS) as picture:
            _check_pixels(picture)
            if picture.format in {"JPEG", "MPO"}:
                _check_scans(upload)
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


def _check_scans(upload: IO[bytes]) -> None:
    """Go from marker to marker, as the decoder will: what only looks like one, inside a segment, isn't counted."""
    upload.seek(0)
    photograph = upload.read()
    place = scans = 0
    while (found := MARKER.search(photograph, place)) and found[1][0] != END:
        place = found.end()
        if found[1][0] not in ALONE:
            place += max(2, int.from_bytes(photograph[place : place + 2]))
        scans += found[1][0] == SCAN
        if scans > SCANS_LIMIT:
            raise ValidationError(_("Choose a JPEG, PNG, WebP or GIF picture."), code="no_picture")
