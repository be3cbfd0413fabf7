"""Deleting from the database what the archive has: nothing is lost, whatever happens.

`nothing_is_lost` holds after each: every row is in the database or the archive, in its latest
form; `converges`: another run finishes the work and finds the same again.
"""
import contextlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections import defaultdict

import pytest
from pageview_site import DAYS, EXPECTED, FIRST, LAST, PostgresDatabase, SqliteDatabase
from postgres_cluster import Replica

LONG = bool(os.environ.get("PQA_CHECK_ALL"))
POINTS = 1000000 if LONG else 5
RANGE = ("--since", FIRST, "--until", LAST)
CALLS = ["write", "pwrite64", "fsync", "fdatasync", "rename", "link", "linkat", "unlink",
         "openat", "sendto", "ftruncate"]


def nothing_is_lost(pqa, site, rows):
    """`rows`: those that the site has written, in their latest form, by id."""
    database, archive = site.archive_rows(), pqa.archive_rows()
    for number, row in rows.items():
        found = database.get(number) or archive.get(number)
        assert found == row, f"id {number}: {found} is not {row}"


def converges(pqa, site, rows, *more):
    nothing_is_lost(pqa, site, rows)
    pqa("delete-exported", *RANGE, *more)
    assert site.archive_rows() == {}
    assert pqa.archive_rows() == rows
    pqa("verify", "--against-database")
    printed = pqa("delete-exported", *RANGE, *more).stdout
    assert "6 days: 0 rows deleted, 0 kept" in printed


# --- What it does ---

def test_exported_days_are_deleted_and_the_archive_has_them(site, pqa):
    rows = site.archive_rows()
    printed = pqa("delete-exported", "--since", FIRST, "--until", DAYS[1]).stdout
    kept = {n: row for n, row in rows.items() if row[8] > DAYS[1]}
    assert site.archive_rows() == kept
    assert f"2 days: {len(rows) - len(kept)} rows deleted, 0 kept" in printed
    converges(pqa, site, rows)


def test_export_with_its_switch_deletes_and_without_does_not(site, pqa):
    rows = site.archive_rows()
    pqa("export", "--date", FIRST)
    assert site.archive_rows() == rows
    pqa("export", "--date", FIRST, "--delete-after-export", "--delete-batch", 7)
    assert {row[8] for row in site.archive_rows().values()} == set(DAYS[1:])
    pqa("backfill", *RANGE, "--delete-after-export")
    assert site.archive_rows() == {}
    converges(pqa, site, rows)


def test_switch_in_the_settings_file_counts_by_its_own_name_only(site, pqa, tmp_path):
    rows = site.archive_rows()
    config = tmp_path / "pqa.conf"
    config.write_text("delete-batch = 10\ndelete-pause = 0\n")
    pqa("export", "--date", FIRST, "--config", config)
    assert site.archive_rows() == rows
    config.write_text("delete_after_export = true\n")
    pqa("export", "--date", FIRST, "--config", config)
    assert len(site.archive_rows()) < len(rows)


def test_backfill_goes_on_where_its_deletion_stopped(site, pqa):
    """Days that are covered already are not left out: their rows are still there."""
    rows = site.archive_rows()
    pqa.backfill(FIRST, LAST)
    pqa("backfill", *RANGE, "--delete-after-export")
    converges(pqa, site, rows)


def test_late_rows_are_archived_before_they_go(site, pqa):
    rows = site.archive_rows()
    pqa("delete-exported", *RANGE)
    site.insert([(900001, 1, None, "/late.html", None, 3, FIRST, 200)])
    rows |= site.archive_rows()
    pqa("delete-exported", *RANGE)
    assert site.archive_rows() == {}
    converges(pqa, site, rows)


def test_more_rows_than_memory_holds(sqlite_site, sqlite_pqa):
    """Two row groups, each larger than what may be held of the day."""
    sqlite_site.execute("DELETE FROM analytics_pageview")
    sqlite_site.insert([(n, 1, None, f"/page{n * 7919 % 140000}.html", None, 1, FIRST, 200)
                        for n in range(1, 140001)])
    rows = sqlite_site.archive_rows()
    printed = sqlite_pqa("delete-exported", "--since", FIRST, "--until", FIRST, "--memory", "1M",
                         "--delete-batch", 50000).stdout
    assert "140,000 rows deleted, 0 kept; 4 batches" in printed
    assert sqlite_site.archive_rows() == {} and sqlite_pqa.archive_rows() == rows


def test_dry_run_counts_and_changes_nothing(site, pqa):
    rows = site.archive_rows()
    total = f"6 days: {text_of(len(rows))} rows would be deleted, 0 kept"
    assert total in pqa("delete-exported", *RANGE, "--dry-run").stdout
    assert not pqa.table_path().exists()
    pqa.backfill(FIRST, LAST)
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id = 5")
    site.insert([(900001, 1, None, "/late.html", None, 3, FIRST, 200)])
    rows, version = site.archive_rows(), pqa.version()
    total = f"6 days: {text_of(len(rows))} rows would be deleted, 0 kept"
    assert total in pqa("delete-exported", *RANGE, "--dry-run").stdout
    assert site.archive_rows() == rows and pqa.version() == version
    converges(pqa, site, rows)


def text_of(count):
    return f"{count:,}"


@pytest.mark.parametrize("arguments", [
    (), ("--since", FIRST), ("--until", LAST), ("--since", LAST, "--until", FIRST),
    ("--since", FIRST, "--until", "today"), ("--since", "today", "--until", "today")])
def test_days_must_be_said_and_be_over(sqlite_site, sqlite_pqa, arguments):
    rows = sqlite_site.archive_rows()
    sqlite_pqa("delete-exported", *arguments, code=2)
    sqlite_pqa("export", "--date", "today", "--include-open", "--delete-after-export", code=2)
    assert sqlite_site.archive_rows() == rows


# --- Rows that the archive does not have exactly ---

def test_rows_with_escaped_bytes_stay(sqlite_site, sqlite_pqa):
    sqlite_site.execute("UPDATE analytics_pageview SET path = CAST(x'2fff' AS text) WHERE id = 5")
    sqlite_site.execute("UPDATE analytics_pageview SET full_path = 'a' || char(0) || 'b'"
                        " WHERE id = 6")
    printed = sqlite_pqa("delete-exported", *RANGE, "--invalid-utf8", "escape").stdout
    assert [row[0] for row in sqlite_site.rows("SELECT id FROM analytics_pageview"
                                               " ORDER BY id")] == [5, 6]
    assert "2 kept" in printed.splitlines()[-1]


def test_texts_that_only_a_collation_calls_equal_are_not(sqlite_site, sqlite_pqa):
    sqlite_site.execute("ALTER TABLE analytics_pageview RENAME TO plain")
    sqlite_site.execute(
        "CREATE TABLE analytics_pageview (id integer PRIMARY KEY AUTOINCREMENT, project_id"
        " integer, version_id integer, path text COLLATE NOCASE, full_path text COLLATE RTRIM,"
        " view_count integer, date date, status integer)")
    sqlite_site.execute("INSERT INTO analytics_pageview SELECT * FROM plain WHERE id < 100")
    sqlite_site.execute("UPDATE analytics_pageview SET path = '/lower.html', full_path = '/x'")
    numbers = [row[0] for row in sqlite_site.rows(
        "SELECT id FROM analytics_pageview WHERE date = ? ORDER BY id DESC LIMIT 2", FIRST)]
    assert delete_while(sqlite_pqa, sqlite_site, "path = upper(path), full_path = full_path || ' '",
                        numbers[0]) == 0


def delete_while(pqa, site, change, number):
    """Changes a row when its day was exported and before it is deleted; the rows that went."""
    before = site.rows("SELECT count(*) FROM analytics_pageview WHERE id = ?", number)[0][0]
    day = site.rows("SELECT date FROM analytics_pageview WHERE id = ?", number)[0][0]
    running = pqa.start("delete-exported", "--since", day, "--until", day, "--delete-batch", 1,
                        "--delete-pause", 30)
    first = site.rows("SELECT count(*) FROM analytics_pageview WHERE date = ?", day)[0][0]
    while site.rows("SELECT count(*) FROM analytics_pageview WHERE date = ?", day)[0][0] == first:
        assert running.poll() is None
        time.sleep(0.005)
    for _ in range(100):
        with contextlib.suppress(sqlite3.OperationalError):
            site.execute(f"UPDATE analytics_pageview SET {change} WHERE id = ?", number)
            break
    assert running.wait(timeout=120) == 0
    running.communicate()
    return before - site.rows("SELECT count(*) FROM analytics_pageview WHERE id = ?", number)[0][0]


def test_row_that_changes_between_export_and_deletion_stays(site, pqa):
    day = FIRST
    last = site.rows("SELECT max(id) FROM analytics_pageview WHERE date = ?", day)[0][0]
    rows = site.archive_rows()
    assert delete_while(pqa, site, "view_count = view_count + 5", last) == 0
    rows[last] = rows[last][:7] + (rows[last][7] + 5,) + rows[last][8:]
    assert set(n for n, row in site.archive_rows().items() if row[8] == day) == {last}
    converges(pqa, site, rows)


# --- A writer at the same time ---

def write_pages(url, stop, ledger):
    """Inserts and adds views, in small transactions; the ledger has what was committed."""
    site = (SqliteDatabase(url.removeprefix("sqlite:")) if url.startswith("sqlite:")
            else PostgresDatabase(url))
    if isinstance(site, SqliteDatabase):
        site.execute("PRAGMA busy_timeout = 20000")
    choose, number = random.Random(11), 1000000
    while not stop.is_set():
        if choose.random() < 0.5:
            number += 1
            site.insert([(number, 1, None, f"/new/{number}", None, 1, choose.choice(DAYS), 200)])
            ledger["new"].add(number)
            ledger["views"] += 1
        else:
            victim = choose.randrange(1, 2400)
            found = site.execute("UPDATE analytics_pageview SET view_count = view_count + 1"
                                 " WHERE id = ?", victim)
            ledger["views"] += found.rowcount
        time.sleep(0.002)
    site.close()


def test_writer_at_the_same_time_loses_no_view(site, pqa):
    before = site.rows("SELECT count(*), sum(view_count) FROM analytics_pageview")[0]
    ledger, stop = {"new": set(), "views": int(before[1])}, threading.Event()
    writer = threading.Thread(target=write_pages, args=(site.url, stop, ledger))
    writer.start()
    try:
        for _ in range(4 if not LONG else 40):
            pqa("delete-exported", *RANGE, "--delete-batch", 50)
    finally:
        stop.set()
        writer.join()
    rows = site.archive_rows()
    archive = pqa.archive_rows()
    latest = archive | rows
    assert sum(row[7] for row in latest.values()) == ledger["views"]
    assert len(latest) == before[0] + len(ledger["new"])
    converges(pqa, site, latest)


# --- Stopped and failing ---

@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_stopped_at_random_moments_then_run_again(site, pqa, request, tmp_path, stop):
    rows = site.archive_rows()
    choose = random.Random(3)
    for _ in range(40 if LONG else 6):
        process = pqa.start("delete-exported", *RANGE, "--delete-batch", 100, "--delete-pause", 20)
        time.sleep(choose.random() * 0.8)
        process.send_signal(stop)
        _, err = process.communicate(timeout=60)
        assert process.returncode in (0, -stop, 128 + stop), err
        nothing_is_lost(pqa, site, rows)
    converges(pqa, site, rows)


def test_signal_stops_within_a_batch(site, pqa):
    rows = site.archive_rows()
    process = pqa.start("delete-exported", *RANGE, "--delete-batch", 10, "--delete-pause", 1000)
    while len(site.archive_rows()) == len(rows):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    started = time.monotonic()
    process.communicate(timeout=30)
    assert time.monotonic() - started < 1 and process.returncode == 128 + signal.SIGTERM
    assert len(rows) - len(site.archive_rows()) <= 20
    converges(pqa, site, rows)


def has_strace():
    return shutil.which("strace") and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


needs_strace = pytest.mark.skipif(not has_strace(), reason="strace cannot trace here")


class Small:
    """A site of one small day, made anew as often as wanted."""

    def __init__(self, site, pqa, tmp_path):
        self.pqa, self.site = pqa, site
        site.execute("DELETE FROM analytics_pageview WHERE id > 40")
        self.columns = "id, project_id, version_id, path, full_path, view_count, date, status"
        site.execute(f"CREATE TABLE kept AS SELECT {self.columns} FROM analytics_pageview")
        self.rows = site.archive_rows()

    def reset(self):
        shutil.rmtree(self.pqa.store, ignore_errors=True)
        self.site.execute("DELETE FROM analytics_pageview")
        self.site.execute(f"INSERT INTO analytics_pageview ({self.columns})"
                          f" SELECT {self.columns} FROM kept")

    def run(self, *wrapper):
        return self.pqa.run("delete-exported", *RANGE, "--delete-batch", 5,
                            wrapper=["strace", "-f", *wrapper])

    def count(self, call, log):
        self.reset()
        self.run("-o", log, "-e", f"trace={call}")
        return len(re.findall(rf"^\d+ +{call}\(", log.read_text(), re.M))


@pytest.fixture
def small(site, pqa, tmp_path):
    return Small(site, pqa, tmp_path)


def points(count):
    wanted = min(count, POINTS)
    return sorted({1 + n * (count - 1) // max(wanted - 1, 1) for n in range(wanted)})


@needs_strace
@pytest.mark.parametrize("call", CALLS)
def test_killed_at_a_system_call_loses_nothing(small, tmp_path, call):
    for number in points(small.count(call, tmp_path / "calls")):
        small.reset()
        small.run("-o", "/dev/null", "-e", f"trace={call}",
                  "-e", f"inject={call}:signal=KILL:when={number}")
        converges(small.pqa, small.site, small.rows)


@needs_strace
@pytest.mark.parametrize("call,fault", [
    ("write", "EIO"), ("pwrite64", "ENOSPC"), ("fsync", "EIO"), ("fdatasync", "EIO"),
    ("link", "EIO"), ("linkat", "EIO"), ("pread64", "EIO"), ("openat", "EACCES"),
    ("recvfrom", "ECONNRESET"), ("ftruncate", "EIO")])
def test_system_call_that_fails_loses_nothing(small, tmp_path, call, fault):
    for number in points(small.count(call, tmp_path / "calls")):
        small.reset()
        small.run("-o", "/dev/null", "-e", f"trace={call}",
                  "-e", f"inject={call}:error={fault}:when={number}")
        converges(small.pqa, small.site, small.rows)


# --- The archive is not what it should be ---

def test_damaged_file_deletes_nothing_of_its_day(site, pqa):
    rows = site.archive_rows()
    pqa.backfill(FIRST, LAST)
    victim = next(path for path in pqa.live_files() if str(DAYS[1]) in path.name)
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(data)
    done = pqa("delete-exported", *RANGE, code=13)
    assert victim.name in done.stderr
    left = site.archive_rows()
    assert {n for n, row in rows.items() if row[8] == DAYS[1]} <= set(left)


def test_missing_file_deletes_nothing_of_its_day(site, pqa):
    rows = site.archive_rows()
    pqa.backfill(FIRST, LAST)
    victim = next(path for path in pqa.live_files() if str(DAYS[1]) in path.name)
    victim.unlink()
    assert pqa.run("delete-exported", *RANGE).returncode != 0
    left = site.archive_rows()
    assert {n for n, row in rows.items() if row[8] == DAYS[1]} <= set(left)


def test_file_of_another_program_is_not_believed(site, pqa):
    from deltalake import DeltaTable
    rows = site.archive_rows()
    pqa.backfill(FIRST, DAYS[1])
    DeltaTable(str(pqa.table_path())).optimize.compact()
    done = pqa.run("delete-exported", "--since", FIRST, "--until", DAYS[1])
    if all(row["verified"] == "yes" for row in pqa.ask("files")):
        pytest.skip("delta-rs rewrote nothing")
    assert done.returncode == 1 and "no row is deleted on its word" in done.stderr
    assert site.archive_rows() == rows


# --- The database is not one to delete from ---

def refused(pqa, site, words, code=1, *more):
    rows = site.archive_rows()
    done = pqa("delete-exported", *RANGE, *more, code=code)
    assert words in " ".join(done.stderr.split()), done.stderr
    assert site.archive_rows() == rows
    doctor = pqa.run("doctor", "--delete-db", pqa.settings.get("PQA_DELETE_DB", pqa.db))
    assert doctor.returncode != 0 and "PROBLEM" in doctor.stdout


def test_foreign_key_that_cascades_is_refused(site, pqa):
    site.execute("CREATE TABLE notes (view_id integer REFERENCES analytics_pageview (id)"
                 " ON DELETE CASCADE)")
    refused(pqa, site, "foreign key")


def test_foreign_key_that_restricts_keeps_the_row(site, pqa):
    rows = site.archive_rows()
    site.execute("CREATE TABLE notes (view_id integer REFERENCES analytics_pageview (id))")
    site.execute("INSERT INTO notes VALUES (5)")
    done = pqa.run("delete-exported", *RANGE)
    assert done.returncode in (1, 3) and "foreign key" in done.stderr.lower()
    nothing_is_lost(pqa, site, rows)
    assert 5 in site.archive_rows()
    site.execute("DELETE FROM notes")
    converges(pqa, site, rows)


def test_trigger_on_deletion_is_refused(site, pqa):
    if isinstance(site, SqliteDatabase):
        site.execute("CREATE TRIGGER keep BEFORE DELETE ON analytics_pageview BEGIN"
                     " SELECT raise(IGNORE); END")
    else:
        site.execute("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS"
                     " 'BEGIN RETURN NULL; END'")
        site.execute("CREATE TRIGGER keep BEFORE DELETE ON analytics_pageview"
                     " FOR EACH ROW EXECUTE FUNCTION keep()")
    refused(pqa, site, "trigger")


def test_disabled_and_other_triggers_are_no_hindrance(postgres_site, postgres_pqa):
    rows = postgres_site.archive_rows()
    postgres_site.execute("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS"
                          " 'BEGIN RETURN NULL; END'")
    postgres_site.execute("CREATE TRIGGER keep BEFORE DELETE ON analytics_pageview"
                          " FOR EACH ROW EXECUTE FUNCTION keep()")
    postgres_site.execute("ALTER TABLE analytics_pageview DISABLE TRIGGER keep")
    postgres_site.execute("CREATE TRIGGER other AFTER INSERT ON analytics_pageview"
                          " FOR EACH ROW EXECUTE FUNCTION keep()")
    converges(postgres_pqa, postgres_site, rows)


def test_rule_on_deletion_is_refused(postgres_site, postgres_pqa):
    postgres_site.execute("CREATE RULE never AS ON DELETE TO analytics_pageview DO INSTEAD NOTHING")
    refused(postgres_pqa, postgres_site, "rules")


def test_sqlite_whose_ids_return_is_refused(sqlite_site, sqlite_pqa):
    sqlite_site.execute("CREATE TABLE plain (id integer PRIMARY KEY, project_id integer,"
                        " version_id integer, path text, full_path text, view_count integer,"
                        " date date, status integer)")
    sqlite_site.execute("INSERT INTO plain SELECT id, project_id, version_id, path, full_path,"
                        " view_count, date, status FROM analytics_pageview")
    sqlite_site.execute("DROP TABLE analytics_pageview")
    sqlite_site.execute("ALTER TABLE plain RENAME TO analytics_pageview")
    refused(sqlite_pqa, sqlite_site, "AUTOINCREMENT")


def test_other_database_to_delete_from_is_refused(site, pqa, request, tmp_path):
    if isinstance(site, SqliteDatabase):
        other = SqliteDatabase(shutil.copy(request.getfixturevalue("sqlite_template"),
                                           tmp_path / "other.db"))
    else:
        cluster = request.getfixturevalue("cluster")
        other = PostgresDatabase(cluster.create_database(template="template_site"))
    rows = other.archive_rows()
    done = pqa("delete-exported", *RANGE, "--delete-db", other.url, code=13)
    assert "another than the one" in done.stderr
    assert other.archive_rows() == rows and site.archive_rows() == rows
    other.close()


# --- Rights ---

READER = ("analytics_pageview", "projects_project", "builds_version")


@pytest.fixture
def roles(postgres_site):
    """The documented rights (docs/deletion.md), and no others."""
    for role in ("pqa_reader", "pqa_deleter"):
        postgres_site.execute(f"DROP ROLE IF EXISTS {role}")
        postgres_site.execute(f"CREATE ROLE {role} LOGIN")
    for table in READER:
        postgres_site.execute(f"GRANT SELECT ON {table} TO pqa_reader")
    postgres_site.execute("GRANT SELECT, DELETE ON analytics_pageview TO pqa_deleter")
    yield
    for role in ("pqa_reader", "pqa_deleter"):
        postgres_site.execute(f"DROP OWNED BY {role}")
        postgres_site.execute(f"DROP ROLE {role}")


def test_least_rights_are_enough(postgres_site, postgres_pqa, roles):
    rows = postgres_site.archive_rows()
    deleter = postgres_pqa.db.replace("postgres@", "pqa_deleter@")
    postgres_pqa.db = postgres_pqa.db.replace("postgres@", "pqa_reader@")
    doctor = postgres_pqa.run("doctor", "--delete-db", deleter)
    assert "PROBLEM" not in doctor.stdout.replace("PROBLEM  store", "")
    converges(postgres_pqa, postgres_site, rows, "--delete-db", deleter)


def test_user_without_the_right_to_delete_is_told(postgres_site, postgres_pqa, roles):
    postgres_pqa.db = postgres_pqa.db.replace("postgres@", "pqa_reader@")
    refused(postgres_pqa, postgres_site, "GRANT DELETE", 12)


def test_row_security_is_refused(postgres_site, postgres_pqa, roles):
    postgres_site.execute("ALTER TABLE analytics_pageview ENABLE ROW LEVEL SECURITY")
    postgres_site.execute("CREATE POLICY of_one ON analytics_pageview USING (project_id = 1)")
    rows = postgres_site.archive_rows()
    deleter = postgres_pqa.db.replace("postgres@", "pqa_deleter@")
    done = postgres_pqa("delete-exported", *RANGE, "--delete-db", deleter, code=1)
    assert "row-level security" in done.stderr.lower()
    assert postgres_site.archive_rows() == rows
    # Who bypasses it sees every row, and may go on.
    converges(postgres_pqa, postgres_site, rows)


def test_password_is_not_in_messages(postgres_site, postgres_pqa, roles):
    secret = postgres_pqa.db.replace("postgres@", "pqa_deleter:SECRET@")
    for url in (secret.replace("pqa_deleter", "nobody"), secret.replace("site_", "gone_"),
                "postgresql://me:SECRET@@nowhere.invalid/db", "mysql://me:SECRET@h/db"):
        for command in (("delete-exported", *RANGE), ("doctor",)):
            done = postgres_pqa.run(*command, "--delete-db", url)
            assert done.returncode != 0
            assert "SECRET" not in done.stdout + done.stderr


# --- Locks ---

def test_locked_row_is_waited_for_no_longer_than_said(postgres_site, postgres_pqa):
    rows = postgres_site.archive_rows()
    locker = PostgresDatabase(postgres_site.url)
    locker.connection.autocommit = False
    locker.execute("SELECT * FROM analytics_pageview WHERE id = 5 FOR UPDATE")
    started = time.monotonic()
    done = postgres_pqa("delete-exported", *RANGE, "--lock-timeout", 50, code=75)
    assert time.monotonic() - started < 15
    assert "lock timeout" in done.stderr
    nothing_is_lost(postgres_pqa, postgres_site, rows)
    assert 5 in postgres_site.archive_rows()
    locker.connection.rollback()
    locker.close()
    converges(postgres_pqa, postgres_site, rows)


def test_lock_that_is_given_back_is_got_by_trying_again(postgres_site, postgres_pqa):
    rows = postgres_site.archive_rows()
    locker = PostgresDatabase(postgres_site.url)
    locker.connection.autocommit = False
    locker.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id = 5")
    running = postgres_pqa.start("delete-exported", *RANGE, "--lock-timeout", 50)
    time.sleep(1.2)
    locker.connection.commit()
    locker.close()
    assert running.wait(timeout=60) == 0, running.communicate()
    running.communicate()
    rows[5] = rows[5][:7] + (rows[5][7] + 1,) + rows[5][8:]
    assert set(postgres_site.archive_rows()) == {5}
    converges(postgres_pqa, postgres_site, rows)


def test_busy_sqlite_is_waited_for_no_longer_than_said(sqlite_site, sqlite_pqa):
    rows = sqlite_site.archive_rows()
    sqlite_pqa.backfill(FIRST, LAST)
    sqlite_site.execute("BEGIN IMMEDIATE")
    done = sqlite_pqa("delete-exported", *RANGE, "--lock-timeout", 50, code=75)
    assert "locked" in done.stderr
    sqlite_site.execute("ROLLBACK")
    converges(sqlite_pqa, sqlite_site, rows)


def test_connection_that_is_cut_loses_nothing(postgres_site, postgres_pqa):
    rows = postgres_site.archive_rows()
    for _ in range(4):
        running = postgres_pqa.start("delete-exported", *RANGE, "--delete-batch", 20,
                                     "--delete-pause", 5)
        time.sleep(1)
        postgres_site.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                              " application_name = 'pqa' AND datname = current_database()")
        _, err = running.communicate(timeout=60)
        assert running.returncode in (0, 75), err
        nothing_is_lost(postgres_pqa, postgres_site, rows)
    converges(postgres_pqa, postgres_site, rows)


def test_id_that_an_heir_has_too_does_not_go_twice(postgres_site, postgres_pqa):
    postgres_site.execute("CREATE TABLE heir () INHERITS (analytics_pageview)")
    postgres_site.execute("INSERT INTO heir SELECT * FROM ONLY analytics_pageview WHERE id = 5")
    assert postgres_pqa.run("delete-exported", *RANGE).returncode == 13
    assert postgres_site.rows("SELECT count(*) FROM analytics_pageview WHERE id = 5") == [(2,)]


def test_session_that_turns_foreign_keys_off_is_refused(postgres_site, postgres_pqa):
    database = postgres_site.rows("SELECT current_database()")[0][0]
    postgres_site.execute(f"ALTER DATABASE {database} SET session_replication_role = replica")
    refused(postgres_pqa, postgres_site, "session_replication_role")


def test_sqlite_that_writes_ahead(sqlite_site, sqlite_pqa):
    sqlite_site.execute("PRAGMA journal_mode = WAL")
    converges(sqlite_pqa, sqlite_site, sqlite_site.archive_rows())


def test_partitioned_table(postgres_site, postgres_pqa):
    site = postgres_site
    site.execute("ALTER TABLE analytics_pageview RENAME TO plain")
    site.execute("CREATE TABLE analytics_pageview (LIKE plain INCLUDING DEFAULTS, PRIMARY KEY (id))"
                 " PARTITION BY HASH (id)")
    for n in range(3):
        site.execute(f"CREATE TABLE part_{n} PARTITION OF analytics_pageview"
                     f" FOR VALUES WITH (MODULUS 3, REMAINDER {n})")
    site.execute("INSERT INTO analytics_pageview SELECT * FROM plain")
    rows = site.archive_rows()
    converges(postgres_pqa, site, rows)
    site.execute("CREATE TABLE notes (view_id integer REFERENCES analytics_pageview (id)"
                 " ON DELETE SET NULL)")
    refused(postgres_pqa, site, "foreign key")


# --- Replicas ---

def standby_of(replica, site):
    """A connection to the replica, which has all that the site has."""
    replica.catch_up(site.url)
    return PostgresDatabase(replica.url(site.url))


def test_replica_is_exported_and_the_primary_deleted_from(cluster, postgres_site, postgres_pqa):
    rows, primary = postgres_site.archive_rows(), postgres_pqa.db
    with Replica(cluster) as replica:
        replica.catch_up(postgres_site.url)
        postgres_pqa.db = replica.url(primary)
        done = postgres_pqa("delete-exported", *RANGE, code=12)
        assert "this is a replica" in done.stderr
        postgres_pqa("delete-exported", *RANGE, "--delete-db", primary)
        assert postgres_site.archive_rows() == {}
        nothing_is_lost(postgres_pqa, postgres_site, rows)


def test_replica_that_is_behind_is_waited_for(cluster, postgres_site, postgres_pqa):
    rows = postgres_site.archive_rows()
    with Replica(cluster) as replica:
        standby = standby_of(replica, postgres_site)
        standby.execute("SELECT pg_wal_replay_pause()")
        running = postgres_pqa.start("delete-exported", *RANGE, "--delete-batch", 10,
                                     "--delete-pause", 20, "--max-replica-lag", 1)
        time.sleep(8)
        left = len(postgres_site.archive_rows())
        time.sleep(2)
        assert running.poll() is None and len(postgres_site.archive_rows()) == left > 0
        standby.execute("SELECT pg_wal_replay_resume()")
        out, err = running.communicate(timeout=120)
        assert running.returncode == 0 and "s behind: the deletion waits" in err, out + err
        standby.close()
    converges(postgres_pqa, postgres_site, rows)


def test_lag_that_cannot_be_seen_is_told(cluster, postgres_site, postgres_pqa, roles):
    rows, deleter = postgres_site.archive_rows(), postgres_pqa.db.replace("postgres@", "pqa_deleter@")
    with Replica(cluster) as replica:
        replica.catch_up(postgres_site.url)
        done = postgres_pqa("delete-exported", *RANGE, "--delete-db", deleter, "--max-replica-lag",
                            5, code=12)
        assert "GRANT pg_monitor" in done.stderr and postgres_site.archive_rows() == rows
        postgres_site.execute("GRANT pg_monitor TO pqa_deleter")
        converges(postgres_pqa, postgres_site, rows, "--delete-db", deleter, "--max-replica-lag", 5)
