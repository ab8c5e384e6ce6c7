"""What is sent twice happens once: by a double click, by a browser that tries again, by a phone in a tunnel."""

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction

if TYPE_CHECKING:
    from accounts.models import User

# Whoever comes second waits here for the first to end, and then finds its row, or none when it failed.
TAKE = """
INSERT INTO one_time_keys (user_id, key, request_hash) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING true
"""
ANSWERED = "SELECT request_hash, answer FROM one_time_keys WHERE user_id = %s AND key = %s"
ANSWER = "UPDATE one_time_keys SET answer = %s::jsonb WHERE user_id = %s AND key = %s"


class KeyOfAnotherRequest(Exception):
    """The key was sent before with something else."""


def once(*, person: "User", key: UUID, sent: object, act: Callable[[], Any]) -> Any:
    """What `act` answers (JSON), in one transaction with it; the same key with the same `sent` answers that again.

    `sent` is everything that tells one request from another, as JSON: the act's name, its target, what was typed.
    Raises `KeyOfAnotherRequest` when the key came with something else, and what `act` raises: then the key is free.
    """
    digest = hashlib.sha256(json.dumps(sent, sort_keys=True, default=str).encode()).hexdigest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE, [person.pk, key, digest])
        if cursor.fetchone() is None:
            cursor.execute(ANSWERED, [person.pk, key])
            request_hash, answer = cursor.fetchone()
            if request_hash != digest:
                raise KeyOfAnotherRequest
            return json.loads(answer)
        answer = act()
        cursor.execute(ANSWER, [json.dumps(answer), person.pk, key])
        return answer
