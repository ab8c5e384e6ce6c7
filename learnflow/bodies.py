"""A form that breaks off half-way must not be read as a whole one: half a lesson would be saved as all of it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.exceptions import BadRequest


class WholeBody:
    """`wsgi.input` that knows how long the body is to be. Raises BadRequest where it ends before that."""

    def __init__(self, body: Any, length: int) -> None:
        self._body = body
        self._left = length

    def read(self, size: int = -1) -> bytes:
        return self._received(self._body.read, self._left if size < 0 else min(size, self._left))

    def readline(self, size: int = -1) -> bytes:
        return self._received(self._body.readline, self._left if size < 0 else min(size, self._left), is_whole=False)

    def readlines(self, hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _received(self, read: Callable[[int], bytes], size: int, *, is_whole: bool = True) -> bytes:
        if not size:
            return b""
        try:
            data = read(size)
        except OSError as error:
            raise BadRequest("the body broke off") from error
        if not data or (is_whole and len(data) < size):
            raise BadRequest("the body broke off")
        self._left -= len(data)
        return data


def with_whole_bodies(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application, which is given bodies that are as long as they claim or none."""

    def whole(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH", "")
        if length.isdecimal():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
        return application(environ, start_response)

    return whole
