"""Other programs read the table and its files as we do, and the log tells the truth."""
import datetime
import json

import duckdb
import polars
import pyarrow.compute
import pyarrow.parquet
import pytest
from deltalake import DeltaTable
from pageview_site import FIRST, LAST

COLUMNS = ["id", "project_id", "project_slug", "version_id", "version_slug", "path",
           "full_path", "view_count", "date", "status"]
SORTED_BY = ["project_slug", "path", "version_slug", "status", "date", "id"]


@pytest.fixture(params=["default", "portable"])
def archive(request, sqlite_site, sqlite_pqa):
    """A backfilled store with one day merged a second time, so that a file is superseded."""
    flags = ["--portable"] if request.param == "portable" else []
    sqlite_pqa("backfill", "--since", FIRST, "--until", LAST, *flags)
    sqlite_site.execute("UPDATE analytics_pageview SET view_count = view_count + 1"
                        " WHERE date = ?", FIRST)
    sqlite_pqa("export", "--date", FIRST, *flags)
    sqlite_pqa.rows = sqlite_site.archive_rows()
    sqlite_pqa.files = [str(path) for path in sqlite_pqa.live_files()]
    return sqlite_pqa


def sums(rows):
    rows = list(rows)
    return (len(rows), sum(row[0] for row in rows), sum(row[7] for row in rows),
            sum(row[3] is not None for row in rows), sum(row[6] is not None for row in rows))


def test_duckdb_reads_the_files(archive):
    rows = duckdb.sql(f"SELECT {', '.join(COLUMNS)} FROM read_parquet({archive.files})").fetchall()
    assert {row[0]: row for row in rows} == archive.rows


def test_pyarrow_reads_the_files(archive):
    rows = {}
    for path in archive.files:
        table = pyarrow.parquet.read_table(path, page_checksum_verification=True)
        assert table.schema.names == COLUMNS
        rows |= {row["id"]: tuple(row.values()) for row in table.to_pylist()}
    assert rows == archive.rows


def test_polars_reads_the_files(archive):
    rows = polars.read_parquet(archive.files).rows()
    assert sums(rows) == sums(archive.rows.values())


def test_polars_prunes_by_our_statistics_rightly(archive):
    scan = polars.scan_parquet(archive.files)
    for slug in ("django", "a", "zz-top", "nobody"):
        got = scan.filter(polars.col("project_slug") == slug).select("id").collect()
        assert set(got["id"]) == {row[0] for row in archive.rows.values() if row[2] == slug}


def test_deltalake_reads_the_table(archive):
    assert archive.archive_rows() == archive.rows


def test_polars_reads_the_table(archive):
    rows = polars.read_delta(str(archive.table_path())).rows()
    assert sums(rows) == sums(archive.rows.values())


def test_file_schema_is_the_designs(archive):
    types = {"id": "INT64", "project_id": "INT32", "version_id": "INT32",
             "view_count": "INT32", "date": "INT32", "status": "INT32"}
    optional = {"version_id", "version_slug", "full_path"}
    schema = pyarrow.parquet.ParquetFile(archive.files[0]).schema
    for name, column in zip(COLUMNS, (schema.column(n) for n in range(len(COLUMNS)))):
        assert column.name == name
        assert column.physical_type == types.get(name, "BYTE_ARRAY")
        assert column.max_definition_level == (name in optional)
    assert str(schema.column(8).logical_type) == "Date"
    assert "bitWidth=16" in str(schema.column(9).logical_type)


def sort_key(value):
    """Bytewise, nulls first."""
    return value is not None, value.encode() if isinstance(value, str) else value


def test_rows_are_in_the_order_that_the_file_declares(archive):
    for path in archive.files:
        file = pyarrow.parquet.ParquetFile(path)
        declared = file.metadata.row_group(0).sorting_columns
        assert [COLUMNS[column.column_index] for column in declared] == SORTED_BY
        keys = [[sort_key(row[name]) for name in SORTED_BY] for row in file.read().to_pylist()]
        assert keys == sorted(keys)


def test_column_statistics_are_true(archive):
    for path in archive.files:
        file = pyarrow.parquet.ParquetFile(path)
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            for index, name in enumerate(COLUMNS):
                check_statistics(file.metadata.row_group(group).column(index), table[name])


def check_statistics(chunk, column):
    statistics = chunk.statistics
    assert statistics.null_count == column.null_count
    values = [value for value in column.to_pylist() if value is not None]
    if not statistics.has_min_max:
        return
    if isinstance(values[0], str):
        values = [value.encode() for value in values]
        least, most = (value.encode() for value in (statistics.min, statistics.max))
    else:
        least, most = statistics.min, statistics.max
    assert least <= min(values) and max(values) <= most


def log_actions(archive):
    for path in sorted((archive.table_path() / "_delta_log").glob("*.json")):
        for line in path.read_text().splitlines():
            yield json.loads(line)


def test_log_statistics_are_true(archive):
    live = {str(path.relative_to(archive.table_path())) for path in archive.live_files()}
    adds = [action["add"] for action in log_actions(archive) if "add" in action]
    adds = [add for add in adds if add["path"] in live]
    assert len(adds) == len(live) > 0
    for add in adds:
        path = archive.table_path() / add["path"]
        table, stats = pyarrow.parquet.read_table(path), json.loads(add["stats"])
        assert add["size"] == path.stat().st_size
        assert stats["numRecords"] == table.num_rows
        for name in COLUMNS:
            assert stats["nullCount"][name] == table[name].null_count
            if name in stats["minValues"]:
                values = [str(v) if isinstance(v, datetime.date) else v
                          for v in table[name].to_pylist() if v is not None]
                assert stats["minValues"][name] <= min(values)
                assert max(values) <= stats["maxValues"][name]
        assert {"id", "project_id", "date", "view_count", "status"} <= set(stats["minValues"])


def test_protocol_needs_no_feature(archive):
    protocols = [action["protocol"] for action in log_actions(archive) if "protocol" in action]
    assert protocols == [{"minReaderVersion": 1, "minWriterVersion": 2}]
    metadata, = [action["metaData"] for action in log_actions(archive) if "metaData" in action][:1]
    assert metadata["partitionColumns"] == []
    assert "pqa.format" in metadata["configuration"] and "pqa.source" in metadata["configuration"]


def test_commit_by_another_writer_is_read_and_unverified(archive):
    """Somebody compacts the table with delta-rs: every row stays, verify says what it is."""
    DeltaTable(str(archive.table_path())).optimize.compact()
    assert archive.archive_rows() == archive.rows
    rows = archive.ask("daily", "django", "--since", FIRST, "--until", LAST)
    views = sum(row[7] for row in archive.rows.values() if row[1] == 1 and row[9] == 200)
    assert sum(row["views"] for row in rows) == views
