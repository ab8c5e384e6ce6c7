"""What a command is asked for: the name of a view's URL, of a job, of a command of manage.py."""

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

NOBODY = ""  # whose commands aren't noted
LONGEST = 200
NO_VIEW = "no view"

_asker: ContextVar[HttpRequest | ResolverMatch | str | None] = ContextVar("asker", default=None)


def know_who_asks(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Remember which view this thread answers with, also while the answer is sent piece by piece."""

    def middleware(request: HttpRequest) -> HttpResponse:
        _asker.set(request)
        response = get_response(request)
        _asker.set(request.resolver_match or NO_VIEW)
        return response

    return middleware


@contextmanager
def asked_by(name: str) -> Iterator[None]:
    """Within, commands are asked for by this."""
    token = _asker.set(name)
    try:
        yield
    finally:
        _asker.reset(token)


def asker() -> str:
    """Who asks now, in this thread."""
    asking = _asker.get()
    if isinstance(asking, HttpRequest):
        asking = asking.resolver_match or _resolved(asking)
    if isinstance(asking, ResolverMatch):
        asking = asking.view_name
    return _process() if asking is None else asking[:LONGEST]


def _resolved(request: HttpRequest) -> ResolverMatch | str:
    """Whose session is being looked for before Django knows the view."""
    try:
        return resolve(request.path_info)
    except Resolver404:
        return NO_VIEW


def _process() -> str:
    """`manage.py check_stores`, or what else runs; and which thread of it, where that has a name of its own."""
    program, *arguments = sys.argv or [""]
    path = Path(program)
    name = (path.parent.name if path.stem == "__main__" else path.stem) or "python"
    if name in ("manage", "django"):
        command = arguments[0] if arguments and re.fullmatch(r"[a-z_]+", arguments[0]) else ""
        name = f"manage.py {command}".strip()
    thread = threading.current_thread()
    return name if thread is threading.main_thread() else f"{name}, thread {thread.name}"[:LONGEST]
