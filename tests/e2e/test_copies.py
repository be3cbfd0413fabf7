"""Copies for projects and organizations: as SQL has their rows, wherever a run was stopped."""
import io
import json
import os
import shutil

import pyarrow.parquet as pq
import pytest
from pageview_site import DAYS, FIRST, GONE_PROJECT, LAST
from s3_program import S3Program
from test_crash import needs_strace, points
from test_nightly import day, rows_of
from test_s3 import prefix, versitygw  # noqa: F401

ORGANIZATIONS = {1: ("python-foundation", [1, 3, 7]), 2: ("érgo & co", [2, 3]), 3: ("no-views", [8])}
BOTH = ("--per-project", "--per-organization")


def add_organizations(site, organizations="organizations_organization",
                      members="organizations_organization_projects"):
    site.execute(f"CREATE TABLE {organizations} (id integer PRIMARY KEY, slug varchar(255))")
    site.execute(f"CREATE TABLE {members} (id integer PRIMARY KEY, organization_id integer,"
                 " project_id integer)")
    count = 0
    for number, (slug, projects) in ORGANIZATIONS.items():
        site.execute(f"INSERT INTO {organizations} VALUES (?, ?)", number, slug)
        for project in projects:
            count += 1
            site.execute(f"INSERT INTO {members} VALUES (?, ?, ?)", count, number, project)


def place(kind, slug, date):
    return f"{kind}/{slug}/{date:%Y/%m/%d}/pageviews_{date}.parquet"


def expected_copies(rows, kinds=("project", "org"), least=1):
    """Paths and rows by id that the archive's rows make."""
    copies = {}
    for row in rows.values():
        slugs = [("project", row[2])] if row[2] else []
        slugs += [("org", slug) for slug, projects in ORGANIZATIONS.values() if row[1] in projects]
        for kind, slug in slugs:
            if kind in kinds:
                copies.setdefault(place(kind, slug, row[8]), {})[row[0]] = row
    return {path: rows for path, rows in copies.items() if len(rows) >= least}


def read_rows(file):
    rows = [tuple(row.values()) for row in pq.ParquetFile(file).read().to_pylist()]
    order = [tuple((value is not None, value.encode() if isinstance(value, str) else value)
                   for value in (row[2], row[5], row[4], row[9], row[0])) for row in rows]
    assert order == sorted(order), "rows are not in order"
    return {row[0]: row for row in rows}


def copies_of(pqa):
    table = pqa.table_path()
    return {str(path.relative_to(table)): read_rows(path)
            for kind in ("project", "org") for path in (table / kind).rglob("*.parquet")}


def manifests_of(pqa):
    listed = {}
    for path in (pqa.table_path() / "_pqa/copies").glob("*.json"):
        for copy in json.loads(path.read_text())["copies"]:
            assert "pending" not in copy
            listed[copy["path"]] = copy
    return listed


def check_copies(pqa, rows, **wanted):
    copies, listed = copies_of(pqa), manifests_of(pqa)
    assert copies == expected_copies(rows, **wanted)
    assert set(listed) == set(copies)
    for path, copy in listed.items():
        assert copy["rows"] == len(copies[path])
        assert copy["views"] == sum(row[7] for row in copies[path].values())
        assert copy["size"] == (pqa.table_path() / path).stat().st_size


@pytest.fixture
def archive(site, pqa):
    """The program, with all days archived, and copies of both kinds."""
    add_organizations(site)
    pqa.backfill(FIRST, LAST)
    pqa("backfill", "--since", FIRST, "--until", LAST, *BOTH)
    return pqa


def views_plus_one(site, project, date):
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1"
                 " WHERE project_id = ? AND date = ?", project, date)


# --- What is in them ---

def test_copies_have_the_rows_of_the_site(site, archive):
    check_copies(archive, site.archive_rows())
    said = archive("copies", "--since", FIRST, "--until", LAST, *BOTH).stdout
    assert "written" not in said and "unchanged" in said
    archive("verify", "--against-database")


def test_duckdb_reads_a_projects_copies_by_their_names(site, archive):
    duckdb = pytest.importorskip("duckdb")
    found = duckdb.sql("SELECT count(*), sum(view_count)::BIGINT FROM read_parquet("
                       f"'{archive.table_path()}/project/django/*/*/*/*.parquet')").fetchall()
    assert found == site.rows("SELECT count(*), sum(view_count) FROM analytics_pageview"
                              " WHERE project_id = 1")


def test_export_alone_makes_none(site, pqa):
    pqa.backfill(FIRST, LAST)
    assert copies_of(pqa) == {} and manifests_of(pqa) == {}


def test_kinds_come_from_environment_and_are_kept(site, pqa):
    pqa.settings["PQA_PER_PROJECT"] = "true"
    pqa("export", "--date", FIRST)
    rows = {n: row for n, row in site.archive_rows().items() if row[8] == FIRST}
    check_copies(pqa, rows, kinds=("project",))
    pqa.settings.clear()
    views_plus_one(site, 1, FIRST)
    said = pqa("export", "--date", FIRST).stdout
    assert "copies: 1 written" in said
    check_copies(pqa, {n: row for n, row in site.archive_rows().items() if row[8] == FIRST},
                 kinds=("project",))


def test_few_rows_make_none(site, pqa):
    pqa("backfill", "--since", FIRST, "--until", LAST, "--per-project", "--copy-minimum-rows", 30)
    check_copies(pqa, site.archive_rows(), kinds=("project",), least=30)


# --- Organizations ---

def test_site_without_organizations_is_told_before_anything_is_done(site, pqa):
    said = pqa("export", "--date", FIRST, "--per-organization", code=10).stderr
    assert "organizations_organization" in said and "organization a project belongs to" in said
    assert not pqa.table_path().exists()
    pqa("export", "--date", FIRST, "--per-project")


def test_organizations_of_other_names(site, pqa):
    add_organizations(site, "orgs", "members")
    pqa("export", "--date", FIRST, "--per-organization", "--organizations-table", "orgs",
        "--organization-projects-table", "members")
    check_copies(pqa, {n: row for n, row in site.archive_rows().items() if row[8] == FIRST},
                 kinds=("org",))


# --- What follows ---

def test_late_rows_change_only_their_copies(site, archive):
    views_plus_one(site, 3, DAYS[1])
    said = archive("export", "--date", DAYS[1]).stdout
    assert "copies: 3 written" in said  # pip, and both of its organizations
    check_copies(archive, site.archive_rows())


def test_renamed_project_leaves_no_copy_behind(site, archive):
    site.execute("UPDATE projects_project SET slug = 'renamed' WHERE id = 1")
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id IN"
                 " (SELECT min(id) FROM analytics_pageview GROUP BY date)")
    archive("export", "--since", FIRST, "--until", LAST)
    assert not list((archive.table_path() / "project/django").rglob("*.parquet"))
    check_copies(archive, site.archive_rows())


def test_deleted_rows_stay_in_copies(site, archive):
    rows = site.archive_rows()
    archive("delete-exported", "--since", FIRST, "--until", DAYS[2])
    check_copies(archive, rows)


def test_rows_deleted_after_export_have_their_copies(site, pqa):
    add_organizations(site)
    rows = site.archive_rows()
    pqa("backfill", "--since", FIRST, "--until", LAST, "--delete-after-export", *BOTH)
    assert site.rows("SELECT count(*) FROM analytics_pageview") == [(0,)]
    check_copies(pqa, rows)


def test_pruned_days_have_none(site, archive):
    rows = site.archive_rows()
    archive("prune", "--before", DAYS[2], "--yes")
    check_copies(archive, {n: row for n, row in rows.items() if row[8] >= DAYS[2]})
    archive("prune", "--undo")
    archive("copies", "--since", FIRST, "--until", LAST, *BOTH)
    check_copies(archive, rows)


def test_forgotten_project_is_in_none(site, archive):
    rows = site.archive_rows()
    archive("forget", "--project-id", 3, "--yes", "--ignore-database")
    check_copies(archive, {n: row for n, row in rows.items() if row[1] != 3})
    for path in archive.store.rglob("*"):
        if path.is_file():
            assert b"pip" not in path.read_bytes(), path


def test_compaction_changes_none(site, archive):
    before = {path: path.stat().st_mtime_ns for path in archive.table_path().rglob("*.parquet")
              if path.parts[-6:-5] != ("pageviews",)}
    archive("compact")
    said = archive("copies", "--since", FIRST, "--until", LAST).stdout
    assert "written" not in said
    check_copies(archive, site.archive_rows())
    for path, modified in before.items():
        assert path.stat().st_mtime_ns == modified


def test_nightly_makes_them_and_makes_up_for_failures(sqlite_site, sqlite_pqa):
    sqlite_site.execute("DELETE FROM analytics_pageview")
    for back in range(5):
        sqlite_site.insert(rows_of(day(back), 1000 * back + 1))
    sqlite_pqa("nightly", "--per-project")
    assert len(copies_of(sqlite_pqa)) == 3
    blocked = sqlite_pqa.table_path() / "project"
    shutil.rmtree(blocked)
    blocked.write_text("no folder")
    views_plus_one(sqlite_site, 1, day(1))
    report = sqlite_pqa.folder / "nights"
    done = sqlite_pqa("nightly", "--per-project", "--report-file", report, code=3)
    assert "project/django" in done.stderr
    night = json.loads(report.read_text())
    assert night["copies_failed"] == 1 and "project/django" in night["message"]
    assert all(step["outcome"] == "done" for step in night["steps"])
    blocked.unlink()
    sqlite_pqa("copies", "--days", 3)
    rows = {n: row for n, row in sqlite_site.archive_rows().items() if day(3) <= row[8] < day(0)}
    check_copies(sqlite_pqa, rows, kinds=("project",))


# --- Odd slugs ---

def test_slugs_that_are_no_folders_are_skipped(site, pqa):
    odd = {1: "..", 2: "a/b", 3: "x" * 60 + "/", 4: "per cent %41", 5: "#?&+ é\\", 6: "tab\t"}
    for number, slug in odd.items():
        site.execute("UPDATE projects_project SET slug = ? WHERE id = ?", slug, number)
    done = pqa("export", "--date", FIRST, "--per-project")
    assert "no copy for the slug '..'" in done.stderr and "4 skipped" in done.stdout
    rows = {n: row for n, row in site.archive_rows().items() if row[8] == FIRST}
    assert any(row[1] == GONE_PROJECT for row in rows.values())
    good = {n: row for n, row in rows.items() if row[1] not in (1, 2, 3, 6)}
    check_copies(pqa, good, kinds=("project",))


# --- Failures ---

def test_copy_that_fails_is_told_and_holds_nothing_back(site, pqa):
    blocked = pqa.table_path() / "project/pip"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("no folder")
    done = pqa("export", "--date", FIRST, "--per-project", code=3)
    assert "project/pip/" in done.stderr and "pqa copies --since 2024-02-26" in done.stderr
    rows = {n: row for n, row in site.archive_rows().items() if row[8] == FIRST}
    assert pqa.archive_rows() == rows
    blocked.unlink()
    said = pqa("copies", "--date", FIRST).stdout
    assert "1 written" in said
    check_copies(pqa, rows, kinds=("project",))


def test_copies_that_are_gone_or_cut_are_made_again(site, archive):
    table = archive.table_path()
    (table / place("project", "pip", FIRST)).unlink()
    os.truncate(table / place("org", "python-foundation", DAYS[1]), 100)
    archive("copies", "--since", FIRST, "--until", LAST)
    check_copies(archive, site.archive_rows())


def test_copies_says_what_it_needs(pqa):
    assert "which days" in pqa("copies", code=2).stderr
    pqa.store.mkdir()
    assert "no" in pqa("copies", "--days", 3, "--per-project", code=10).stderr


@needs_strace
@pytest.mark.parametrize("call", ["rename", "linkat", "unlink", "mkdir", "fsync"])
def test_killed_amid_copies_then_run_again(sqlite_site, sqlite_pqa, tmp_path, call):
    add_organizations(sqlite_site)
    sqlite_pqa("backfill", "--since", FIRST, "--until", DAYS[1], *BOTH)
    saved = tmp_path / "saved"
    shutil.copytree(sqlite_pqa.store, saved)
    sqlite_site.execute("UPDATE projects_project SET slug = 'renamed' WHERE id = 1")
    for project in (1, 3):
        views_plus_one(sqlite_site, project, FIRST)
    arguments = ("export", "--date", FIRST)
    log = tmp_path / "calls"
    sqlite_pqa(*arguments, wrapper=["strace", "-f", "-o", log, "-e", f"trace={call}"])
    count = log.read_text().count(f"{call}(")
    assert count > 0
    rows = {n: row for n, row in sqlite_site.archive_rows().items() if row[8] <= DAYS[1]}
    for number in points(count):
        shutil.rmtree(sqlite_pqa.store)
        shutil.copytree(saved, sqlite_pqa.store)
        sqlite_pqa.run(*arguments, wrapper=[
            "strace", "-f", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:signal=KILL:when={number}"])
        sqlite_site.execute("UPDATE projects_project SET slug = ? WHERE id = 1", f"again-{number}")
        views_plus_one(sqlite_site, 3, FIRST)
        sqlite_pqa(*arguments)
        sqlite_pqa("copies", "--date", FIRST)
        rows = {n: row for n, row in sqlite_site.archive_rows().items() if row[8] <= DAYS[1]}
        day_one = {n: row for n, row in rows.items() if row[8] == FIRST}
        copies = {path: found for path, found in copies_of(sqlite_pqa).items()
                  if f"pageviews_{FIRST}" in path}
        assert copies == expected_copies(day_one)
        assert {path for path in manifests_of(sqlite_pqa) if f"pageviews_{FIRST}" in path} \
            == set(copies)


# --- S3 ---

def s3_copies(pqa):
    start = f"{pqa.prefix}/analytics/pageviews/"
    return {key.removeprefix(start): read_rows(io.BytesIO(pqa.server.read(key)))
            for key in pqa.server.keys(pqa.prefix)
            if key.startswith((f"{start}project/", f"{start}org/"))}


def test_copies_on_s3(versitygw, prefix, sqlite_site, tmp_path):  # noqa: F811
    pqa = S3Program(versitygw, prefix, sqlite_site.url, tmp_path)
    add_organizations(sqlite_site)
    pqa("backfill", "--since", FIRST, "--until", LAST, *BOTH)
    assert s3_copies(pqa) == expected_copies(sqlite_site.archive_rows())
    sqlite_site.execute("UPDATE projects_project SET slug = 'renamed' WHERE id = 1")
    views_plus_one(sqlite_site, 2, FIRST)
    said = pqa("export", "--date", FIRST).stdout
    assert "1 removed" in said
    pqa("prune", "--before", DAYS[1], "--yes")
    rows = {n: row for n, row in sqlite_site.archive_rows().items() if row[8] > FIRST}
    found = s3_copies(pqa)
    assert set(found) == {path.replace("renamed", "django") for path in expected_copies(rows)}
    pqa("forget", "--project-id", 3, "--yes", "--ignore-database")
    assert not any(b"pip" in pqa.server.read(key) for key in pqa.server.keys(pqa.prefix))
    pqa("verify")
