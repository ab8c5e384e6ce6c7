"""The worker's own arrangement; what it does stands in each app's `tasks.py`."""

from collections.abc import Callable
from typing import Any

from procrastinate import App

from learnflow import slow_commands
from learnflow.slow_commands.asking import asked_by


def on_app_ready(app: App) -> None:
    """Finished jobs leave no rows: the periodic ones alone would make 17,000 a day."""
    app.worker_defaults["delete_jobs"] = "successful"
    app.worker_defaults["task_middleware"] = [*app.worker_defaults.get("task_middleware", []), know_which_job_asks]


def know_which_job_asks(call_next: Callable[[], Any], context: Any, worker: Any) -> Any:
    """What every job of the worker passes."""
    slow_commands.recorder.writes_soon = True
    with asked_by(context.job.task_name):
        return call_next()
