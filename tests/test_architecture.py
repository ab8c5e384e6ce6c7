"""The rules of the house, checked on its text. Each stands with a counterexample, so that it is known to bite."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("accounts", "courses", "discussions", "learnflow", "telemetry", "templates")
APPS = ("accounts", "courses", "discussions", "telemetry")
ACTING = {"actor", "learner", "person", "author", "voter", "sender", "follower", "reporter"}
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_VIEW, LONGEST_PAGE, LONGEST_FRAGMENT = 310, 40, 25, 80, 40

Files = dict[str, str]  # path -> text
Problems = Iterator[str]


@dataclass(frozen=True)
class Rule:
    check: Callable[[Files], Problems]
    counterexample: Files

    @property
    def name(self) -> str:
        return self.check.__name__


RULES: list[Rule] = []


def rule(path: str, text: str) -> Callable[[Callable[[Files], Problems]], Callable[[Files], Problems]]:
    """Register a rule with a file that breaks it."""

    def register(check: Callable[[Files], Problems]) -> Callable[[Files], Problems]:
        RULES.append(Rule(check, {path: text}))
        return check

    return register


def house() -> Files:
    found = (path for room in ROOMS for ending in ("*.py", "*.html") for path in (ROOT / room).rglob(ending))
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(found)}


def python(files: Files, *rooms: str) -> Iterator[tuple[str, str, ast.Module]]:
    """(path, text, tree) of the modules in these rooms, migrations left out."""
    for path, text in files.items():
        if path.endswith(".py") and "/migrations/" not in path and path.startswith(rooms or ROOMS):
            yield path, text, ast.parse(text)


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of everything imported; what only the type checker reads doesn't count."""
    for_types = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test).endswith("TYPE_CHECKING")
        for statement in branch.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def is_from(module: str, name: str, *packages: str) -> bool:
    """Whether this import brings in something of these packages."""
    full = f"{module}.{name}"
    return any(module == each or module.startswith(f"{each}.") or full == each for each in packages)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def argument_names(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def length(node: ast.FunctionDef) -> int:
    """Lines from `def` to the end, decorators left out."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def forbidden_imports(files: Files, room: str, *packages: str) -> Problems:
    for path, _text, tree in python(files, room):
        for module, name in imports(tree):
            if is_from(module, name, *packages):
                yield f"{path} imports {module} {name}"


# --- The arrows -----------------------------------------------------------------------------------


@rule("courses/services/progress.py", "from pymongo import UpdateOne")
def only_the_content_rooms_know_mongodb(files: Files) -> Problems:
    # Before Django is there, the command line looks whether the named server answers.
    rooms = (
        "learnflow/mongo/",
        "learnflow/embedded/",
        "learnflow/command_line.py",
        "courses/content/",
        "telemetry/events.py",
    )
    for path, _text, tree in python(files):
        for module, name in imports(tree):
            if is_from(module, name, "pymongo", "bson", "gridfs") and not path.startswith(rooms):
                yield f"{path} imports {module}"


@rule("courses/views/course.py", "from learnflow.mongo import store")
def others_ask_the_door_to_mongodb_only_whether_it_is_shut(files: Files) -> Problems:
    for path, _text, tree in python(files, *APPS):
        for module, name in imports(tree):
            is_door = module == "learnflow.mongo" and name not in {"ContentUnavailable", "Document"}
            rooms = ("courses/content/", "telemetry/events.py")
            if (is_door or (module, name) == ("learnflow", "mongo")) and not path.startswith(rooms):
                yield f"{path} takes {name} from learnflow.mongo"


@rule("courses/models/course.py", "from courses.content import lessons")
def models_know_neither_content_nor_who_uses_them(files: Files) -> Problems:
    for app in APPS:
        above = (f"{app}.{room}" for room in ("content", "services", "forms", "views", "admin", "tasks"))
        yield from forbidden_imports(files, f"{app}/models/", *above)


@rule("courses/content/lessons.py", "from courses.models import Course")
def content_knows_neither_models_nor_who_uses_it(files: Files) -> Problems:
    above = ("models", "services", "forms", "views", "admin", "tasks")
    yield from forbidden_imports(files, "courses/content/", "django.db", *(f"courses.{room}" for room in above))
    yield from forbidden_imports(files, "telemetry/events.py", "django.db", *(f"telemetry.{room}" for room in above))


@rule("courses/services/enrollment.py", "from courses.forms.enrollment import ResetForm")
def services_know_neither_forms_nor_views(files: Files) -> Problems:
    for app in APPS:
        above = (f"{app}.{room}" for room in ("forms", "views", "admin", "urls"))
        yield from forbidden_imports(files, f"{app}/services/", *above, "django.http", "django.shortcuts")


@rule("courses/forms/catalogue.py", "from courses.views.catalogue import catalogue")
def forms_know_no_views(files: Files) -> Problems:
    yield from forbidden_imports(files, "courses/forms/", "courses.views", "courses.admin", "courses.urls")
    yield from forbidden_imports(files, "accounts/forms", "accounts.views", "accounts.admin", "accounts.urls")
    for app in ("discussions", "telemetry"):
        yield from forbidden_imports(files, f"{app}/forms/", f"{app}.views", f"{app}.admin", f"{app}.urls")


@rule("accounts/models/user.py", "from courses.models import Course")
def accounts_know_no_courses(files: Files) -> Problems:
    yield from forbidden_imports(files, "accounts/", "courses", "discussions", "telemetry")


@rule("courses/services/enrollment.py", "from discussions.models import Comment")
def courses_know_nothing_of_what_is_said_about_them(files: Files) -> Problems:
    yield from forbidden_imports(files, "courses/", "discussions", "telemetry")


@rule("telemetry/services/reports.py", "from discussions.models import Comment")
def conversation_and_time_know_nothing_of_each_other(files: Files) -> Problems:
    yield from forbidden_imports(files, "telemetry/", "discussions")
    yield from forbidden_imports(files, "discussions/", "telemetry")


@rule("courses/views/course.py", "from learnflow.views import home")
def apps_know_of_the_project_only_its_doors(files: Files) -> Problems:
    doors = (
        "learnflow.mongo",
        "learnflow.errors",
        "learnflow.admin",
        "learnflow.prepared",
        "learnflow.consistency",
        "learnflow.progress_bar",
        "learnflow.spreadsheets",
        "learnflow.templatetags",
    )
    for path, _text, tree in python(files, *APPS):
        for module, name in imports(tree):
            if is_from(module, name, "learnflow") and not is_from(module, name, *doors):
                yield f"{path} imports {module} {name}"


# --- Who may have what ----------------------------------------------------------------------------


@rule("courses/services/enrollment.py", "def enroll(request, course): ...")
def a_request_goes_no_deeper_than_views(files: Files) -> Problems:
    rooms = ("courses/services", "courses/models", "courses/content", "courses/importing", "courses/markdown")
    others = [f"{app}/{room}" for app in ("accounts", "discussions", "telemetry") for room in ("services", "models")]
    for path, _text, tree in python(files, *rooms, *others):
        for function in functions(tree):
            if "request" in argument_names(function):
                yield f"{path}: {function.name} takes a request"


@rule("courses/services/enrollment.py", "def enroll(learner, course): ...")
def who_acts_is_named(files: Files) -> Problems:
    for path, _text, tree in python(files, *(f"{app}/services/" for app in APPS)):
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            by_position = {each.arg for each in function.args.args}
            if not function.name.startswith("_") and by_position & ACTING:
                yield f"{path}: {function.name} takes {by_position & ACTING} by position"


@rule("courses/views/catalogue.py", "def catalogue(request): return request.GET['q']")
def what_somebody_sent_passes_a_form(files: Files) -> Problems:
    # In the admin site, which button was pressed and what a form begins with come without one.
    for path, text, _tree in python(files):
        if "admin" in path:
            continue
        for found in re.finditer(r"request\.(GET|POST)(\[|\.get\(|\.getlist\()|\*\*request\.", text):
            yield f"{path} reads {found[0]}"


@rule("courses/services/utils.py", "")
def no_room_is_a_drawer_for_everything(files: Files) -> Problems:
    drawers = {"utils", "helpers", "common", "core", "constants", "managers", "selectors", "signals", "mixins", "base"}
    for path in files:
        if path.endswith(".py") and drawers & set(Path(path).with_suffix("").parts):
            yield path


@rule("courses/services/progress.py", "def complete(learner):\n    print(learner)")
def nothing_prints_but_commands(files: Files) -> Problems:
    for path, _text, tree in python(files):
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        may = "/management/" in path or path in {"learnflow/command_line.py"}
        if not may and any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls):
            yield path


# --- How long -------------------------------------------------------------------------------------


@rule("courses/services/progress.py", "x = 1\n" * 400)
def files_stay_short(files: Files) -> Problems:
    for path, text, _tree in python(files):
        if len(text.splitlines()) > LONGEST_FILE:
            yield f"{path} has {len(text.splitlines())} lines"


@rule("courses/services/progress.py", "def f():\n" + "    x = 1\n" * 50)
def functions_stay_short(files: Files) -> Problems:
    for path, _text, tree in python(files):
        for function in functions(tree):
            if length(function) > LONGEST_FUNCTION:
                yield f"{path}: {function.name} has {length(function)} lines"


@rule("courses/views/course.py", "def course(request):\n" + "    x = 1\n" * 30)
def views_stay_short(files: Files) -> Problems:
    for path, _text, tree in python(files):
        if "/views" not in path and "/admin/" not in path:
            continue
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            is_view = argument_names(function)[:1] == ["request"] and not function.name.startswith("_")
            if is_view and length(function) > LONGEST_VIEW:
                yield f"{path}: {function.name} has {length(function)} lines"


# --- Templates ------------------------------------------------------------------------------------


def templates(files: Files) -> Iterator[tuple[str, str, bool]]:
    """(path, text, whether it is a fragment) of the templates."""
    for path, text in files.items():
        if path.endswith(".html"):
            yield path, text, path.rsplit("/", 1)[1].startswith("_")


@rule("templates/courses/course.html", "<p>\n" * 100)
def templates_stay_short(files: Files) -> Problems:
    for path, text, is_fragment in templates(files):
        if len(text.splitlines()) > (LONGEST_FRAGMENT if is_fragment else LONGEST_PAGE):
            yield f"{path} has {len(text.splitlines())} lines"


@rule("templates/courses/_vote.html", "<p>{{ vote }}</p>")
def a_fragment_says_what_it_needs(files: Files) -> Problems:
    for path, text, is_fragment in templates(files):
        if is_fragment and "{# needs" not in "".join(text.splitlines()[:2]):
            yield path


@rule("templates/courses/course.html", "{% for each in course.placements.all %}{% endfor %}")
def no_template_starts_a_query(files: Files) -> Problems:
    starts = re.compile(r"\{[{%][^}%]*(\.(all|exists|iterator|delete)\b|_set\b)")
    for path, text, _is_fragment in templates(files):
        for found in starts.finditer(text):
            yield f"{path}: {found[0]}"


@rule("templates/courses/course.html", '<p style="color: red">')
def nothing_is_written_that_the_content_policy_refuses(files: Files) -> Problems:
    refused = re.compile(r"""<style\b|<[^>]*\s(style|on[a-z]+)\s*=\s*["']|<script(?![^>]*\ssrc=)[^>]*>|javascript:""")
    for path, text, _is_fragment in templates(files):
        for found in refused.finditer(text):
            if 'type="application/json"' not in found[0]:
                yield f"{path}: {found[0]}"


@rule("templates/courses/course.html", '<img src="https://cdn.example.org/x.png">')
def nothing_is_fetched_from_elsewhere(files: Files) -> Problems:
    for path, text, _is_fragment in templates(files):
        for found in re.finditer(r"""<(script|link|img|iframe|source|video)\b[^>]*\s(src|href)=["']?https?://""", text):
            yield f"{path}: {found[0]}"


@rule("templates/courses/course.html", "{{ course.description|safe }}")
def only_what_was_sanitized_is_trusted(files: Files) -> Problems:
    trusted = re.compile(r"\{\{\s*([\w.]+)\s*\|\s*safe\s*\}\}")
    for path, text, _is_fragment in templates(files):
        # Help texts of Django's own fields are HTML.
        if path.startswith("templates/django/"):
            continue
        for found in trusted.finditer(text):
            if not found[1].endswith(("html", "headline")):
                yield f"{path}: {found[0]}"


# --- The checks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_house_keeps_the_rule(rule):
    assert list(rule.check(house())) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_bites(rule):
    assert list(rule.check(rule.counterexample))
