"""Arrow libraries take answers as they are; pandas also without them."""
import datetime
import subprocess
import sys

import pytest
from pageview_site import FIRST, LAST

QUESTIONS = ["top_pages", "daily_totals", "versions", "page_views"]


@pytest.fixture
def exported(sqlite_archive):
    sqlite_archive.backfill(since=FIRST, until=LAST)
    return sqlite_archive


@pytest.fixture(params=QUESTIONS)
def table(request, exported):
    return getattr(exported, request.param)("django", FIRST, LAST)


def test_pyarrow(table):
    import pyarrow
    taken = pyarrow.table(table)
    taken.validate(full=True)
    assert taken.to_pylist() == table.to_pylist()
    assert pyarrow.schema(table).names == table.columns
    assert pyarrow.table(table).equals(taken)


def test_polars(table):
    import polars
    assert polars.DataFrame(table).to_dicts() == table.to_pylist()


def test_duckdb(table):
    import duckdb
    answer = table  # noqa: F841: DuckDB finds it by name
    assert duckdb.sql("SELECT * FROM answer").fetchall() == [
        tuple(row.values()) for row in table]


def test_pandas(table):
    import pandas
    frame = table.to_pandas()
    assert list(frame.columns) == table.columns and len(frame) == len(table)
    for name in table.columns:
        values = [None if pandas.isna(value) else value for value in frame[name]]
        expected = table.column(name)
        if expected and isinstance(expected[0], datetime.date):
            values = [value.date() for value in values]
        assert values == expected


def test_pandas_keeps_numbers_beside_nulls_whole(exported):
    frame = exported.files().to_pandas()
    assert frame["first_date"].dtype.kind == "M" and frame["rows"].dtype == "int64"
    assert exported.status(ask_database=False)["database_size"] is None


def test_pandas_works_without_pyarrow(exported, tmp_path):
    """In a process where importing pyarrow fails."""
    program = f"""
import sys
sys.modules["pyarrow"] = None
import pqa
with pqa.Archive({exported._settings["store"]!r}) as archive:
    frame = archive.page_views("django", "{FIRST}", "{LAST}").to_pandas()
assert len(frame) > 50 and frame["views"].sum() > 0, frame
assert frame["date"].dtype.kind == "M"
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_import_needs_nothing_else():
    program = """
import sys
for name in ("numpy", "pandas", "pyarrow"):
    sys.modules[name] = None
import pqa, pqa.parquet
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_arrays_outlive_archive_and_table(exported):
    import pyarrow
    expected = exported.top_pages("django", FIRST, LAST).to_pylist()
    taken = pyarrow.table(exported.top_pages("django", FIRST, LAST))
    exported.close()
    assert taken.to_pylist() == expected
    views = taken.column("views")
    del taken
    assert views.to_pylist() == [row["views"] for row in expected]
