"""From where the current request comes, for whoever writes an audit row below the views."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

USER_AGENT_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Origin:
    ip_address: str | None
    user_agent: str


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current_origin() -> Origin | None:
    """The origin of the request being answered; None in a command or a job."""
    return _current.get()


@contextmanager
def acting_from(origin: Origin) -> Iterator[None]:
    """Whatever is audited inside is noted as coming from this origin."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def origin_of(request: HttpRequest) -> Origin:
    """The address and browser of a request."""
    return Origin(client_address(request), request.headers.get("User-Agent", "").replace("\0", "")[:USER_AGENT_LIMIT])


def client_address(request: HttpRequest) -> str | None:
    """The address of the browser; None when the server doesn't say (a Unix socket) or says nonsense.

    Each trusted proxy appends the address it saw to X-Forwarded-For. Whatever stands further left was written by the
    client and is never believed.
    """
    address = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUSTED_PROXY_COUNT
    if hops:
        forwarded = [each for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()]
        address = forwarded[-hops] if len(forwarded) >= hops else address
    try:
        return str(ip_address(address.strip()))
    except ValueError:
        return None
