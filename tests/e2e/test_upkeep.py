"""What changes an archive without an export: prune, vacuum, compact, restore, forget."""

import os
import re
import shutil
import time

import pytest
from pageview_site import (DAYS, FIRST, LAST, TABLES, PostgresDatabase, SqliteDatabase,
                           make_tables)
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

AGE_DAYS = 10


def older_log(text, days=AGE_DAYS):
    """The text of a commit, as if it had been made so long ago."""
    return re.sub(r'("(?:deletionTimestamp|modificationTime)":)(\d+)',
                  lambda m: f"{m[1]}{int(m[2]) - days * 86400000}", text)


def make_files_older(folder, days=AGE_DAYS):
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - days * 86400,) * 2)


def make_older(store, days=AGE_DAYS):
    """As if everything in the store had happened so long ago."""
    for path in store.rglob("_delta_log/*.json"):
        path.write_text(older_log(path.read_text(), days))
    make_files_older(store, days)


def parquet_files(archive):
    return sorted(path for path in archive.store.rglob("*.parquet")
                  if path.parent.name != "_delta_log")


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


# --- Restore ---

ALL = "SELECT * FROM analytics_pageview ORDER BY id"


@pytest.mark.parametrize("compacted", [False, True], ids=["days", "months"])
def test_restored_rows_are_in_the_database_again(site, archive, compacted):
    rows = site.rows(ALL)
    if compacted:
        archive("compact")
    site.execute("DELETE FROM analytics_pageview WHERE date < ?", DAYS[4])
    site.execute("DELETE FROM analytics_pageview WHERE date = ? AND id % 2 = 0", DAYS[4])
    said = archive("restore", "--since", FIRST, "--until", DAYS[4]).stdout
    assert "rows put back, 0 were there" in said
    assert site.rows(ALL) == rows
    said = archive("restore", "--since", "2024-02-20", "--until", LAST).stdout
    assert "0 rows put back" in said and "no rows in the archive" in said
    assert site.rows(ALL) == rows
    version = archive.version()
    archive.backfill(FIRST, LAST)
    archive("export", "--date", FIRST)
    assert archive.version() == version
    archive("verify", "--against-database")


def test_restore_leaves_what_the_site_has_added(site, archive):
    site.execute("DELETE FROM analytics_pageview WHERE id % 3 = 0")
    site.insert([(90001, 1, None, "/new.html", None, 5, DAYS[0], 200)])
    rows = len(site.rows(ALL))
    archive("restore", "--since", DAYS[0], "--until", DAYS[0])
    restored = site.rows("SELECT count(*) FROM analytics_pageview WHERE date = ?", DAYS[0])
    assert restored[0][0] == 1 + sum(row[8] == DAYS[0] for row in archive.archive_rows().values())
    assert len(site.rows(ALL)) > rows


def test_restore_of_an_id_with_other_values_is_refused(site, archive):
    rows = site.rows(ALL)
    changed, moved = [number for number, row in site.archive_rows().items()
                      if row[8] == DAYS[1]][:2]
    site.execute("DELETE FROM analytics_pageview WHERE id <> ? AND id <> ?", changed, moved)
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id = ?", changed)
    said = archive("restore", "--since", DAYS[1], "--until", DAYS[2], code=13)
    assert f"id {changed} " in said.stderr and "rows put back" in said.stdout
    assert said.stderr.count("\n") == 1, "said twice"
    days = {row[6] for row in site.rows(ALL)}
    assert len(site.rows(ALL)) == 2 + sum(str(row[6]) == str(DAYS[2]) for row in rows)
    assert len(days) == 2
    site.execute("UPDATE analytics_pageview SET view_count = view_count - 1 WHERE id = ?", changed)
    site.execute("UPDATE analytics_pageview SET date = ? WHERE id = ?", LAST, moved)
    said = archive("restore", "--since", DAYS[1], "--until", DAYS[1], code=13)
    assert f"id {moved} " in said.stderr
    site.execute("UPDATE analytics_pageview SET date = ? WHERE id = ?", DAYS[1], moved)
    archive("restore", "--since", FIRST, "--until", LAST)
    assert site.rows(ALL) == rows


def test_restore_into_another_database(cluster, sqlite_site, sqlite_pqa, tmp_path):
    rows = sqlite_site.rows(ALL)
    sqlite_pqa.backfill(FIRST, LAST)
    other = PostgresDatabase(cluster.create_database())
    make_tables(other)
    sqlite_pqa("restore", "--since", FIRST, "--until", LAST, "--to-db", other.url)
    assert [tuple(str(v) for v in row) for row in other.rows(ALL)] == [
        tuple(str(v) for v in row) for row in rows]
    other.close()


def with_foreign_key(cluster, kind, tmp_path):
    deferred = "REFERENCES projects_project (id) DEFERRABLE INITIALLY DEFERRED"
    database = (SqliteDatabase(tmp_path / "other.db") if kind == "sqlite"
                else PostgresDatabase(cluster.create_database()))
    for statement in TABLES.replace("big_key}, project_id integer NOT NULL",
                                    "big_key}, project_id integer NOT NULL " + deferred
                                    ).format(**database.keys).split(";\n"):
        if statement.strip():
            database.execute(statement)
    return database


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_restore_without_the_project_says_so(cluster, sqlite_site, sqlite_pqa, tmp_path, kind):
    sqlite_pqa.backfill(FIRST, LAST)
    other = with_foreign_key(cluster, kind, tmp_path)
    command = ("restore", "--since", FIRST, "--until", FIRST, "--to-db", other.url)
    assert "a project or version" in sqlite_pqa(*command, code=1).stderr
    assert other.rows(ALL) == []
    for project in {row[1] for row in sqlite_site.rows(ALL)}:
        other.execute("INSERT INTO projects_project VALUES (?, ?)", project, f"p{project}")
    sqlite_pqa(*command)
    assert len(other.rows(ALL)) == sum(row[6] == str(FIRST) for row in sqlite_site.rows(ALL))
    other.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_restore_leaves_out_what_is_gone_where_asked(cluster, sqlite_site, sqlite_pqa, tmp_path,
                                                     kind):
    """One project is there, and one of its versions."""
    sqlite_pqa.backfill(FIRST, LAST)
    other = with_foreign_key(cluster, kind, tmp_path)
    other.execute("INSERT INTO projects_project VALUES (1, 'django')")
    version, = sqlite_site.rows("SELECT id, project_id, slug FROM builds_version"
                                " WHERE project_id = 1 ORDER BY id LIMIT 1")
    other.execute("INSERT INTO builds_version VALUES (?, ?, ?)", *version)
    rows = [row for row in sqlite_site.archive_rows().values() if row[8] == FIRST]
    wanted = {row[0] for row in rows if row[1] == 1 and row[3] in (None, version[0])}
    done = sqlite_pqa("restore", "--since", FIRST, "--until", FIRST, "--to-db", other.url,
                      "--leave-out-gone")
    assert f"{len(wanted)} rows put back, 0 were there, {len(rows) - len(wanted)} of what" in (
        done.stdout)
    assert {row[0] for row in other.rows(ALL)} == wanted and 0 < len(wanted) < len(rows)
    other.close()


def test_restore_raises_the_sequence_of_a_new_database(cluster, sqlite_site, sqlite_pqa):
    sqlite_pqa.backfill(FIRST, LAST)
    other = PostgresDatabase(cluster.create_database())
    make_tables(other)
    command = ("restore", "--since", FIRST, "--until", LAST, "--to-db", other.url)
    insert = ("INSERT INTO analytics_pageview (project_id, path, view_count, date, status)"
              " VALUES (1, '/', 1, '2024-04-01', 200) RETURNING id")
    highest = max(row[0] for row in sqlite_site.rows(ALL))
    sqlite_pqa(*command)
    assert other.rows(insert) == [(highest + 1,)]
    sqlite_pqa(*command)
    assert other.rows(insert) == [(highest + 2,)]
    other.execute("DROP ROLE IF EXISTS pqa_restorer")
    other.execute("CREATE ROLE pqa_restorer LOGIN")
    other.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO pqa_restorer")
    other.execute("GRANT INSERT ON analytics_pageview TO pqa_restorer")
    done = sqlite_pqa(*command[:-1], other.url.replace("postgres@", "pqa_restorer@"))
    assert done.stderr.count("the sequence of ids may be behind") == 1
    other.execute("SELECT setval('analytics_pageview_id_seq', 1)")
    advised = re.search(r"SELECT setval.*(?=;)", done.stderr)[0]
    assert other.rows(advised) == [(highest + 2,)]
    assert other.rows(advised) == [(highest + 3,)], "it never falls"
    other.execute("DROP OWNED BY pqa_restorer")
    other.execute("DROP ROLE pqa_restorer")
    other.close()


def test_restore_lowers_no_sequence_and_overrides_identities(postgres_site, postgres_pqa):
    site = postgres_site
    postgres_pqa.backfill(FIRST, LAST)
    rows = site.rows(ALL)
    site.execute("ALTER TABLE analytics_pageview ALTER id DROP DEFAULT")
    site.execute("ALTER TABLE analytics_pageview ALTER id ADD GENERATED ALWAYS AS IDENTITY"
                 " (START WITH 500000)")
    site.execute("DELETE FROM analytics_pageview WHERE date = ?", FIRST)
    postgres_pqa("restore", "--since", FIRST, "--until", FIRST)
    assert site.rows(ALL) == rows
    new = site.rows("INSERT INTO analytics_pageview (project_id, path, view_count, date, status)"
                    " VALUES (1, '/', 1, '2024-04-01', 200) RETURNING id")
    assert new == [(500000,)]


def test_restore_with_other_names(site, archive):
    rows = site.rows(ALL)
    site.execute("ALTER TABLE analytics_pageview RENAME COLUMN path TO \"the path\"")
    site.execute("ALTER TABLE analytics_pageview RENAME TO views")
    site.execute("DELETE FROM views WHERE date = ?", FIRST)
    archive("restore", "--since", FIRST, "--until", FIRST, "--page-views-table", "views",
            "--path-column", "the path")
    assert site.rows("SELECT * FROM views ORDER BY id") == rows


@needs_strace
def test_restore_that_is_killed_puts_back_whole_days(sqlite_site, sqlite_pqa, tmp_path):
    rows = sqlite_site.rows(ALL)
    sqlite_pqa.backfill(FIRST, LAST)
    sqlite_site.execute("DELETE FROM analytics_pageview")
    command = ("restore", "--since", FIRST, "--until", LAST)
    for number in [1, 3, 5, 9, 20, 40]:
        sqlite_pqa.run(*command, wrapper=[
            "strace", "-f", "-o", "/dev/null", "-e", "trace=pwrite64",
            "-e", f"inject=pwrite64:signal=KILL:when={number}"])
        found = sqlite_site.rows(ALL)
        days = {row[6] for row in found}
        assert found == [row for row in rows if row[6] in days]
    sqlite_pqa(*command)
    assert sqlite_site.rows(ALL) == rows


# --- Forget ---

def projects_below(folder):
    """Every Parquet file, and all project ids in them, as Arrow reads them."""
    import pyarrow.parquet
    files = sorted(path for path in folder.rglob("*.parquet")
                   if path.parent.name != "_delta_log")
    return files, {number for path in files
                   for number in pyarrow.parquet.read_table(path, columns=["project_id"])[0].to_pylist()}


@pytest.mark.parametrize("compacted", [False, True], ids=["days", "months"])
def test_forgotten_project_is_nowhere(site, archive, compacted):
    change_day(site, DAYS[2])
    archive("export", "--date", DAYS[2])
    if compacted:
        archive("compact")
    archive("prune", "--before", DAYS[1], "--yes")
    copy = archive.table_path() / "project/django/2024/02/28/pageviews_2024-02-28.parquet"
    copy.parent.mkdir(parents=True)
    shutil.copy(archive.live_files()[0], copy)
    rows = archive.archive_rows()
    still = archive("forget", "django", "--dry-run", code=2)
    assert "the database still has" in still.stderr and still.stdout == ""
    said = archive("forget", "django", "--dry-run", "--ignore-database").stdout
    assert "would go" in said and archive.archive_rows() == rows
    still = archive("forget", "django", "--yes", code=2).stderr
    assert "the database still has" in still and archive.archive_rows() == rows
    site.execute("DELETE FROM analytics_pageview WHERE project_id = 1")
    assert "say --yes" in archive("forget", "django", code=2).stderr
    said = archive("forget", "django", "--yes").stdout
    assert "no row of it is left" in said
    files, projects = projects_below(archive.store)
    assert files and 1 not in projects and not copy.exists()
    assert not any(b"django" in path.read_bytes() for path in files)
    assert archive.archive_rows() == {n: row for n, row in rows.items() if row[1] != 1}
    assert "no prune" in archive("prune", "--undo", code=10).stderr
    archive("verify", "--against-database")
    archive.backfill(FIRST, LAST)
    archive("export", "--since", DAYS[1], "--until", LAST)
    assert not any(row[1] == 1 for row in archive.archive_rows().values())
    assert "no project" in archive("forget", "django", "--yes", code=10).stderr
    assert "0 rows" in archive("forget", "--project-id", 1, "--yes").stdout


def test_forget_of_a_slug_that_two_bore_is_refused(site, archive):
    site.execute("DELETE FROM projects_project WHERE id = 2")
    site.execute("UPDATE projects_project SET slug = 'a' WHERE id = 3")
    change_day(site, DAYS[1])
    archive("export", "--date", DAYS[1])
    rows = archive.archive_rows()
    assert "--project-id" in archive("forget", "a", "--yes", "--ignore-database", code=2).stderr
    archive("forget", "--project-id", 3, "--yes", "--ignore-database")
    assert archive.archive_rows() == {n: row for n, row in rows.items() if row[1] != 3}
    assert "which project" in archive("forget", code=2).stderr
    assert "which project" in archive("forget", "a", "--project-id", 3, code=2).stderr


@needs_strace
@pytest.mark.parametrize("call", ["write", "link", "linkat", "unlink"])
def test_forget_that_is_killed_goes_on(sqlite_site, sqlite_pqa, tmp_path, call):
    archive = sqlite_pqa
    archive.backfill(FIRST, LAST)
    change_day(sqlite_site, DAYS[2])
    archive("export", "--date", DAYS[2])
    others = {n: row for n, row in archive.archive_rows().items() if row[1] != 1}
    template, command = tmp_path / "template", ("forget", "--project-id", 1, "--yes",
                                                "--ignore-database")
    shutil.copytree(archive.store, template)
    for number in points(count_calls(archive, tmp_path, call, command)):
        shutil.rmtree(archive.store)
        shutil.copytree(template, archive.store)
        archive.run(*command, wrapper=[
            "strace", "-f", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:signal=KILL:when={number}"])
        found = archive.archive_rows()
        assert {n: row for n, row in found.items() if row[1] != 1} == others
        archive(*command)
        assert archive.archive_rows() == others
        assert 1 not in projects_below(archive.store)[1]
        archive("verify")
