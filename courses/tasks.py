"""What the worker does for courses. Every job may run twice, or in two workers at once."""

from datetime import timedelta

from procrastinate.contrib.django import app

from courses.content.evolution import evolve_documents
from courses.services.deletions import work_off_deletions
from courses.services.projection import project_lagging
from courses.services.settling import settle_lagging
from learnflow.mongo import ContentUnavailable

EVERY_FIVE_SECONDS = "* * * * * */5"
EVERY_FIFTEEN_SECONDS = "* * * * * */15"
EVERY_MINUTE = "* * * * *"
UNDER_WAY = timedelta(seconds=15)  # longer than an author's request takes, whatever the stores do


@app.periodic(cron=EVERY_FIVE_SECONDS)
@app.task(queueing_lock="project_progress", pass_context=False)
def project_what_lags(timestamp: int) -> None:
    """Copies of progress that a dead process or store left behind."""
    try:
        project_lagging()
    except ContentUnavailable:
        return  # in five seconds again


@app.periodic(cron=EVERY_FIFTEEN_SECONDS)
@app.task(queueing_lock="settle_outlines", pass_context=False)
def settle_what_lags(timestamp: int) -> None:
    """Durations of courses, and documents whose deletion was promised."""
    try:
        settle_lagging(resting=UNDER_WAY)
        work_off_deletions()
    except ContentUnavailable:
        return  # in fifteen seconds again


@app.periodic(cron=EVERY_MINUTE)
@app.task(queueing_lock="evolve_documents", pass_context=False)
def evolve_what_stands_behind(timestamp: int) -> None:
    """Lessons that processes of the release before wrote in its shape, after the migration had walked by."""
    try:
        evolve_documents()
    except ContentUnavailable:
        return  # in a minute again
