"""What changes an archive without an export: prune, vacuum, compact, restore, forget."""

import os
import re
import time

import pytest
from pageview_site import DAYS, FIRST, LAST


def rows_since(rows, first):
    return {number: row for number, row in rows.items() if row[8] >= first}


@pytest.fixture
def archive(site, pqa):
    """The program, with all days archived."""
    pqa.backfill(FIRST, LAST)
    return pqa


# --- Prune ---

def test_pruned_days_are_gone_and_stay_so(site, archive):
    rows = site.archive_rows()
    before = DAYS[2]
    said = archive("prune", "--before", before, "--dry-run").stdout
    assert "2 days" in said and "would go" in said
    assert archive.archive_rows() == rows
    version = archive.version()
    refused = archive("prune", "--before", before, code=2)
    assert "--yes" in refused.stderr and archive.version() == version
    said = archive("prune", "--before", before, "--yes").stdout
    left = rows_since(rows, before)
    assert f"{len(rows) - len(left):,} rows" in said
    assert archive.archive_rows() == left
    assert archive.version() == version + 1
    archive.backfill(FIRST, LAST)
    archive("export", "--date", FIRST)
    assert archive.archive_rows() == left
    archive("verify", "--against-database")


def test_prune_can_be_undone(site, archive):
    rows = site.archive_rows()
    archive("prune", "--before", DAYS[3], "--yes")
    said = archive("prune", "--undo").stdout
    assert "3 days" in said and "are back" in said
    assert archive.archive_rows() == rows
    archive("verify", "--against-database")
    assert "no prune" in archive("prune", "--undo", code=10).stderr
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE date = ?",
                 DAYS[0])
    archive("export", "--date", DAYS[0])
    assert archive.archive_rows() == site.archive_rows()


def test_prune_says_what_it_needs(archive):
    assert "which days" in archive("prune", code=2).stderr
    assert "which days" in archive("prune", "--undo", "--before", FIRST, code=2).stderr
    archive.settings["PQA_YES"] = "true"  # agreement is the command line's only
    assert "--yes" in archive("prune", "--before", LAST, code=2).stderr
    assert "future" in archive("prune", "--before", "2999-01-01", code=2).stderr


# --- Vacuum ---

def make_older(store, days=10):
    """As if everything in the store had happened so long ago."""
    for path in store.rglob("*"):
        if path.suffix == ".json" and path.parent.name == "_delta_log":
            text = re.sub(r'("(?:deletionTimestamp|modificationTime)":)(\d+)',
                          lambda m: f"{m[1]}{int(m[2]) - days * 86400000}", path.read_text())
            path.write_text(text)
        if path.is_file():
            os.utime(path, (time.time() - days * 86400,) * 2)


def parquet_files(archive):
    return sorted(archive.store.rglob("*.parquet"))


def change_day(site, day):
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE date = ?", day)


def test_vacuum_deletes_what_was_superseded_long_ago(site, archive):
    change_day(site, DAYS[0])
    archive("export", "--date", DAYS[0])
    copy = archive.table_path() / "project/django/2024/02/26/pageviews_2024-02-26.parquet"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"a copy")
    orphan = archive.table_path() / "2024/02/27/pageviews_2024-02-27.r2-0123abcd.parquet"
    orphan.write_bytes(b"never committed")
    assert archive("vacuum").stdout.startswith("0 objects")
    make_older(archive.store)
    young = archive.table_path() / "2024/02/28/pageviews_2024-02-28.r2-0123abcd.parquet"
    young.write_bytes(b"about to be committed")
    files = parquet_files(archive)
    said = archive("vacuum").stdout
    assert "superseded" in said and "left over" in said and "2 objects" in said
    assert parquet_files(archive) == files
    archive.settings["PQA_DELETE"] = "true"  # counts on the command line only
    archive("vacuum")
    assert parquet_files(archive) == files
    assert "deleted" in archive("vacuum", "--delete").stdout
    left = {archive.table_path() / "2024/02/26/pageviews_2024-02-26.parquet", orphan}
    assert set(files) - set(parquet_files(archive)) == left
    assert copy.exists() and young.exists()
    assert archive.archive_rows() == site.archive_rows()
    archive("verify", "--against-database")


def test_vacuum_with_a_clock_that_is_wrong_is_refused(archive):
    make_older(archive.store, -1)
    assert "clock" in archive("vacuum", "--delete", code=2).stderr
