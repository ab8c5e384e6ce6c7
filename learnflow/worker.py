"""The worker's own arrangement; what it does stands in each app's `tasks.py`."""

from procrastinate import App

from learnflow.slow_commands.asking import know_which_job_asks


def on_app_ready(app: App) -> None:
    """Finished jobs leave no rows: the periodic ones alone would make 17,000 a day."""
    app.worker_defaults["delete_jobs"] = "successful"
    app.worker_defaults["task_middleware"] = [*app.worker_defaults.get("task_middleware", []), know_which_job_asks]
