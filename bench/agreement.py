"""`python -m bench.agreement`: how long `check_stores` takes on many enrollments, and how much memory.

The learners of `make bench` are copied in both stores, with all they did, until there are enough enrollments; then
`manage.py check_stores` runs on them as a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from pymongo import MongoClient
from pymongo.collection import Collection

from bench import stores
from bench.world import COURSES, INSTRUCTORS, LEARNERS

Document = dict[str, Any]

COPIES_APART = LEARNERS + INSTRUCTORS  # what is added to a learner's id for each further copy of them
COPIED = {
    "users": {"id": "id + %(people)s", "email": "%(copy)s || '_' || email", "username": "username || '_' || %(copy)s"},
    "enrollments": {"id": "id + %(rows)s", "user_id": "user_id + %(people)s"},
    "lesson_progress": {"id": None, "enrollment_id": "enrollment_id + %(rows)s"},
}
ORIGINALS = {
    "users": "id <= %(learners)s",
    "enrollments": "user_id <= %(learners)s",
    "lesson_progress": "enrollment_id <= %(rows_of_a_copy)s",
}
COLUMNS = """
SELECT column_name FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'
"""
AIM_SECONDS, AIM_MEGABYTES = 600, 300


def main() -> None:
    options = _options()
    stores.prepare(options.folder.absolute(), print)
    from bench import report

    print(report.surroundings())
    print(_grown_to(options.enrollments), flush=True)
    _measure()
    if options.repair:
        _damage()
        _measure("--repair")
        _measure()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.agreement", description=__doc__)
    var_dir = Path(os.environ.get("VAR_DIR") or stores.ROOT / "var")
    folder = var_dir / "bench-agreement"
    parser.add_argument("--folder", type=Path, default=folder, help="where its stores live (%(default)s)")
    parser.add_argument("--enrollments", type=int, default=1_000_000, help="at least so many (%(default)s)")
    parser.add_argument("--repair", action="store_true", help="then damage every tenth document, and mend them")
    return parser.parse_args()


def _grown_to(least: int) -> str:
    """Copy learners until there are so many enrollments; one sentence with what there is."""
    from django.conf import settings

    began = time.monotonic()
    with psycopg.connect(settings.DATABASE_OWNER_URL) as owner, MongoClient(settings.MONGO_URL) as client:
        rows = _number(owner, "SELECT count(*) FROM enrollments WHERE user_id <= %s", LEARNERS)
        copies = _number(owner, "SELECT count(*) / %s FROM enrollments", rows)
        for copy in range(copies, -(-least // rows)):
            _copy_rows(owner, copy, rows)
            _copy_documents(client.get_default_database().progress, copy)
            owner.commit()
        if copies * rows < least:
            _settle(settings.DATABASE_OWNER_URL)
        enrollments = _number(owner, "SELECT count(*) FROM enrollments")
        done = _number(owner, "SELECT count(*) FROM lesson_progress")
    return (
        f"{enrollments:,} enrollments with {done:,} lesson_progress rows in {COURSES} courses; "
        f"made in {time.monotonic() - began:.0f} s."
    )


def _number(owner: psycopg.Connection, query: str, *arguments: int) -> int:
    row = owner.execute(query, arguments).fetchone()
    return int(row[0]) if row else 0


def _copy_rows(owner: psycopg.Connection, copy: int, rows: int) -> None:
    given = {
        "copy": str(copy),
        "people": copy * COPIES_APART,
        "rows": copy * rows,
        "learners": LEARNERS,
        "rows_of_a_copy": rows,
    }
    # Counted once for all in the end, and what is copied from consistent rows needs no check of its references.
    owner.execute("ALTER TABLE enrollments DISABLE TRIGGER count_enrollments")
    for table, changed in COPIED.items():
        columns = [name for (name,) in owner.execute(COLUMNS, [table]) if changed.get(name, name) is not None]
        owner.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {}").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL(", ").join(
                    sql.SQL(changed[name]) if name in changed else sql.Identifier(name) for name in columns
                ),
                sql.Identifier(table),
                sql.SQL(ORIGINALS[table]),
            ),
            given,
        )
    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table with checks to come can be altered
    owner.execute("ALTER TABLE enrollments ENABLE TRIGGER count_enrollments")


def _copy_documents(progress: Collection[Document], copy: int) -> None:
    progress.aggregate(
        [
            {"$match": {"user_id": {"$lte": LEARNERS}}},
            {"$set": {"user_id": {"$add": ["$user_id", copy * COPIES_APART]}}},
            {"$unset": "_id"},
            {"$merge": {"into": progress.name}},
        ]
    )


def _settle(url: str) -> None:
    """What a site that had grown slowly would have: counts, statistics, and ids that go on."""
    from bench.loading import COUNT_ENROLLMENTS, NEXT_ID

    with psycopg.connect(url) as owner:
        owner.execute(COUNT_ENROLLMENTS)
        for table in COPIED:
            owner.execute(sql.SQL(NEXT_ID).format(sql.Identifier(table)), [table])
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def _damage() -> None:
    from django.conf import settings

    with MongoClient(settings.MONGO_URL) as client:
        older = {"version": 0, "lessons": {}, "completed_lessons": []}
        client.get_default_database().progress.update_many({"user_id": {"$mod": [10, 0]}}, {"$set": older})


def _measure(*arguments: str) -> None:
    """Run the command and print what it took: seconds, and megabytes at its peak."""
    command = [sys.executable, "manage.py", "check_stores", "--json", *arguments]
    began, peak = time.monotonic(), 0.0
    process = subprocess.Popen(command, cwd=stores.ROOT, stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        peak = max(peak, _peak_memory(process.pid))
        time.sleep(0.1)
    seconds = time.monotonic() - began
    found = {each["name"]: each["count"] for each in json.load(process.stdout)["kinds"] if each["count"]}
    print(
        f"{' '.join(command[1:])}: {seconds:.0f} s (aim: under {AIM_SECONDS}), {peak:.0f} MB at its peak "
        f"(aim: under {AIM_MEGABYTES}). Differences: {found or 'none'}.",
        flush=True,
    )


def _peak_memory(pid: int) -> float:
    """Megabytes that this process has had resident at most; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    main()
