"""What PostgreSQL says of tables and indexes: out of its catalogs and statistics alone, which any role may read.

Nothing is counted: rows are what the last ANALYZE and the statistics estimate. A partitioned table is one table.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

ABOUT = """
SELECT current_setting('server_version'), pg_database_size(current_database()), d.stats_reset
  FROM pg_stat_database d WHERE d.datname = current_database()
"""
TABLES = """
SELECT coalesce(pg_partition_root(c.oid), c.oid)::regclass::text,
       count(*) FILTER (WHERE c.relispartition)::int,
       sum(pg_total_relation_size(c.oid))::bigint,
       sum(CASE WHEN c.relkind = 'p' THEN 0 ELSE pg_indexes_size(c.oid) END)::bigint,
       sum(greatest(s.n_live_tup, c.reltuples, 0))::bigint,
       coalesce(sum(s.n_dead_tup), 0)::bigint,
       max(greatest(s.last_vacuum, s.last_autovacuum)),
       max(greatest(s.last_analyze, s.last_autoanalyze)),
       coalesce(sum(s.seq_scan), 0)::bigint,
       coalesce(sum(s.seq_tup_read), 0)::bigint,
       coalesce(sum(s.idx_tup_fetch), 0)::bigint
  FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid AND c.relkind <> 'p'
 WHERE c.relkind IN ('r', 'p', 'm') AND c.relnamespace = current_schema()::regnamespace
 GROUP BY 1 ORDER BY 3 DESC, 1
"""
# What keeps a rule is used though no search uses it.
UNUSED = """
SELECT coalesce(pg_partition_root(i.indrelid), i.indrelid)::regclass::text,
       coalesce(pg_partition_root(i.indexrelid), i.indexrelid)::regclass::text,
       sum(pg_relation_size(i.indexrelid))::bigint
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
 WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisunique AND NOT i.indisexclusion
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
 GROUP BY 1, 2 HAVING coalesce(sum(s.idx_scan), 0) = 0
 ORDER BY 3 DESC, 2
"""
INVALID = """
SELECT indrelid::regclass::text, indexrelid::regclass::text
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE NOT indisvalid AND relkind = 'i' AND relnamespace = current_schema()::regnamespace
 ORDER BY 2
"""
# An index serves a key when it begins with a column of it; a partial one, when all it leaves out is NULL.
KEYS_WITHOUT_INDEX = """
SELECT k.conrelid::regclass::text, k.columns, k.confrelid::regclass::text
  FROM (
    SELECT c.*, (SELECT array_agg(a.attname::text ORDER BY u.place)
                   FROM unnest(c.conkey) WITH ORDINALITY AS u (attnum, place)
                   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.attnum) AS columns
      FROM pg_constraint c
     WHERE c.contype = 'f' AND c.conparentid = 0 AND c.connamespace = current_schema()::regnamespace) AS k
 WHERE NOT EXISTS (
    SELECT FROM pg_index i
     WHERE i.indrelid = k.conrelid AND i.indisvalid
       AND i.indkey[0] = ANY (k.conkey)
       AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = format('(%%I IS NOT NULL)', k.columns[1])))
 ORDER BY 1, 2
"""
MOST_WITHOUT_INDEX = 10  # times that searches through a whole table are let pass


@dataclass(frozen=True)
class Table:
    """Bytes with indexes and what is kept beside; rows are estimates."""

    name: str
    partitions: int
    size: int
    indexes_size: int
    rows: int
    dead_rows: int
    vacuumed_at: datetime | None
    analyzed_at: datetime | None
    scans: int
    rows_scanned: int
    rows_found_by_index: int

    @property
    def is_mostly_scanned(self) -> bool:
        """Read by going through it more than by its indexes, and for many rows each time."""
        return self.scans > MOST_WITHOUT_INDEX and self.rows_scanned > max(
            self.rows_found_by_index, self.scans * self.rows // 2
        )


@dataclass(frozen=True)
class UnusedIndex:
    table: str
    name: str
    size: int


@dataclass(frozen=True)
class KeyWithoutIndex:
    """Deleting a row of `leads_to` goes through all of `table`."""

    table: str
    columns: tuple[str, ...]
    leads_to: str


@dataclass(frozen=True)
class PostgresFindings:
    version: str
    size: int
    counted_since: datetime | None
    tables: tuple[Table, ...]
    unused: tuple[UnusedIndex, ...]
    invalid: tuple[str, ...]
    keys_without_index: tuple[KeyWithoutIndex, ...]
    mostly_scanned: tuple[Table, ...]


def look(*, from_rows: int) -> PostgresFindings:
    """What is there; an index counts as missing or unused only on tables of so many rows."""
    (version, size, since), *_ = _asked(ABOUT)
    tables = [Table(*row) for row in _asked(TABLES)]
    large = {each.name for each in tables if each.rows >= from_rows}
    unused = [UnusedIndex(*row) for row in _asked(UNUSED)]
    keys = [KeyWithoutIndex(table, tuple(columns), to) for table, columns, to in _asked(KEYS_WITHOUT_INDEX)]
    return PostgresFindings(
        version=version,
        size=size,
        counted_since=since,
        tables=tuple(tables),
        unused=tuple(each for each in unused if each.table in large),
        invalid=tuple(f"{name} on {table}" for table, name in _asked(INVALID)),
        keys_without_index=tuple(each for each in keys if each.table in large),
        mostly_scanned=tuple(each for each in tables if each.name in large and each.is_mostly_scanned),
    )


def _asked(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [])
        return cursor.fetchall()
