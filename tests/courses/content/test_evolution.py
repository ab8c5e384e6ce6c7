"""A field of lessons is renamed: what was a lesson's mood comes to be its feeling, while older code goes on.

The validators know neither name, so the stores need no setting up; tests/faults/test_evolution.py does it for real.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.conf import settings

from courses.content import evolution, lessons
from courses.content.evolution import Step, evolve_documents
from courses.content.lessons import EditConflict
from learnflow import mongo
from tests.factories import text_body

ADA = 1
RENAMING = Step(
    reads=("mood",), change=lambda body: {"feeling": body["mood"]}, keep=lambda body: {"mood": body["feeling"]}
)
WITHOUT_OLD_NAME = Step(drops=("mood",))
BODY_FIELDS = lessons.BODY_FIELDS


@pytest.fixture
def code(monkeypatch):
    """`with code("mood"):` the code of a release that knows this field, with these steps that led to it."""

    @contextmanager
    def of_a_release(name, *steps):
        with monkeypatch.context() as release:
            release.setattr(evolution, "STEPS", steps)
            release.setattr(lessons, "BODY_FIELDS", (*BODY_FIELDS, name))
            release.setattr(lessons, "OUTLINE_FIELDS", (*lessons.OUTLINE_FIELDS, name))
            yield

    return of_a_release


@pytest.fixture
def old_code(code):
    return lambda: code("mood")


@pytest.fixture
def new_code(code):
    return lambda: code("feeling", RENAMING)


@pytest.fixture
def write(store):
    """`write(mood="calm")`: a lesson, by the code that runs; its id."""

    def add(**named):
        lesson_id = lessons.new_lesson_id()
        lessons.add_lesson(lesson_id=lesson_id, course_id=7, body=text_body(**named), author_id=ADA)
        return lesson_id

    return add


def save(lesson_id, version, **named):
    return lessons.save_lesson(lesson_id, version=version, body=text_body(**named), author_id=ADA)


def readings(lesson_id, name):
    """What each reader says of a lesson at version 2: the field of the lesson, and of its first version."""
    whole, outline = lessons.get_lesson_and_outline(lesson_id, [lesson_id])
    now = {
        "lesson": lessons.get_lesson(lesson_id)[name],
        "outline": lessons.get_outline([lesson_id])[lesson_id][name],
        "lesson with its outline": whole[name],
        "outline with a lesson": outline[lesson_id][name],
        "bodies": lessons.get_bodies([lesson_id])[lesson_id][name],
    }
    return now, lessons.get_revision(lesson_id, 1)["body"][name]


def everywhere(value):
    return dict.fromkeys(["lesson", "outline", "lesson with its outline", "outline with a lesson", "bodies"], value)


def states(store):
    """Every document as it stands."""
    return [*store.lessons.find().sort("_id"), *store.lesson_revisions.find().sort("_id")]


def test_new_code_reads_what_old_code_wrote(write, old_code, new_code):
    with old_code():
        lesson_id = write(mood="calm")
        save(lesson_id, 1, mood="wild")
    with new_code():
        assert readings(lesson_id, "feeling") == (everywhere("wild"), "calm")


def test_old_code_reads_what_new_code_wrote(write, old_code, new_code):
    with new_code():
        lesson_id = write(feeling="calm")
        save(lesson_id, 1, feeling="wild")
        assert readings(lesson_id, "feeling") == (everywhere("wild"), "calm")
    with old_code():
        assert readings(lesson_id, "mood") == (everywhere("wild"), "calm")


def test_a_save_by_new_code_leaves_nothing_of_the_old_shape(write, old_code, new_code, store):
    with old_code():
        lesson_id = write(mood="calm")
    with new_code():
        save(lesson_id, 1, feeling="wild")
        assert evolve_documents() == 0
    assert [(each.get("feeling"), each["schema_version"]) for each in store.lessons.find()] == [("wild", 2)]
    assert store.lesson_revisions.find_one()["body"]["feeling"] == "calm"


def test_what_old_code_saves_over_a_new_document_counts(write, old_code, new_code):
    with new_code():
        lesson_id = write(feeling="calm")
    with old_code():
        save(lesson_id, 1, mood="wild")
    with new_code():
        assert readings(lesson_id, "feeling") == (everywhere("wild"), "calm"), "not the new name's, which old code left"
        assert evolve_documents() == 2
        assert readings(lesson_id, "feeling") == (everywhere("wild"), "calm")


def test_code_of_today_reads_what_later_code_wrote(write, new_code, code):
    with code("feeling", RENAMING, WITHOUT_OLD_NAME):
        lesson_id = write(feeling="calm")
        save(lesson_id, 1, feeling="wild")
    with new_code():
        assert readings(lesson_id, "feeling") == (everywhere("wild"), "calm")


def test_the_walk_evolves_lessons_and_revisions_without_moving_them(write, old_code, new_code, store):
    with old_code():
        lesson_id = write(mood="calm")
        save(lesson_id, 1, mood="wild")
        before = lessons.get_lesson(lesson_id)
    with new_code():
        assert evolve_documents() == 2
        assert save(lesson_id, 2, feeling="merry") == 3, "who had it open meets no conflict"
    lesson, revision = store.lessons.find_one(), store.lesson_revisions.find_one({"version": 2})
    assert (lesson["feeling"], revision["body"]["feeling"]) == ("merry", "wild")
    assert revision["created_at"] == before["updated_at"]


def test_the_walk_again_changes_nothing(write, old_code, new_code, store):
    with old_code():
        for mood in ("calm", "wild"):
            save(write(mood=mood), 1, mood=f"very {mood}")
    with new_code():
        assert evolve_documents() == 4
        before = states(store)
        assert evolve_documents() == 0 and states(store) == before


def test_a_revision_from_before_shapes_were_noted_has_the_first(write, old_code, new_code, store):
    with old_code():
        lesson_id = write(mood="calm")
        save(lesson_id, 1, mood="wild")
    store.lesson_revisions.update_many({}, {"$unset": {"schema_version": 1}})
    with new_code():
        assert lessons.get_revision(lesson_id, 1)["body"]["feeling"] == "calm"
        assert [each["title"] for each in lessons.get_revisions(lesson_id)] == ["A lesson"]
        assert evolve_documents() == 2
    assert store.lesson_revisions.find_one()["body"]["feeling"] == "calm"


def test_the_list_of_versions_shows_titles_of_today(write, code):
    lesson_id = write(title="Looms")
    save(lesson_id, 1, title="Big looms")
    with code("title", Step(reads=("title",), change=lambda body: {"title": body["title"].upper()})):
        assert [each["title"] for each in lessons.get_revisions(lesson_id)] == ["LOOMS"]


def test_a_killed_walk_goes_on_where_it_stopped(write, old_code, code, monkeypatch):
    monkeypatch.setattr(evolution, "BATCH", 2)
    with old_code():
        for number in range(7):
            write(mood=f"mood {number}")
    seen = []

    def change(body):
        seen.append(body["mood"])
        if len(seen) == 4:
            raise KeyboardInterrupt
        return {"feeling": body["mood"]}

    with code("feeling", Step(reads=("mood",), change=change)):
        with pytest.raises(KeyboardInterrupt):
            evolve_documents()
        assert evolve_documents() == 5, "the first batch stood already"
        assert sorted(set(seen)) == [f"mood {number}" for number in range(7)]


@pytest.mark.parametrize("who_saves", ["old code", "new code"])
def test_a_save_while_the_walk_looks_at_the_lesson_wins(write, old_code, new_code, code, who_saves):
    with old_code():
        lesson_id = write(mood="calm")
    saved = []

    def change(body):
        """Called between the walk's reading and its writing."""
        if not saved:
            release, name = (old_code, "mood") if who_saves == "old code" else (new_code, "feeling")
            with release():
                saved.append(save(lesson_id, 1, **{name: "wild"}))
        return {"feeling": body["mood"]}

    with code("feeling", Step(reads=("mood",), change=change, keep=RENAMING.keep)):
        evolve_documents()
    with new_code():
        assert readings(lesson_id, "feeling") == (everywhere("wild"), "calm")
        evolve_documents()
        assert readings(lesson_id, "feeling") == (everywhere("wild"), "calm")


@pytest.mark.parametrize("store", ["mongodb"], indirect=True)
def test_walks_on_several_hosts_do_each_document_once(write, old_code, new_code, monkeypatch):
    monkeypatch.setattr(evolution, "BATCH", 3)
    with old_code():
        for _ in range(20):
            write(mood="calm")
    with new_code(), ThreadPoolExecutor(3) as hosts:
        assert sum(hosts.map(lambda _: evolve_documents(), range(3))) == 20


def test_a_walk_takes_back_nothing_that_a_later_release_did(write, old_code, code, store):
    with old_code():
        write(mood="calm")

    def change(body):
        """Called between the walk's reading and its writing."""
        with code("feeling", Step(reads=RENAMING.reads, change=RENAMING.change), WITHOUT_OLD_NAME):
            evolve_documents()
        return {"feeling": body["mood"]}

    with code("feeling", Step(reads=("mood",), change=change)):
        evolve_documents()
    assert [each["schema_version"] for each in store.lessons.find()] == [3]


def test_a_walk_beside_two_editors_leaves_them_their_conflict(write, old_code, new_code):
    with old_code():
        lesson_id = write(mood="calm")
    with new_code():
        evolve_documents()
        save(lesson_id, 1, feeling="wild")
        with pytest.raises(EditConflict) as conflict:
            save(lesson_id, 1, feeling="merry")
    assert conflict.value.current["feeling"] == "wild"


def test_the_release_after_drops_the_old_name(write, old_code, new_code, code, store):
    with old_code():
        oldest = write(mood="calm")
        save(oldest, 1, mood="wild")
    with new_code():
        write(feeling="merry")
    with code("feeling", Step(reads=RENAMING.reads, change=RENAMING.change), WITHOUT_OLD_NAME):
        assert evolve_documents() == 3 and evolve_documents() == 0
        assert readings(oldest, "feeling") == (everywhere("wild"), "calm")
        save(oldest, 2, feeling="merry")
    assert not any("mood" in each or "mood" in each.get("body", {}) for each in states(store))
    assert {each["schema_version"] for each in states(store)} == {3}


@pytest.mark.parametrize("store", ["mongodb"], indirect=True)
def test_a_damaged_document_holds_up_no_other(write, old_code, new_code, store):
    with old_code():
        refused, lacking, fine = write(mood="calm"), write(mood="wild"), write(mood="merry")
    owner = mongo.connect(settings.MONGO_OWNER_URL)
    documents = owner.get_default_database().lessons
    documents.update_one({"mood": "calm"}, {"$set": {"notes": 3}}, bypass_document_validation=True)
    documents.update_one({"mood": "wild"}, {"$unset": {"mood": 1}})
    owner.close()
    with new_code():
        assert evolve_documents() == 1
        assert lessons.get_lesson(fine)["feeling"] == "merry"
        assert lessons.get_lesson(refused)["feeling"] == "calm"
        assert "feeling" not in lessons.get_lesson(lacking)


def test_without_a_change_nothing_is_asked(write, mongo_commands):
    write()
    with mongo_commands() as sent:
        assert evolve_documents() == 0
    assert sent == []


@pytest.mark.parametrize("store", ["mongodb"], indirect=True)
@pytest.mark.parametrize("collection", ["lessons", "lesson_revisions"])
@pytest.mark.parametrize("version", [None, 5])
def test_where_nothing_stands_behind_an_index_says_so(write, store, collection, version):
    for _ in range(10):
        save(write(), 1)
    query = {"schema_version": version, "_id": {"$gt": evolution.BEFORE_ALL}}
    plan = str(store[collection].find(query).sort("_id").limit(2).explain()["queryPlanner"]["winningPlan"])
    assert "_by_shape" in plan and "'SORT'" not in plan
