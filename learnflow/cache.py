"""A cache that may be away: pages get slower, nothing else."""

import functools
import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 0.5
PAUSE_SECONDS = 3.0


def _forgiving(method: Callable[..., Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """`method`; while Redis is away, what `otherwise` makes of the same arguments."""

    @functools.wraps(method)
    def forgiving(client: "ForgivingRedisCacheClient", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < client.away_until:
            return otherwise(*args, **kwargs)
        try:
            return method(client, *args, **kwargs)
        except (ConnectionError, TimeoutError) as problem:
            client.away_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("Redis doesn't answer; going on without it for %s seconds: %s", PAUSE_SECONDS, problem)
            return otherwise(*args, **kwargs)

    return forgiving


def _key_not_found(key: str, delta: int) -> int:
    raise ValueError(f"Key {key!r} not found.")


class ForgivingRedisCacheClient(RedisCacheClient):
    """After a failure it doesn't ask for a few seconds, so that not every page waits for the time-out."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        limits = {"socket_connect_timeout": ANSWER_SECONDS, "socket_timeout": ANSWER_SECONDS}
        super().__init__(servers, **{**limits, "retry": Retry(NoBackoff(), 0), **options})
        self.away_until = 0.0

    add = _forgiving(RedisCacheClient.add, lambda key, value, timeout: True)
    get = _forgiving(RedisCacheClient.get, lambda key, default: default)
    set = _forgiving(RedisCacheClient.set, lambda key, value, timeout: None)
    touch = _forgiving(RedisCacheClient.touch, lambda key, timeout: False)
    delete = _forgiving(RedisCacheClient.delete, lambda key: False)
    get_many = _forgiving(RedisCacheClient.get_many, lambda keys: {})
    has_key = _forgiving(RedisCacheClient.has_key, lambda key: False)
    incr = _forgiving(RedisCacheClient.incr, _key_not_found)
    set_many = _forgiving(RedisCacheClient.set_many, lambda data, timeout: None)
    delete_many = _forgiving(RedisCacheClient.delete_many, lambda keys: None)
    clear = _forgiving(RedisCacheClient.clear, lambda: False)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, for which a Redis that is away is a cache without the key.

    What is deleted meanwhile may be there again when Redis returns, until it expires: keep only what may be that old.
    """

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgivingRedisCacheClient
