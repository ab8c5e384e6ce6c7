"""Asks a web server for pages over kept connections, in a process of its own. Nothing but the standard library here."""

import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Thread

TIMEOUT_SECONDS = 30
PIECE = 1 << 16


@dataclass
class Answers:
    """What came back over one connection: seconds each, bytes of the bodies, how often each status."""

    latencies: list[float] = field(default_factory=list)
    body_bytes: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


def ask(port: int, journeys: Sequence[Sequence[bytes]], begin: Sequence[int], seconds: float) -> list[Answers]:
    """Send each journey's requests over a connection of its own, one after the other, round and round.

    `begin` is where each journey goes on; the number of its latencies says how far it came. A broken connection or an
    answer of unknown length raises.
    """
    deadline = time.monotonic() + seconds
    found = [Answers() for _ in journeys]
    problems: list[BaseException] = []

    def go(index: int) -> None:
        try:
            _one_connection(port, journeys[index], begin[index], deadline, found[index])
        except BaseException as problem:  # told by the thread that waits
            problems.append(problem)

    threads = [Thread(target=go, args=[index]) for index in range(len(journeys))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return found


def _one_connection(port: int, journey: Sequence[bytes], begin: int, deadline: float, answers: Answers) -> None:
    connection: socket.socket | None = None
    while (now := time.monotonic()) < deadline:
        if connection is None:
            connection = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(journey[(begin + len(answers.latencies)) % len(journey)])
        status, length, stays = _read(connection)
        answers.latencies.append(time.monotonic() - now)
        answers.statuses[status] += 1
        answers.body_bytes += length
        if not stays:
            connection.close()
            connection = None
    if connection is not None:
        connection.close()


def _read(connection: socket.socket) -> tuple[int, int, bool]:
    """(status, bytes of the body, whether the connection stays) of one answer."""
    received = connection.recv(PIECE)
    while received and b"\r\n\r\n" not in received:
        received += connection.recv(PIECE)
    head, _, body = received.partition(b"\r\n\r\n")
    head = head.lower()
    status, length = int(head[9:12]), int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    missing = length - len(body)
    while missing > 0:
        piece = connection.recv(PIECE)
        if not piece:
            raise ConnectionError("the answer ends early")
        missing -= len(piece)
    return status, length, b"connection: close" not in head


def body_of(port: int, request: bytes) -> tuple[int, bytes]:
    """Status and body of one answer, for looking at it."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as connection:
        connection.sendall(request.replace(b"Connection: keep-alive", b"Connection: close"))
        received = b"".join(iter(lambda: connection.recv(PIECE), b""))
    return int(received[9:12]), received.partition(b"\r\n\r\n")[2]
