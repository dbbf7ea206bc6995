"""Statements of the hot path, compiled once for each database and handed to its driver.

SQLAlchemy compiles a statement once, too, but works out at each call which of its compilations it is, and what comes back: more
than half of what an insert costs here. A prepared statement is the same text with the same conversions of values, on the same
connection in the same transaction, without that; its errors are the same, too.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Self

from sqlalchemy import Dialect, Executable, Integer, Select, Table, insert, literal_column
from sqlalchemy.sql.compiler import SQLCompiler

from db.connections import Ready
from db.faults import raise_told, telling
from db.types import Bounded, Moment

Row = Mapping[str, Any]
Bound = tuple[str, Sequence[Any]]
_Convert = Callable[[Any], Any] | None


class Prepared:
    """A statement whose every value comes by name: `columns`, and no others. Results come as the driver gives them."""

    def __init__(self, build: Callable[[str], Executable], columns: Sequence[str], table: Table | None = None) -> None:
        self._build = build
        self._table = table
        self._columns = tuple(columns)
        self._compiled: dict[str, tuple[str, tuple[tuple[str, _Convert], ...], bool]] = {}

    @classmethod
    def insert(cls, table: Table, *, without: Collection[str] = ()) -> Self:
        """An insert into `table` that is given every column but `without`, which the database fills in."""
        columns = [column.name for column in table.c if column.name not in without]
        return cls(lambda _dialect: insert(table), columns, table)

    def run(self, ready: Ready, rows: Row | Sequence[Row]) -> None:
        """Execute it for a row, or for each of several."""
        text, values = self.bound(ready.dialect, rows)
        _execute(ready, text, values)

    def bound(self, dialect: Dialect, rows: Row | Sequence[Row]) -> Bound:
        """What the driver is given for a row, or for each of several. Raises `ValueError` for what does not fit."""
        text, converts, by_name = self._of(dialect)
        if isinstance(rows, Mapping):
            return text, [_converted(rows, converts, by_name)]
        return text, _all_converted(rows, converts, by_name)

    def returning(self, ready: Ready, row: Row) -> Any:
        """Execute it for a row; the one value that comes back."""
        text, converts, by_name = self._of(ready.dialect)
        return _fetched(ready, text, _converted(row, converts, by_name))[0][0]

    def values(self, dialect: Dialect, rows: Sequence[Row], *, without: Collection[str] = ()) -> list[tuple[Any, ...]]:
        """The values of many rows as the driver takes them, in the order of the columns but for those left out."""
        converts = dict(self._of(dialect)[1])
        return _by_column(rows, [(name, converts[name]) for name in self._columns if name not in without])

    def run_bound(self, ready: Ready, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute it for each of many rows of values that need no conversion, in the order of the columns."""
        text, converts, by_name = self._of(ready.dialect)
        values: Sequence[Any] = rows
        if by_name:
            values = [dict(zip(self._columns, row, strict=True)) for row in rows]
        elif [name for name, _ in converts] != list(self._columns):
            raise TypeError(f"The statement takes its values in another order than {self._columns}.")
        _execute(ready, text, values)

    def pour(self, ready: Ready, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert many rows that meet none of their keys, values as for `run_bound`. PostgreSQL takes them as one stream."""
        if ready.dialect.name != "postgresql" or self._table is None:
            self.run_bound(ready, rows)
            return
        quote = ready.dialect.identifier_preparer.quote
        into = f"COPY {quote(self._table.name)} ({', '.join(map(quote, self._columns))}) FROM STDIN"
        with telling(ready.connection), ready.driver.cursor() as cursor, cursor.copy(into) as stream:
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
        converts = tuple((name, _conversion(compiled.binds[name].type, dialect)) for name in names)
        return str(compiled), converts, by_name


class PreparedQuery(Prepared):
    """A query whose every value comes by name. Its rows are tuples, converted as SQLAlchemy converts them."""

    @staticmethod
    def first(select: Select[Any]) -> Select[Any]:
        """Of `select` the first row alone. SQLAlchemy's own limit would be values without a name."""
        return select.limit(literal_column("1")).offset(literal_column("0"))

    def __init__(self, build: Callable[[str], Select[Any]], names: Sequence[str]) -> None:
        super().__init__(build, names)
        self._query = build
        self._results: dict[str, tuple[_Convert, ...]] = {}

    def rows(self, ready: Ready, values: Row) -> list[tuple[Any, ...]]:
        """Run it."""
        dialect = ready.dialect
        text, converts, by_name = self._of(dialect)
        found = _fetched(ready, text, _converted(values, converts, by_name))
        if not found:
            return found
        results = self._results.get(dialect.name) or self._results_of(dialect)
        return [
            tuple([value if convert is None else convert(value) for value, convert in zip(row, results, strict=True)])
            for row in found
        ]

    def _results_of(self, dialect: Dialect) -> tuple[_Convert, ...]:
        selected = self._query(dialect.name).selected_columns
        results: tuple[_Convert, ...] = tuple(
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in selected
        )
        self._results[dialect.name] = results
        return results


class PreparedLists(Prepared):
    """An insert of several rows of words and numbers. PostgreSQL takes them as one statement, with a list for each column."""

    _text = ""

    def bound(self, dialect: Dialect, rows: Row | Sequence[Row]) -> Bound:
        """What the driver is given for a row, or for each of several. Raises `ValueError` for what does not fit."""
        if dialect.name != "postgresql" or isinstance(rows, Mapping):
            return super().bound(dialect, rows)
        lists = map(list, zip(*self.values(dialect, rows), strict=True))
        return self._by_lists(dialect), [dict(zip(self._columns, lists, strict=True))]

    def _by_lists(self, dialect: Dialect) -> str:
        if self._text:
            return self._text
        assert self._table is not None  # noqa: S101  # it is made by `insert`
        quote = dialect.identifier_preparer.quote
        columns = [self._table.c[name] for name in self._columns]
        lists = ", ".join(
            f"%({column.name})s::{'integer' if isinstance(column.type, Integer) else 'text'}[]" for column in columns
        )
        names = ", ".join(quote(column.name) for column in columns)
        self._text = f"INSERT INTO {quote(self._table.name)} ({names}) SELECT * FROM unnest({lists})"  # noqa: S608  # the table's own names
        return self._text


def _conversion(type_: Any, dialect: Dialect) -> _Convert:
    # SQLAlchemy's own way to such a type's conversion leads through two calls more, for each of 90 values of a filing.
    if isinstance(type_, Bounded):
        return type_.take
    if isinstance(type_, Moment):
        return type_.taking(dialect)
    convert: _Convert = type_.dialect_impl(dialect).bind_processor(dialect)
    return convert


def run_together(ready: Ready, waiting: Sequence[Bound], *, commits: bool) -> None:
    """Execute statements that wait for no result, on PostgreSQL, and commit with them: one way to the server and back."""
    with telling(ready.connection), ready.driver.pipeline(), ready.driver.cursor() as cursor:
        for text, values in waiting:
            _send(cursor, text, values)
        if commits:
            ready.driver.commit()


def _execute(ready: Ready, text: str, values: Sequence[Any]) -> None:
    cursor = ready.driver.cursor()
    try:
        _send(cursor, text, values)
    except Exception as error:  # noqa: BLE001  # raised again
        raise_told(error, ready.connection)
    finally:
        cursor.close()


def _fetched(ready: Ready, text: str, values: Any) -> list[tuple[Any, ...]]:
    cursor = ready.driver.cursor()
    try:
        cursor.execute(text, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    except Exception as error:  # noqa: BLE001  # raised again
        raise_told(error, ready.connection)
    finally:
        cursor.close()
    return found


def _send(cursor: Any, text: str, values: Sequence[Any]) -> None:
    if len(values) == 1:
        cursor.execute(text, values[0])
    else:
        cursor.executemany(text, values)


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
