"""What the worker does about time and figures. Every job may run twice, or in two workers at once."""

from contextlib import suppress

from procrastinate.contrib.django import app

from learnflow.mongo import ContentUnavailable
from telemetry.periods import DAY, today
from telemetry.services import leaderboards
from telemetry.services.figures import refresh_due
from telemetry.services.metrics import sum_metrics
from telemetry.services.partitions import make_partitions
from telemetry.services.pruning import prune_what_expired
from telemetry.services.rollup import roll_up
from telemetry.services.rounds import RoundLost, RoundUnderWay
from telemetry.services.site_days import refresh_all_site_days, refresh_site_days

EVERY_MINUTE = "* * * * *"
EVERY_HOUR = "29 * * * *"
EVERY_TEN_MINUTES = "*/10 * * * *"


@app.periodic(cron=EVERY_MINUTE)
@app.task(queueing_lock="roll_up_time", pass_context=False)
def roll_up_time(timestamp: int) -> None:
    """Events that arrived become sums."""
    with suppress(ContentUnavailable, RoundUnderWay, RoundLost):  # in a minute again
        roll_up()


@app.periodic(cron=EVERY_HOUR)
@app.task(queueing_lock="prune_time", pass_context=False)
def prune_time(timestamp: int) -> None:
    """Months to come are made, those of measures that are over go, and old standings and slow commands."""
    make_partitions()
    prune_what_expired()


@app.periodic(cron=EVERY_MINUTE)
@app.task(queueing_lock="refresh_figures", pass_context=False)
def refresh_figures(timestamp: int) -> None:
    """Figures of courses in which something happened."""
    refresh_due()


@app.periodic(cron=EVERY_TEN_MINUTES)
@app.task(queueing_lock="refresh_site_days", pass_context=False)
def refresh_recent_days_of_the_site(timestamp: int) -> None:
    """Yesterday and today."""
    refresh_site_days()


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="refresh_site_month", pass_context=False)
def refresh_last_month_of_the_site(timestamp: int) -> None:
    """The last days once more: people leave courses and begin anew."""
    refresh_site_days(today() - 35 * DAY)


@app.periodic(cron="11 4 * * 7")
@app.task(queueing_lock="refresh_all_site_days", pass_context=False)
def refresh_all_days_of_the_site(timestamp: int) -> None:
    """All that ever happened, once a week."""
    refresh_all_site_days()


@app.periodic(cron=EVERY_MINUTE)
@app.task(queueing_lock="refresh_rungs", pass_context=False)
def refresh_rungs(timestamp: int) -> None:
    """Rungs of long leaderboards in which something happened."""
    leaderboards.refresh_rungs()


@app.periodic(cron=EVERY_MINUTE)
@app.task(queueing_lock="sum_metrics", pass_context=False)
def sum_measures(timestamp: int) -> None:
    """Days on which people's measures were recorded."""
    sum_metrics()
