"""Writing the audit log, and looking whether it is whole."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model

from accounts.models import AuditAction, User
from accounts.origin import current_origin

INSERT_LOG = """
INSERT INTO audit_logs (user_id, action, resource_type, resource_id, details)
SELECT %s, %s, %s, identifier, %s::jsonb FROM unnest(%s::text[]) AS identifier
"""
INSERT_LOG_AND_ORIGIN = f"""
WITH entry AS ({INSERT_LOG} RETURNING id)
INSERT INTO audit_origins (audit_log, ip_address, user_agent) SELECT id, %s::inet, %s::text FROM entry
"""
CHAINS = 64
FIRST_BROKEN_ROW = """
SELECT id, content_changed FROM (
    SELECT log.id, log.hash <> audit_log_hash(log) AS content_changed,
           log.previous_hash <> lag(log.hash, 1, '') OVER (ORDER BY log.id) AS link_broken
    FROM audit_logs log
    WHERE audit_log_chain(log.user_id) = %s
) checked
WHERE content_changed OR link_broken
ORDER BY id LIMIT 1
"""


def record(
    *,
    actor: User | None,
    action: AuditAction,
    resource: Model | tuple[str, object],
    details: dict[str, Any] | None = None,
) -> None:
    """Append one row to the audit log, with the address and browser of the current request, in one statement.

    Call it last in the transaction of the act: it locks the hash chain of the actor until the commit.
    `resource` is a row or a (kind, id) pair; `details` is {"old": ..., "new": ...} without addresses or e-mails,
    for this table can't be erased from.
    """
    kind, identifier = resource if isinstance(resource, tuple) else (resource._meta.model_name, resource.pk)
    record_each(actor=actor, action=action, kind=str(kind), identifiers=[identifier], details=details)


def record_each(
    *,
    actor: User | None,
    action: AuditAction,
    kind: str,
    identifiers: Sequence[object],
    details: dict[str, Any] | None = None,
) -> None:
    """Like `record`, a row for each of these things of one kind, in one statement however many they are."""
    who = actor.pk if actor else None
    what = json.dumps(details or {}, cls=DjangoJSONEncoder)
    log = [who, str(action), kind, what, [str(each) for each in identifiers]]
    origin = current_origin()
    with connection.cursor() as cursor:
        if origin:
            cursor.execute(INSERT_LOG_AND_ORIGIN, [*log, origin.ip_address, origin.user_agent])
        else:
            cursor.execute(INSERT_LOG, log)


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """The first row of a chain that isn't what was appended, or doesn't follow the row before it."""

    chain: int
    audit_log_id: int
    content_changed: bool


def verify_chain(*, on_chain: Callable[[], None] = lambda: None) -> list[BrokenChain]:
    """Recompute every hash; returns the first broken row of each chain, so nothing when the log is whole.

    Finds what was changed, inserted or deleted inside a chain. Rows cut off at a chain's end leave no trace in the
    table itself: against that, compare with a backup. `on_chain` is called after each of the `CHAINS`, each of which is
    one statement as long as a chain.
    """
    broken = []
    for chain in range(CHAINS):
        with connection.cursor() as cursor:
            cursor.execute(FIRST_BROKEN_ROW, [chain])
            broken += [BrokenChain(chain, *row) for row in cursor.fetchall()]
        on_chain()
    return broken
