"""Statements of the hot path, compiled once for each database.

SQLAlchemy compiles a statement once, too, but works out at each call which of its compilations it is: about half of what an
insert costs here. A prepared statement is the same text with the same conversions of values, without that search.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Executable, Table, insert
from sqlalchemy.sql.compiler import SQLCompiler

Row = Mapping[str, Any]
_Convert = Callable[[Any], Any] | None


class Prepared:
    """A statement whose every value comes by name: `columns`, and no others. Results come as the driver gives them."""

    def __init__(self, build: Callable[[str], Executable], columns: Sequence[str], table: str | None = None) -> None:
        self._build = build
        self._table = table
        self._columns = tuple(columns)
        self._compiled: dict[str, tuple[str, tuple[tuple[str, _Convert], ...], bool]] = {}

    @classmethod
    def insert(cls, table: Table, *, without: Collection[str] = ()) -> "Prepared":
        """An insert into `table` that is given every column but `without`, which the database fills in."""
        columns = [column.name for column in table.c if column.name not in without]
        return cls(lambda _dialect: insert(table), columns, table.name)

    def run(self, connection: Connection, rows: Row | Sequence[Row]) -> CursorResult[Any]:
        """Execute it for a row, or for each of several."""
        text, converts, by_name = self._of(connection.dialect)
        if isinstance(rows, Mapping):
            return connection.exec_driver_sql(text, _converted(rows, converts, by_name))
        values = _all_converted(rows, converts, by_name)
        return connection.exec_driver_sql(text, values[0] if len(values) == 1 else values)

    def values(self, dialect: Dialect, rows: Sequence[Row], *, without: Collection[str] = ()) -> list[tuple[Any, ...]]:
        """The values of many rows as the driver takes them, in the order of the columns but for those left out."""
        converts = dict(self._of(dialect)[1])
        return _by_column(rows, [(name, converts[name]) for name in self._columns if name not in without])

    def run_bound(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> CursorResult[Any]:
        """Execute it for each of many rows of values that need no conversion, in the order of the columns."""
        text, converts, by_name = self._of(connection.dialect)
        if by_name:
            return connection.exec_driver_sql(text, [dict(zip(self._columns, row, strict=True)) for row in rows])
        if [name for name, _ in converts] != list(self._columns):
            raise TypeError(f"The statement takes its values in another order than {self._columns}.")
        return connection.exec_driver_sql(text, rows if isinstance(rows, list) else list(rows))

    def pour(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert many rows that meet none of their keys, values as for `run_bound`. PostgreSQL takes them as one stream."""
        if connection.dialect.name != "postgresql" or self._table is None:
            self.run_bound(connection, rows)
            return
        quote = connection.dialect.identifier_preparer.quote
        into = f"COPY {quote(self._table)} ({', '.join(map(quote, self._columns))}) FROM STDIN"
        with connection.connection.cursor() as cursor, cursor.copy(into) as stream:  # type: ignore[attr-defined]  # psycopg's own
            for row in rows:
                stream.write_row(row)

    def _of(self, dialect: Dialect) -> tuple[str, tuple[tuple[str, _Convert], ...], bool]:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = self._compile(dialect)
        return found

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[tuple[str, _Convert], ...], bool]:
        compiled = self._build(dialect.name).compile(dialect=dialect, column_keys=list(self._columns))  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)  # noqa: S101  # what compiling a statement gives
        by_name = not compiled.positional
        names = tuple(compiled.binds) if by_name else tuple(compiled.positiontup or ())
        if set(names) != set(self._columns):
            raise TypeError(f"The statement takes {sorted(names)}, not {sorted(self._columns)}.")
        converts = tuple(
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        )
        return str(compiled), converts, by_name


def _converted(row: Row, converts: tuple[tuple[str, _Convert], ...], by_name: bool) -> Any:  # of one call
    if by_name:
        return {name: row[name] if convert is None else convert(row[name]) for name, convert in converts}
    return tuple([row[name] if convert is None else convert(row[name]) for name, convert in converts])


def _all_converted(rows: Sequence[Row], converts: Sequence[tuple[str, _Convert]], by_name: bool) -> list[Any]:
    values = _by_column(rows, converts)
    if not by_name:
        return values
    names = [name for name, _ in converts]
    return [dict(zip(names, row, strict=True)) for row in values]


def _by_column(rows: Sequence[Row], converts: Sequence[tuple[str, _Convert]]) -> list[tuple[Any, ...]]:
    """Column by column, each value of a column once: in many rows most are the same."""
    columns = []
    for name, convert in converts:
        column = [row[name] for row in rows]
        columns.append(column if convert is None else _column(column, convert))
    return list(zip(*columns, strict=True))


def _column(values: list[Any], convert: Callable[[Any], Any]) -> list[Any]:
    if values and isinstance(values[0], dict):
        return [convert(value) for value in values]
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]
