"""What the worker does for conversation. Every job may run twice, or in two workers at once."""

from procrastinate.contrib.django import app

from discussions.models import Notification
from discussions.services.announcements import tell_learners
from discussions.services.notification_mail import send_what_is_due

EVERY_FIFTEEN_SECONDS = "* * * * * */15"


@app.periodic(cron=EVERY_FIFTEEN_SECONDS)
@app.task(queueing_lock="tell_learners", pass_context=False)
def tell_learners_of_lessons(timestamp: int) -> None:
    """Learners, of lessons that their courses got."""
    tell_learners()


@app.periodic(cron=EVERY_FIFTEEN_SECONDS)
@app.task(queueing_lock="send_notifications", pass_context=False)
def send_notifications(timestamp: int) -> None:
    """E-mails of what people are told of."""
    send_what_is_due()


@app.periodic(cron="47 * * * *")
@app.task(queueing_lock="prune_notifications", pass_context=False)
def prune_notifications(timestamp: int) -> None:
    """What was read half a year ago, once an hour."""
    Notification.objects.prune()
