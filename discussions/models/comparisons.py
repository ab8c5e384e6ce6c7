"""Comparisons that decide over how PostgreSQL reads, and for which the ORM has no words."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models


class ComesAfter(models.Func):
    """`(a, b) < (SELECT a, b …)`: behind that row in descending order, one comparison that an index is entered by."""

    output_field = models.BooleanField()

    def __init__(self, row: models.QuerySet, *columns: str):
        super().__init__(*columns, models.Subquery(row.order_by().values(*columns)[:1]))

    def as_sql(self, compiler: Any, connection: Any, **options: Any) -> tuple[str, list[Any]]:
        *columns, row = [compiler.compile(each) for each in self.source_expressions]
        names = ", ".join(sql for sql, _ in columns)
        return f"({names}) < {row[0]}", [*(each for _, given in columns for each in given), *row[1]]


class IsAmong(models.Func):
    """`a = ANY (ARRAY (SELECT …))`: unlike IN, which may be joined first, it leaves the order to the index."""

    template = "(%(expressions)s)"
    arg_joiner = " = ANY "
    output_field = models.BooleanField()

    def __init__(self, column: str, rows: models.QuerySet):
        super().__init__(column, models.Func(ArraySubquery(rows), template="(%(expressions)s)"))
