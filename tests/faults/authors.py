"""Authors: each writes in courses of their own, through the admin's forms, while learners are at work in them."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.faults.clients import Browser, Client
from tests.faults.journal import Journal, Outcome, Thing

OUTLINE_PART = re.compile(r'<li class="lf-(part|place)" id="[a-z]+-(\d+)"|action="[^"]*/lessons/([0-9a-f]{24})/move/"')
VERSION = re.compile(r'<input type="hidden" name="version" value="(\d+)"')
TITLE = re.compile(r'<input type="text" name="title" value="Lesson ([^"]*)"')
OUTLINE_LINK = re.compile(r"/admin/courses/course/(\d+)/outline/")
FEWEST, MOST = 3, 9  # lessons of a course
MOST_DRAFTS = 3
MINUTES = (1, 60)
SECTION, PLACE = "part", "place"

Outline = list[list[Any]]  # [section id, [lesson id, …]], … in order


def read_outline(text: str) -> tuple[Outline, dict[str, int]]:
    """The order that an outline page shows, and the ids of the places."""
    outline: Outline = []
    places: dict[str, int] = {}
    place = 0
    for kind, number, lesson in OUTLINE_PART.findall(text):
        if kind == SECTION:
            outline.append([int(number), []])
        elif kind == PLACE:
            place = int(number)
        else:
            outline[-1][1].append(lesson)
            places[lesson] = place
    return outline, places


def lesson_fields(word: str, minutes: int) -> dict[str, object]:
    """What the form of a text lesson sends. The word is in its title and in its text, and nowhere else."""
    return {
        "title": f"Lesson {word}",
        "markdown": f"The thread {word} is drawn *once*.",
        "duration": minutes,
        "language": "en",
        "notes": "",
        "resources": "",
        "kind": "text",
    }


class Author(Client):
    """An author with a course that has learners, a shelf on which lessons are reused, and drafts that come and go."""

    def __init__(self, person: dict[str, Any], host: str, journal: Journal, seed: str, only: str = "") -> None:
        super().__init__(person["name"], Browser(host, person["session"]), journal, seed)
        self.person = person
        self.only = only
        self.ids: dict[str, int] = {course["slug"]: course["id"] for course in person["courses"]}
        self.main, self.shelf = self.ids
        self.versions: dict[str, int] = {}
        for course in person["courses"]:
            self.belief(self.outline(course["slug"]), course["outline"])
        for lesson, word in person["words"].items():
            self.belief(self.text(lesson), word)

    def outline(self, slug: str) -> Thing:
        return ("outline", slug)

    def text(self, lesson: str) -> Thing:
        return ("text", lesson)

    def course(self, slug: str) -> Thing:
        return ("course", slug)

    @property
    def drafts(self) -> list[str]:
        return [slug for slug in self.ids if slug not in (self.main, self.shelf)]

    def act(self) -> None:
        acts: dict[Callable[[], None], float] = {
            self.edit: 30, self.arrange: 14, self.move: 10, self.add: 12, self.remove: 10, self.reuse: 10,
            self.begin_course: 4, self.delete_course: 4, self.look_around: 6,
        }  # fmt: skip
        chosen = self.choose(acts)
        (getattr(self, self.only) if self.only else chosen)()

    # Reading

    def look_around(self) -> None:
        """Settle what has been doubtful for long enough."""
        for slug in list(self.ids):
            if self.ids[slug] and not self.belief(self.outline(slug)).is_certain:
                self.read(slug)
        for slug in self.drafts:
            self.find_course(slug)

    def read(self, slug: str) -> tuple[Outline, dict[str, int]] | None:
        answer = self.look(f"/admin/courses/course/{self.ids[slug]}/outline/")
        if answer is None or answer.status != 200:
            return None
        outline, places = read_outline(answer.text)
        self.see(self.outline(slug), outline)
        return outline, places

    def sure_outline(self, *slugs: str) -> tuple[str, Outline] | None:
        """One of these courses whose outline is known, with a copy of it to change."""
        sure = [slug for slug in slugs if self.ids.get(slug) and self.belief(self.outline(slug)).is_certain]
        if not sure:
            self.look_around()
            return None
        slug = self.random.choice(sure)
        return slug, deepcopy(self.belief(self.outline(slug)).value)

    # Lessons

    def edit(self) -> None:
        found = self.sure_outline(self.main, self.shelf)
        lessons = lessons_of(found[1]) if found else []
        if not found or not lessons:
            return
        lesson = self.random.choice(lessons)
        path = f"/admin/courses/course/{self.ids[found[0]]}/lessons/{lesson}/"
        thing = self.text(lesson)
        if lesson not in self.versions or not self.belief(thing).is_certain:
            self.open(lesson, path)
        if lesson in self.versions and self.belief(thing).is_certain:
            self.save(lesson, path)

    def open(self, lesson: str, path: str) -> None:
        answer = self.look(path)
        version = VERSION.search(answer.text) if answer and answer.status == 200 else None
        title = TITLE.search(answer.text) if answer and version else None
        if version and title:
            self.see(self.text(lesson), title[1])
            self.versions[lesson] = int(version[1])

    def save(self, lesson: str, path: str) -> None:
        version = self.versions.pop(lesson)
        word = self.new_word()
        fields = lesson_fields(word, self.random.randint(*MINUTES))
        outcome = self.send("edit", self.text(lesson), word, path, path, **fields, version=version)
        if outcome == Outcome.ACKNOWLEDGED and self.belief(self.text(lesson)).is_certain:
            self.versions[lesson] = version + 1

    def add(self) -> None:
        found = self.sure_outline(self.main, *self.drafts)
        if not found or len(lessons_of(found[1])) >= MOST:
            return
        slug, outline = found
        lesson, word = f"{self.random.getrandbits(96):024x}", self.new_word()
        fields = lesson_fields(word, self.random.randint(*MINUTES))
        if outline:
            section = self.random.choice(outline)
            section[1].append(lesson)
            fields["section"] = section[0]
        course = f"/admin/courses/course/{self.ids[slug]}/"
        if not outline:
            return self.add_first(slug, course)
        self.belief(self.text(lesson), word)
        path, leads_to = f"{course}lessons/add/text/", f"{course}lessons/{lesson}/"
        outcome = self.send("add", self.outline(slug), outline, path, leads_to, **fields, lesson_id=lesson)
        if outcome != Outcome.ACKNOWLEDGED:
            self.journal.half_added.add(lesson)

    def add_first(self, slug: str, course: str) -> None:
        """A draft begins with a section, whose id stands on the page: the draft is found anew."""
        self.ids[slug] = 0
        self.beliefs.pop(self.outline(slug))
        self.send("section", self.course(slug), True, f"{course}sections/add/", f"{course}outline/", title="Part 1")
        self.find_course(slug)

    def remove(self) -> None:
        found = self.sure_outline(self.main, self.shelf, *self.drafts)
        fewest = FEWEST if found and found[0] == self.main else 0
        if not found or len(lessons_of(found[1])) <= fewest:
            return
        slug, outline = found
        lesson = self.random.choice(lessons_of(outline))
        for _, lessons in outline:
            if lesson in lessons:
                lessons.remove(lesson)
        course = f"/admin/courses/course/{self.ids[slug]}/"
        self.send("remove", self.outline(slug), outline, f"{course}lessons/{lesson}/remove/", f"{course}outline/")

    def reuse(self) -> None:
        """A lesson of the main course goes onto the shelf or into a draft."""
        source, target = self.sure_outline(self.main), self.sure_outline(self.shelf, *self.drafts)
        if not source or not target or not target[1] or len(lessons_of(target[1])) >= MOST:
            return
        slug, outline = target
        new = [lesson for lesson in lessons_of(source[1]) if lesson not in lessons_of(outline)]
        if not new:
            return
        lesson, section = self.random.choice(new), self.random.choice(outline)
        section[1].append(lesson)
        course = f"/admin/courses/course/{self.ids[slug]}/"
        fields = {"lesson_id": lesson, "section": section[0]}
        self.send("reuse", self.outline(slug), outline, f"{course}lessons/reuse/", f"{course}outline/", **fields)

    # The order

    def arrange(self) -> None:
        """Drag everything in the two sections into a new order, as seen on the page."""
        found = self.sure_outline(self.main)
        seen = self.read(self.main) if found else None
        if not seen or not self.belief(self.outline(self.main)).is_certain:
            return
        outline, places = seen
        shuffled = lessons_of(outline)
        self.random.shuffle(shuffled)
        at = self.random.randint(0, len(shuffled))
        first, second = self.random.sample([section for section, _ in outline], 2)
        new = [[first, shuffled[:at]], [second, shuffled[at:]]]
        order = json.dumps([[section, [places[each] for each in lessons]] for section, lessons in new])
        path = f"/admin/courses/course/{self.ids[self.main]}/outline/"
        self.send("reorder", self.outline(self.main), new, f"{path}arrange/", path, order=order)

    def move(self) -> None:
        """Push one lesson one place down within its section; sent twice it would move twice."""
        found = self.sure_outline(self.main)
        wide = [lessons for _, lessons in found[1] if len(lessons) > 1] if found else []
        if not found or not wide:
            return
        lessons = self.random.choice(wide)
        at = self.random.randrange(len(lessons) - 1)
        lesson = lessons[at]
        lessons.insert(at + 1, lessons.pop(at))
        course = f"/admin/courses/course/{self.ids[self.main]}/"
        path = f"{course}lessons/{lesson}/move/"
        self.send("reorder", self.outline(self.main), found[1], path, f"{course}outline/", again=False, step="down")

    # Courses

    def begin_course(self) -> None:
        if len(self.drafts) >= MOST_DRAFTS:
            return
        slug = f"{self.name}-draft-{self.number}"
        fields = {
            "title": f"Draft {slug}", "slug": slug, "description": "How to begin.", "objectives": "", "summary": "",
            "category": self.person["category"], "level": "beginner", "language": "en", "price": "0",
            "currency": "EUR",
        }  # fmt: skip
        self.belief(self.course(slug), False)
        self.ids[slug] = 0
        path = "/admin/courses/course/"
        outcome = self.send("begin course", self.course(slug), True, f"{path}add/", path, **fields)
        if outcome in (Outcome.REFUSED, Outcome.UNSENT):
            del self.ids[slug]
        self.find_course(slug)

    def find_course(self, slug: str) -> None:
        """Whether a draft stands, and where, is said on its public page."""
        answer = self.look(f"/courses/{slug}/") if slug in self.ids else None
        link = OUTLINE_LINK.search(answer.text) if answer and answer.status == 200 else None
        if answer is None or (answer.status != 404 and link is None):
            return
        self.see(self.course(slug), link is not None)
        if not self.belief(self.course(slug)).is_certain:
            return
        if link and not self.ids[slug]:
            self.ids[slug] = int(link[1])
            self.ids[slug] = self.ids[slug] if self.read(slug) else 0
        elif not link:
            self.forget(slug)

    def delete_course(self) -> None:
        ready = [slug for slug in self.drafts if self.ids[slug] and self.belief(self.course(slug)).is_certain]
        sure = [slug for slug in ready if self.belief(self.outline(slug)).is_certain]
        if not sure:
            return self.look_around()
        slug = self.random.choice(sure)
        path = f"/admin/courses/course/{self.ids[slug]}/delete/"
        outcome = self.send("delete course", self.course(slug), False, path, "/admin/courses/course/")
        if outcome == Outcome.ACKNOWLEDGED:
            self.forget(slug)

    def forget(self, slug: str) -> None:
        """What was in a course that is gone matters no more."""
        del self.ids[slug]
        self.beliefs.pop(self.outline(slug), None)

    def new_word(self) -> str:
        """A word that no other act has."""
        return f"{self.name}x{self.number + 1}x{self.random.getrandbits(32):08x}"


def lessons_of(outline: Outline) -> list[str]:
    return [lesson for _, lessons in outline for lesson in lessons]
