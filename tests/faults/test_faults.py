"""Parts of a site are killed under load: nothing that was acknowledged is lost. And the proof that this can fail."""

import secrets
import shutil
import time
from functools import partial

import pytest

from tests.faults import killing, verdict
from tests.faults.load import Load, in_folder

KILLS = 30
ENOUGH = 100  # acts of learning, to meet what happens to every third of them
ENOUGH_BEATS = 10  # that some of them are of the last second
MOST_ROUNDS = 5
LONGEST_WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site on stores of its own, not started yet."""
    folder = tmp_path_factory.mktemp("faults")
    site = in_folder(folder)
    yield site
    site.end()
    shutil.rmtree(folder / "var")  # the journals and logs stay


@pytest.fixture
def broken(site):
    """`broken("no_version_guard")`: the site runs with this way of breaking it, until the test is over.

    The loads mend what it broke, as an operator would: the next test finds stores that agree.
    """

    def start(way):
        site.start(DJANGO_SETTINGS_MODULE="tests.faults.broken_settings", SABOTAGE=way)
        return partial(Load, site, is_repaired=True)

    yield start
    site.stop()


def test_nothing_acknowledged_is_lost_whatever_is_killed(site):
    seed = secrets.token_hex(4)
    load = Load(site, seed, "f1", is_hasty=True)
    site.start()
    result = load.run(partial(killing.strike, site, KILLS, seed))
    site.stop()
    assert sum(result.kills.values()) == KILLS
    assert not result.losses, f"\n{result.table()}\n{result.story()}"
    assert acknowledged(load) > KILLS
    assert acknowledged(load, "beat") > KILLS / 3


def test_note_before_the_copy_is_found(broken):
    load = broken("pointer_before_body")("1", "s1", who="learners")
    result = load.run(partial(learning_without_mongodb, load))
    assert result.count(verdict.DIFFERENT) and result.count(verdict.FOUND), result.table()


def test_missing_version_guard_is_found(broken):
    """Which copy of an enrollment is written last is chance: for all of them, it hardly ever is the newest."""
    load_of = broken("no_version_guard")
    for number in range(MOST_ROUNDS):
        load = load_of("1", f"v{number}", who="learners")
        result = load.run(partial(wait_for_acts, load))
        if result.count(verdict.DIFFERENT) and result.count(verdict.FOUND):
            return
    pytest.fail(result.table())


def test_answer_before_the_commit_is_found(broken):
    load = broken("answer_before_commit")("1", "c1", who="learners")
    result = load.run(partial(wait_for_acts, load))
    assert result.count(verdict.LOST), result.table()


def test_place_before_the_document_is_found(broken):
    load = broken("place_before_document")("1", "p1", who="authors", only="add", is_hasty=True)
    result = load.run(partial(adding_without_mongodb, load))
    assert result.count(verdict.PROMISED) and result.count(verdict.FOUND), result.table()


def test_beats_that_wait_in_memory_are_found(broken):
    load = broken("beats_in_memory")("1", "b1", who="learners")
    result = load.run(partial(killing_the_web, load))
    assert result.count(verdict.LOST), result.table()


def acknowledged(load, *acts):
    return sum(1 for _ in load.journal.acknowledged(*acts or ("complete", "undo")))


def wait_for_acts(load, number=ENOUGH):
    """Let so many more acts of learning be acknowledged."""
    wanted, deadline = acknowledged(load) + number, time.monotonic() + LONGEST_WAIT_SECONDS
    while acknowledged(load) < wanted:
        assert time.monotonic() < deadline, f"{acknowledged(load)} acts in {LONGEST_WAIT_SECONDS} s"
        time.sleep(0.1)


def killing_the_web(load, times=3):
    """Those who hold what they promised to write are killed, again and again."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    for number in range(1, times + 1):
        while acknowledged(load, "beat") < number * ENOUGH_BEATS:
            assert time.monotonic() < deadline, "too few beats"
            time.sleep(0.1)
        for process in load.site.web_processes():
            killing.kill(process)


def learning_without_mongodb(load):
    """The last that learners do, they do while MongoDB is dead."""
    wait_for_acts(load, 10)
    killing.mongod(load.site, None)
    wait_for_acts(load)


def adding_without_mongodb(load):
    """The first lessons that authors add, they add while MongoDB is dead."""
    killing.mongod(load.site, None)
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not any(entry.act == "add" and entry.status == 503 for entry in load.journal.entries):
        assert time.monotonic() < deadline, "nobody added a lesson"
        time.sleep(0.1)
