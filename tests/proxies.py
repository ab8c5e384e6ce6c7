"""A door before a store that a test shuts, or behind which it lets everything vanish, while a real site runs."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

PIECE = 65_536


class Door:
    """Listens on a port of its own and passes on what comes, as long as nothing else is asked of it."""

    def __init__(self, host: str, port: int) -> None:
        self.target = host, port
        self.delay = 0.0
        self.is_swallowing = False
        self.port = 0
        self.ends: list[socket.socket] = []
        self.open()

    def url(self, url: str) -> str:
        """The same address, through this door."""
        parts = urlsplit(url)
        people = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{people}@127.0.0.1:{self.port}"))

    def open(self) -> None:
        """Pass on, from now on."""
        self.delay, self.is_swallowing = 0.0, False
        if not self._is_listening():
            self.listener = socket.create_server(("127.0.0.1", self.port))
            self.port = self.listener.getsockname()[1]
            threading.Thread(target=self._welcome, args=[self.listener], daemon=True).start()
        self._cut()

    def shut(self) -> None:
        """Refuse everybody."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._cut()

    def swallow(self) -> None:
        """Let everybody in, and whatever they say vanish."""
        self.is_swallowing = True

    def slow_down(self, seconds: float) -> None:
        """Every answer takes so much longer."""
        self.delay = seconds

    def _is_listening(self) -> bool:
        return self.port != 0 and self.listener.fileno() != -1

    def _cut(self) -> None:
        while self.ends:
            end = self.ends.pop()
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _welcome(self, listener: socket.socket) -> None:
        while True:
            try:
                guest, _address = listener.accept()
            except OSError:
                return
            self.ends.append(guest)
            if self.is_swallowing:
                continue
            try:
                store = socket.create_connection(self.target)
            except OSError:
                guest.close()
                continue
            self.ends.append(store)
            if listener.fileno() == -1:  # shut meanwhile
                self._cut()
                return
            threading.Thread(target=self._pass_on, args=[guest, store, False], daemon=True).start()
            threading.Thread(target=self._pass_on, args=[store, guest, True], daemon=True).start()

    def _pass_on(self, giver: socket.socket, taker: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := giver.recv(PIECE):
                if is_answer and self.delay:
                    time.sleep(self.delay)
                if self.is_swallowing:
                    continue
                taker.sendall(piece)
        for end in (giver, taker):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def door_before(url: str) -> Iterator[Door]:
    """A door before the store at this address."""
    parts = urlsplit(url)
    door = Door(parts.hostname or "127.0.0.1", parts.port or 27017)
    try:
        yield door
    finally:
        door.shut()
