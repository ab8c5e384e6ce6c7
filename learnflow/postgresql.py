"""Connections to PostgreSQL that notice when nobody is at the other end any more.

A server that is stopped, or whose host has vanished, leaves a statement waiting for ever: the time-outs that PostgreSQL
knows are kept by the server itself. So after some seconds of silence it is asked at its door, as any new guest would.
One that lives answers there within milliseconds, however long it works on the statement, which then goes on.
"""

import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.errors import OperationalError, _WaitTimeout

QUIET_SECONDS = 2.0
DOOR_SECONDS = 1.5  # on a busy machine the door takes its time, too
KNOCK = struct.pack("!ii", 8, 80877103)  # "do you speak TLS?"; PostgreSQL documentation, 54.7, SSLRequest


class WatchfulConnection(psycopg.Connection[Any]):
    """A connection that gives up, with an OperationalError, when PostgreSQL no longer answers at all.

    Only where somebody waits for a page: the web server sets `is_watching`. Commands and jobs have time.
    """

    is_watching = False
    silent_until = 0.0  # for all connections: until then nobody need wait as long as the first one
    committed: Callable[[float], None] | None = None  # told how many seconds each commit took

    def commit(self) -> None:
        began = time.perf_counter()
        try:
            super().commit()
        finally:
            if self.committed is not None:
                self.committed(time.perf_counter() - began)

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Run this exchange with the server."""
        if not self.is_watching or timeout is not None:
            return super().wait(gen, interval, timeout)
        if is_silent():
            self._ask_at_the_door()
        while True:
            try:
                return super().wait(gen, interval, QUIET_SECONDS)
            except _WaitTimeout:
                self._ask_at_the_door()

    def _ask_at_the_door(self) -> None:
        if not _answers_at_the_door(self.info.host, self.info.port):
            WatchfulConnection.silent_until = time.monotonic() + 2 * QUIET_SECONDS
            self.close()
            raise OperationalError("PostgreSQL doesn't answer")
        WatchfulConnection.silent_until = 0.0


def is_silent() -> bool:
    """Whether PostgreSQL didn't answer at all just now."""
    return time.monotonic() < WatchfulConnection.silent_until


def _answers_at_the_door(host: str, port: int) -> bool:
    """Whether a server there answers the first question that a client may ask, which needs no name or password."""
    is_file = host.startswith("/")
    try:
        with socket.socket(socket.AF_UNIX) if is_file else socket.create_connection((host, port), DOOR_SECONDS) as door:
            door.settimeout(DOOR_SECONDS)
            if is_file:
                door.connect(f"{host}/.s.PGSQL.{port}")
            door.sendall(KNOCK)
            return bool(door.recv(1))
    except OSError:
        return False
