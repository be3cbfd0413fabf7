"""Prune, vacuum, compact, restore and forget on real S3 servers."""
from pageview_site import DAYS, FIRST, LAST
from s3_program import S3Program, Trial
from s3_servers import BUCKET
from test_s3 import minio, prefix, s3_pqa, server, versitygw  # noqa: F401
from test_upkeep import ALL, change_day, make_files_older, older_log, rows_since


def test_prune_undo_and_compact(s3_pqa, sqlite_site):
    rows = sqlite_site.archive_rows()
    s3_pqa.backfill(FIRST, LAST)
    s3_pqa("compact")
    assert len(s3_pqa.live_files()) == 2 and s3_pqa.archive_rows() == rows
    s3_pqa("prune", "--before", DAYS[2], "--yes")
    assert s3_pqa.archive_rows() == rows_since(rows, DAYS[2])
    s3_pqa("prune", "--undo")
    assert s3_pqa.archive_rows() == rows
    s3_pqa("compact")
    assert len(s3_pqa.live_files()) == 2 and s3_pqa.archive_rows() == rows
    s3_pqa("verify", "--against-database")
    assert s3_pqa("vacuum", "--delete").stdout.startswith("0 objects")


def test_restore(s3_pqa, sqlite_site):
    rows = sqlite_site.rows(ALL)
    s3_pqa.backfill(FIRST, LAST)
    sqlite_site.execute("DELETE FROM analytics_pageview")
    s3_pqa("restore", "--since", FIRST, "--until", LAST)
    assert sqlite_site.rows(ALL) == rows


def test_forget(s3_pqa, sqlite_site):
    s3_pqa.backfill(FIRST, LAST)
    change_day(sqlite_site, FIRST)
    s3_pqa("export", "--date", FIRST)
    rows = s3_pqa.archive_rows()
    s3_pqa("compact", "--month", "2024-02")
    said = s3_pqa("forget", "--project-id", 1, "--yes", "--ignore-database").stdout
    assert "no row of it is left" in said
    assert s3_pqa.archive_rows() == {n: row for n, row in rows.items() if row[1] != 1}
    assert not any(b"django" in s3_pqa.server.read(key) for key in s3_pqa.data_keys())
    s3_pqa("verify")


def make_older(pqa, trial):
    for key in pqa.server.keys(pqa.prefix):
        name = key.removeprefix(pqa.prefix + "/")
        if "/_delta_log/" in name:
            trial.replace(name, older_log(trial.get(name).decode()).encode())
    make_files_older(pqa.server.data / BUCKET / pqa.prefix)


def test_vacuum(versitygw, prefix, sqlite_site, tmp_path):  # noqa: F811
    pqa = S3Program(versitygw, prefix, sqlite_site.url, tmp_path)
    pqa.backfill(FIRST, LAST)
    pqa("compact")
    make_older(pqa, Trial(versitygw, prefix, tmp_path))
    assert len(pqa.data_keys()) == 2 + len(DAYS)
    assert f"{len(DAYS)} objects" in pqa("vacuum", "--delete").stdout
    assert len(pqa.data_keys()) == 2
    assert pqa.archive_rows() == sqlite_site.archive_rows()
    pqa("verify", "--against-database")
