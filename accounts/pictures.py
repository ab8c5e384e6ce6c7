"""Uploaded pictures of people: looked at, cut to a square and written anew, so that nothing else comes along."""

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
