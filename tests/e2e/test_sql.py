"""pqa sql: any question, by the duckdb program."""
import json
import pathlib
import signal
import subprocess
import time

import duckdb_program
import pytest
from pageview_site import DAYS, FIRST, LAST
from s3_program import S3Program
from s3_servers import BUCKET, SECRET_KEY, Versitygw

TOTALS = ("SELECT strftime(date, '%Y-%m-%d') AS date, sum(view_count)::BIGINT AS views"
          " FROM pageviews WHERE project_id = 1 AND status = 200 GROUP BY date ORDER BY date")
TOP = ("SELECT path, sum(view_count)::BIGINT AS views FROM pageviews WHERE project_id = 1"
       " AND status = 200 GROUP BY path ORDER BY views DESC, path LIMIT 25")
TYPES = {"id": "BIGINT", "project_id": "INTEGER", "project_slug": "VARCHAR",
         "version_id": "INTEGER", "version_slug": "VARCHAR", "path": "VARCHAR",
         "full_path": "VARCHAR", "view_count": "INTEGER", "date": "DATE", "status": "SMALLINT"}


@pytest.fixture(scope="module")
def gateway():
    if not Versitygw.is_installed():
        pytest.skip("versitygw is not installed; tools/test_servers.sh builds it")
    with Versitygw() as server:
        yield server


@pytest.fixture
def asked(sqlite_pqa):
    """An archive, and the program set up to find DuckDB's."""
    sqlite_pqa.settings["PQA_DUCKDB"] = str(duckdb_program.program())
    sqlite_pqa.backfill(FIRST, LAST)
    return sqlite_pqa


def rows(pqa, sql, *more):
    return json.loads(pqa("sql", sql, "--format", "json", *more).stdout)


def columns(pqa):
    return {row["column_name"]: row["column_type"] for row in rows(pqa, "DESCRIBE pageviews")}


def assert_answers_are_the_archives(pqa):
    assert rows(pqa, TOTALS) == pqa.ask("daily", "django", "--since", FIRST, "--until", LAST)
    assert rows(pqa, TOP) == pqa.ask("top", "django", "--since", FIRST, "--until", LAST)
    assert columns(pqa) == TYPES


def test_answers_equal_the_archives_own(asked, sqlite_site):
    assert_answers_are_the_archives(asked)
    got = {tuple(row.values()) for row in rows(asked, "FROM pageviews")}
    assert got == {row[:8] + (str(row[8]), row[9]) for row in sqlite_site.archive_rows().values()}


def test_delta_extension_is_used_where_it_is_installed(asked, tmp_path):
    duckdb_program.install_extension("delta", tmp_path)
    plan = asked("sql", "EXPLAIN SELECT count(*) FROM pageviews WHERE status = 404").stdout
    assert "DELTA_SCAN" in plan.upper()
    assert_answers_are_the_archives(asked)


def test_superseded_files_do_not_count(asked, sqlite_site):
    sqlite_site.insert([(999999, 1, None, "/late.html", None, 5, FIRST, 200)])
    asked("export", "--date", FIRST)
    assert len(list(asked.table_path().rglob("*.parquet"))) == len(DAYS) + 1
    assert rows(asked, "SELECT count(*) AS n, count(DISTINCT id) AS d FROM pageviews") == [
        {"n": len(sqlite_site.archive_rows()), "d": len(sqlite_site.archive_rows())}]


def test_empty_table_has_the_right_columns(asked, tmp_path):
    asked.store = tmp_path / "empty"
    asked("export", "--date", "2020-01-01")
    assert columns(asked) == TYPES
    assert rows(asked, "SELECT count(*) AS n FROM pageviews") == [{"n": 0}]


@pytest.mark.parametrize("name", ["it's a store", "with spaces; SELECT 1", "per%20cent"])
def test_store_of_any_name(asked, tmp_path, name):
    asked.store = pathlib.Path(asked.store).rename(tmp_path / name)
    assert_answers_are_the_archives(asked)
    duckdb_program.install_extension("delta", tmp_path)
    assert_answers_are_the_archives(asked)


def test_relative_store(asked, tmp_path):
    asked.store = pathlib.Path("store")
    done = asked("sql", "SELECT count(*) FROM pageviews", "--format", "csv", cwd=tmp_path)
    assert int(done.stdout.split()[-1]) == 2400


def test_store_that_duckdb_takes_for_a_pattern_is_refused(asked, tmp_path):
    asked.store = pathlib.Path(asked.store).rename(tmp_path / "s[t]*")
    done = asked("sql", "SELECT 1", code=1)
    assert "DuckDB cannot be told of a path with" in done.stderr


def test_formats(asked):
    sql = "SELECT 1 AS a, 'x, y' AS b UNION ALL SELECT 2, NULL ORDER BY a"
    answers = {name: asked("sql", sql, "--format", name).stdout
               for name in ("table", "csv", "json", "ndjson")}
    assert answers["csv"].splitlines() == ["a,b", '1,"x, y"', "2,"]
    assert json.loads(answers["json"]) == [{"a": 1, "b": "x, y"}, {"a": 2, "b": None}]
    assert [json.loads(line) for line in answers["ndjson"].splitlines()] == json.loads(
        answers["json"])
    assert [line.split() for line in answers["table"].splitlines()][0] == ["a", "b"]
    assert asked("sql", sql).stdout == answers["table"]


def test_table_has_all_rows_and_whole_texts(asked):
    out = asked("sql", "SELECT path FROM pageviews WHERE date = '2024-02-26'").stdout
    assert len([line for line in out.splitlines() if line.strip()]) > 300
    assert "long/" * 800 in out


def test_sql_of_a_file_and_of_standard_input(asked, tmp_path):
    file = tmp_path / "report.sql"
    file.write_text(f"SET VARIABLE p = 1;\n-- a comment; with it's quote\n{TOTALS}\n;;\n")
    expected = asked("sql", TOTALS, "--format", "csv").stdout
    assert asked("sql", "--file", file, "--format", "csv").stdout == expected
    for words in (["sql", "-"], ["sql", "--file", "-"]):
        done = subprocess.run([asked.path, *words, "--format", "csv"], env=asked.environment(),
                              input=file.read_text(), capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, expected), done.stderr


def test_memory_limit_is_duckdbs(asked):
    sql = "SELECT current_setting('memory_limit') AS m"
    assert rows(asked, sql, "--memory-limit", "100M") == [{"m": "100.0 MiB"}]


def test_nothing_is_spilled_into_the_current_directory(asked, tmp_path):
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    asked.settings["TMPDIR"] = str(temporary)
    asked("sql", "CREATE TABLE t AS SELECT random() AS x FROM range(3000000) ORDER BY x;"
          " SELECT count(*) FROM t", "--memory-limit", "60M", cwd=here)
    assert list(here.iterdir()) == [] and list(temporary.iterdir()) == []


def test_exit_codes_are_truthful(asked, tmp_path):
    done = asked("sql", "SELECT nothing_such FROM pageviews; SELECT 'second'", code=1)
    assert "nothing_such" in done.stderr and "second" not in done.stdout
    assert "more words" not in asked("sql", "SELECT error('my words')", code=1).stdout
    assert "which SQL?" in asked("sql", code=2).stderr
    assert "give one of them" in asked("sql", "SELECT 1", "--file", "x", code=2).stderr
    assert "no-such.sql" in asked("sql", "--file", tmp_path / "no-such.sql", code=10).stderr
    with open("/dev/full", "w") as full:
        done = subprocess.run([asked.path, "sql", "FROM pageviews"], env=asked.environment(),
                              stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "cannot write" in done.stderr


def test_store_that_is_not_there(asked, tmp_path):
    asked.store = tmp_path / "nowhere"
    assert "nowhere" in asked("sql", "SELECT 1", code=10).stderr


def test_without_duckdb_it_says_what_to_install(asked, tmp_path):
    for name in ("no-such-duckdb", str(tmp_path / "no-such")):
        done = asked("sql", "SELECT 1", "--duckdb", name, code=10)
        assert name in done.stderr and "pip install duckdb-cli" in done.stderr
    del asked.settings["PQA_DUCKDB"]
    asked.settings["PATH"] = str(tmp_path)
    assert "no program 'duckdb'" in asked("sql", "SELECT 1", code=10).stderr
    done = asked("sql", "SELECT 1", "--duckdb", "/bin/true", code=1)
    assert "does not answer as DuckDB's program does" in done.stderr


def test_settings_of_the_users_duckdb_do_not_matter(asked, tmp_path):
    (tmp_path / ".duckdbrc").write_text(".mode markdown\nSELECT 'of the user';\n")
    assert asked("sql", "SELECT 1 AS a", "--format", "csv").stdout.split() == ["a", "1"]


def test_nothing_is_downloaded_without_being_asked_for(asked):
    """DuckDB would install an extension for a function that it knows of one."""
    done = asked("sql", "SELECT ST_Point(1, 2)", code=1)
    assert "spatial" in done.stderr.lower()
    assert not list(pathlib.Path(asked.folder).rglob("*.duckdb_extension"))


ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


def members(group):
    return subprocess.run(["pgrep", "-g", str(group)], capture_output=True,
                          text=True).stdout.split()


def wait_for_query(process):
    """The group of processes that runs the endless query."""
    for _ in range(300):
        time.sleep(0.1)
        found = subprocess.run(["pgrep", "-P", str(process.pid), "-f", "column|jsonlines|csv"],
                               capture_output=True, text=True).stdout.split()
        if found:
            time.sleep(1)
            return int(found[0])
    raise AssertionError("duckdb was not started")


@pytest.mark.parametrize("program", [duckdb_program.program, duckdb_program.script])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_all(asked, program, number):
    asked.settings["PQA_DUCKDB"] = str(program())
    process = asked.start("sql", ENDLESS)
    group = wait_for_query(process)
    started = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == 128 + number and time.monotonic() - started < 5
    for _ in range(50):
        if not members(group):
            return
        time.sleep(0.1)
    raise AssertionError(f"still there: {members(group)}")


# --- S3

@pytest.fixture
def far(gateway, sqlite_site, tmp_path):
    pqa = S3Program(gateway, f"sql-{tmp_path.name}", sqlite_site.url, tmp_path)
    pqa.settings["PQA_DUCKDB"] = str(duckdb_program.program())
    pqa.backfill(FIRST, LAST)
    return pqa


def test_store_on_s3_without_httpfs_is_refused(far):
    done = far("sql", "SELECT 1", code=1)
    assert "httpfs" in done.stderr and "INSTALL httpfs" in done.stderr


@pytest.mark.parametrize("extensions", [["httpfs"], ["httpfs", "delta"]])
def test_store_on_s3(far, tmp_path, extensions):
    for name in extensions:
        duckdb_program.install_extension(name, tmp_path)
    assert_answers_are_the_archives(far)
    shown = far("sql", "FROM duckdb_secrets(); SELECT getvariable('pqa_secret') AS v").stdout
    assert "redacted" in shown and SECRET_KEY not in shown


def test_keys_are_in_no_process_list_and_no_error(far, tmp_path):
    duckdb_program.install_extension("httpfs", tmp_path)
    process = far.start("sql", ENDLESS)
    group = wait_for_query(process)
    words = pathlib.Path(f"/proc/{group}/cmdline").read_bytes()
    process.terminate()
    process.communicate()
    assert b"duckdb" in words and SECRET_KEY.encode() not in words
    done = far.run("sql", "SELECT * FROM read_parquet('s3://views/no-such'); CREATE SECRET pqa"
                   " (TYPE s3, KEY_ID 1)")
    assert done.returncode == 1  # far.run looks for the secret


def test_object_that_is_gone_fails_and_shows_no_key(far, gateway, tmp_path):
    duckdb_program.install_extension("httpfs", tmp_path)
    key = sorted(far.data_keys())[0]
    (gateway.data / BUCKET / key).unlink()
    done = far("sql", "SELECT count(*), sum(id) FROM pageviews", code=1)
    assert key.split("/")[-1] in done.stderr, done.stderr


@pytest.mark.parametrize("extensions", [["httpfs"], ["httpfs", "delta"]])
def test_store_behind_tls_with_a_bundle_of_its_own(sqlite_site, tmp_path, extensions):
    if not Versitygw.is_installed():
        pytest.skip("versitygw is not installed; tools/test_servers.sh builds it")
    for name in extensions:
        duckdb_program.install_extension(name, tmp_path)
    with Versitygw(tls=True) as server:
        pqa = S3Program(server, "tls", sqlite_site.url, tmp_path)
        pqa.settings |= {"AWS_CA_BUNDLE": str(server.certificate),
                         "PQA_DUCKDB": str(duckdb_program.program())}
        pqa.backfill(FIRST, LAST)
        assert_answers_are_the_archives(pqa)
        done = pqa("sql", "SELECT current_setting('ca_cert_file') AS file").stdout
        assert str(server.certificate) in done


def test_store_whose_bucket_is_in_the_host(sqlite_site, tmp_path):
    if not Versitygw.is_installed():
        pytest.skip("versitygw is not installed; tools/test_servers.sh builds it")
    duckdb_program.install_extension("httpfs", tmp_path)
    with Versitygw(virtual=True) as server:
        pqa = S3Program(server, "virtual", sqlite_site.url, tmp_path,
                        endpoint=f"http://localhost:{server.port}")
        pqa.settings |= {"PQA_S3_ADDRESSING": "virtual",
                         "PQA_DUCKDB": str(duckdb_program.program())}
        pqa.backfill(FIRST, LAST)
        assert_answers_are_the_archives(pqa)
