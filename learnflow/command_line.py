"""What happens between typing a command and Django's start: which stores it uses, and which key signs."""

import os
import secrets
import signal
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import environ

from learnflow import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
# What works without data. `check` looks at a database only when it is told which one.
WITHOUT_STORES = {"help", "version", "makemessages", "compilemessages", "collectstatic", "findstatic", "check"}
SAYING_2 = {"analyze_db", "backup", "check_stores", "restore"}  # when they can't do their work
ANSWER_SECONDS = 3
# Nothing of it is shown: what is wrong with it is the password, most likely.
NO_ADDRESS = "{} isn't an address: in names and passwords, write / as %2F, # as %23, ? as %3F, @ as %40, % as %25."


def prepare(arguments: list[str]) -> None:
    """Put into the environment what `learnflow.settings` reads: the stores (started if need be) and SECRET_KEY.

    Exits with one sentence when a store can't be used: with status 1, and 2 where 1 says that something differs.
    """
    environ.Env.read_env(BASE_DIR / ".env")
    try:
        if needs_stores(arguments):
            _use_stores(arguments[0])
        else:
            os.environ["SECRET_KEY"] = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(64)
    except embedded.StoresUnavailable as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(2 if arguments[0] in SAYING_2 else 1)


def disconnect() -> None:
    """Close what is connected, before the embedded stores stop: a pool would try to connect again, and say so."""
    from django.apps import apps
    from django.conf import settings
    from django.db import connections

    if not settings.configured:
        return
    if apps.ready:
        from learnflow import slow_commands

        slow_commands.recorder.write_down()
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()


def needs_stores(arguments: list[str]) -> bool:
    asks_for_help = not arguments or {"--help", "-h", "--version"}.intersection(arguments)
    names_database = any(argument.startswith("--database") for argument in arguments)
    return not asks_for_help and (arguments[0] not in WITHOUT_STORES or names_database)


def _use_stores(command: str) -> None:
    named = {name: os.environ[name] for name in ("DATABASE_URL", "MONGO_URL") if os.environ.get(name)}
    if "DATABASE_URL" in named and not os.environ.get("SECRET_KEY"):
        raise embedded.StoresUnavailable(
            "DATABASE_URL is set but SECRET_KEY is not: put a long random SECRET_KEY beside it, for with servers of "
            "your own LearnFlow makes up no secrets."
        )
    # The role in DATABASE_URL doesn't exist yet when it is to be made, and may not connect when a restore broke off; a
    # worker does what it can without MongoDB.
    if "DATABASE_URL" in named and command not in ("create_app_role", "restore"):
        _check_postgresql(named["DATABASE_URL"])
    if "MONGO_URL" in named and command not in ("create_app_role", "procrastinate"):
        _check_mongodb(named["MONGO_URL"])
    servers = tuple(server for server in embedded.SERVERS if server.variable not in named)
    if servers:
        var_dir = os.environ.get("VAR_DIR") or BASE_DIR / "var"
        found = embedded.environment(var_dir, servers=servers)
        os.environ.update(found | {"SECRET_KEY": os.environ.get("SECRET_KEY") or found["SECRET_KEY"]})
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _leave)


def _leave(number: int, frame: object) -> NoReturn:
    """End the way that runs what is to be done at exit: leaving the stores."""
    sys.exit(128 + number)


def _check_postgresql(url: str) -> None:
    import psycopg

    _check_address("DATABASE_URL", url)
    try:
        psycopg.connect(url, connect_timeout=ANSWER_SECONDS).close()
    except psycopg.ProgrammingError as problem:
        raise embedded.StoresUnavailable(NO_ADDRESS.format("DATABASE_URL")) from problem
    except psycopg.Error as problem:
        raise embedded.StoresUnavailable(_not_answering("DATABASE_URL", url, problem)) from problem


def _check_mongodb(url: str) -> None:
    import pymongo
    from pymongo.errors import PyMongoError

    _check_address("MONGO_URL", url)
    milliseconds = ANSWER_SECONDS * 1000
    try:
        with pymongo.MongoClient(url, serverSelectionTimeoutMS=milliseconds, timeoutMS=milliseconds) as client:
            client.get_default_database("learnflow").command("ping")
    except ValueError as problem:
        raise embedded.StoresUnavailable(NO_ADDRESS.format("MONGO_URL")) from problem
    except PyMongoError as problem:
        raise embedded.StoresUnavailable(_not_answering("MONGO_URL", url, problem)) from problem


def _check_address(variable: str, url: str) -> None:
    """Refuse what a password with unwritten `/`, `#` or `?` makes of an address: its beginning passes for the host."""
    try:
        place = urlsplit(url).netloc
    except ValueError:
        place = ":"
    if "@" in url and "@" not in place and ":" in place and not place.rpartition(":")[2].isdigit():
        raise embedded.StoresUnavailable(NO_ADDRESS.format(variable))


def _not_answering(variable: str, url: str, problem: Exception) -> str:
    """One sentence without the password that the address may hold."""
    place = urlsplit(url).netloc.rpartition("@")[2]
    said = " ".join(str(problem).split("Topology Description")[0].split()).rstrip(" .,")
    return f"The server that {variable} names ({place}) doesn't answer: {said[:300]}."
