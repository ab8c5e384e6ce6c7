"""Error pages. None asks a database: the one that failed may be it."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from learnflow import postgresql
from learnflow.mongo import ContentUnavailable

RETRY_AFTER_SECONDS = 5
HURRIED_SECONDS = 0.3


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"unread": None}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403.html", {"is_stale_form": True, "unread": None}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", {"unread": None}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """503 when a store is away, 500 for what is our fault."""
    problem = sys.exc_info()[1]
    if isinstance(problem, OperationalError | InterfaceError):
        drop_dead_connections()
    if isinstance(problem, OperationalError | InterfaceError | ContentUnavailable):
        response = render(request, "503.html", _way_on(request), status=503)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return render(request, "500.html", status=500)


def _way_on(request: HttpRequest) -> dict[str, object]:
    """An address that takes forms can't be reloaded by a link: from there the way leads back to the page before."""
    if request.method != "POST":
        return {}
    before = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
    return {"was_sent": True, "back_url": before if is_ours else ""}


def drop_dead_connections() -> None:
    """A restarted PostgreSQL leaves the whole pool dead: one failed request is enough to find that out.

    Those to a silent one may be good again the next moment, and asking each would take its time. Until somebody has
    a connection again, nobody waits long for one: else all threads would stand in line, and who asks for nothing from
    PostgreSQL behind them.
    """
    connection.close()
    if connection.pool:
        connection.pool.timeout = HURRIED_SECONDS
        if not postgresql.is_silent():
            connection.pool.check()


def be_patient_again(connection: BaseDatabaseWrapper, **_of_the_signal: object) -> None:
    """Somebody has a connection."""
    if connection.pool:
        connection.pool.timeout = settings.DB_POOL_TIMEOUT_SECONDS
