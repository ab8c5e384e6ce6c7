"""Uploaded pictures of courses and lessons: looked at, made no larger than a page needs, and written anew."""

import secrets
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from accounts.pictures import opened_picture

BYTES_LIMIT = 10 * 1024 * 1024
LONGEST_SIDE = 1_600
DRAWN = {"PNG", "GIF"}  # screenshots and diagrams: their edges must stay sharp


def random_name(suffix: str) -> str:
    """What a stored file is called: what people call their files is their own business."""
    return f"{secrets.token_hex(16)}{suffix}"


def picture_from(upload: Any) -> "ContentFile[bytes]":
    """The upload as WebP, upright, at most 1,600 pixels on its longer side, without metadata, randomly named.

    Raises ValidationError for what is too large, or is no JPEG, PNG, WebP or GIF whatever its name says; SVG is none
    of these, and can carry script.
    """
    if upload.size > BYTES_LIMIT:
        raise ValidationError(_("The picture is too large: at most 10 MB."), code="too_large")
    with opened_picture(upload, side=LONGEST_SIDE) as picture:
        return ContentFile(_written_anew(picture), name=random_name(".webp"))


def _written_anew(picture: Image.Image) -> bytes:
    is_drawn = picture.format in DRAWN
    upright = ImageOps.exif_transpose(picture).convert("RGBA" if picture.has_transparency_data else "RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    written = BytesIO()
    upright.save(written, "WEBP", quality=85, method=4, lossless=is_drawn)
    return written.getvalue()
