"""Keeps the processes of one site running, and ends them all together."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable

from learnflow import embedded

LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.5
PR_SET_PDEATHSIG = 1
OWNERS_VARIABLES = ("DATABASE_OWNER_URL", "MONGO_OWNER_URL")

_libc = ctypes.CDLL(None)


class Backoff:
    """How long to wait before the next try: at once, then twice as long each time, anew after a steady minute."""

    def __init__(self) -> None:
        self.tries = 0
        self.not_before = 0.0

    def is_due(self) -> bool:
        return time.monotonic() >= self.not_before

    def note_try(self) -> None:
        now = time.monotonic()
        if now > self.not_before + STEADY_SECONDS:
            self.tries = 0
        self.not_before = now + min(LONGEST_PAUSE_SECONDS, 0.5 * 2**self.tries)
        self.tries += 1


class Child:
    """One process of the site, in a session of its own: the terminal's Ctrl-C reaches only the one who supervises."""

    def __init__(self, title: str, command: list[str]) -> None:
        self.title = title
        self.command = command
        self.backoff = Backoff()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.backoff.note_try()
        parent = os.getpid()

        def end_with_parent() -> None:
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

        surroundings = {name: value for name, value in os.environ.items() if name not in OWNERS_VARIABLES}
        self.process = subprocess.Popen(
            self.command, env=surroundings, start_new_session=True, preexec_fn=end_with_parent, stdin=subprocess.DEVNULL
        )

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if not self.has_ended():
            self.process.terminate()

    def end(self, seconds: float) -> None:
        """Wait that long for the process; then kill it and whatever it started itself."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Supervisor:
    """Runs the children until a signal says stop; restarts what dies, the embedded stores too."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self.say = say
        self.stopping = threading.Event()
        self.impatient = False
        self.stores_backoff = Backoff()

    def listen(self) -> None:
        """From now on Ctrl-C, SIGTERM and SIGHUP mean: stop. The second time: at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_signal)

    def start(self, child: Child) -> None:
        """Run the child from now on."""
        self.children.append(child)
        child.start()

    def wait_until(self, is_ready: Callable[[], bool], seconds: float) -> bool:
        """Look after the children until it is ready. False when it isn't in time, or was told to stop."""
        deadline = time.monotonic() + seconds
        while not self.stopping.is_set() and time.monotonic() < deadline:
            if is_ready():
                return True
            self._look_after_everything()
            self.stopping.wait(0.1)
        return False

    def run(self) -> None:
        """Look after the children until told to stop."""
        while not self.stopping.wait(LOOK_SECONDS):
            self._look_after_everything()

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            while not child.has_ended() and not self.impatient and time.monotonic() < deadline:
                time.sleep(0.05)
            child.end(0)

    def _note_signal(self, number: int, frame: object) -> None:
        self.impatient = self.stopping.is_set()
        self.stopping.set()

    def _look_after_everything(self) -> None:
        if not embedded.are_running():
            self._revive_stores()
        for child in self.children:
            if child.has_ended() and child.backoff.is_due():
                self.say(f"The {child.title} ended unexpectedly; starting it again.")
                child.end(0)  # a dead master may have left workers that hold its port
                child.start()

    def _revive_stores(self) -> None:
        if not self.stores_backoff.is_due():
            return
        self.stores_backoff.note_try()
        self.say("An embedded database ended unexpectedly; starting it again.")
        try:
            found = embedded.revive()
        except embedded.StoresUnavailable as problem:
            self.say(str(problem))
            return
        if any(os.environ.get(name) != value for name, value in found.items()):
            os.environ.update(found)  # it listens on another port now
            for child in self.children:
                child.ask_to_stop()
                child.end(STOP_SECONDS)
                child.start()
