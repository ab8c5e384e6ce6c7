"""What is done with what examinations find: counted, shown, mended, recorded; and waited for, where a worker mends."""

from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError

from accounts.models import AuditLog
from learnflow import consistency
from learnflow.consistency import CannotMend, Difference, Kind, Watch, check
from learnflow.mongo import ContentUnavailable

pytestmark = pytest.mark.django_db


@dataclass
class Examined:
    """Numbers of which some are broken; they can be mended, or mend themselves while one looks again."""

    broken: set[int]
    is_passing: bool = False
    passing: set[int] = field(default_factory=set)
    failure: Exception | None = None
    mended: list[list[int]] = field(default_factory=list)
    graces: list[timedelta] = field(default_factory=list)
    is_mendable: bool = True
    name: str = "broken_number"
    title: str = "Numbers"

    def __post_init__(self):
        mend = (lambda keys: self.mend(keys)) if self.is_mendable else None
        self.kind = Kind(self.name, "a broken number", "mend it", mend)
        self.kinds = (self.kind, Kind("lost_number", "a lost number", "find it", None))

    def mend(self, keys):
        self.mended.append([number for (number,) in keys])
        if self.failure:
            raise self.failure
        count = len(self.broken & {number for (number,) in keys})
        self.broken -= {number for (number,) in keys}
        return count

    def size(self):
        return 7

    def find(self, *, grace, advance):
        self.graces.append(grace)
        for number in sorted(self.broken):
            yield Difference(self.kind, (number,), f"the number {number} is broken")
            advance(1)
        self.broken -= self.passing


@pytest.fixture(autouse=True)
def _no_pause_between_looks(monkeypatch):
    monkeypatch.setattr(consistency, "LOOK_SECONDS", 0)


def counted(findings):
    return {each.kind.name: (each.count, each.mended) for each in findings}


def test_every_kind_is_counted_also_those_that_were_not_met():
    assert counted(check([Examined({1, 2, 3})])) == {"broken_number": (3, 0), "lost_number": (0, 0)}


def test_nothing_is_mended_unless_one_says_so():
    examined = Examined({1, 2})
    check([examined])
    assert examined.broken == {1, 2} and not examined.mended and not AuditLog.objects.exists()


def test_the_first_five_are_shown():
    [found, _] = check([Examined(set(range(100, 120)))])
    assert found.examples == [f"the number {number} is broken" for number in range(100, 105)] and found.count == 20


def test_what_is_mended_is_counted_and_then_gone():
    examined = Examined({1, 2, 3})
    [found, _] = check([examined], repair=True)
    assert (found.count, found.mended, found.left) == (3, 3, 0) and examined.broken == set()


def test_differences_are_mended_in_batches_while_they_are_found(monkeypatch):
    monkeypatch.setattr(consistency, "BATCH", 2)
    examined = Examined({1, 2, 3, 4, 5})
    [found, _] = check([examined], repair=True)
    assert examined.mended == [[1, 2], [3, 4], [5]] and found.mended == 5


def test_what_became_right_meanwhile_is_left_uncounted(monkeypatch):
    examined = Examined({1, 2, 3}, passing={2})
    [found, _] = check([examined], repair=True)
    assert (found.count, found.mended, found.left) == (3, 2, 1)


def test_what_only_a_person_can_mend_is_left():
    [found, _] = check([Examined({1}, is_mendable=False)], repair=True)
    assert (found.count, found.mended, found.left) == (1, 0, 1) and not AuditLog.objects.exists()


def test_why_something_cannot_be_mended_is_told_and_the_rest_is_done():
    stuck, other = Examined({1}, failure=CannotMend("ask the owner")), Examined({2}, name="other_number")
    found, _, after = check([stuck, other], repair=True)
    assert (found.left, found.obstacle) == (1, "ask the owner") and (after.mended, after.obstacle) == (1, "")


def test_an_examination_that_meets_a_lock_leaves_it_for_the_next_time():
    busy = OperationalError("canceling statement due to lock timeout")
    busy.__cause__ = psycopg.errors.LockNotAvailable()
    [found, _] = check([Examined({1}, failure=busy)], repair=True)
    assert found.left == 1 and "run it again" in found.obstacle


@pytest.mark.parametrize("failure", [ContentUnavailable("away"), OperationalError("the connection is closed")])
def test_a_store_that_goes_away_ends_it(failure):
    with pytest.raises(type(failure)):
        check([Examined({1}, failure=failure)], repair=True)


def test_the_audit_log_says_what_was_mended():
    check([Examined({1, 2, 3})], repair=True)
    row = AuditLog.objects.get()
    assert (row.action, row.resource_type, row.resource_id, row.user_id) == (
        "stores_mended",
        "stores",
        "broken_number",
        None,
    )
    examples = ["the number 1 is broken", "the number 2 is broken", "the number 3 is broken"]
    assert row.details == {"mended": 3, "found": 3, "examples": examples}


def test_the_audit_log_says_what_was_mended_before_a_store_went_away(monkeypatch):
    monkeypatch.setattr(consistency, "BATCH", 2)
    examined = Examined({1, 2, 3})
    mend = examined.mend

    def mend_once(keys):
        if examined.mended:
            raise ContentUnavailable("away")
        return mend(keys)

    monkeypatch.setattr(examined, "mend", mend_once)
    with pytest.raises(ContentUnavailable):
        check([examined], repair=True)
    assert AuditLog.objects.get().details["mended"] == 2


# --- What a worker mends by itself ----------------------------------------------------------------


def test_what_the_worker_mends_meanwhile_is_no_difference():
    examined = Examined({1, 2}, is_passing=True, passing={1, 2})
    [found, _] = check([examined], patience=timedelta(seconds=60))
    assert found.count == 0


def test_what_stays_counts_when_patience_is_at_its_end():
    examined = Examined({1, 2}, is_passing=True, passing={1})
    [found, _] = check([examined], patience=timedelta(milliseconds=50))
    assert found.examples == ["the number 2 is broken"] and len(examined.graces) > 1


def test_what_stays_is_mended_however_many_they_are():
    many = set(range(5_000))
    examined = Examined(set(many), is_passing=True)
    [found, _] = check([examined], repair=True, patience=timedelta(milliseconds=1))
    assert (found.count, found.mended, examined.broken) == (5_000, 5_000, set())


def test_another_difference_meanwhile_is_not_the_same_one():
    """A site at work always has something in flight; each of them passes."""

    class AlwaysAnother(Examined):
        def find(self, **options):
            yield from super().find(**options)
            self.broken = {number + 1 for number in self.broken}

    [found, _] = check([AlwaysAnother({1}, is_passing=True)], patience=timedelta(seconds=60))
    assert found.count == 0


def test_without_patience_nothing_is_waited_for():
    examined = Examined({1}, is_passing=True, passing={1})
    [found, _] = check([examined], patience=timedelta(0))
    assert found.count == 1 and len(examined.graces) == 1


def test_what_is_not_the_workers_is_not_waited_for():
    examined = Examined({1}, passing={1})
    [found, _] = check([examined], patience=timedelta(seconds=60))
    assert found.count == 1 and len(examined.graces) == 1


# --- Beside it ------------------------------------------------------------------------------------


def test_grace_reaches_the_examination():
    examined = Examined(set())
    check([examined], grace=timedelta(hours=3))
    assert examined.graces == [timedelta(hours=3)]


def test_who_watches_is_told_what_is_looked_at_and_how_far_it_is():
    told, looked_at = [], []
    check([Examined({1, 2})], watch=Watch(lambda title, size: told.append((title, size)), looked_at.append))
    assert told == [("Numbers", 7)] and looked_at == [1, 1]
