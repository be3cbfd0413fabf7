"""Page views in a partitioned table: exported, deleted by rows and by partitions."""
import contextlib
import datetime
import random
import re
import shutil
import socket
import tempfile
import threading
import time

import pytest
from pageview_site import DAYS, FIRST, LAST, PostgresDatabase
from test_deletion import RANGE, converges, nothing_is_lost

DAY = datetime.timedelta(1)
COLUMNS = "id, project_id, version_id, path, full_path, view_count, date, status"


def partition(site, name, of, first, until, more=""):
    site.execute(f"CREATE TABLE {name} PARTITION OF {of}"
                 f" FOR VALUES FROM ('{first}') TO ('{until}') {more}")


def by_days(site, of="analytics_pageview", days=DAYS):
    for day in days:
        partition(site, f"views_{day:%Y_%m_%d}", of, day, day + DAY)


def by_months(site):
    partition(site, "views_2024_02", "analytics_pageview", "2024-02-01", "2024-03-01")
    partition(site, "views_2024_03", "analytics_pageview", "2024-03-01", "2024-04-01")


def with_default(site):
    by_days(site, days=DAYS[:3])
    site.execute("CREATE TABLE views_rest PARTITION OF analytics_pageview DEFAULT")


def nested(site):
    month = "PARTITION BY RANGE (date)"
    partition(site, "views_2024_02", "analytics_pageview", "2024-02-01", "2024-03-01", month)
    partition(site, "views_2024_03", "analytics_pageview", "2024-03-01", "2024-04-01", month)
    by_days(site, "views_2024_02", [day for day in DAYS if day.month == 2])
    by_days(site, "views_2024_03", [day for day in DAYS if day.month == 3])


def nested_by_hash(site):
    for day in DAYS:
        name = f"views_{day:%Y_%m_%d}"
        partition(site, name, "analytics_pageview", day, day + DAY, "PARTITION BY HASH (id)")
        for n in range(2):
            site.execute(f"CREATE TABLE {name}_{n} PARTITION OF {name}"
                         f" FOR VALUES WITH (MODULUS 2, REMAINDER {n})")


SHAPES = {"days": by_days, "months": by_months, "default": with_default, "nested": nested,
          "hashed": nested_by_hash}


def make_partitioned(site, shape, key="id, date"):
    site.execute("ALTER TABLE analytics_pageview RENAME TO plain")
    site.execute("ALTER SEQUENCE analytics_pageview_id_seq OWNED BY NONE")
    site.execute("CREATE TABLE analytics_pageview (LIKE plain INCLUDING DEFAULTS,"
                 f" PRIMARY KEY ({key})) PARTITION BY RANGE (date)")
    shape(site)
    site.execute("INSERT INTO analytics_pageview SELECT * FROM plain")
    site.execute("DROP TABLE plain")


@pytest.fixture(params=SHAPES)
def shape(request, postgres_site):
    make_partitioned(postgres_site, SHAPES[request.param])
    return request.param


@pytest.fixture
def daily(postgres_site):
    make_partitioned(postgres_site, by_days)
    return postgres_site


def test_rows_are_exported_and_deleted(shape, postgres_site, postgres_pqa):
    rows = postgres_site.archive_rows()
    postgres_pqa.backfill(FIRST, LAST)
    assert postgres_pqa.archive_rows() == rows
    postgres_site.insert([(900001, 1, None, "/late.html", None, 3, FIRST, 200)])
    rows = postgres_site.archive_rows()
    converges(postgres_pqa, postgres_site, rows, "--delete-batch", 50)


def test_restored_rows_are_back(shape, postgres_site, postgres_pqa):
    rows = postgres_site.archive_rows()
    postgres_pqa("delete-exported", *RANGE)
    postgres_pqa("restore", *RANGE)
    assert postgres_site.archive_rows() == rows
    postgres_pqa("restore", *RANGE)


def test_id_that_moves_to_another_day_is_refused(daily, postgres_pqa):
    rows = daily.archive_rows()
    postgres_pqa.backfill(FIRST, LAST)
    number = next(n for n, row in rows.items() if row[8] == FIRST)
    daily.execute("UPDATE analytics_pageview SET date = ? WHERE id = ?", DAYS[1], number)
    done = postgres_pqa("backfill", *RANGE, "--delete-after-export", code=13)
    assert f"{number}" in done.stderr and "another day" in done.stderr
    assert number in daily.archive_rows() and postgres_pqa.archive_rows()[number] == rows[number]


def test_id_that_two_days_have_at_once_is_two_rows(daily, postgres_pqa):
    """Restored rows are told apart by their days as well."""
    daily.execute("DELETE FROM analytics_pageview")
    twins = [(5, 1, None, "/a.html", None, 3, FIRST, 200),
             (5, 1, None, "/b.html", None, 4, DAYS[1], 200)]
    daily.insert(twins)
    found = f"SELECT {COLUMNS} FROM analytics_pageview ORDER BY date"
    printed = postgres_pqa("delete-exported", *RANGE).stdout
    assert "2 rows deleted, 0 kept" in printed and daily.rows(found) == []
    postgres_pqa("restore", *RANGE)
    assert daily.rows(found) == twins


def test_key_with_more_columns_is_refused(postgres_site, postgres_pqa):
    make_partitioned(postgres_site, by_days, "id, date, project_id")
    done = postgres_pqa("export", "--date", FIRST, code=1)
    assert "no unique index on their id" in done.stderr
    assert "no unique index" in postgres_pqa.run("doctor").stdout


def test_size_is_that_of_all_partitions(daily, postgres_pqa):
    daily.execute("ANALYZE")
    rows = daily.archive_rows()
    postgres_pqa.backfill(FIRST, LAST)
    assert "smaller than in the database" in postgres_pqa("status").stdout
    assert f"of {len(rows):,} rows" in postgres_pqa.run("doctor").stdout


def test_batch_looks_into_one_partition(daily, postgres_pqa):
    database = daily.rows("SELECT current_database()")[0][0]
    for name in ("hashjoin", "mergejoin", "seqscan", "bitmapscan"):  # as with many rows
        daily.execute(f"ALTER DATABASE {database} SET enable_{name} = off")
    postgres_pqa("delete-exported", "--since", DAYS[2], "--until", DAYS[2])
    daily.execute("SELECT pg_stat_force_next_flush()")
    scans = dict(daily.rows("SELECT relname, idx_scan FROM pg_stat_user_tables WHERE relname"
                            " LIKE 'views_%'"))
    used = f"views_{DAYS[2]:%Y_%m_%d}"
    assert scans.pop(used) > 0 and set(scans.values()) == {0}, scans


# --- Dropping ---

DROP = (*RANGE, "--drop-partitions")


def partitions(site):
    return {name for name, in site.rows(
        "SELECT relname::text FROM pg_class WHERE relname LIKE 'views_%' AND relkind IN ('r', 'p')")}


def day_name(day):
    return f"views_{day:%Y_%m_%d}"


@pytest.mark.parametrize("shape_of", SHAPES)
def test_partitions_of_proven_days_are_dropped(shape_of, postgres_site, postgres_pqa):
    make_partitioned(postgres_site, SHAPES[shape_of])
    rows = postgres_site.archive_rows()
    done = postgres_pqa("delete-exported", *DROP)
    assert postgres_site.archive_rows() == {} and postgres_pqa.archive_rows() == rows
    left = {"default": {"views_rest"},
            "months": {"views_2024_02", "views_2024_03"},  # they hold more days than were asked
            "nested": {"views_2024_02", "views_2024_03"}}.get(shape_of, set())
    assert partitions(postgres_site) == left, done.stderr
    assert f"{len(rows):,} rows deleted, 0 kept" in done.stdout
    assert ("partition dropped" in done.stdout) == (shape_of != "months")
    postgres_pqa("verify")
    assert "6 days: 0 rows deleted, 0 kept" in postgres_pqa("delete-exported", *DROP).stdout


def test_month_goes_as_a_whole(postgres_site, postgres_pqa):
    make_partitioned(postgres_site, nested)
    rows = postgres_site.archive_rows()
    done = postgres_pqa("delete-exported", "--since", "2024-02-01", "--until", "2024-03-31",
                        "--drop-partitions")
    assert postgres_pqa.archive_rows() == rows and partitions(postgres_site) == set()
    assert done.stderr.count("was detached and dropped") == 2
    assert f"{len(rows):,} rows deleted" in done.stdout


def test_nothing_is_dropped_unasked(daily, postgres_pqa):
    names = partitions(daily)
    postgres_pqa("delete-exported", *RANGE)
    assert partitions(daily) == names and daily.archive_rows() == {}
    postgres_pqa("delete-exported", *DROP)
    assert partitions(daily) == set()


def test_dry_run_drops_nothing(daily, postgres_pqa):
    rows, names = daily.archive_rows(), partitions(daily)
    printed = postgres_pqa("delete-exported", *DROP, "--dry-run").stdout
    assert f"{len(rows):,} rows would be deleted" in printed
    assert partitions(daily) == names and daily.archive_rows() == rows


def test_switch_of_export_and_backfill(daily, postgres_pqa):
    rows = daily.archive_rows()
    postgres_pqa("export", "--date", FIRST, "--delete-after-export", "--drop-partitions")
    assert partitions(daily) == {day_name(day) for day in DAYS[1:]}
    postgres_pqa("backfill", *RANGE, "--delete-after-export", "--drop-partitions")
    assert partitions(daily) == set() and postgres_pqa.archive_rows() == rows


def stays(pqa, site, words, code=0, left=0):
    """The partitions stay, all rows are in the archive or the database, and it is said why."""
    rows, names = site.archive_rows(), partitions(site)
    done = pqa("delete-exported", *DROP, code=code)
    said = " ".join(done.stderr.split())
    assert words in said and "deleted in batches" in said, said
    assert partitions(site) == names
    nothing_is_lost(pqa, site, rows)
    assert len(site.archive_rows()) == left
    return said


def test_foreign_key_keeps_partitions(daily, postgres_pqa):
    daily.execute("CREATE TABLE notes (view_id bigint, view_date date, FOREIGN KEY (view_id,"
                  " view_date) REFERENCES analytics_pageview (id, date))")
    stays(postgres_pqa, daily, "foreign keys refer to page views: notes")
    doctor = postgres_pqa.run("doctor", "--delete-db", postgres_pqa.db).stdout
    assert "--drop-partitions would delete rows in batches" in " ".join(doctor.split())


def test_trigger_keeps_partitions(daily, postgres_pqa):
    daily.execute("CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS"
                  " 'BEGIN RETURN NULL; END'")
    for day in DAYS:
        daily.execute(f"CREATE TRIGGER emptied BEFORE TRUNCATE ON {day_name(day)}"
                      " EXECUTE FUNCTION note()")
    stays(postgres_pqa, daily, "the table is emptied: emptied")


@pytest.mark.parametrize("what", ["TABLE analytics_pageview", "TABLE views_2024_02_28",
                                  "TABLE analytics_pageview (root)", "ALL TABLES"])
def test_publication_keeps_partitions(daily, postgres_pqa, what):
    more = " WITH (publish_via_partition_root = true)" if "(root)" in what else ""
    daily.execute(f"CREATE PUBLICATION elsewhere FOR {what.replace(' (root)', '')}{more}")
    if "02_28" not in what:
        stays(postgres_pqa, daily, "are published to other databases, and a drop is not: elsewhere")
        return
    done = postgres_pqa("delete-exported", *DROP)
    assert "elsewhere" in done.stderr and partitions(daily) == {"views_2024_02_28"}
    assert daily.archive_rows() == {}


def test_view_on_a_partition_keeps_it(daily, postgres_pqa):
    daily.execute(f"CREATE VIEW first AS SELECT * FROM {day_name(FIRST)}")
    done = postgres_pqa("delete-exported", *DROP)
    assert "depend on it" in done.stderr and partitions(daily) == {day_name(FIRST)}
    assert daily.archive_rows() == {}


def test_user_who_is_not_the_owner_deletes_rows(daily, postgres_pqa):
    daily.execute("DROP ROLE IF EXISTS pqa_no_owner")
    daily.execute("CREATE ROLE pqa_no_owner LOGIN")
    daily.execute("GRANT SELECT, DELETE ON ALL TABLES IN SCHEMA public TO pqa_no_owner")
    postgres_pqa.settings["PQA_DELETE_DB"] = postgres_pqa.db.replace("postgres@", "pqa_no_owner@")
    stays(postgres_pqa, daily, "only their owner may")
    daily.execute("DROP OWNED BY pqa_no_owner")
    daily.execute("DROP ROLE pqa_no_owner")


def test_membership_in_the_owner_is_enough(daily, postgres_pqa):
    """The documented rights (docs/deletion.md)."""
    rows = daily.archive_rows()
    for role in ("pageviews_owner", "pqa_dropper LOGIN"):
        daily.execute(f"DROP ROLE IF EXISTS {role.split()[0]}")
        daily.execute(f"CREATE ROLE {role}")
    for name in ["analytics_pageview", *partitions(daily)]:
        daily.execute(f"ALTER TABLE {name} OWNER TO pageviews_owner")
    daily.execute("GRANT SELECT, DELETE ON analytics_pageview TO pqa_dropper")
    daily.execute("GRANT pageviews_owner TO pqa_dropper")
    deleter = postgres_pqa.db.replace("postgres@", "pqa_dropper@")
    postgres_pqa("delete-exported", *DROP, "--delete-db", deleter)
    assert partitions(daily) == set() and postgres_pqa.archive_rows() == rows
    for role in ("pqa_dropper", "pageviews_owner"):
        daily.execute(f"DROP OWNED BY {role}")
        daily.execute(f"DROP ROLE {role}")


def test_rows_that_the_site_deleted_before_are_kept_in_the_archive(daily, postgres_pqa):
    """The partition is not the archive's equal then: its rows go in batches."""
    rows = daily.archive_rows()
    postgres_pqa.backfill(FIRST, LAST)
    number = next(n for n, row in rows.items() if row[8] == FIRST)
    daily.execute("DELETE FROM analytics_pageview WHERE id = ?", number)
    done = postgres_pqa("delete-exported", *DROP)
    assert partitions(daily) == {day_name(FIRST)} and "stays" in done.stderr
    assert daily.archive_rows() == {} and postgres_pqa.archive_rows() == rows
    postgres_pqa("delete-exported", *DROP)
    assert partitions(daily) == set()


# --- While others use the table ---

class Locker(PostgresDatabase):
    """A session in a transaction."""

    def __init__(self, site):
        super().__init__(site.url)
        self.connection.autocommit = False


def test_partition_that_is_in_use_is_left_after_a_while(daily, postgres_pqa):
    rows = daily.archive_rows()
    reader = Locker(daily)
    reader.execute(f"SELECT count(*) FROM {day_name(DAYS[1])}")
    done = postgres_pqa("delete-exported", *DROP, "--lock-timeout", 30)
    assert "lock timeout" in done.stderr
    assert partitions(daily) == {day_name(DAYS[1])}
    assert daily.archive_rows() == {} and postgres_pqa.archive_rows() == rows
    reader.connection.rollback()
    reader.close()


def test_table_that_it_refers_to_is_not_waited_for(daily, postgres_pqa):
    """A request that has read its project and is to write a view would be a deadlock's victim."""
    daily.execute("INSERT INTO projects_project SELECT DISTINCT project_id, 'p' || project_id FROM"
                  " analytics_pageview ON CONFLICT DO NOTHING")
    daily.execute("ALTER TABLE analytics_pageview ADD FOREIGN KEY (project_id) REFERENCES"
                  " projects_project (id)")
    postgres_pqa.backfill(FIRST, LAST)
    rows = daily.archive_rows()
    request = Locker(daily)
    request.execute("SELECT slug FROM projects_project WHERE id = 1")
    done = postgres_pqa("delete-exported", *DROP)
    assert "a table that it refers to, or the default partition, is in use" in done.stderr
    assert partitions(daily) == {day_name(day) for day in DAYS} and daily.archive_rows() == {}
    request.execute(f"INSERT INTO analytics_pageview ({COLUMNS}) VALUES (900001, 1, NULL, '/late',"
                    " NULL, 1, ?, 200)", FIRST)
    request.connection.commit()
    request.close()
    for _ in range(2):
        postgres_pqa("delete-exported", *DROP)
    assert partitions(daily) == set() and len(postgres_pqa.archive_rows()) == len(rows) + 1


def test_lock_that_is_given_back_is_got(daily, postgres_pqa):
    reader = Locker(daily)
    reader.execute(f"SELECT count(*) FROM {day_name(DAYS[1])}")
    running = postgres_pqa.start("delete-exported", *DROP, "--lock-timeout", 50)
    time.sleep(1.2)
    reader.connection.rollback()
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0 and partitions(daily) == set(), out + err
    reader.close()


def test_change_between_comparing_and_locking_is_seen(daily, postgres_pqa):
    """A writer that was open when rows were compared commits before the lock is had: its row,
    written in a subtransaction, is in no list of the snapshot."""
    rows = daily.archive_rows()
    number = next(n for n, row in rows.items() if row[8] == FIRST)
    writer = Locker(daily)
    writer.execute("SAVEPOINT s")
    writer.execute("UPDATE analytics_pageview SET view_count = view_count + 7 WHERE id = ?"
                   " AND date = ?", number, FIRST)
    writer.execute(f"INSERT INTO analytics_pageview ({COLUMNS}) VALUES (900001, 1, NULL, '/late',"
                   " NULL, 1, ?, 200)", FIRST)
    writer.execute("RELEASE SAVEPOINT s")
    running = postgres_pqa.start("delete-exported", "--since", FIRST, "--until", FIRST,
                                 "--drop-partitions", "--lock-timeout", 20000)
    waiting = ("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pqa' AND"
               " datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'LOCK%'")
    while daily.rows(waiting)[0][0] == 0:
        assert running.poll() is None
        time.sleep(0.02)
    writer.connection.commit()
    writer.close()
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, out + err
    assert "came or changed while it was compared" in err
    left = daily.archive_rows()
    assert {n for n, row in left.items() if row[8] == FIRST} == {number, 900001}
    assert left[number][7] == rows[number][7] + 7
    rows |= {n: row for n, row in left.items() if n in (number, 900001)}
    nothing_is_lost(postgres_pqa, daily, rows)
    postgres_pqa("delete-exported", *DROP)
    nothing_is_lost(postgres_pqa, daily, rows)
    assert daily.archive_rows() == {} and postgres_pqa.archive_rows() == rows


@pytest.mark.parametrize("days", [DAYS, DAYS[3:]], ids=["all", "other"])
def test_writers_lose_nothing_and_are_never_the_victim(postgres_site, postgres_pqa, days):
    """Django's get-or-create: reads for update, then adds, in one transaction. By id alone the
    statements lock all partitions, also those of days that nobody writes to."""
    site = postgres_site
    make_partitioned(site, with_default)
    expected = {n: row[7] for n, row in site.archive_rows().items()}
    own_days = [n for n, row in site.archive_rows().items() if row[8] in days]
    lock, stop, errors = threading.Lock(), threading.Event(), []

    def write_once(own, choose, late):
        number = choose.choice(own_days)
        found = own.execute("SELECT view_count FROM analytics_pageview WHERE id = ? FOR UPDATE",
                            number).fetchall()
        own.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id = ?",
                    number)
        own.execute(f"INSERT INTO analytics_pageview ({COLUMNS}) VALUES (?, 1, NULL, ?, NULL, 1,"
                    " ?, 200)", late, f"/late/{late}", choose.choice(days))
        own.connection.commit()
        with lock:
            expected[number] += len(found)
            expected[late] = 1

    def write(seed):
        own, choose, late = Locker(site), random.Random(seed), seed * 100000
        try:
            while not stop.is_set():
                late += 1
                write_once(own, choose, late)
        except Exception as error:  # the victim of a deadlock, say
            errors.append(error)
        own.close()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in (10, 11, 12)]
    for writer in writers:
        writer.start()
    dropped = 0
    for _ in range(3):
        time.sleep(0.5)
        done = postgres_pqa.run("delete-exported", *DROP)
        assert done.returncode in (0, 75), done.stderr
        dropped += done.stderr.count("was detached and dropped")
    stop.set()
    for writer in writers:
        writer.join()
    assert not errors, errors[0]
    assert dropped == 3 or days == DAYS
    for _ in range(2):
        postgres_pqa("delete-exported", *DROP)
    assert site.archive_rows() == {} and partitions(site) == {"views_rest"}
    assert {n: row[7] for n, row in postgres_pqa.archive_rows().items()} == expected


class Gate:
    """Stands before the server, and shuts when a statement comes: before it is passed on, or
    (`lost`) when the server has answered it."""

    def __init__(self, site, statement, folder, lost):
        self.statement, self.lost, self.shut = statement.encode(), lost, threading.Event()
        server = re.search(r"host=([^&]+)&port=(\d+)", site.url)
        self.server = f"{server[1]}/.s.PGSQL.{server[2]}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{folder}/.s.PGSQL.{server[2]}")
        self.listener.listen()
        self.ends = []
        self.url = site.url.replace(server[1], str(folder))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.server)
                self.ends += [client, server]
                for pair in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self.pass_on, args=pair, daemon=True).start()

    def pass_on(self, source, target, is_question):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if self.asked(data) if is_question else self.seen:
                    self.shut.set()
                    return
                target.sendall(data)

    seen = False

    def asked(self, data):
        self.seen = self.seen or self.lost and self.statement in data
        return not self.lost and self.statement in data

    def wait(self):
        assert self.shut.wait(60)

    def close(self):
        for end in [self.listener, *self.ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.mark.parametrize("statement", ["COPY (SELECT", "LOCK TABLE ONLY", "SELECT count(*), count",
                                       "ALTER TABLE", "DROP TABLE", "COMMIT"])
@pytest.mark.parametrize("how", ["kill", "cut", "lost"])
def test_end_at_every_statement_loses_nothing(daily, postgres_pqa, statement, how):
    """pqa is killed, or its connection cut, when the statement is about to be sent, or its
    answer is lost."""
    rows = daily.archive_rows()
    postgres_pqa.backfill(FIRST, LAST)
    folder = tempfile.mkdtemp(prefix="pqa-gate-", dir="/tmp")  # a socket's path is short
    gate = Gate(daily, statement, folder, how == "lost")
    postgres_pqa.settings["PQA_DELETE_DB"] = gate.url
    running = postgres_pqa.start("delete-exported", *DROP)
    gate.wait()
    if how == "kill":
        running.kill()
    gate.close()
    shutil.rmtree(folder)
    out, err = running.communicate(timeout=60)
    assert running.returncode in (-9, 75, 1), out + err
    nothing_is_lost(postgres_pqa, daily, rows)
    del postgres_pqa.settings["PQA_DELETE_DB"]
    postgres_pqa("delete-exported", *DROP)
    assert daily.archive_rows() == {} and postgres_pqa.archive_rows() == rows
    assert partitions(daily) == set()
