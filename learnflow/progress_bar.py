"""How far a command is: a bar on a terminal, nothing elsewhere."""

from typing import Any

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


class ProgressBar:
    """`with ProgressBar(self.stdout) as bar:` shows one part of the work after another, each with its own length."""

    def __init__(self, stdout: OutputWrapper) -> None:
        console = Console(file=stdout._out, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[at]}"))
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=None, at="")

    def __enter__(self) -> "ProgressBar":
        self._bar.start()
        return self

    def __exit__(self, *problem: Any) -> None:
        self._bar.stop()

    def begin(self, title: str, size: int | None = None) -> None:
        """A part of the work begins; `size` says how much of it there is, when that is known."""
        self._bar.reset(self._task, description=title, total=size or None, at="")

    def advance(self, number: int = 1, *, at: str = "") -> None:
        """So much more is done; `at` names what it is at."""
        self._bar.update(self._task, advance=number, at=at)
