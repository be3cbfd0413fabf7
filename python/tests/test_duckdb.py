"""Archive.duckdb(): any question, by DuckDB."""
import os
import pathlib
import subprocess
import sys
import textwrap

import duckdb
import duckdb_program
import pytest
from pageview_site import FIRST, LAST
from s3_servers import ACCESS_KEY, BUCKET, SECRET_KEY, Versitygw

import pqa

TYPES = {"id": "BIGINT", "project_id": "INTEGER", "project_slug": "VARCHAR",
         "version_id": "INTEGER", "version_slug": "VARCHAR", "path": "VARCHAR",
         "full_path": "VARCHAR", "view_count": "INTEGER", "date": "DATE", "status": "SMALLINT"}
ASKED = textwrap.dedent("""
    TOP = ("SELECT path, sum(view_count)::BIGINT AS views FROM pageviews WHERE project_id = 1"
           " AND status = 200 GROUP BY path ORDER BY views DESC, path LIMIT 25")
    DAILY = ("SELECT date, sum(view_count)::BIGINT AS views FROM pageviews WHERE project_id = 1"
             " AND status = 200 GROUP BY date ORDER BY date")

    def assert_answers_are_the_archives(archive, connection, first, last):
        def ask(sql):
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]
        top = archive.top_pages("django", first, last).to_pylist()
        assert len(top) == 25 and ask(TOP) == top
        assert ask(DAILY) == archive.daily_totals("django", first, last).to_pylist()
    """)
exec(ASKED)


@pytest.fixture
def exported(sqlite_archive):
    sqlite_archive.backfill(since=FIRST, until=LAST)
    return sqlite_archive


@pytest.fixture
def no_extensions(tmp_path):
    """As where none was ever installed."""
    return {"extension_directory": str(tmp_path / "extensions")}


def columns(connection):
    return {row[0]: row[1] for row in connection.execute("DESCRIBE pageviews").fetchall()}


def test_answers_equal_the_archives_own(exported, sqlite_site, no_extensions):
    connection = exported.duckdb(config=no_extensions)
    assert_answers_are_the_archives(exported, connection, FIRST, LAST)  # noqa: F821
    assert columns(connection) == TYPES
    rows = connection.execute("FROM pageviews").fetchall()
    assert set(rows) == set(sqlite_site.archive_rows().values())
    assert connection.cursor().execute("SELECT count(*) FROM pageviews").fetchall() == [
        (len(rows),)]


def test_view_has_the_live_files_of_when_it_was_made(exported, sqlite_site, no_extensions):
    before = exported.duckdb(config=no_extensions)
    sqlite_site.insert([(999999, 1, None, "/late.html", None, 5, FIRST, 200)])
    exported.export(FIRST)
    count = "SELECT count(*) FROM pageviews"
    rows = len(sqlite_site.archive_rows())
    assert exported.duckdb(config=no_extensions).execute(count).fetchone() == (rows,)
    assert before.execute(count).fetchone() == (rows - 1,)


def test_empty_table_is_an_empty_view_with_the_right_columns(sqlite_archive, no_extensions):
    with pytest.raises(pqa.NotFound):
        sqlite_archive.duckdb(config=no_extensions)
    sqlite_archive.export("2020-01-01")
    connection = sqlite_archive.duckdb(config=no_extensions)
    assert columns(connection) == TYPES
    assert connection.execute("FROM pageviews").fetchall() == []


def test_memory_limit(exported, no_extensions):
    for limit, shown in [("300MB", "286.1 MiB"), (200 << 20, "200.0 MiB")]:
        connection = exported.duckdb(limit, config=no_extensions)
        assert connection.execute("SELECT current_setting('memory_limit')").fetchone() == (shown,)
    with pytest.raises(duckdb.Error, match="Memory must have a number"):
        exported.duckdb("much", config=no_extensions)


def test_store_with_a_quote_and_a_relative_one(exported, tmp_path, monkeypatch, no_extensions):
    store = pathlib.Path(tmp_path / "it's").absolute()
    pathlib.Path(exported._settings["store"]).rename(store)
    monkeypatch.chdir(tmp_path)
    for name in (store, "it's"):
        archive = pqa.Archive(name)
        connection = archive.duckdb(config=no_extensions)
        monkeypatch.chdir("/")
        assert_answers_are_the_archives(pqa.Archive(store), connection, FIRST, LAST)  # noqa: F821
        monkeypatch.chdir(tmp_path)


def test_without_its_package_the_error_says_what_to_install(exported, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ImportError, match=r"pip install 'parquet-analytics\[duckdb\]'"):
        exported.duckdb()


def test_nothing_is_downloaded(exported, no_extensions, tmp_path):
    connection = exported.duckdb(config=no_extensions)
    with pytest.raises(duckdb.Error, match="(?i)spatial"):
        connection.execute("SELECT ST_Point(1, 2)")
    assert not list(tmp_path.rglob("*.duckdb_extension"))


# --- With extensions, and the version of DuckDB that they are for

def run(program, tmp_path, *arguments, env=None):
    home = {"HOME": str(tmp_path), "PYTHONPATH": str(duckdb_program.packages())}
    program = ASKED + textwrap.dedent(program)
    return subprocess.run([sys.executable, "-c", program, *map(str, arguments)],
                          env=os.environ | home | (env or {}), capture_output=True, text=True)


def test_delta_extension_is_used_where_it_is_installed(exported, tmp_path):
    duckdb_program.install_extension("delta", tmp_path)
    done = run("""
        import sys, pqa
        archive = pqa.Archive(sys.argv[1])
        connection = archive.duckdb()
        assert "DELTA_SCAN" in str(connection.execute("EXPLAIN FROM pageviews").fetchall()).upper()
        assert_answers_are_the_archives(archive, connection, *sys.argv[2:])
        print("done")
        """, tmp_path, exported._settings["store"], FIRST, LAST)
    assert done.stdout == "done\n", done.stderr


FAR = """
    import sys, duckdb, pqa
    store, endpoint, access, secret, first, last = sys.argv[1:]
    archive = pqa.Archive(store, s3_endpoint=endpoint, s3_access_key=access, s3_secret_key=secret,
                          cache_directory="none")
    try:
        connection = archive.duckdb()
    except pqa.Unsupported as error:
        print(error)
        sys.exit()
    assert_answers_are_the_archives(archive, connection, first, last)
    assert secret not in str(connection.execute("FROM duckdb_secrets()").fetchall())
    assert connection.execute("SELECT getvariable('pqa_secret')").fetchone() == (None,)
    print("done")
"""


def test_store_on_s3_by_the_archives_own_keys(sqlite_site, tmp_path):
    if not Versitygw.is_installed():
        pytest.skip("versitygw is not installed; tools/test_servers.sh builds it")
    duckdb_program.program()
    with Versitygw() as server:
        settings = {"s3_endpoint": server.endpoint, "s3_access_key": ACCESS_KEY,
                    "s3_secret_key": SECRET_KEY}
        store = f"s3://{BUCKET}/ducks"
        pqa.Archive(store, db=sqlite_site.url, **settings).backfill(since=FIRST, until=LAST)
        words = [store, *settings.values(), FIRST, LAST]
        done = run(FAR, tmp_path, *words)
        assert "INSTALL httpfs" in done.stdout, done.stderr
        for name in ("httpfs", "delta"):
            duckdb_program.install_extension(name, tmp_path)
            done = run(FAR, tmp_path, *words)
            assert done.stdout == "done\n", done.stderr
