"""Statements that are compiled once and executed often.

Django compiles a query anew each time it is asked, which costs several times what asking costs.
What dispatch and the pages ask at every event is compiled at the first asking and kept, and
goes to PostgreSQL without Django's cursor about it, but where somebody counts or logs statements.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar, cast, get_type_hints
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import QuerySet
from django.db.models.query import FlatValuesListIterable, ModelIterable, get_related_populators

Asked = ParamSpec("Asked")
Row = TypeVar("Row")

# Stands for an instant that is given at the asking; far from any other one that a query names.
SOME_INSTANT = datetime(1100, 1, 1, tzinfo=UTC)
FAR = timedelta(days=3650)
Given = Callable[[dict[str, Any]], Any]
Rows = list[tuple[Any, ...]]


class kept(Generic[Asked, Row]):  # noqa: N801  # a decorator
    """Keep the query that a function builds: compiled once, then asked with other arguments.

    The arguments may stand anywhere in the query, instants also with something added or taken
    off; the shape of the query must not depend on them. Gives the rows as a list.
    """

    def __init__(self, build: Callable[Asked, QuerySet[Any, Row]]) -> None:
        self.build = build
        self._names = list(inspect.signature(build).parameters)
        self._compiled: Compiled | None = None
        update_wrapper(self, build)

    def __call__(self, *args: Asked.args, **kwargs: Asked.kwargs) -> list[Row]:
        """Ask, and give the rows."""
        if self._compiled is None:
            self._compiled = Compiled(self.build)
        return self._compiled.rows(dict(zip(self._names, args, strict=False)) | kwargs)

    def first(self, *args: Asked.args, **kwargs: Asked.kwargs) -> Row | None:
        """Ask, and give the first row, if any."""
        return next(iter(self(*args, **kwargs)), None)


class Compiled:
    """One query as SQL, with what stands for each argument, and how its rows are read."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        stand_ins = {
            name: stand_in(number, hint)
            for number, (name, hint) in enumerate(arguments_of(build).items())
        }
        queryset = build(**stand_ins)
        self._compiler = queryset.query.get_compiler(queryset.db)
        self._sql, parameters = self._compiler.as_sql()
        self._parameters = [given_for(each, stand_ins) for each in parameters]
        fields = [each[0] for each in self._compiler.select[: self._compiler.col_count]]
        self._converters = self._compiler.get_converters(fields)
        self._read = reader_of(queryset, self._compiler)

    def rows(self, given: dict[str, Any]) -> list[Any]:
        """Execute with these arguments and read the rows."""
        rows: Iterable[Sequence[Any]] = asked(self._sql, [each(given) for each in self._parameters])
        if self._converters:
            rows = self._compiler.apply_converters(rows, self._converters)
        return [self._read(row) for row in rows]


def asked(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> Rows:
    """Execute a statement and give its rows; raises Django's errors."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.queries_logged or database.execute_wrappers:
        with database.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cast("Rows", cursor.fetchall())
    database.ensure_connection()
    with database.wrap_database_errors:
        return cast("Rows", database.connection.execute(sql, parameters).fetchall())


def execute(sql: str, parameters: Sequence[Any]) -> None:
    """Execute a statement that gives no rows; raises Django's errors."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.queries_logged or database.execute_wrappers:
        with database.cursor() as cursor:
            cursor.execute(sql, parameters)
        return
    database.ensure_connection()
    with database.wrap_database_errors:
        database.connection.execute(sql, parameters)


def arguments_of(build: Callable[..., object]) -> dict[str, type]:
    """Give the type of each argument."""
    hints = get_type_hints(build)
    return {name: hints[name] for name in inspect.signature(build).parameters}


def stand_in(number: int, kind: type) -> object:
    """Give a value of a type that no query names by itself."""
    if kind is datetime:
        return SOME_INSTANT + number * 2 * FAR
    if kind is date:
        return date(1000 + number, 1, 1)
    if kind is int:
        return 1_000_000_007 + number
    if kind is bytes:
        return f"stand-in {number}".encode()
    return uuid4() if kind is UUID else f"stand-in {number}"


def given_for(parameter: object, stand_ins: dict[str, Any]) -> Given:
    """Give how a parameter of the statement follows from the arguments."""
    if isinstance(parameter, list):
        parts = [given_for(each, stand_ins) for each in parameter]
        return lambda given: [part(given) for part in parts]
    plain = getattr(parameter, "obj", parameter)  # bytes come wrapped
    for name, held in stand_ins.items():
        if isinstance(plain, datetime) and isinstance(held, datetime) and abs(plain - held) < FAR:
            apart = plain - held
            return lambda given: given[name] + apart
        if type(plain) is type(held) and plain == held:
            return lambda given: given[name]
    return lambda _: parameter


def reader_of(queryset: QuerySet[Any, Any], compiler: Any) -> Callable[[Sequence[Any]], object]:
    """Give how a row of the query is made into what the query gives."""
    iterable = queryset._iterable_class  # noqa: SLF001  # Django offers no public way to know it
    if iterable is FlatValuesListIterable:
        return lambda row: row[0]
    return model_reader(compiler) if iterable is ModelIterable else tuple


def model_reader(compiler: Any) -> Callable[[Sequence[Any]], models.Model]:
    """Give how a row is made into an object with its related ones, as Django does it."""
    info, select = compiler.klass_info, compiler.select
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[first:last]]
    # The stubs are those of a later Django, which asks for one argument more.
    populators = cast("Any", get_related_populators)(info, select, connection.alias)
    annotations = list(compiler.annotation_col_map.items()) if compiler.annotation_col_map else []

    def read(row: Sequence[Any]) -> models.Model:
        made: models.Model = info["model"].from_db(connection.alias, names, row[first:last])
        for populator in populators:
            populator.populate(row, made)
        for name, place in annotations:
            setattr(made, name, row[place])
        return made

    return read


def insert(rows: Sequence[models.Model], *, unless_there: bool = False) -> None:
    """Insert rows of one model, whose ids are made here or by the database and not read back."""
    if not rows:
        return
    sql, fields = insert_sql(type(rows[0]), len(rows), unless_there)
    values = [
        each.get_db_prep_save(getattr(row, each.attname), connection)
        for row in rows
        for each in fields
    ]
    execute(sql, values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001


@lru_cache
def insert_sql(model: type[models.Model], count: int, unless_there: bool) -> tuple[str, list[Any]]:
    """Write the statement that inserts so many rows, and the fields whose values it takes."""
    meta = model._meta  # noqa: SLF001  # public by its documentation
    fields = [f for f in meta.concrete_fields if not isinstance(f, models.AutoField)]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    end = " ON CONFLICT DO NOTHING" if unless_there else ""
    # Names of our own tables and columns alone; every value is a parameter.
    return (
        f'INSERT INTO "{meta.db_table}" ({columns}) VALUES {", ".join([one] * count)}{end}',  # noqa: S608
        fields,
    )


def update(row: models.Model, columns: tuple[str, ...]) -> None:
    """Write these columns of a row as they are now."""
    change(type(row), row.pk, {name: getattr(row, name) for name in columns})


def change(model: type[models.Model], key: Any, columns: dict[str, Any]) -> None:
    """Write columns of the row that has this key; nothing when there is none."""
    sql, fields = update_sql(model, tuple(columns))
    values = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, columns.values(), strict=True)
    ]
    execute(sql, [*values, key])


@lru_cache
def update_sql(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, list[Any]]:
    """Write the statement that updates these columns of one row, and their fields."""
    meta = model._meta  # noqa: SLF001  # public by its documentation
    fields: list[Any] = [meta.get_field(name) for name in columns]
    sets = ", ".join(f'"{f.column}" = %s' for f in fields)
    where = f'"{meta.pk.column}" = %s'
    return f'UPDATE "{meta.db_table}" SET {sets} WHERE {where}', fields  # noqa: S608
