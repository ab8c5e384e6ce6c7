"""What the worker does for accounts. Every job may run twice, or in two workers at once."""

from procrastinate.contrib.django import app

from accounts.services.pruning import prune_what_expired


@app.periodic(cron="17 * * * *")
@app.task(queueing_lock="prune_accounts", pass_context=False)
def prune_what_has_expired(timestamp: int) -> None:
    """Counters and sessions whose time is over, once an hour."""
    prune_what_expired()
