"""`manage.py rollup`, as an operator uses it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditAction, AuditLog
from telemetry.management.commands import rollup as command
from telemetry.models import TimeSpent
from telemetry.services.rounds import begun_round
from telemetry.tasks import prune_time, roll_up_time
from tests.factories import lesson_ids
from tests.telemetry.times import spend


@pytest.fixture
def studious(learner, course):
    noon = timezone.now().replace(hour=12) - timedelta(days=1)
    spend(learner, course, lesson_ids(course)[0], began=noon, seconds=90)
    return learner


def rollup(*arguments):
    said = StringIO()
    call_command("rollup", *arguments, stdout=said)
    return said.getvalue()


def test_events_are_summed_and_it_says_how_many(studious):
    assert rollup() == "Summed 3 events of 1 people: 1 rows differed and were written, 0 went.\n"
    assert rollup("--rebuild") == "Summed 3 events of 1 people: every row stood as it should.\n"


def test_a_rebuild_is_in_the_audit_log(studious, learner):
    rollup("--rebuild")
    rollup("--rebuild", "--person", "LEARNER")
    everybody, one = AuditLog.objects.filter(action=AuditAction.TIME_REBUILT).order_by("id")
    assert (everybody.resource_type, everybody.resource_id) == ("telemetry", "everybody")
    assert (one.resource_type, one.resource_id) == ("user", str(learner.pk))
    assert one.details == {"people": 1, "events": 3, "rows": 0, "deleted": 0}


@pytest.mark.parametrize("arguments", [[], ["--rebuild"], ["--rebuild", "--person", "learner"]])
def test_a_dry_run_says_how_much_there_is_and_changes_nothing(studious, arguments):
    said = rollup("--dry-run", *arguments)
    assert "3 events of 1 people would be" in said and "Nothing was changed." in said
    assert not TimeSpent.objects.exists()


def test_a_dry_run_after_a_round_sees_what_arrived(studious):
    rollup()
    assert "3 events of 1 people" in rollup("--dry-run"), "what has just arrived is looked at once more"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--rebuild", "--person", "nobody"], "There is nobody named nobody."),
        (["--person", "learner"], "--person goes with --rebuild."),
    ],
)
def test_what_makes_no_sense_is_said(studious, arguments, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        rollup(*arguments)
    assert refused.value.returncode == 1


def test_without_mongodb_it_says_so(studious, mongodb_is_away):
    with mongodb_is_away(), pytest.raises(CommandError, match="MongoDB doesn't answer"):
        rollup()


def test_while_another_round_is_at_work_it_waits_and_then_says_so(studious, monkeypatch):
    monkeypatch.setattr(command, "PATIENCE", timedelta(0))
    with begun_round(), pytest.raises(CommandError, match="Another round is at work"):
        rollup()


# --- The worker -----------------------------------------------------------------------------------


def test_the_worker_sums_every_minute(studious):
    roll_up_time(timestamp=0)
    assert TimeSpent.objects.get().seconds_spent == 90


def test_the_worker_leaves_an_outage_to_the_next_minute(studious, mongodb_is_away):
    with mongodb_is_away():
        roll_up_time(timestamp=0)
    with begun_round():
        roll_up_time(timestamp=0)
    assert not TimeSpent.objects.exists()


@pytest.mark.django_db
def test_the_worker_prunes_again_and_again():
    prune_time(timestamp=0)
    prune_time(timestamp=0)
