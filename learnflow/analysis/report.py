"""The findings in words and columns."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from learnflow.analysis import Findings
from learnflow.analysis.postgresql import PostgresFindings
from learnflow.mongo.analysis import MongoFindings

NEVER = "never"
LONGEST_SHAPE = 160


def written(findings: Findings, *, most: int) -> Iterator[str]:
    """The lines of the report; of tables and collections the `most` largest."""
    yield from _of_postgresql(findings.postgresql, most)
    if findings.mongodb:
        yield ""
        yield from _of_mongodb(findings.mongodb, most)
    yield ""
    yield from _of_slow_commands(findings)


def _of_postgresql(found: PostgresFindings, most: int) -> Iterator[str]:
    since = f"; uses counted since {_when(found.counted_since)}" if found.counted_since else ""
    yield f"PostgreSQL {found.version}: {_bytes(found.size)}, {_numbered(len(found.tables), 'table')}{since}"
    yield ""
    yield from _columns(
        ("table", "size", "of it indexes", "rows", "dead rows", "last vacuumed", "last analyzed"),
        (
            (
                f"{each.name} ({_numbered(each.partitions, 'partition')})" if each.partitions else each.name,
                *(_bytes(each.size), _bytes(each.indexes_size), f"{each.rows:,}"),
                f"{each.dead_rows:,}{_share(each.dead_rows, each.rows)}",
                *(_when(each.vacuumed_at), _when(each.analyzed_at)),
            )
            for each in found.tables[:most]
        ),
    )
    yield from _rest(len(found.tables), most)
    yield from _section(
        "Indexes that no search has used (those that keep a rule aside)",
        (f"{each.name} on {each.table}, {_bytes(each.size)}" for each in found.unused),
    )
    yield from _section(
        "Indexes that were never finished: drop them, or make them again with REINDEX", iter(found.invalid)
    )
    yield from _section(
        "Foreign keys without an index: deleting what they lead to goes through the whole table",
        (f"{each.table} ({', '.join(each.columns)}), to {each.leads_to}" for each in found.keys_without_index),
    )
    yield from _section(
        "Tables that are mostly read from one end to the other: an index may be missing",
        (
            f"{each.name}: {_numbered(each.scans, 'time')}, {each.rows_scanned // each.scans:,} rows each"
            for each in found.mostly_scanned
        ),
    )


def _of_mongodb(found: MongoFindings, most: int) -> Iterator[str]:
    size = sum(each.on_disk for each in found.collections)
    yield f"MongoDB {found.version}: {_bytes(size)}, {_numbered(len(found.collections), 'collection')}"
    yield ""
    yield from _columns(
        ("collection", "on disk", "of it indexes", "of it free", "documents", "their size"),
        (
            (
                *(each.name, _bytes(each.on_disk), _bytes(sum(index.size for index in each.indexes))),
                *(_bytes(each.free), f"{each.documents:,}", _bytes(each.size)),
            )
            for each in found.collections[:most]
        ),
    )
    yield from _rest(len(found.collections), most)
    yield ""
    yield from _columns(
        ("index", "size", "uses", "since"),
        (
            (f"{each.name}.{index.name}", _bytes(index.size), "unknown" if index.uses is None else f"{index.uses:,}",
             _when(index.since) if index.since else "")
            for each in found.collections
            for index in each.indexes
        ),
    )  # fmt: skip
    yield from _section("Indexes that no search has used since then (those that keep a rule aside)", iter(found.unused))
    if not found.uses_known:
        yield ""
        yield "How often indexes are used only the role clusterMonitor may ask: give it to the user in MONGO_OWNER_URL."
    yield from _section("Declared and not there: manage.py check_stores --repair makes them", iter(found.missing))


def _of_slow_commands(findings: Findings) -> Iterator[str]:
    if not findings.slowest:
        yield "No command was slow within the last 30 days (SLOW_QUERY_MS says what is)."
        return
    yield "Who waited longest, within the last 30 days"
    yield ""
    yield from _columns(
        ("asked by", "slow commands", "altogether", "longest"),
        (
            (each["asked_by"], f"{each['slow']:,}", _seconds(each["waited_ms"]), _seconds(each["worst_ms"]))
            for each in findings.askers
        ),
    )
    yield ""
    yield "The slowest commands"
    for each in findings.slowest:
        yield ""
        yield (
            f"  {_seconds(each['total_ms'])} in {_numbered(each['times'], 'time')}, {_seconds(each['longest_ms'])} the "
            f"longest, last on {_when(each['last_at'])}: {each['store']} for {each['asked_by']}"
        )
        shape = each["shape"]
        yield f"    {shape if len(shape) <= LONGEST_SHAPE else shape[:LONGEST_SHAPE] + ' …'}"


def _columns(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Text to the left, numbers to the right; the first column is text."""
    lines = [tuple(head), *(tuple(map(str, row)) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    for line in lines:
        cells = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        yield "  " + "  ".join((line[0].ljust(widths[0]), *cells)).rstrip()


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    """Nothing, when there is nothing to say."""
    found = list(lines)
    if found:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in found)


def _rest(number: int, most: int) -> Iterator[str]:
    if number > most:
        yield f"  … and {number - most} smaller"


def _bytes(number: int) -> str:
    size = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:,.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:,.1f} s"


def _share(part: int, rest: int) -> str:
    return f" ({100 * part // (part + rest)} %)" if part else ""


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else NEVER


def _numbered(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
