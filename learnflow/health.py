"""Is this process alive, and do the stores answer?"""

import time
from collections.abc import Callable

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from learnflow import mongo, postgresql
from learnflow.errors import drop_dead_connections

WORKER_IS_SILENT_AFTER = "30 seconds"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Each store asked just now, with its milliseconds, and whether a worker was heard of lately.

    503 when nothing can be served (PostgreSQL is away). Without MongoDB or a worker the answer is 200, `degraded`:
    taking this process out of service would make an outage of what is only a gap.
    """
    stores = {"postgresql": _asked(_ask_postgresql), "mongodb": _asked(mongo.ping)}
    worker = {"ok": stores["postgresql"]["ok"] and _worker_is_heard()}
    everything = all(each["ok"] for each in (*stores.values(), worker))
    status = "ready" if everything else "degraded" if stores["postgresql"]["ok"] else "unavailable"
    return JsonResponse({"status": status, **stores, "worker": worker}, status=503 if status == "unavailable" else 200)


def _asked(ask: Callable[[], float]) -> dict[str, object]:
    try:
        return {"ok": True, "ms": round(ask(), 1)}
    except (Error, mongo.ContentUnavailable):
        return {"ok": False}


def _ask_postgresql() -> float:
    """Milliseconds. A dead connection of the pool says nothing about the server that was started again since."""
    try:
        return _select_one()
    except Error:
        if postgresql.is_silent():
            raise
        drop_dead_connections()
        return _select_one()


def _select_one() -> float:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return (time.perf_counter() - began) * 1000


def _worker_is_heard() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > now() - %s::interval)",
                [WORKER_IS_SILENT_AFTER],
            )
            return bool(cursor.fetchone()[0])
    except Error:
        return False  # PostgreSQL went in between
