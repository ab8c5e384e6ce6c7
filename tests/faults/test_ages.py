"""One store older than the other: an older PostgreSQL under a newer MongoDB, and the reverse.

What was lost is said; people go on acting, whatever is broken for them; `check_stores --repair` makes the stores agree.
"""

import os
from datetime import UTC, datetime, timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import call_command

from courses.content import lessons
from courses.models import CourseLesson, Enrollment, LessonProgress
from courses.services.restoration import catch_up
from learnflow.backup.folder import whole_backups
from learnflow.consistency import check
from learnflow.management.commands.check_stores import EXAMINATIONS
from tests.another_site import another_site
from tests.courses.consistency.acts import People, do
from tests.factories import lesson_ids
from tests.telemetry.times import rolled_up, spend

ROUNDS = int(os.environ.get("ROUNDS_OF_AGES") or 5)  # 20 take some minutes on two cores


@pytest.fixture(scope="module")
def shared(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), another_site(tmp_path_factory.mktemp("ages")) as site:
        yield site


@pytest.fixture
def site(shared):
    """A site where nothing has happened yet but that its epoch grows; this process works with it."""
    with shared.entered():
        yield shared
        shared.empty()


def look(*, repair=False):
    findings = check(EXAMINATIONS, repair=repair, grace=timedelta(0), patience=timedelta(0))
    return {each.kind.name: each.count for each in findings if each.count}


def work():
    """What the worker does."""
    catch_up(begin=lambda title, size: None, advance=lambda number: None)
    rolled_up()


def spend_time(people, random, times):
    """Of people who are enrolled somewhere."""
    places = list(Enrollment.objects.select_related("user", "course").order_by("pk"))
    for _ in range(times if places else 0):
        at = random.choice(places)
        began = datetime.now(UTC) - timedelta(days=random.randint(0, 40), seconds=random.randint(60, 900))
        spend(at.user, at.course, random.choice(lesson_ids(at.course) or ["a" * 24]), began=began, seconds=50)


def act(people, random, times):
    do(people.learn, random, times)
    spend_time(people, random, times)
    do(people.teach, random, times // 3)
    do(people.learn, random, times)
    work()


def back_up(place):
    call_command("backup", str(place), "--keep", "1", stdout=StringIO())
    return whole_backups(place)[-1]


def restore(backup, store):
    """What was said, in which nothing may be missing."""
    said = StringIO()
    try:
        call_command("restore", str(backup), "--overwrite", "--only", store, stdout=said)
    except SystemExit as left:
        assert left.code == 1, said.getvalue()
    return said.getvalue()


def completions():
    """Who has completed what: (person, course, lesson)."""
    done = LessonProgress.objects.done()
    return set(done.values_list("enrollment__user_id", "enrollment__course_id", "lesson_id"))


def versions():
    """The version of each placed lesson that has a document."""
    placed = set(CourseLesson.objects.values_list("lesson_id", flat=True))
    return {lesson_id: body["version"] for lesson_id, body in lessons.get_bodies(placed).items()}


def agree_again(people, random):
    """People write on, whatever is broken for them; after mending nothing differs."""
    do(people.learn, random, 10)
    do(people.teach, random, 4)
    look(repair=True)
    assert look() == {}


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_older_postgresql_under_a_newer_mongodb(site, tmp_path, seed):
    random, people = Random(seed), People()
    act(people, random, 20)
    backup = back_up(tmp_path)
    before, enrolled = completions(), set(Enrollment.objects.values_list("user_id", "course_id"))
    placed = set(CourseLesson.objects.values_list("lesson_id", flat=True))
    act(people, random, 20)
    gone_with_it = completions() - before
    newer = set(CourseLesson.objects.values_list("lesson_id", flat=True)) - placed
    said = restore(backup, "postgresql")
    assert completions() == before
    assert "time" not in said, "what MongoDB knows of it is summed"
    lost = {(user, course) for user, course, _lesson in gone_with_it}
    assert says(said, "lost completed lessons", len(lost & enrolled))
    assert says(said, "progress_of_nobody", None) or not lost - enrolled
    assert says(said, "lesson_unplaced", None) or not newer
    agree_again(people, random)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_older_mongodb_under_a_newer_postgresql(site, tmp_path, seed):
    random, people = Random(1_000 + seed), People()
    act(people, random, 20)
    backup = back_up(tmp_path)
    then = versions()
    act(people, random, 20)
    now, done = versions(), completions()
    said = restore(backup, "mongodb")
    assert "time" not in said, "what MongoDB lost of it is taken out of the sums"
    assert completions() == done, "what was learned is at home in PostgreSQL"
    assert says(
        said, "went back to an earlier version", sum(now[each] > then[each] for each in now.keys() & then.keys())
    )
    assert says(said, "lesson_missing", len(now.keys() - then.keys()))
    agree_again(people, random)


def says(said, kind, number):
    """Whether exactly so many of this kind were told; None is any number."""
    [line] = [line for line in said.splitlines() if kind in line] or [""]
    if not number:
        return bool(line) if number is None else not line
    return str(number) in line.replace(":", " ").split()
