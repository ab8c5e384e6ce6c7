"""`manage.py check_stores`: what an operator reads, and what a monitor is told."""

import json
from io import StringIO

import pytest
from bson import ObjectId
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError

from courses.models import Course
from learnflow import mongo
from learnflow.consistency import Finding, Kind
from learnflow.management.commands import check_stores
from tests.factories import lesson_ids
from tests.learnflow import commands

pytestmark = pytest.mark.django_db(transaction=True)

AGREE, DIFFERENT, COULD_NOT_LOOK = 0, 1, 2


def run(*arguments):
    """Its exit status and what it printed."""
    said = StringIO()
    try:
        call_command("check_stores", "--patience=0", "--grace=0", *arguments, stdout=said)
    except SystemExit as end:
        return end.code, said.getvalue()
    return AGREE, said.getvalue()


def could_not_look(*arguments):
    """The sentence it ends with."""
    with pytest.raises(CommandError) as end:
        run(*arguments)
    assert end.value.returncode == COULD_NOT_LOOK
    return str(end.value)


@pytest.fixture(autouse=True)
def _a_storage_of_its_own(settings, tmp_path):
    """Files that other tests uploaded are named by nothing any more."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def two_lost(course):
    """The ids of two lessons of three whose documents are gone."""
    lost = lesson_ids(course)[:2]
    mongo.database().lessons.delete_many({"_id": {"$in": [ObjectId(each) for each in lost]}})
    return lost


def test_stores_that_agree_are_told_in_one_line(course):
    status, said = run()
    assert status == AGREE
    assert said.startswith("Looked for 4") and said.endswith(" s: the stores agree.\n") and said.count("\n") == 1


def test_what_differs_is_told_with_examples_and_what_a_repair_would_do(course, two_lost):
    status, said = run()
    assert status == DIFFERENT
    title, *examples, repair, summary = said.splitlines()
    assert title == "lesson_missing: 2  an outline names a lesson whose document isn't there"
    assert sorted(each.split()[0] for each in examples) == sorted(two_lost)
    assert repair.startswith("  --repair would bring the lesson back from what was set aside or")
    assert summary.endswith(": found 2 differences of 1 kind.")


def test_one_of_a_kind_is_one_difference(course):
    Course.objects.update(duration_minutes=1)
    assert run()[1].endswith(": found 1 difference of 1 kind.\n")


def test_what_is_not_shown_is_counted():
    lost = Kind("lesson_lost", "a lesson is lost", "find it", None)
    finding = Finding(lost, count=1_234, examples=["the first"])
    said = StringIO()
    check_stores.Command(stdout=said).report([finding], seconds=1, is_repair=False, as_json=False)
    assert said.getvalue().splitlines()[:4] == [
        "lesson_lost: 1,234  a lesson is lost",
        "    the first",
        "    … and 1,233 more",
        "  By hand: find it",
    ]


def test_a_title_does_nothing_to_the_terminal(course):
    Course.objects.update(title="Weaving\x1b[2J\nfor all", duration_minutes=1)
    assert "“Weaving�[2J�for all” lasts 1 min" in run()[1]


def test_a_repair_says_what_it_did_and_leaves_nothing(two_lost):
    status, said = run("--repair")
    assert status == AGREE
    assert "\n  Mended 2 of 2, that is: bring the lesson back" in said
    assert said.endswith(": found 2 differences of 1 kind; all mended.\n")
    assert run()[0] == AGREE


@pytest.mark.parametrize("what", ["an empty MongoDB", "that of another site", "another PostgreSQL"])
def test_stores_of_different_sites_are_not_mended_unless_one_says_so(course, what):
    """All their lessons would be stood in for, and those of the other site taken away."""
    of_the_other = ObjectId()
    if what != "an empty MongoDB":
        one = mongo.database().lessons.find_one()
        mongo.database().lessons.insert_one({**one, "_id": of_the_other})
    if what == "another PostgreSQL":
        Course.objects.all().delete()
    else:
        mongo.database().lessons.delete_many({"_id": {"$ne": of_the_other}})
    before = list(mongo.database().lessons.find())
    assert "of another site" in could_not_look("--repair")
    assert list(mongo.database().lessons.find()) == before
    assert run()[0] == DIFFERENT
    assert run("--repair", "--anyway")[0] == AGREE


def test_a_repair_that_cannot_be_done_says_why(documents_of_the_owner, monkeypatch):
    documents_of_the_owner.command("collMod", "lessons", validator={})
    with monkeypatch.context() as address:
        address.setattr(settings, "MONGO_OWNER_URL", settings.MONGO_URL)
        status, said = run("--repair")
    assert status == DIFFERENT
    assert "\n  Mended 0 of 1, that is: give it the validator of this version" in said
    assert "\n  Left 1: only the owner of the database may do this: set MONGO_OWNER_URL" in said
    assert said.endswith(": found 1 difference of 1 kind; 1 left.\n")
    assert run("--repair")[0] == AGREE


@pytest.fixture
def documents_of_the_owner():
    owner = mongo.connect(settings.MONGO_OWNER_URL)
    yield owner.get_default_database()
    owner.close()


def test_a_program_reads_every_kind_with_its_number(two_lost):
    status, said = run("--json")
    report = json.loads(said)
    kinds = {each["name"]: each for each in report["kinds"]}
    assert status == DIFFERENT and report["agree"] is False and report["seconds"] >= 0
    assert len(kinds) == len(report["kinds"]) >= 36
    assert kinds["lesson_missing"]["count"] == kinds["lesson_missing"]["left"] == 2
    assert len(kinds["lesson_missing"]["examples"]) == 2 and kinds["lesson_missing"]["repair"].startswith("bring")
    assert kinds["lesson_unplaced"] == {
        "name": "lesson_unplaced",
        "title": "no outline names this lesson, and its deletion isn't promised",
        "count": 0,
        "examples": [],
        "repair": "set the lesson and its revisions aside for 90 days and delete them",
        "mended": 0,
        "left": 0,
        "obstacle": None,
    }


def test_a_program_reads_what_was_mended(two_lost):
    status, said = run("--json", "--repair")
    report = json.loads(said)
    [mended] = [each for each in report["kinds"] if each["count"]]
    assert status == AGREE and report["agree"] is True and (mended["mended"], mended["left"]) == (2, 0)


def test_every_kind_says_in_plain_words_what_it_is_and_what_a_repair_does():
    kinds = [kind for each in check_stores.EXAMINATIONS for kind in each.kinds]
    told = {(kind.name, kind.title, kind.remedy) for kind in kinds}
    assert len({kind.name for kind in kinds}) == len(told) >= 44, "what is examined in two places says the same"
    for kind in kinds:
        assert kind.title[0].islower() and kind.remedy[0].islower() and not kind.remedy.endswith(".")


# --- When it can't look ---------------------------------------------------------------------------


def test_without_mongodb_nothing_is_said(course, mongodb_is_away):
    with mongodb_is_away():
        assert could_not_look() == "MongoDB doesn't answer: whether the stores agree can't be said."


def test_what_was_mended_before_a_store_went_away_stays(course, mongodb_is_away):
    with mongodb_is_away():
        assert could_not_look("--repair").endswith("can't be said. What was mended until then stays mended.")


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (OperationalError("gone"), "PostgreSQL doesn't answer: whether the stores agree can't be said."),
        (ProgrammingError("no table"), "which `manage.py migrate` makes: whether the stores agree can't be said."),
        (KeyError("title"), "KeyError('title'): whether the stores agree can't be said."),
    ],
)
def test_whatever_goes_wrong_is_never_taken_for_a_difference(monkeypatch, caplog, failure, sentence):
    def fail(*arguments, **options):
        raise failure

    monkeypatch.setattr(check_stores, "check", fail)
    assert could_not_look().endswith(sentence)


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("DATABASE_URL", "postgresql://learnflow@127.0.0.1:9/learnflow"),
        ("MONGO_URL", "mongodb://127.0.0.1:9/learnflow"),
    ],
)
def test_a_server_that_is_not_there_at_the_start_is_told_in_one_sentence(tmp_path, variable, address):
    there = {"DATABASE_URL": settings.DATABASE_OWNER_URL, "MONGO_URL": settings.MONGO_OWNER_URL}
    addresses = there | {variable: address, "SECRET_KEY": "x" * 50}
    status, said = commands.run("check_stores", var_dir=tmp_path, **addresses)
    assert status == COULD_NOT_LOOK
    assert said.count("\n") == 1 and said.startswith(f"The server that {variable} names (")
