"""Queries of the ORM that are put into SQL once: for the few that every page asks.

Django builds and compiles a query anew each time, which takes longer than PostgreSQL needs to answer it: half of what a
lesson page costs. What depends on more than values (a filter that may be absent) stays an ordinary QuerySet.
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler
from django.utils.functional import cached_property

Found = TypeVar("Found", bound=Model)


class Place(NamedTuple):
    """Where a value goes, by its number."""

    index: int


class Prepared(Generic[Found]):
    """`Prepared(lambda slug: Course.objects.filter(slug=slug), "?")` finds what that QuerySet would find.

    The second and later arguments stand in for the values while the query is compiled: of their types, each different,
    and like nothing else in the query.
    """

    def __init__(self, build: Callable[..., QuerySet[Found]], *stand_ins: Any) -> None:
        self.build = build
        self.stand_ins = stand_ins

    def first(self, *values: Any) -> Found | None:
        """The first row's instance, None when there is none. Says nothing about there being others."""
        return next(self.find(*values), None)

    def find(self, *values: Any) -> Iterator[Found]:
        return self._instances(self._rows(values))

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """What a QuerySet with `values_list` finds."""
        compiler, rows = self._compiled[2], self._rows(values)
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return list(compiler.apply_converters(rows, converters)) if converters else rows

    def statement(self, *values: Any) -> tuple[str, list[Any]]:
        """The SQL and its arguments, to be part of a larger statement."""
        sql, arguments, _compiler = self._compiled
        return sql, [values[argument.index] if isinstance(argument, Place) else argument for argument in arguments]

    def _rows(self, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with connections[self._using].cursor() as cursor:
            cursor.execute(*self.statement(*values))
            return cursor.fetchall()

    def _instances(self, rows: list[tuple[Any, ...]]) -> Iterator[Found]:
        """As Django's own ModelIterable makes them."""
        model, start, end, names, populators, annotations, converters = self._shape
        compiler = self._compiled[2]
        for row in compiler.apply_converters(rows, converters) if converters else rows:
            instance = model.from_db(self._using, names, row[start:end])
            for populator in populators:
                populator.populate(row, instance)
            for name, column in annotations:
                setattr(instance, name, row[column])
            yield instance

    @cached_property
    def _using(self) -> str:
        return self.build(*self.stand_ins).db

    @cached_property
    def _compiled(self) -> tuple[str, list[Any], SQLCompiler]:
        compiler = self.build(*self.stand_ins).query.get_compiler(self._using)
        sql, arguments = compiler.as_sql()
        return sql, [self._place_of(argument) or argument for argument in arguments], compiler

    def _place_of(self, argument: Any) -> Place | None:
        places = (Place(index) for index, stand_in in enumerate(self.stand_ins) if stand_in == argument)
        return next(places, None)

    @cached_property
    def _shape(self) -> tuple[Any, ...]:
        compiler = self._compiled[2]
        information = compiler.klass_info
        start, end = information["select_fields"][0], information["select_fields"][-1] + 1
        return (
            information["model"],
            start,
            end,
            [column[0].target.attname for column in compiler.select[start:end]],
            get_related_populators(information, compiler.select, self._using),
            tuple((compiler.annotation_col_map or {}).items()),
            compiler.get_converters([column[0] for column in compiler.select]),
        )
