"""Error pages. None asks a database: the one that failed may be it."""

import sys

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from learnflow.mongo import ContentUnavailable

RETRY_AFTER_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403.html", {"is_stale_form": True}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """503 when a store is away, 500 for what is our fault."""
    problem = sys.exc_info()[1]
    if isinstance(problem, OperationalError | InterfaceError):
        _drop_dead_connections()
    if isinstance(problem, OperationalError | InterfaceError | ContentUnavailable):
        response = render(request, "503.html", status=503)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return render(request, "500.html", status=500)


def _drop_dead_connections() -> None:
    """A restarted PostgreSQL leaves the whole pool dead: one failed request is enough to find that out."""
    connection.close()
    if connection.pool:
        connection.pool.check()
