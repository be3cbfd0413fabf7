"""Random nested files of the Parquet writer hold what other readers find in them."""
import json
import os
import pathlib
import subprocess

import duckdb
import polars
import pyarrow.parquet
import pytest

TOOL = pathlib.Path(os.environ["PQA_BIN"]).parents[2] / "tests/tools/write_nested"
SEEDS = range(int(os.environ.get("NESTED_SEEDS", "60")))


@pytest.fixture(params=SEEDS)
def written(request, tmp_path):
    """A file and its rows."""
    file, expected = tmp_path / "nested.parquet", tmp_path / "expected.json"
    run = subprocess.run([TOOL, str(request.param), file, expected], capture_output=True,
                         text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return str(file), [json.loads(line) for line in expected.read_text().splitlines()]


def is_map(value):
    return isinstance(value, dict) and list(value) == ["map"] and isinstance(value["map"], list)


def plain(expected, found):
    """What was found in the form of what is expected: readers show maps in several."""
    if found is None or expected is None:
        return found
    if is_map(expected):
        pairs = list(found.items()) if isinstance(found, dict) else found
        pairs = [list(pair.values()) if isinstance(pair, dict) else list(pair) for pair in pairs]
        if len(pairs) != len(expected["map"]):
            return {"map": pairs}
        return {"map": [[key, plain(pair[1], value)]
                        for pair, (key, value) in zip(expected["map"], pairs)]}
    if isinstance(expected, dict):
        return {name: plain(expected[name], value) for name, value in found.items()}
    if isinstance(expected, list) and len(expected) == len(found):
        return [plain(one, other) for one, other in zip(expected, found)]
    return found


def assert_rows(found, expected):
    assert len(found) == len(expected)
    for number, (row, other) in enumerate(zip(expected, found)):
        assert plain(row, other) == row, f"row {number}"


def test_pyarrow_reads_nested_rows(written):
    file, expected = written
    table = pyarrow.parquet.read_table(file, page_checksum_verification=True)
    table.validate(full=True)
    assert_rows(table.to_pylist(), expected)


def test_duckdb_reads_nested_rows(written):
    file, expected = written
    with duckdb.connect() as connection:
        result = connection.execute(f"SELECT * FROM read_parquet('{file}')")
        names = [column[0] for column in result.description]
        assert_rows([dict(zip(names, row)) for row in result.fetchall()], expected)


def test_polars_reads_nested_rows(written):
    file, expected = written
    assert_rows(polars.read_parquet(file).to_dicts(), expected)


def test_statistics_bound_nested_values(written):
    """Counts and limits of every leaf, against pyarrow's flattened columns."""
    file, _ = written
    reader = pyarrow.parquet.ParquetFile(file)
    for group in range(reader.num_row_groups):
        metadata = reader.metadata.row_group(group)
        for index in range(metadata.num_columns):
            chunk = metadata.column(index)
            statistics = chunk.statistics
            assert statistics.null_count + statistics.num_values == chunk.num_values
            if statistics.has_min_max:
                assert statistics.min <= statistics.max
            else:
                assert statistics.num_values == 0 or reader.metadata.schema.column(
                    index).physical_type in ("FLOAT", "DOUBLE")
