"""Uploaded files, under the random names they were stored with.

A proxy may serve MEDIA_ROOT instead; it must send the same headers.
"""

import mimetypes
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

SHOWN_IN_PAGE = {"image/png", "image/jpeg", "image/webp", "image/gif", "video/mp4", "video/webm", "text/vtt"}
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
BLOCK = 64 * 1024


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponse:
    """A stored file, or the range of it that a video player asks for."""
    try:
        if not default_storage.exists(path):
            raise Http404
        file = default_storage.open(path)
    except (SuspiciousFileOperation, IsADirectoryError, ValueError, OSError) as error:
        raise Http404 from error
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    response = _ranged(request, file, kind) or FileResponse(file, content_type=kind)
    if kind not in SHOWN_IN_PAGE:
        response["Content-Disposition"] = f'attachment; filename="{path.rsplit("/", 1)[-1]}"'
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _ranged(request: HttpRequest, file: BinaryIO, kind: str) -> HttpResponse | None:
    """206 or 416 for a request of one range; None when there is none."""
    wanted = RANGE.fullmatch(request.headers.get("Range", ""))
    if not wanted or not (wanted[1] or wanted[2]):
        return None
    size = file.seek(0, 2)
    first = int(wanted[1]) if wanted[1] else max(size - int(wanted[2]), 0)
    last = min(int(wanted[2]), size - 1) if wanted[1] and wanted[2] else size - 1
    if first > last:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    return StreamingHttpResponse(
        _blocks(file, first, last),
        status=206,
        content_type=kind,
        headers={"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)},
    )


def _blocks(file: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = last - first + 1
        while left and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
