"""Uploaded pictures of people: looked at, cut to a square and written anew, so that nothing else comes along."""

from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

SIDE = 256
BYTES_LIMIT = 2 * 1024 * 1024
PIXELS_LIMIT = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def square_picture(upload) -> ContentFile:
    """The upload as a WebP of 256 x 256 pixels, turned upright and without its metadata.

    Raises ValidationError for what is too large, or is no JPEG, PNG, WebP or GIF whatever its name says; SVG is none
    of these, and can carry script.
    """
    if upload.size > BYTES_LIMIT:
        raise ValidationError(_("The picture is too large: at most 2 MB."), code="too_large")
    try:
        upload.seek(0)
        with Image.open(upload, formats=FORMATS) as picture:
            if picture.width * picture.height > PIXELS_LIMIT:
                raise ValidationError(_("The picture has too many pixels: at most 40 million."), code="too_large")
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
            square = ImageOps.fit(upright, (SIDE, SIDE), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(_("Choose a JPEG, PNG, WebP or GIF picture."), code="no_picture") from error
    written = BytesIO()
    square.save(written, "WEBP", quality=85, method=4)
    return ContentFile(written.getvalue(), name="picture.webp")
