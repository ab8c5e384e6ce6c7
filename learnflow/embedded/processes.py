"""Running a server in the background: as which user, on which port, and whether it still lives."""

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from learnflow.embedded.place import StoresUnavailable

SYSTEM_USER = "learnflow"
POLL_SECONDS = 0.02
# Ports below the range from which Linux takes those of outgoing connections, so that they are still free next time.
PORTS = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    for port in random.sample(PORTS, 200):
        if is_free(port):
            return port
    raise StoresUnavailable("No free port was found between 20000 and 32000 on 127.0.0.1.")


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_alive(pid: int) -> bool:
    """Whether the process runs. A dead one that nobody has reaped yet doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def is_server_of(pid: int, data: Path) -> bool:
    """Whether the process was started on this data directory: a number in a stale file may be anybody's by now."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return is_alive(pid) and os.fsencode(data) in arguments


def wait_for_end(pid: int, seconds: float) -> bool:
    """Wait until the process has ended; False when it hasn't within that time."""
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def end(pid: int, gently: signal.Signals, seconds: float) -> None:
    """End the process: by `gently`, and by SIGKILL if it hasn't heard that within `seconds`."""
    for number, patience in ((gently, seconds), (signal.SIGKILL, 10.0)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_for_end(pid, patience):
            return


class Runner:
    """Runs programs as an unprivileged user where this process is root, because PostgreSQL refuses root.

    Where that user can't reach the programs or the data (a checkout below /root, say), it gets the one capability
    that lets it look into folders. The folders themselves keep their permissions.
    """

    def __init__(self) -> None:
        self.account = _unprivileged_account() if os.geteuid() == 0 else None

    def own(self, path: Path) -> None:
        """Give the path, and what is in it, to the user who runs the servers."""
        if self.account is None or path.stat().st_uid == self.account.pw_uid:
            return
        for folder, _, files in os.walk(path):
            for name in files:
                os.chown(Path(folder, name), self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def run(self, command: list[str], *, reach: list[Path]) -> subprocess.CompletedProcess[str]:
        """Run to the end, with what it printed in `stdout`. `reach` is what the program must be able to enter."""
        prefix, surroundings = self._surroundings(reach)
        return subprocess.run(
            prefix + command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **surroundings,
        )

    def start(self, command: list[str], *, log: Path, reach: list[Path]) -> int:
        """Start in the background, in a session of its own, and return the process id.

        A shell stands in between and ends at once, so that the server is nobody's child here: it may outlive this
        process, and never becomes a zombie of it.
        """
        prefix, surroundings = self._surroundings(reach)
        with log.open("ab") as stream:
            shell = subprocess.run(
                ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *prefix, *command],
                stdout=subprocess.PIPE,
                stderr=stream,
                start_new_session=True,
                check=True,
                **surroundings,
            )
        return int(shell.stdout)

    def _surroundings(self, reach: list[Path]) -> tuple[list[str], dict[str, Any]]:
        """What stands before the command, and the arguments of `subprocess.run` that choose user, folder, variables."""
        surroundings: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "cwd": "/",
            "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
        }
        if self.account is None:
            return [], surroundings
        as_account = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        if _can_enter(reach, surroundings | as_account):
            return [], surroundings | as_account
        return _with_capability(self.account, reach), surroundings


def _can_enter(reach: list[Path], surroundings: dict[str, Any]) -> bool:
    """Try it: access lists and mounts make any reckoning from permission bits a guess."""
    test = 'for path; do test -x "$path" || exit 1; done'
    return subprocess.run(["/bin/sh", "-c", test, "sh", *map(str, reach)], **surroundings).returncode == 0


def _with_capability(account: pwd.struct_passwd, reach: list[Path]) -> list[str]:
    """The `setpriv` that becomes `account` and keeps the power to enter folders, and nothing else.

    Containers often hold CAP_DAC_OVERRIDE but not the narrower CAP_DAC_READ_SEARCH.
    """
    held = _held_capabilities()
    setpriv = shutil.which("setpriv")
    for number, name in ((2, "dac_read_search"), (1, "dac_override")):
        if setpriv and held >> number & 1:
            only = f"-all,+{name}"
            return [
                setpriv,
                *(f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--no-new-privs"),
                "--securebits=+no_setuid_fixup",  # else access(2), by which initdb finds postgres, ignores capabilities
                *(f"--inh-caps={only}", f"--ambient-caps={only}", f"--bounding-set={only}"),
            ]
    raise StoresUnavailable(
        f"PostgreSQL refuses to run as root, and the user {account.pw_name} can't enter {reach[0]}; move the checkout "
        "to a folder that everyone can enter, run LearnFlow as another user, or set DATABASE_URL and MONGO_URL."
    )


def _held_capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def _unprivileged_account() -> pwd.struct_passwd:
    """A system user for nothing but this, made if the system lets us; else `nobody`."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    if Path(useradd).exists():
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True)
    for name in (SYSTEM_USER, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise StoresUnavailable(
        "PostgreSQL refuses to run as root, and this system has neither useradd nor a user called nobody; run "
        "LearnFlow as another user, or set DATABASE_URL and MONGO_URL."
    )
