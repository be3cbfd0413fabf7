"""Random tables written by others with everything that they can be asked for, and read by the
library: equal to the table, or to what pyarrow reads where the writer changes types."""
import io
import os
import random
import uuid

import arrow_export
import arrow_import
import duckdb
import fastparquet
import numpy
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
import random_tables

BATCH = 100
TABLES = range(0, 1_000 if os.environ.get("PQA_CHECK_ALL") else 100, BATCH)


def each_seed(first, check):
    for seed in range(first, first + BATCH):
        try:
            check(random.Random(seed))
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error


def plain_table(r):
    """A random table in the types and layouts that Parquet's readers make: of others, like
    views and run ends, pyarrow's writer takes few, and crashes at some."""
    return pyarrow.parquet.read_table(io.BytesIO(arrow_export.write_table(random_tables.random_table(r))))


def writable(table, write):
    """The columns that a writer takes."""
    def takes(part):
        try:
            write(part)
            return True
        except (Exception, polars.exceptions.PanicException):
            return False
    if takes(table):
        return table
    return table.select([name for name in table.schema.names if takes(table.select([name]))])


def assert_read_as(file, expected, batch_rows):
    found = arrow_import.read_table(file, batch_rows=batch_rows)
    found.validate(full=True)
    difference = random_tables.first_difference(found, expected)
    assert difference is None, difference


def assert_read_as_by_pyarrow(file, batch_rows=0):
    source = io.BytesIO(file) if isinstance(file, bytes) else file
    assert_read_as(file, pyarrow.parquet.read_table(source), batch_rows)


def assert_read_as_by_duckdb(path, batch_rows):
    altered = {"arrow.uuid": lambda value: str(uuid.UUID(bytes=value))}
    found = arrow_import.read_table(path, batch_rows=batch_rows)
    difference = random_tables.first_difference(duckdb.sql(f"FROM '{path}'").to_arrow_table(), found, altered)
    assert difference is None, difference


# --- pyarrow: all encodings, codecs and page versions

CODECS = ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]


def pyarrow_leaves(table, **options):
    """Path and physical type of each leaf."""
    file = io.BytesIO()
    pyarrow.parquet.write_table(table.slice(0, 0), file, store_schema=False, **options)
    schema = pyarrow.parquet.ParquetFile(file).schema
    return [(schema.column(i).path, schema.column(i).physical_type) for i in range(len(schema))]


def pyarrow_options(r, table):
    types = {"store_decimal_as_integer": r.random() < 0.5, "version": r.choice(("1.0", "2.4", "2.6"))}
    leaves = pyarrow_leaves(table, **types)
    coded = {path: r.choice(random_tables.LEAF_ENCODINGS[leaf]) for path, leaf in leaves}
    dictionaries = [path for path, encoding in coded.items() if encoding == "RLE_DICTIONARY"]
    return types | {
        "use_dictionary": dictionaries or False,
        "column_encoding": {path: encoding for path, encoding in coded.items() if path not in dictionaries},
        "compression": {path: r.choice(CODECS) for path, _ in leaves},
        "data_page_version": r.choice(("1.0", "2.0")), "data_page_size": r.choice((None, 1, 100, 5000)),
        "write_batch_size": r.choice((None, 1, 7)), "row_group_size": r.choice((None, 7, 100)),
        "write_page_index": r.random() < 0.5, "write_page_checksum": r.random() < 0.5,
        "write_statistics": r.random() < 0.7, "store_schema": r.random() < 0.3,
        "dictionary_pagesize_limit": r.choice((None, 1, 100)),
        "use_compliant_nested_type": r.random() < 0.7}


@pytest.mark.parametrize("first", TABLES)
def test_random_tables_of_pyarrow_are_read(first):
    def check(r):
        table = plain_table(r)
        table = writable(table, lambda part: pyarrow.parquet.write_table(part, io.BytesIO()))
        if not table.schema.names:
            return
        file, options = io.BytesIO(), pyarrow_options(r, table)
        try:
            pyarrow.parquet.write_table(table, file, **options)
        except pyarrow.ArrowInvalid as error: # older versions of the format have no nanoseconds
            assert "would lose data" in str(error)
            file = io.BytesIO()
            pyarrow.parquet.write_table(table, file, **options | {"version": "2.6"})
        # Beside the table that was written: pyarrow itself fails to read some of these files.
        assert_read_as(file.getvalue(), table, r.choice((0, 1, 3, 50)))
    each_seed(first, check)


# --- DuckDB

def write_by_duckdb(table, path, **options):
    said = ", ".join(f"{name} {value}" for name, value in options.items())
    duckdb.register("given", table)
    duckdb.execute(f"COPY (SELECT * FROM given) TO '{path}' (FORMAT parquet, {said})")


def duckdb_options(r):
    return {"CODEC": r.choice(("uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw")),
            "ROW_GROUP_SIZE": r.choice((1, 7, 100, 2048, 122_880)),
            "PARQUET_VERSION": r.choice(("V1", "V2")),
            "DICTIONARY_SIZE_LIMIT": r.choice((0, 1, 100_000))}


@pytest.mark.parametrize("first", TABLES)
def test_random_tables_of_duckdb_are_read_as_by_pyarrow(first, tmp_path):
    def check(r):
        path = tmp_path / "t.parquet"
        table = plain_table(r)
        table = writable(table, lambda part: write_by_duckdb(part, path, CODEC="snappy"))
        if table.schema.names:
            write_by_duckdb(table, path, **duckdb_options(r))
            batch_rows = r.choice((0, 1, 50))
            try:
                assert_read_as_by_pyarrow(path, batch_rows)
            except OSError: # pyarrow fails at some of DuckDB's delta pages that hold nulls only
                assert_read_as_by_duckdb(path, batch_rows)
    each_seed(first, check)


# --- polars

def write_by_polars(table, **options):
    file = io.BytesIO()
    polars.from_arrow(table).write_parquet(file, **options)
    return file.getvalue()


def polars_options(r):
    return {"compression": r.choice(("uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4")),
            "row_group_size": r.choice((None, 1, 7, 100)), "data_page_size": r.choice((None, 1, 100)),
            "statistics": r.choice((True, False, "full"))}


@pytest.mark.parametrize("first", TABLES)
def test_random_tables_of_polars_are_read_as_by_pyarrow(first):
    def check(r):
        table = writable(plain_table(r), write_by_polars)
        if table.schema.names:
            assert_read_as_by_pyarrow(write_by_polars(table, **polars_options(r)), r.choice((0, 1, 50)))
    each_seed(first, check)


# --- fastparquet, which writes flat columns of pandas

def random_frame(r):
    numbers = numpy.random.default_rng(r.randrange(2**32))
    rows = r.choice((0, 1, 10, 500))
    maybe = lambda values: [None if r.random() < 0.2 else value for value in values]
    columns = {
        "int8": numbers.integers(-128, 128, rows, numpy.int8),
        "uint16": numbers.integers(0, 2**16, rows, numpy.uint16),
        "int32": numbers.integers(-2**31, 2**31, rows, numpy.int32),
        "uint64": numbers.integers(0, 2**63, rows, numpy.uint64),
        "nullable": pandas.array(maybe(numbers.integers(-9, 9, rows).tolist()), "Int64"),
        "float": numpy.where(numbers.random(rows) < 0.2, numpy.nan, numbers.normal(size=rows)),
        "float32": numbers.normal(size=rows).astype(numpy.float32),
        "bool": numbers.random(rows) < 0.5,
        # Long ones overrun the memory in which fastparquet puts its statistics.
        "text": pandas.Series(maybe([text[:300] for text in random_tables.texts(r, rows)]), dtype=object),
        "bytes": pandas.Series(random_tables.blobs(r, rows), dtype=object),
        "time": pandas.to_datetime(numbers.integers(0, 2**60, rows)).astype("datetime64[ns]"),
        "kind": pandas.Categorical(numbers.choice(["a", "b", "ccc"], rows)),
    }
    names = r.sample(list(columns), r.randint(1, len(columns)))
    return pandas.DataFrame({name: columns[name] for name in names})


def write_by_fastparquet(r, frame, path):
    """Not with has_nulls=None: then the repetition in the footer is written as a boolean."""
    encodings = {"text": "utf8", "bytes": "bytes"}
    fastparquet.write(
        str(path), frame, compression=r.choice((None, "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4_RAW")),
        row_group_offsets=r.choice((50_000_000, 50_000_000, 200)), times=r.choice(("int64", "int96")),
        has_nulls=True, stats=r.choice((True, False)), write_index=False,
        object_encoding={name: encodings[name] for name in frame if name in encodings})


@pytest.mark.parametrize("first", TABLES)
def test_random_frames_of_fastparquet_are_read_as_by_pyarrow(first, tmp_path):
    def check(r):
        path = tmp_path / "t.parquet"
        write_by_fastparquet(r, random_frame(r), path)
        assert_read_as_by_pyarrow(path, r.choice((0, 1, 50)))
    each_seed(first, check)
