"""What pages promise: every course, and every lesson that it lists, as each of its learners sees them."""

import re
from collections.abc import Iterator
from typing import Any

from tests.faults.authors import read_outline
from tests.faults.clients import Answer, Browser
from tests.faults.learners import read_course
from tests.faults.picture import Picture, word_of

TITLE = re.compile(r'<span class="lf-step-title" dir="auto">Lesson ([^<]*)<')


def broken_promises(host: str, cast: dict[str, Any], picture: Picture) -> Iterator[str]:
    """Pages that aren't what the stores say."""
    for learner in cast["learners"]:
        browser = Browser(host, learner["sessions"][0])
        for slug in learner["courses"]:
            yield from _as_learner(browser, learner, slug, picture)
    for author in cast["authors"]:
        browser = Browser(host, author["session"])
        for course in author["courses"]:
            yield from _as_author(browser, course["slug"], picture)


def _as_learner(browser: Browser, learner: dict[str, Any], slug: str, picture: Picture) -> Iterator[str]:
    course, enrollment = picture.courses[slug], picture.enrollment(learner["name"], slug)
    answer = browser.get(f"/courses/{slug}/")
    said = f"{slug} as {learner['name']}"
    if answer.status != 200:
        yield f"{said}: status {answer.status}"
        return
    page = read_course(answer.text)
    if TITLE.findall(answer.text) != [_word(picture, each) for each in course.lessons]:
        yield f"{said}: other titles than its lessons have"
    if enrollment.status == "cancelled":
        if page.percent is not None:
            yield f"{said}: shows an enrollment that has ended"
        return
    done = {each: picture.percents[enrollment.id].get(each, 0) == 100 for each in course.lessons}
    if page.done != done or list(page.done) != course.lessons:
        yield f"{said}: shows {page.done}, {done} is so"
    percent = sum(done.values()) * 100 // len(done) if done else 0
    if page.percent != percent:
        yield f"{said}: says {page.percent} %, {sum(done.values())} of {len(done)} are done"
    yield from _lessons(browser, slug, list(page.done), picture, said)


def _as_author(browser: Browser, slug: str, picture: Picture) -> Iterator[str]:
    course = picture.courses[slug]
    answer = browser.get(f"/admin/courses/course/{course.row.id}/outline/")
    if answer.status != 200 or read_outline(answer.text)[0] != course.outline:
        yield f"the outline of {slug}: status {answer.status}, or another order"
    yield from _lessons(browser, slug, course.lessons, picture, f"{slug} as its author")


def _lessons(browser: Browser, slug: str, lessons: list[str], picture: Picture, said: str) -> Iterator[str]:
    for lesson in lessons:
        answer: Answer = browser.get(f"/courses/{slug}/lessons/{lesson}/")
        word = _word(picture, lesson)
        if answer.status != 200 or f"The thread {word} is drawn" not in answer.text:
            yield f"{said}: lesson {lesson} with {word}: status {answer.status}, or another text"


def _word(picture: Picture, lesson: str) -> str:
    return word_of(picture.lessons[lesson]) if lesson in picture.lessons else "(none)"
