"""Rows of the audit log in words: what was changed from what to what, by whom, and to which thing."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import AuditLog, User
from accounts.templatetags.browsers import browser_name

LONGEST = 200  # characters of one value
NOTHING = "–"
IS_NUMBER = re.compile(r"[0-9]{1,18}\Z")

# Of these ids of one kind of thing their names; what is gone is absent. Whoever knows the things says so when the
# project starts.
Names = Callable[[Iterable[str]], Mapping[str, str]]
_names: dict[str, Names] = {}


def name_things_by(kind: str, names: Names) -> None:
    _names[kind] = names


@dataclass(frozen=True)
class Entry:
    """One row, as the page and the file for spreadsheets say it."""

    id: int
    created_at: datetime
    user_id: int | None
    username: str
    who: str
    action: str
    kind: str
    which: str
    thing: str
    details: list[str]
    address: str
    browser: str
    user_agent: str


def entries_of(rows: list[AuditLog]) -> list[Entry]:
    """One query for all people, and one for each kind of thing that has names."""
    people = _people(rows)
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        ids[row.resource_type].add(row.resource_id)
    names = {kind: find(ids[kind]) for kind, find in _names.items() if kind in ids}
    names["user"] = {str(pk): f"@{username}" for pk, username in people.items()}
    return [_entry(row, people, names.get(row.resource_type, {})) for row in rows]


def _people(rows: list[AuditLog]) -> dict[int, str]:
    acting = {row.user_id for row in rows if row.user_id}
    told = {int(row.resource_id) for row in rows if row.resource_type == "user" and IS_NUMBER.match(row.resource_id)}
    return dict(User.objects.filter(pk__in=acting | told).values_list("pk", "username"))


def _entry(row: AuditLog, people: Mapping[int, str], names: Mapping[str, str]) -> Entry:
    origin = getattr(row, "origin", None)
    username = people.get(row.user_id or 0, "")
    nobody = _("nobody") if row.user_id is None else _("account %(number)d") % {"number": row.user_id}
    name = names.get(row.resource_id, "")
    return Entry(
        id=row.pk,
        created_at=row.created_at,
        user_id=row.user_id,
        username=username,
        who=username or nobody,
        action=row.get_action_display(),
        kind=row.resource_type,
        which=row.resource_id,
        thing=f"{row.resource_type} {row.resource_id}" + (f" ({name})" if name else ""),
        details=lines_of(row.details),
        address=(origin and origin.ip_address) or "",
        browser=browser_name(origin.user_agent) if origin and origin.user_agent else "",
        user_agent=origin.user_agent if origin else "",
    )


def lines_of(details: Any) -> list[str]:
    """`{"old": {"price": 0}, "new": {"price": 9}}` reads "price: 0 → 9"."""
    if not isinstance(details, dict):
        return [_value(details)] if details else []
    rest = {name: value for name, value in details.items() if name not in ("old", "new")}
    return [*_changes(details), *(f"{_words(name)}: {_value(value)}" for name, value in rest.items())]


def _changes(details: dict[str, Any]) -> list[str]:
    if "old" not in details and "new" not in details:
        return []
    old, new = details.get("old"), details.get("new")
    if not isinstance(old or new, dict) or not isinstance(new or old, dict):
        return [_change(old, new, "old" in details, "new" in details)]
    old, new = old or {}, new or {}
    return [
        f"{_words(name)}: {_change(old.get(name), new.get(name), name in old, name in new)}" for name in {**old, **new}
    ]


def _change(old: Any, new: Any, has_old: bool, has_new: bool) -> str:
    if has_old and has_new:
        return f"{_value(old)} → {_value(new)}"
    return f"{_value(old)} → {NOTHING}" if has_old else _value(new)


def _words(name: object) -> str:
    return str(name).removesuffix("_id").replace("_", " ")


def _value(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        text = ", ".join(f"{_words(name)}: {_value(each)}" for name, each in value.items())
    elif isinstance(value, list):
        text = ", ".join(_value(each) for each in value)
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
