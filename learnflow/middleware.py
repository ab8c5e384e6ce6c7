"""What every request passes before any view."""

import json
import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse

from courses.services.uploads import FILE_LIMIT

DEEPEST_JSON = 32
# A photograph in the showcase; a film of a lesson; and the form around it. What is larger is refused unread.
LARGEST_UPLOAD = 11_000_000
LARGEST_STAFF_UPLOAD = FILE_LIMIT + LARGEST_UPLOAD
JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?')
# Django leaves what isn't UTF-8 in a path as it was written.
UNDECODED = re.compile(r"%[89A-F][0-9A-F]")
JSON_BRACKET = re.compile(r"[\[\]{}]")


def refuse_malformed_input(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 400 to text that the two stores would disagree on: NUL bytes, broken UTF-8, bottomless JSON."""

    def middleware(request: HttpRequest) -> HttpResponse:
        _check_path(request.path_info)
        _check_bytes(unquote_to_bytes(request.META.get("QUERY_STRING", "")))
        _check_text(*request.COOKIES.values())
        if request.method == "POST":
            _check_body(request)
        return get_response(request)

    return middleware


def refuse_malformed_uploads(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 400 to uploads with such text, or larger than this person's may be.

    Stands behind the signing in and before anything that reads the form: films may come from staff only.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.content_type == "multipart/form-data":
            _check_size(request)
            _check_text(*(value for key, values in request.POST.lists() for value in (key, *values)))
            _check_text(*(upload.name or "" for upload in request.FILES.values()))
        return get_response(request)

    return middleware


def _check_path(path: str) -> None:
    _check_text(path)
    if UNDECODED.search(path):
        raise BadRequest("not UTF-8")


def _check_body(request: HttpRequest) -> None:
    if request.content_type == "application/x-www-form-urlencoded":
        _check_bytes(unquote_to_bytes(request.body))
    elif request.content_type == "application/json":
        _check_bytes(request.body)
        _check_json(request.body.decode())


def _check_size(request: HttpRequest) -> None:
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    if size <= LARGEST_UPLOAD:
        return
    is_film = request.path_info.startswith("/admin/") and request.user.is_authenticated and request.user.is_staff
    if not is_film or size > LARGEST_STAFF_UPLOAD:
        raise RequestDataTooBig("the upload is too large")


def _check_bytes(raw: bytes) -> None:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("not UTF-8") from error
    _check_text(text)


def _check_text(*texts: str) -> None:
    if any("\x00" in text for text in texts):
        raise BadRequest("a NUL byte")


def _check_json(text: str) -> None:
    depth = 0
    for bracket in JSON_BRACKET.finditer(JSON_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST_JSON:
            raise BadRequest("JSON too deep")
    try:
        parsed = json.loads(text, parse_int=_small_int, parse_constant=_refuse)
        json.dumps(parsed, ensure_ascii=False).encode()
    except ValueError as error:
        raise BadRequest("not JSON that both stores can keep") from error
    if "\\u0000" in text:
        raise BadRequest("a NUL character")


def _small_int(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
        raise ValueError("beyond 64 bits")
    return int(digits)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def keep_personal_pages_private(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Tell every cache on the way that the page of somebody signed in is theirs, and to be asked for again."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response

    return middleware
