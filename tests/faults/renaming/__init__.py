"""The next two releases of LearnFlow, made of this one: what is a lesson's `duration` comes to be called its `minutes`.

The first renames the field and writes both names; the second drops the old one. Each also changes a table, in the same
migration.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.stores import ROOT

CODE = ("accounts", "courses", "discussions", "learnflow", "telemetry")
TAKEN_AS_IT_IS = ("gunicorn.conf.py", "manage.py", "static", "templates", "tests")
KILLED_AT = "KILLED_AT"  # the environment says at which document the migration dies

SHAPES_BEFORE = """
class LessonBodyBefore(LessonBody):
    minutes: int = Field(0, ge=0)
    duration: int = Field(ge=0, le=MOST_MINUTES)


class LessonBefore(Lesson):
    schema_version: int = Field(le=1)
    minutes: int = Field(0, ge=0)
    duration: int = Field(ge=0, le=MOST_MINUTES)


class LessonRevisionBefore(LessonRevision):
    schema_version: int = Field(1, le=1)
    body: LessonBodyBefore


"""
STEP = f"""
def _minutes_of(body: Document) -> Document:
    if next(_changed) == int(os.environ.get("{KILLED_AT}", 0)):
        os.kill(os.getpid(), signal.SIGKILL)
    return {{"minutes": body["duration"]}}


_changed = itertools.count(1)
"""
TEXT_COLUMN = 'models.CharField(max_length=300, default="", db_default="")'
KEEP = ', keep=lambda body: {"duration": body["minutes"]}'
EITHER_LESSON, EITHER_REVISION = "RootModel[Lesson | LessonBefore]", "RootModel[LessonRevision | LessonRevisionBefore]"

# Where `"duration"` is this field; elsewhere it is one of a form or of a page's head.
READERS = ("courses/content/**/*.py", "courses/services/**/*.py", "courses/views/*.py", "courses/admin/outline.py")
Changes = Mapping[str, Mapping[str, str]]  # by file: what stands there, once, and what comes in its place

RENAMED: Changes = {
    "courses/content/documents.py": {
        "    duration: int = Field(": "    minutes: int = Field(",
        "    schema_version: int\n": "    schema_version: int = Field(ge=2)\n",
        "    schema_version: int = 1\n    body:": "    schema_version: int = Field(ge=2)\n    body:",
        "class Progress(Shape):": f"{SHAPES_BEFORE.lstrip()}class Progress(Shape):",
    },
    "courses/content/evolution.py": {
        "from collections.abc": "import itertools\nimport os\nimport signal\nfrom collections.abc",
        "STEPS: tuple[Step, ...] = ()": f'{STEP}STEPS = (Step(reads=("duration",), change=_minutes_of{KEEP}),)',
    },
    "courses/content/lessons.py": {
        "import Lesson, LessonBody, LessonRevision": "import *",
        "from bson import ObjectId\n": "from bson import ObjectId\nfrom pydantic import RootModel\n",
        "        Lesson,\n": f"        {EITHER_LESSON},\n",
        "        LessonRevision,\n": f"        {EITHER_REVISION},\n",
    },
    "courses/models/outline.py": {
        "    title = models.CharField(": f"    summary = {TEXT_COLUMN}\n    title = models.CharField(",
    },
    "courses/admin/lesson.py": {
        '("title", "duration", "language"': '("title", "language"',
        '"kind": kind.slug}': '"duration": lesson["minutes"], "kind": kind.slug}',
    },
    "courses/admin/differences.py": {
        '**{name: common[name] for name in ("title", "duration", "language")},': '"title": common["title"],'
        ' "minutes": common["duration"], "language": common["language"],',
    },
    "courses/forms/lesson_editor.py": {'"duration": cleaned': '"minutes": cleaned'},
}
DROPPED: Changes = {
    "courses/content/documents.py": {SHAPES_BEFORE.lstrip(): ""},
    "courses/content/evolution.py": {f"{KEEP}),)": '), Step(drops=("duration",)))'},
    "courses/content/lessons.py": {EITHER_LESSON: "Lesson", EITHER_REVISION: "LessonRevision"},
    "courses/models/outline.py": {"    summary = ": f"    outlook = {TEXT_COLUMN}\n    summary = "},
}

MIGRATION = """
from django.db import migrations, models

from courses import content
from courses.content.evolution import evolve_documents


def change_documents(apps, schema_editor):
    {documents}


class Migration(migrations.Migration):
    dependencies = [("courses", "{before}")]

    # Documents first: what is changed in tables stays locked until all is done.
    operations = [migrations.RunPython(change_documents, migrations.RunPython.noop), {table}]
"""
BOTH_NAMES_WRITTEN = {
    "documents": "content.set_up(); evolve_documents()",
    "table": f'migrations.AddField("section", "summary", {TEXT_COLUMN})',
}
OLD_NAME_GONE = {
    "documents": "evolve_documents(); content.set_up()",
    "table": f'migrations.AddField("section", "outlook", {TEXT_COLUMN})',
}


def make_renaming_release(folder: Path) -> None:
    """The release that knows `minutes` and goes on writing `duration`."""
    folder.mkdir()
    for name in CODE:
        shutil.copytree(ROOT / name, folder / name)
    for name in TAKEN_AS_IT_IS:
        (folder / name).symlink_to(ROOT / name)
    for path in (path for place in READERS for path in folder.glob(place)):
        path.write_text(path.read_text().replace('"duration"', '"minutes"'))
    _change(folder, RENAMED)
    _add_migration(folder, "minutes", BOTH_NAMES_WRITTEN)


def make_dropping_release(folder: Path, before: Path) -> None:
    """The release after it, in which nothing is called `duration` any more."""
    shutil.copytree(before, folder, symlinks=True)
    _change(folder, DROPPED)
    _add_migration(folder, "minutes_only", OLD_NAME_GONE)


def _change(folder: Path, changes: Changes) -> None:
    for name, replacements in changes.items():
        text = (folder / name).read_text()
        for old, new in replacements.items():
            assert text.count(old) == 1, f"{name} has {text.count(old)} times what is to be renamed: {old}"
            text = text.replace(old, new)
        (folder / name).write_text(text)


def _add_migration(folder: Path, name: str, texts: Mapping[str, str]) -> None:
    migrations = folder / "courses/migrations"
    before = max(path.stem for path in migrations.glob("0*.py"))
    text = MIGRATION.format(before=before, **texts)
    (migrations / f"{int(before[:4]) + 1:04}_{name}.py").write_text(text.lstrip())
