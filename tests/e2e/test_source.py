"""What the databases themselves may do: rights, plans, locks, names."""
import shutil
import signal
import time

import pytest
from pageview_site import FIRST, LAST, PostgresDatabase, SqliteDatabase


def test_user_with_select_only_can_export(cluster, postgres_site, postgres_pqa):
    postgres_site.execute("DROP ROLE IF EXISTS reader")
    postgres_site.execute("CREATE ROLE reader LOGIN")
    for function in ("pg_control_system()", "pg_control_checkpoint()"):
        postgres_site.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
    for table in ("analytics_pageview", "projects_project", "builds_version"):
        postgres_site.execute(f"GRANT SELECT ON {table} TO reader")
    postgres_pqa.db = postgres_pqa.db.replace("postgres@", "reader@")
    postgres_pqa.backfill(FIRST, LAST)
    assert postgres_pqa.archive_rows() == postgres_site.archive_rows()
    postgres_site.execute("DROP OWNED BY reader")


def test_parallel_scan_is_seen_as_a_scan(postgres_site, postgres_pqa):
    postgres_site.execute(
        "INSERT INTO analytics_pageview (id, project_id, path, view_count, date,"
        " status) SELECT 1000000 + n, 1, '/' || n, 1, date '2020-01-01' + n % 100, 200"
        " FROM generate_series(1, 150000) n")
    postgres_site.execute("DROP INDEX IF EXISTS analytics_pageview_date")
    for row in postgres_site.rows("SELECT indexname FROM pg_indexes WHERE tablename ="
                                  " 'analytics_pageview' AND indexdef LIKE '%date%'"):
        postgres_site.execute(f"DROP INDEX {row[0]}")
    database = postgres_site.rows("SELECT current_database()")[0][0]
    for setting in ("parallel_setup_cost = 0", "parallel_tuple_cost = 0",
                    "min_parallel_table_scan_size = 0"):
        postgres_site.execute(f"ALTER DATABASE {database} SET {setting}")
    postgres_site.execute("ANALYZE analytics_pageview")
    postgres_pqa.backfill(FIRST, LAST)
    printed = postgres_pqa("doctor").stdout
    assert "Parallel Seq Scan" in printed
    assert "an index on the date would help" in " ".join(printed.split())


def test_interrupt_while_the_table_is_locked_stops_at_once(postgres_site, postgres_pqa):
    locker = PostgresDatabase(postgres_site.url)
    locker.connection.autocommit = False
    locker.execute("LOCK TABLE analytics_pageview IN ACCESS EXCLUSIVE MODE")
    running = postgres_pqa.start("export", "--date", FIRST)
    time.sleep(1)
    assert running.poll() is None
    started = time.monotonic()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert time.monotonic() - started < 3
    assert running.returncode == 128 + signal.SIGINT
    locker.connection.rollback()
    locker.close()
    postgres_pqa("export", "--date", FIRST)


@pytest.mark.parametrize("url", [
    "postgresql://me:SECRET@@nowhere.invalid/db", "postgresql://me:SEC/SECRET@host/db",
    "host=h password=SECRET", "mysql://me:SECRET@h/db"])
def test_password_is_not_in_messages(sqlite_pqa, url):
    sqlite_pqa.db = url
    done = sqlite_pqa.run("export", "--date", FIRST)
    assert done.returncode != 0 and done.stderr
    assert "SEC" not in done.stdout + done.stderr


def test_databases_with_long_paths_are_told_apart(sqlite_site, sqlite_template, sqlite_pqa,
                                                 tmp_path):
    folder = tmp_path.joinpath(*["d" * 170] * 2)
    folder.mkdir(parents=True)
    for name in ("a.db", "b.db"):
        shutil.copy(sqlite_template, folder / name)
    sqlite_pqa.db = f"sqlite:{folder / 'a.db'}"
    sqlite_pqa("export", "--date", FIRST)
    sqlite_pqa.db = f"sqlite:{folder / 'b.db'}"
    assert "--adopt-source" in sqlite_pqa("export", "--date", LAST, code=13).stderr


def test_column_named_like_the_keyword_is_no_autoincrement(sqlite_site, sqlite_pqa):
    sqlite_site.execute("CREATE TABLE plain AS SELECT * FROM analytics_pageview")
    sqlite_site.execute("DROP TABLE analytics_pageview")
    sqlite_site.execute("CREATE TABLE analytics_pageview (id integer PRIMARY KEY, project_id"
                        " integer, version_id integer, path text, full_path text,"
                        " view_count integer, date date, status integer,"
                        " autoincrement_note text)")
    sqlite_pqa.backfill(FIRST, LAST)
    assert "has no AUTOINCREMENT" in " ".join(sqlite_pqa("doctor").stdout.split())


def test_date_of_another_type_is_refused_by_id(sqlite_site, sqlite_pqa):
    for value in ("20260101", "1.5", "x'3230'"):
        sqlite_site.execute("DELETE FROM analytics_pageview WHERE id = 999999")
        sqlite_site.execute("INSERT INTO analytics_pageview (id, project_id, path, view_count,"
                            f" date, status) VALUES (999999, 1, '/', 1, {value}, 200)")
        assert "999999" in sqlite_pqa("export", "--date", FIRST, code=1).stderr
