"""How somebody wants to be told of what."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from discussions.models import Delivery, Kind, Notification, NotificationSetting
from discussions.models.notification import MAILED, USUAL

if TYPE_CHECKING:
    from accounts.models import User

# Who leaves the usual as it is has no row, so that another usual reaches them.
CHOOSE = """
INSERT INTO notification_settings AS s (user_id, kind, delivery)
SELECT %(user)s, chosen.kind, chosen.delivery
  FROM unnest(%(kinds)s::text[], %(deliveries)s::text[], %(usual)s::text[]) AS chosen(kind, delivery, usual)
 WHERE chosen.delivery <> chosen.usual
    OR EXISTS (SELECT FROM notification_settings k WHERE k.user_id = %(user)s AND k.kind = chosen.kind)
 ORDER BY chosen.kind
    ON CONFLICT (user_id, kind) DO UPDATE SET delivery = excluded.delivery
"""


def deliveries_of(user: "User") -> dict[str, str]:
    """How this person is told of each kind: what they chose, else the usual."""
    chosen = dict(NotificationSetting.objects.filter(user=user).values_list("kind", "delivery"))
    return {kind.value: USUAL[kind].value for kind in Kind} | chosen


def choose_deliveries(*, person: "User", deliveries: Mapping[str, str]) -> None:
    """Tell this person so from now on of these kinds. E-mails that were due and aren't wanted any more aren't sent."""
    kinds = list(deliveries)
    values: dict[str, Any] = {
        "user": person.pk,
        "kinds": kinds,
        "deliveries": [deliveries[kind] for kind in kinds],
        "usual": [USUAL[Kind(kind)].value for kind in kinds],
    }
    unwanted = [kind for kind in kinds if deliveries[kind] not in MAILED]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CHOOSE, values)
        due = Notification.objects.filter(user=person, kind__in=unwanted, email_due_at__isnull=False)
        due.update(email_due_at=None)


def unsubscribe(*, person: "User", kinds: Iterable[str]) -> None:
    """No more e-mails of these kinds; on the site they are still told of, unless they were turned off."""
    chosen = deliveries_of(person)
    mailed = [kind for kind in kinds if chosen[kind] in MAILED]
    choose_deliveries(person=person, deliveries=dict.fromkeys(mailed, Delivery.PAGE.value))
