"""Checkpoints of the log: others read ours, we read theirs, also when the commits are gone."""
import datetime
import json
import os
import time

import duckdb
import polars
import pyarrow
import pyarrow.parquet
import pytest
from deltalake import DeltaTable
from pageview_site import DAYS, FIRST, LAST

AGES = 60 * 60 * 24 * 100


@pytest.fixture
def archive(sqlite_site, sqlite_pqa):
    """More than thirty commits: each day many times, with some view more each time."""
    sqlite_pqa.backfill(FIRST, LAST)
    sqlite_pqa.site, sqlite_pqa.days = sqlite_site, list(DAYS)
    while sqlite_pqa.version() < 33:
        export_more(sqlite_pqa)
    return sqlite_pqa


def export_more(archive):
    day = archive.days.pop(0)
    archive.days.append(day)
    archive.site.execute("UPDATE analytics_pageview SET view_count = view_count + 1"
                         " WHERE date = ? AND id % 7 = 0", day)
    archive("export", "--date", day)


def log_of(archive):
    return archive.table_path() / "_delta_log"


def checkpoints(archive):
    return [int(path.name[:20]) for path in sorted(log_of(archive).glob("*.checkpoint*.parquet"))]


def remove_commits(archive, before):
    """What cleanup does: commits and checkpoints before a checkpoint go."""
    for path in log_of(archive).iterdir():
        if path.name[:20].isdigit() and int(path.name[:20]) < before:
            path.unlink()


def check_all_readers(archive):
    """delta-rs, Arrow and polars have the rows that the database has; so have we."""
    rows = archive.site.archive_rows()
    assert archive.archive_rows() == rows
    path = str(archive.table_path())
    assert {row[0]: row for row in polars.read_delta(path).rows()} == rows
    check_answers(archive, rows)


def check_answers(archive, rows):
    for slug in ("django", "a", "zz-top"):
        expected = {}
        for row in rows.values():
            if row[2] == slug and row[9] == 200:
                expected[str(row[8])] = expected.get(str(row[8]), 0) + row[7]
        answer = archive.ask("daily", slug, "--since", FIRST, "--until", LAST)
        assert {row["date"]: row["views"] for row in answer if row["views"]} == expected


def test_others_read_the_table_with_checkpoints(archive):
    assert checkpoints(archive) == [10, 20, 30]
    assert json.loads((log_of(archive) / "_last_checkpoint").read_text())["version"] == 30
    check_all_readers(archive)


def test_duckdb_reads_the_table_with_checkpoints(archive):
    connection = duckdb.connect()
    try:
        connection.sql("INSTALL delta; LOAD delta")
    except duckdb.Error as error:
        pytest.skip(f"DuckDB's delta extension cannot be had: {str(error)[:60]}")
    scan = f"SELECT * FROM delta_scan('{archive.table_path()}')"
    for before in (0, 30):
        remove_commits(archive, before)
        rows = connection.sql(scan).fetchall()
        assert {row[0]: row for row in rows} == archive.site.archive_rows()


def test_others_read_the_table_without_its_first_commits(archive):
    remove_commits(archive, before=30)
    (log_of(archive) / f"{30:020}.json").unlink()
    check_all_readers(archive)
    export_more(archive)
    check_all_readers(archive)
    remove_commits(archive, before=30)
    while archive.version() < 40:
        export_more(archive)
    remove_commits(archive, before=40)
    check_all_readers(archive)
    (log_of(archive) / "_last_checkpoint").unlink()
    check_all_readers(archive)


def test_checkpoint_says_what_delta_rs_says(archive):
    """The same actions as delta-rs writes for this version, stats and tags included."""
    ours = pyarrow.parquet.read_table(log_of(archive) / f"{30:020}.checkpoint.parquet")
    for version in range(31, archive.version() + 1):
        (log_of(archive) / f"{version:020}.json").unlink()
    (log_of(archive) / f"{30:020}.checkpoint.parquet").unlink()
    (log_of(archive) / "_last_checkpoint").unlink()
    DeltaTable(str(archive.table_path())).create_checkpoint()
    theirs = pyarrow.parquet.read_table(log_of(archive) / f"{30:020}.checkpoint.parquet")
    assert adds_of(ours) == adds_of(theirs)
    for name in ("protocol", "metaData"):
        assert one_of(ours, name) == one_of(theirs, name)


def adds_of(table):
    fields = ("path", "size", "modificationTime", "tags", "partitionValues")
    return {row["path"]: ([dict(row[f]) if f in ("tags", "partitionValues") else row[f]
                           for f in fields], json.loads(row["stats"]))
            for row in table["add"].to_pylist() if row}


def one_of(table, name):
    row, = (row for row in table[name].to_pylist() if row)
    row = {key: value for key, value in row.items() if value not in (None, [])}
    if name == "metaData":
        row["configuration"] = dict(row["configuration"])
        row.pop("format")
    return row


def test_checkpoints_of_delta_rs_are_read(archive):
    DeltaTable(str(archive.table_path())).create_checkpoint()
    version = archive.version()
    assert version in checkpoints(archive)
    remove_commits(archive, before=version)
    (log_of(archive) / f"{version:020}.json").unlink()
    check_all_readers(archive)
    export_more(archive)
    check_all_readers(archive)


def test_table_after_optimize_vacuum_and_cleanup_of_delta_rs(archive):
    table = DeltaTable(str(archive.table_path()))
    table.optimize.compact()
    assert len(table.file_uris()) < len(DAYS)
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    table.create_checkpoint()
    for path in log_of(archive).iterdir():
        os.utime(path, (time.time() - AGES,) * 2)
    table.cleanup_metadata()
    check_all_readers(archive)
    export_more(archive)
    check_all_readers(archive)
    archive("verify")


def test_damaged_checkpoint_is_passed_over(archive):
    path = log_of(archive) / f"{30:020}.checkpoint.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    remove_commits(archive, before=20)
    check_answers(archive, archive.site.archive_rows())
    export_more(archive)
    check_answers(archive, archive.site.archive_rows())




def test_statistics_that_are_columns_are_read(archive):
    """As Spark writes them where writeStatsAsJson is false."""
    files = archive.ask("files")
    path = log_of(archive) / f"{30:020}.checkpoint.parquet"
    table = pyarrow.parquet.read_table(path)
    adds = table["add"].to_pylist()
    stats = [json.loads(row["stats"]) if row else None for row in adds]
    for row in filter(None, stats):
        for limits in (row["minValues"], row["maxValues"]):
            limits["date"] = datetime.date.fromisoformat(limits["date"])
    without = [{key: value for key, value in row.items() if key != "stats"}
               | {"stats_parsed": parsed} if row else None for row, parsed in zip(adds, stats)]
    fields = [field for field in table.schema.field("add").type if field.name != "stats"]
    kind = pyarrow.struct([*fields, ("stats_parsed", pyarrow.array(stats).type)])
    columns = {name: table[name] for name in table.schema.names}
    pyarrow.parquet.write_table(pyarrow.table(columns | {"add": pyarrow.array(without, kind)}), path)
    remove_commits(archive, before=30)
    assert archive.ask("files") == files
    check_answers(archive, archive.site.archive_rows())
