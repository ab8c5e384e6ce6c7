import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import BadRequest

from learnflow import patience
from learnflow.patience import PatientBody


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A guard that looks often and has little patience."""
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(patience, "GRACE_SECONDS", 0.5)
    monkeypatch.setattr(patience, "QUICK_SECONDS", 0.1)
    monkeypatch.setattr(patience, "_guard", patience._Guard())


@pytest.fixture
def sent():
    """`client, body = sent(length)`: what the client sends arrives in the body."""
    open_things = []

    def connected(length):
        client, server = socket.socketpair()
        stream = server.makefile("rb")
        open_things.extend([client, stream, server])
        return client, PatientBody(stream, length, server)

    yield connected
    for each in open_things:
        each.close()


def test_a_body_arrives_as_it_was_sent(sent):
    client, body = sent(11)
    client.sendall(b"one\ntwo\nsixNEXT REQUEST")
    assert body.read(2) == b"on" and body.read(0) == b""
    assert list(body) == [b"e\n", b"two\n", b"six"]
    assert body.read() == b""


def test_a_body_that_breaks_off_is_no_body(sent):
    client, body = sent(100)
    client.sendall(b"title=half a sent")
    client.close()
    with pytest.raises(BadRequest):
        while body.read(64):
            pass


def test_a_body_that_trickles_is_broken_off(sent):
    client, body = sent(100)
    client.sendall(b"a")
    began = time.monotonic()
    with pytest.raises(BadRequest):
        while body.read(64):
            pass
    assert 0.4 < time.monotonic() - began < 5


def test_a_body_that_keeps_the_pace_may_take_its_time(sent, monkeypatch):
    monkeypatch.setattr(patience, "SLOWEST", 5)
    monkeypatch.setattr(patience, "PIECE", 1)
    client, body = sent(10)
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(body.read)
        for _ in range(10):
            client.sendall(b"x")
            time.sleep(0.07)
        assert reading.result(5) == b"x" * 10


def test_while_all_threads_wait_the_slowest_body_gives_way_to_pages(sent, monkeypatch):
    monkeypatch.setattr(patience, "GRACE_SECONDS", 60)
    monkeypatch.setattr(patience, "MOST_WAITING", 2)
    connections = [sent(1_000) for _ in range(3)]
    for number, (client, body) in enumerate(connections, start=1):
        client.sendall(b"x" * 100 * number)
        body.read(100 * number)
    with ThreadPoolExecutor(3) as threads:
        slow, *others = [threads.submit(body.read) for _, body in connections]
        assert isinstance(slow.exception(5), BadRequest)
        time.sleep(0.2)
        assert not any(each.done() for each in others)
        for client, _ in connections[1:]:
            client.sendall(b"x" * 1_000)
        assert [len(each.result(5)) for each in others] == [800, 700]
