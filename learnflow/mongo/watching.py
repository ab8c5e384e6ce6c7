"""Notices which commands MongoDB was slow with."""

import threading
from collections.abc import Mapping
from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from learnflow import slow_commands


class Watcher(CommandListener):
    """A command and its answer pass through one thread, one after the other; the answer doesn't say the command."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def started(self, event: CommandStartedEvent) -> None:
        self._of_thread.command = event.command

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._look_at(event.duration_micros / 1_000_000)

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing of what MongoDB says of a failure is noted: it quotes values."""
        self._look_at(event.duration_micros / 1_000_000)

    def _look_at(self, seconds: float) -> None:
        command: Mapping[str, Any] = self._of_thread.__dict__.pop("command", {})
        if command and slow_commands.is_slow(seconds):
            slow_commands.note_document(command, seconds)
