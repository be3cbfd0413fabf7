"""What changes an archive without an export: prune, vacuum, compact, restore, forget."""

import os
import re
import shutil
import time

import pytest
from pageview_site import DAYS, FIRST, LAST
from test_crash import needs_strace, points


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


# --- Compact ---

QUESTIONS = [("top", "django", "--status", "any", "--limit", 0), ("daily", "django"),
             ("versions", "pip"), ("not-found", "a"), ("views", "zz-top")]


def answers(archive):
    return [archive.ask(*question, "--since", FIRST, "--until", LAST) for question in QUESTIONS]


def test_compacted_months_hold_the_same_rows(site, archive):
    rows, asked = site.archive_rows(), answers(archive)
    size = sum(path.stat().st_size for path in archive.live_files())
    said = archive("compact", "--month", "2024-02").stdout
    assert "2024-02" in said and "4 files" in said
    assert "2024-03" in archive("compact").stdout
    names = sorted(path.name[:18] for path in archive.live_files())
    assert names == ["pageviews_2024-02.", "pageviews_2024-03."]
    assert sum(path.stat().st_size for path in archive.live_files()) < size
    assert archive.archive_rows() == rows and answers(archive) == asked
    archive("verify", "--against-database")
    version = archive.version()
    assert "one file already" in archive("compact").stdout
    assert archive.version() == version
    make_older(archive.store)
    archive("vacuum", "--delete")
    assert len(parquet_files(archive)) == 2
    assert archive.archive_rows() == rows and answers(archive) == asked


def test_late_row_of_a_compacted_month_is_merged(site, archive):
    archive("compact")
    change_day(site, DAYS[1])
    site.execute("DELETE FROM analytics_pageview WHERE date = ?", DAYS[0])
    expected = {number: row for number, row in archive.archive_rows().items()
                if row[8] == DAYS[0]} | site.archive_rows()
    archive("export", "--date", DAYS[1])
    assert archive.archive_rows() == expected
    archive("export", "--date", DAYS[1])
    archive("compact")
    assert archive.archive_rows() == expected
    archive("verify")


def test_prune_of_a_compacted_month(site, archive):
    rows = site.archive_rows()
    archive("compact")
    assert "1 files written anew" in archive("prune", "--before", DAYS[2], "--yes").stdout
    assert archive.archive_rows() == rows_since(rows, DAYS[2])
    archive("prune", "--undo")
    assert archive.archive_rows() == rows
    archive("compact")
    assert len(archive.live_files()) == 2 and archive.archive_rows() == rows
    archive("verify", "--against-database")


def test_compact_of_a_month_that_is_none_is_refused(archive):
    for month in ["2024", "2024-13", "2024-02-26", "yesterday"]:
        assert "as 2026-01" in archive("compact", "--month", month, code=2).stderr


# --- Kill -9 ---

def count_calls(archive, tmp_path, call, command):
    log, store = tmp_path / "calls", archive.store
    archive.store = tmp_path / "counted"
    shutil.copytree(store, archive.store)
    archive(*command, wrapper=["strace", "-f", "-o", log, "-e", f"trace={call}"])
    shutil.rmtree(archive.store)
    archive.store = store
    return len(re.findall(rf"^\d+ +{call}\(", log.read_text(), re.M))


@needs_strace
@pytest.mark.parametrize("call", ["write", "pwrite64", "fsync", "link", "linkat", "unlink"])
@pytest.mark.parametrize("command", [
    ("compact",), ("prune", "--before", DAYS[1], "--yes"), ("prune", "--undo"),
    ("vacuum", "--delete")], ids=["compact", "prune", "undo", "vacuum"])
def test_killed_at_a_system_call(sqlite_site, sqlite_pqa, tmp_path, call, command):
    archive, rows = sqlite_pqa, sqlite_site.archive_rows()
    archive.backfill(FIRST, LAST)
    if command[0] == "prune":
        archive("compact")
    if command[-1] == "--undo":
        archive("prune", "--before", DAYS[1], "--yes")
    if command[0] == "vacuum":
        archive("compact")
        make_older(archive.store)
    template = tmp_path / "template"
    shutil.copytree(archive.store, template)
    for number in points(count_calls(archive, tmp_path, call, command)):
        shutil.rmtree(archive.store)
        shutil.copytree(template, archive.store)
        archive.run(*command, wrapper=[
            "strace", "-f", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:signal=KILL:when={number}"])
        found = archive.archive_rows()
        assert found in (rows, rows_since(rows, DAYS[1])), f"{call} {number}"
        archive.run(*command)
        archive.run("prune", "--undo")
        archive.backfill(FIRST, LAST)
        assert archive.archive_rows() == rows, f"{call} {number}"
        archive("verify", "--against-database")
