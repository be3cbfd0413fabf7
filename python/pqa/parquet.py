"""Any Parquet file to Arrow, and any Arrow stream to a Parquet file.

>>> import pyarrow, pqa.parquet
>>> pyarrow.table(pqa.parquet.read_table("a.parquet", columns=["path"], where="status = 404"))
>>> pqa.parquet.write_table(polars_frame, "b.parquet", codec="zstd", level=9)
"""
from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Iterator, NamedTuple, Optional, Protocol, Sequence, Union

from . import _pqa

__all__ = ["Batch", "ParquetFile", "Rows", "Written", "read_table", "write_table"]

Path = Union[str, "os.PathLike[str]"]


class ArrowStream(Protocol):
    """What Arrow libraries' tables are."""

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object: ...


class Rows:
    """Rows of a file, not read yet: an Arrow stream, as often as it is asked for."""

    def __init__(self, file: ParquetFile, columns: Optional[Sequence[str]],
                 where: Union[str, Sequence[str], None], batch_rows: int,
                 threads: int) -> None:
        conditions = [where] if isinstance(where, str) else where
        self._file = file
        self._arguments = (columns, conditions, batch_rows, threads)
        self._open()  # what is wrong with the arguments is told here

    def _open(self) -> object:
        return self._file._reader.stream(*self._arguments)

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        return self._open()

    def __arrow_c_schema__(self) -> object:
        return _pqa.stream_schema(self._open())

    def __repr__(self) -> str:
        return f"<pqa.parquet.Rows of {self._file.path}>"


class Batch:
    """Rows of one batch, for one Arrow library: they move there when they are asked for."""

    def __init__(self, num_rows: int, schema: object, array: object) -> None:
        self.num_rows = num_rows
        self._capsules: Optional[tuple[object, object]] = (schema, array)

    def __arrow_c_array__(self, requested_schema: Optional[object] = None
                          ) -> tuple[object, object]:
        if self._capsules is None:
            raise ValueError("the batch was taken already")
        capsules, self._capsules = self._capsules, None
        return capsules

    def __len__(self) -> int:
        return self.num_rows

    def __repr__(self) -> str:
        return f"<pqa.parquet.Batch of {self.num_rows} rows>"


class ParquetFile:
    """A file of the local disk. Many threads may read it at once."""

    def __init__(self, path: Path) -> None:
        self.path = os.fspath(path)
        self._reader = _pqa.Reader(self.path)
        self._metadata: Optional[dict[str, Any]] = None

    @property
    def metadata(self) -> dict[str, Any]:
        """All that the footer says, as ``pqa parquet meta --format json`` has it."""
        if self._metadata is None:
            self._metadata = json.loads("".join(self._reader.metadata()))
        return self._metadata

    @property
    def schema(self) -> str:
        """The schema as an indented tree; as Arrow's it is ``read()``'s."""
        return "".join(self._reader.schema_text())

    def read(self, columns: Optional[Sequence[str]] = None,
             where: Union[str, Sequence[str], None] = None, *, batch_rows: int = 0,
             threads: int = 0) -> Rows:
        """The rows for which all conditions hold; see read_table."""
        return Rows(self, columns, where, batch_rows, threads or os.cpu_count() or 1)

    def iter_batches(self, columns: Optional[Sequence[str]] = None,
                     where: Union[str, Sequence[str], None] = None, *, batch_rows: int = 0,
                     threads: int = 0) -> Iterator[Batch]:
        """Batch after batch; one is in memory at a time."""
        stream = self.read(columns, where, batch_rows=batch_rows,
                           threads=threads).__arrow_c_stream__()
        while True:
            batch = _pqa.next_batch(stream)
            if batch is None:
                return
            yield Batch(*batch)

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        return self.read().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self.read().__arrow_c_schema__()

    def __repr__(self) -> str:
        return f"<pqa.parquet.ParquetFile {self.path}>"


def read_table(path: Path, columns: Optional[Sequence[str]] = None,
               where: Union[str, Sequence[str], None] = None) -> Rows:
    """A file's rows as an Arrow stream: ``columns`` by their names, in that order; ``where``
    a condition as ``"date >= '2026-01-15'"``, or several that must all hold. OP is
    = != < <= > >= in, or ``is null``, ``is not null``."""
    return ParquetFile(path).read(columns, where)


class Written(NamedTuple):
    """What was written."""
    num_rows: int
    size_bytes: int


def write_table(table: ArrowStream, path: Path, *, codec: Optional[str] = None,
                level: int = 0, portable: bool = False, row_group_rows: int = 0,
                threads: int = 0) -> Written:
    """Writes all rows of a table or stream to a file. It appears whole, under its name, or
    not at all. ``codec``: none, snappy, gzip, brotli, zstd or lz4 (zstd); ``portable``: only
    encodings that every reader knows."""
    target = os.fspath(path)
    folder = os.path.dirname(os.path.abspath(target))
    descriptor, temporary = tempfile.mkstemp(prefix=".pqa-", suffix=".parquet", dir=folder)
    try:
        try:
            written = _pqa.write(table.__arrow_c_stream__(), descriptor, codec, level,
                                 portable, row_group_rows, threads or os.cpu_count() or 1)
            os.fsync(descriptor)
            os.fchmod(descriptor, 0o666 & ~_umask())
        finally:
            os.close(descriptor)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    return Written(*written)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
