"""Tables of results."""
from __future__ import annotations

import datetime
import os
from typing import (TYPE_CHECKING, Any, Iterator, Optional, Sequence, SupportsIndex, Union,
                    overload)

from . import _pqa

if TYPE_CHECKING:
    import pandas

_EPOCH = datetime.date(1970, 1, 1).toordinal()


def to_date(days: int) -> datetime.date:
    """The date of a number of days since 1970-01-01."""
    return datetime.date.fromordinal(_EPOCH + days)


class Table:
    """An answer: columns of numbers, texts and dates.

    Arrow libraries take it as it is: ``pyarrow.table(t)``, ``polars.DataFrame(t)``, and
    DuckDB queries a variable that holds it. Iterating gives the rows as dicts.
    """

    def __init__(self, table: _pqa.Table, headings: Optional[Sequence[str]] = None) -> None:
        self._table = table
        self._headings = headings
        self._columns: Optional[list[list[Any]]] = None

    @property
    def columns(self) -> list[str]:
        """The columns' names."""
        return [name for name, _ in self._table.columns]

    @property
    def note(self) -> Optional[str]:
        """What the user should know of the answer, as a sentence; or None."""
        return self._table.note

    def __len__(self) -> int:
        return len(self._table)

    def __repr__(self) -> str:
        rows = len(self)
        return (f"<pqa.Table: {rows} row{'' if rows == 1 else 's'} of "
                f"{', '.join(self.columns)}>")

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._table.__arrow_c_schema__()

    def column(self, name: str) -> list[Any]:
        """A column's values: int, str or datetime.date, None where there is none."""
        index = self.columns.index(name)
        return list(self._values()[index])

    def _values(self) -> list[list[Any]]:
        if self._columns is None:
            self._columns = [self._read(i, kind)
                             for i, (_, kind) in enumerate(self._table.columns)]
        return self._columns

    def _read(self, index: int, kind: str) -> list[Any]:
        values = self._table.column(index)
        if kind != "date":
            return values
        return [None if value is None else to_date(value) for value in values]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = self.columns
        for row in zip(*self._values()):
            yield dict(zip(names, row))

    @overload
    def __getitem__(self, index: SupportsIndex) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, index: Union[SupportsIndex, slice]
                    ) -> Union[dict[str, Any], list[dict[str, Any]]]:
        """A row as a dict, or several of them."""
        names, values = self.columns, self._values()
        if isinstance(index, slice):
            return [dict(zip(names, row)) for row in zip(*(each[index] for each in values))]
        return {name: each[index] for name, each in zip(names, values)}

    def to_pylist(self) -> list[dict[str, Any]]:
        """The rows as dicts."""
        return list(self)

    def to_csv(self, path: Union[str, os.PathLike[str], None] = None, *,
               headings: Optional[Sequence[str]] = None) -> Optional[str]:
        """The bytes that ``pqa --format csv`` writes: to a file, or as a text."""
        chosen = self._headings if headings is None else list(headings)
        if chosen is not None and len(chosen) != len(self.columns):
            raise ValueError(f"{len(chosen)} headings for {len(self.columns)} columns")
        pieces = self._table.csv(chosen)
        if path is None:
            return b"".join(pieces).decode("utf-8", "replace")
        with open(path, "wb") as file:
            file.writelines(pieces)
        return None

    def to_pandas(self) -> "pandas.DataFrame":
        """A DataFrame, without pyarrow: int64 (Int64 where there are nulls), datetime64 for
        dates, object for texts."""
        import pandas
        data = {name: self._series(i, kind)
                for i, (name, kind) in enumerate(self._table.columns)}
        return pandas.DataFrame(data, columns=self.columns)

    def _series(self, index: int, kind: str) -> Any:
        import numpy
        import pandas
        if kind == "text":
            return pandas.Series(self._table.column(index), dtype=object)
        numbers, valid = self._table.numbers(index)
        values = numpy.frombuffer(numbers or b"", dtype=numpy.int64)
        missing = None if valid is None else numpy.frombuffer(valid, dtype=numpy.uint8) == 0
        if kind == "date":
            return pandas.Series(_dates(values, missing))
        if missing is None:
            return pandas.Series(values.copy())
        return pandas.Series(pandas.arrays.IntegerArray(values.copy(), missing))


def _dates(days: Any, missing: Any) -> Any:
    import numpy
    dates = days.astype("datetime64[D]")
    if missing is not None:
        dates[missing] = numpy.datetime64("NaT")
    return dates.astype("datetime64[s]")
