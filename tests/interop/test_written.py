"""Random files of the Parquet writer hold what other readers find in them."""
import datetime
import json
import os
import pathlib
import subprocess

import duckdb
import polars
import pyarrow
import pyarrow.parquet
import pytest

TOOL = pathlib.Path(os.environ["PQA_BIN"]).parents[2] / "tests/tools/write_random"
CODECS = ["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4_RAW"]
EPOCH = datetime.date(1970, 1, 1)
# Every codec with both versions of the data page, and some larger files.
SEEDS = range(2 * len(CODECS) + 3)


@pytest.fixture(params=SEEDS)
def written(request, tmp_path):
    """A file and its rows: the columns by name, each a list."""
    file, expected = tmp_path / "random.parquet", tmp_path / "expected.json"
    run = subprocess.run([TOOL, str(request.param), file, expected], capture_output=True,
                         text=True, timeout=60, check=False)
    if "built without" in run.stderr:
        pytest.skip(run.stderr)
    assert run.returncode == 0, run.stderr
    rows = [json.loads(line) for line in expected.read_text().splitlines()]
    names = pyarrow.parquet.read_schema(file).names
    return str(file), {name: [row[name] for row in rows] for name in names}, request.param


def plain(value):
    """A value as the expected rows have it."""
    if isinstance(value, str):
        return value.encode().hex()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, datetime.datetime):
        delta = value.replace(tzinfo=None) - datetime.datetime(1970, 1, 1)
        return (delta.days * 86400 + delta.seconds) * 1000000 + delta.microseconds
    if isinstance(value, datetime.date):
        return (value - EPOCH).days
    return value


def assert_same(columns, expected):
    for name, values in columns.items():
        assert [plain(value) for value in values] == expected[name], name


def test_pyarrow_reads_what_was_written(written):
    file, expected, seed = written
    table = pyarrow.parquet.read_table(file, page_checksum_verification=True)
    assert_same(table.to_pydict(), expected)
    metadata = pyarrow.parquet.read_metadata(file)
    assert metadata.num_rows == len(expected["bool_PLAIN"])
    for group in range(metadata.num_row_groups):
        chunk = metadata.row_group(group).column(0)
        assert chunk.compression == CODECS[seed % len(CODECS)].replace("LZ4_RAW", "LZ4")
        assert chunk.has_column_index and chunk.has_offset_index


def test_statistics_bound_the_values(written):
    file, _, _ = written
    reader = pyarrow.parquet.ParquetFile(file)
    for group in range(reader.num_row_groups):
        table = reader.read_row_group(group)
        for index, name in enumerate(table.schema.names):
            statistics = reader.metadata.row_group(group).column(index).statistics
            column = table[name]
            assert statistics.null_count == column.null_count
            assert statistics.has_min_max == (column.null_count < len(column))
            if not statistics.has_min_max:
                continue
            values = [value for value in column.to_pylist() if value is not None]
            assert statistics.min <= min(values), name
            assert statistics.max >= max(values), name
            if not name.startswith(("text", "bytes", "fixed")):
                assert (statistics.min, statistics.max) == (min(values), max(values)), name


# DuckDB and polars read BYTE_STREAM_SPLIT of floats only, and DELTA_BYTE_ARRAY of byte
# arrays of any length only.
def is_read_by_all(name):
    if name.endswith("_BYTE_STREAM_SPLIT"):
        return name.startswith(("float", "double"))
    return name != "fixed_DELTA_BYTE_ARRAY"


def test_duckdb_reads_what_was_written(written):
    file, expected, _ = written
    names = [name for name in expected if is_read_by_all(name)]
    columns = [f"epoch_us({name})" if name.startswith("time_") else name for name in names]
    rows = duckdb.sql(f"SELECT {', '.join(columns)} FROM read_parquet('{file}')").fetchall()
    assert_same({name: [row[i] for row in rows] for i, name in enumerate(names)}, expected)


def test_polars_reads_what_was_written(written):
    file, expected, _ = written
    names = [name for name in expected if is_read_by_all(name)]
    frame = polars.read_parquet(file, columns=names)
    assert_same(frame.to_dict(as_series=False), expected)


def test_duckdb_filters_by_our_statistics_rightly(written):
    """Row groups and pages are pruned, and a bloom filter asked, without losing a row."""
    file, expected, _ = written
    with duckdb.connect() as connection:
        for name in ("int_RLE_DICTIONARY", "long_DELTA_BINARY_PACKED", "long_PLAIN"):
            values = expected[name]
            for value in [v for v in values[::max(1, len(values) // 5)] if v is not None]:
                found = connection.execute(
                    f"SELECT count(*) FROM read_parquet('{file}') WHERE {name} = {value}")
                assert found.fetchone()[0] == values.count(value), (name, value)


def test_duckdb_asks_our_bloom_filters_rightly(written):
    file, expected, _ = written
    metadata = pyarrow.parquet.read_metadata(file)
    if metadata.num_row_groups == 0:
        return
    group = metadata.row_group(0)
    for index, name in enumerate(expected):
        if group.column(index).bloom_filter_offset is None or not name.startswith("long_"):
            continue
        values = {value for value in expected[name] if value is not None}
        absent = [value for value in range(10**12, 10**12 + 200) if value not in values]
        with duckdb.connect() as connection:
            def excluded(value, name=name, connection=connection):
                rows = connection.execute("SELECT bloom_filter_excludes FROM"
                                          f" parquet_bloom_probe('{file}', '{name}', {value})")
                return [row[0] for row in rows.fetchall()]
            for value in list(values)[:20]:
                assert not all(excluded(value)), (name, value)
            answers = [answer for value in absent for answer in excluded(value)]
            assert sum(answers) >= 0.9 * len(answers)
