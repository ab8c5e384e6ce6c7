"""Redis away: pages go on without it."""

import socketserver
import threading
import time

import pytest

from learnflow.cache import PAUSE_SECONDS, ForgivingRedisCache
from learnflow.embedded.processes import free_port


class SmallRedis(socketserver.ThreadingTCPServer):
    """As much of Redis as the cache asks for here: SET, GET, DEL, EXISTS, MGET and OK to all else."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port):
        self.values = {}
        super().__init__(("127.0.0.1", port), Conversation)


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        while line := self.rfile.readline():
            command, *arguments = [self.read_text() for _ in range(int(line[1:]))]
            self.wfile.write(self.answer(command.upper(), arguments))

    def read_text(self):
        length = int(self.rfile.readline()[1:])
        return self.rfile.read(length + 2)[:-2]

    def answer(self, command, arguments):
        values = self.server.values
        if command == b"HELLO":
            return b"%1\r\n+proto\r\n:3\r\n"
        if command == b"GET":
            return bulk(values.get(arguments[0]))
        if command == b"MGET":
            return b"*%d\r\n" % len(arguments) + b"".join(bulk(values.get(key)) for key in arguments)
        if command == b"SET":
            values[arguments[0]] = arguments[1]
        if command in (b"DEL", b"EXISTS"):
            found = [values.pop(key, None) if command == b"DEL" else values.get(key) for key in arguments]
            return b":%d\r\n" % sum(value is not None for value in found)
        return b"+OK\r\n"


def bulk(value):
    return b"_\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def cache(port):
    """A cache on that port, where nobody listens yet."""
    cache = ForgivingRedisCache(f"redis://127.0.0.1:{port}/0", {})
    yield cache
    for pool in cache._cache._pools.values():
        pool.disconnect()


@pytest.fixture
def redis(port):
    with SmallRedis(port) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def test_what_is_set_is_found(redis, cache):
    cache.set("lists", ["a", "b"], 60)
    assert cache.get("lists") == ["a", "b"]
    assert cache.get_many(["lists", "other"]) == {"lists": ["a", "b"]}
    assert cache.delete("lists")
    assert cache.get("lists", "nothing") == "nothing"


def test_without_redis_every_key_is_missing(cache):
    cache.set("key", 1)
    cache.set_many({"key": 1})
    cache.delete_many(["key"])
    assert cache.get("key", "default") == "default"
    assert cache.get_many(["key"]) == {}
    assert cache.get_or_set("key", lambda: "worked out") == "worked out"
    assert cache.add("key", 1)
    assert "key" not in cache
    assert not cache.delete("key")
    assert not cache.touch("key")
    assert not cache.clear()
    with pytest.raises(ValueError, match="not found"):
        cache.incr("key")


def test_a_hanging_redis_is_waited_for_once(port, cache):
    with socketserver.TCPServer(("127.0.0.1", port), socketserver.BaseRequestHandler):  # accepts, and says nothing
        began = time.monotonic()
        assert [cache.get("key") for _ in range(20)] == [None] * 20
        assert time.monotonic() - began < 2


def test_redis_is_used_again_when_it_is_back(cache, request):
    cache.set("key", "lost")
    request.getfixturevalue("redis")
    assert cache._cache.away_until <= time.monotonic() + PAUSE_SECONDS
    cache._cache.away_until = time.monotonic()
    cache.set("key", "kept")
    assert cache.get("key") == "kept"
