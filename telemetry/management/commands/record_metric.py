"""`manage.py record_metric USERNAME TYPE VALUE`: keep a measure of a person, or many of them from a file."""

import json
import re
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from telemetry.services.metrics import BadMetric, record_metric

USERNAME = re.compile(r"[a-zA-Z0-9_]{3,30}")
NEEDED, KNOWN = {"username", "type", "value"}, {"username", "type", "value", "at"}


class Command(BaseCommand):
    help = (
        "Record a measure of a person: record_metric learner coding_time 35. VALUE is a number or JSON (a text in JSON "
        "has quotes of its own). With --json FILE (- for standard input) many of them: a list of objects with "
        "username, type, value and perhaps at; either all are recorded or none."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?")
        parser.add_argument("type", nargs="?")
        parser.add_argument("value", nargs="?")
        parser.add_argument("--at", help="when it was, such as 2026-01-31T09:00:00+00:00; now by default")
        parser.add_argument("--json", metavar="FILE", help="a file with many measures; - for standard input")

    def handle(self, *args: object, **options: Any) -> None:
        given = [options[name] for name in ("username", "type", "value")]
        if options["json"]:
            if any(given) or options["at"]:
                raise CommandError("Give either one measure or --json FILE.")
            entries = _read(options["json"])
        elif None in given:
            raise CommandError("Give a username, a type and a value, or --json FILE.")
        else:
            entries = [{"username": given[0], "type": given[1], "value": _value(given[2]), "at": options["at"]}]
        count = _record(entries)
        if options["verbosity"]:
            self.stdout.write(f"Recorded {count} {'measure' if count == 1 else 'measures'}.")


def _record(entries: list[Any]) -> int:
    """All of them or, when one can't be, none."""
    people: dict[str, User] = {}
    with transaction.atomic():
        for number, entry in enumerate(entries, 1):
            try:
                _record_one(entry, people)
            except BadMetric as error:
                raise CommandError(f"Measure {number}: {error}" if len(entries) > 1 else str(error)) from error
    return len(entries)


def _record_one(entry: Any, people: dict[str, User]) -> None:
    if not isinstance(entry, dict) or not NEEDED <= set(entry) <= KNOWN:
        raise BadMetric("It is an object with username, type, value and perhaps at.")
    username, kind = entry["username"], entry["type"]
    if not isinstance(username, str) or not isinstance(kind, str):
        raise BadMetric("Username and type are texts.")
    if username not in people:
        found = User.objects.filter(username__iexact=username).first() if USERNAME.fullmatch(username) else None
        if found is None:
            raise BadMetric(f"Nobody has the username {username!r}.")
        people[username] = found
    record_metric(person=people[username], metric_type=kind, value=entry["value"], at=_moment(entry.get("at")))


def _read(name: str) -> list[Any]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        entries = json.loads(text)
    except OSError as error:
        raise CommandError(f"{name} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{name} isn't JSON: {error}.") from error
    if not isinstance(entries, list):
        raise CommandError(f"{name} holds a list of measures.")
    return entries


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"The value is a number or JSON, and a text has quotes of its own: '\"{text}\"'.") from error


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise BadMetric(f"{text!r} is no time such as 2026-01-31T09:00:00+00:00.") from error
