"""pqa nightly: catches up, looks again, and says the truth about it."""
import datetime
import http.server
import json
import re
import threading

import pytest
from pageview_site import FIRST, TABLES, SqliteDatabase
from program import Program

TODAY = datetime.datetime.now(datetime.timezone.utc).date()


def day(back):
    return TODAY - datetime.timedelta(back)


def rows_of(date, first_id, count=20):
    return [(first_id + n, 1, None, f"/{n}", None, 1 + n, str(date), 200) for n in range(count)]


@pytest.fixture
def site(tmp_path):
    database = SqliteDatabase(tmp_path / "site.db")
    for statement in TABLES.format(**database.keys).split(";"):
        database.execute(statement)
    database.execute("INSERT INTO projects_project VALUES (1, 'docs')")
    for back in range(0, 10):
        database.insert(rows_of(day(back), 1000 * back + 1))
    yield database
    database.close()


@pytest.fixture
def pqa(site, tmp_path):
    return Program(tmp_path / "store", site.url, tmp_path)


class Monitor(http.server.BaseHTTPRequestHandler):
    asked = []
    code = 200

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(self.code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def monitor():
    class Own(Monitor):
        asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Own.url = f"http://127.0.0.1:{server.server_port}"
    yield Own
    server.shutdown()
    server.server_close()
    thread.join()


def archived_dates(pqa):
    return sorted({row[8] for row in pqa.archive_rows().values()})


def report(tmp_path):
    return [json.loads(line) for line in (tmp_path / "runs").read_text().splitlines()]


def test_first_night_takes_the_last_days_and_not_today(pqa):
    pqa("nightly")
    assert archived_dates(pqa) == [day(3), day(2), day(1)]


def test_missing_days_are_caught_up_oldest_first_and_late_rows_found(pqa, site):
    pqa("export", "--date", day(9))
    site.insert(rows_of(day(9), 50_001))  # before the days that are looked at again
    site.insert(rows_of(day(2), 60_001))
    out = pqa("nightly").stdout
    exported = [line.split()[0] for line in out.splitlines() if line[:2] == "20"]
    assert exported == [str(day(n)) for n in range(8, 0, -1)]
    assert archived_dates(pqa) == [day(n) for n in range(9, 0, -1)]
    site.insert(rows_of(day(2), 70_001))
    out = pqa("nightly", "--look-back", 2).stdout
    assert "20 new" in out and "catch up       0 days" in out
    ids = set(pqa.archive_rows())
    assert 70_001 in ids and 60_001 in ids and 50_001 not in ids
    version = pqa.version()
    pqa("nightly")
    assert pqa.version() == version


def test_the_report_and_the_metrics_say_what_happened(pqa, site, tmp_path):
    files = ["--report-file", tmp_path / "runs", "--metrics-file", tmp_path / "pqa.prom"]
    pqa("nightly", *files)
    first = report(tmp_path)
    assert len(first) == 1 and first[0]["exit_code"] == 0
    assert [step["name"] for step in first[0]["steps"]] == ["catch up", "look again"]
    assert first[0]["steps"][1]["days"] == 3 and first[0]["steps"][1]["rows"] == 60
    metrics = dict(line.split() for line in (tmp_path / "pqa.prom").read_text().splitlines()
                   if not line.startswith("#"))
    assert metrics["pqa_last_run_exit_code"] == "0"
    assert metrics["pqa_archive_rows"] == "60" and metrics["pqa_days_missing"] == "0"
    newest = datetime.datetime.fromtimestamp(int(metrics["pqa_newest_day_timestamp_seconds"]),
                                             datetime.timezone.utc)
    assert newest.date() == day(1)
    success = metrics["pqa_last_success_timestamp_seconds"]
    site.execute("UPDATE analytics_pageview SET path = '/other' WHERE id = 1001")
    pqa("nightly", *files, code=13)
    assert [night["exit_code"] for night in report(tmp_path)] == [0, 13]
    assert "1001" in report(tmp_path)[1]["message"]
    metrics = dict(line.split() for line in (tmp_path / "pqa.prom").read_text().splitlines()
                   if not line.startswith("#"))
    assert metrics["pqa_last_run_exit_code"] == "13"
    assert metrics["pqa_last_success_timestamp_seconds"] == success


def metrics_of(path):
    return dict(line.split() for line in path.read_text().splitlines() if line[0] != "#")


def test_metrics_that_cannot_be_written_fail_the_night_for_its_report_too(pqa, tmp_path):
    files = ["--report-file", tmp_path / "runs", "--metrics-file", tmp_path / "no" / "pqa.prom"]
    done = pqa("nightly", *files, code=10)
    assert "--metrics-file" in done.stderr and "ReadWritePaths=" in done.stderr
    [night] = report(tmp_path)
    assert night["exit_code"] == 10
    assert str(tmp_path / "no") in night["message"]
    [row] = pqa.ask("status", "--report-file", tmp_path / "runs")
    assert (row["nights"], row["nights_failed"]) == (1, 1)


def test_metrics_tell_of_a_report_that_cannot_be_written(pqa, tmp_path):
    prom = tmp_path / "pqa.prom"
    pqa("nightly", "--metrics-file", prom)
    prom.write_text(re.sub(r"(?m)^(pqa_last_success\S*) .*", r"\1 1234", prom.read_text()))
    pqa("nightly", "--metrics-file", prom, "--report-file", tmp_path / "no" / "runs", code=10)
    metrics = metrics_of(prom)
    assert metrics["pqa_last_run_exit_code"] == "10"
    assert metrics["pqa_last_success_timestamp_seconds"] == "1234"


def test_a_first_night_that_fails_has_no_success_to_tell(pqa, tmp_path):
    """The alarm compares with it: without the series it would never go off."""
    pqa.db = "sqlite:/nowhere/at/all.db"
    pqa("nightly", "--metrics-file", tmp_path / "pqa.prom", code=10)
    assert metrics_of(tmp_path / "pqa.prom")["pqa_last_success_timestamp_seconds"] == "0"


def test_the_collector_may_read_the_metrics_whatever_the_umask(pqa, tmp_path):
    files = ["--report-file", tmp_path / "runs", "--metrics-file", tmp_path / "pqa.prom"]
    pqa("nightly", *files, umask=0o077)
    assert (tmp_path / "pqa.prom").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "runs").stat().st_mode & 0o777 == 0o600


def test_metrics_count_what_was_exported_and_nothing_else(pqa, site, tmp_path):
    pqa.backfill(day(9), day(1))
    site.insert(rows_of(day(2), 60_001))
    prom = tmp_path / "pqa.prom"
    out = pqa("nightly", "--keep-database-days", 5, "--metrics-file", prom).stdout
    assert "delete" in out and "80 rows" in out
    metrics = metrics_of(prom)
    assert (metrics["pqa_last_run_days"], metrics["pqa_last_run_rows"]) == ("3", "20")


def test_nothing_goes_unless_it_is_asked_for(pqa, site):
    before = site.rows("SELECT count(*) FROM analytics_pageview")
    out = pqa("nightly").stdout
    assert [line.split("  ")[0] for line in out.splitlines() if line[:2] != "20"] == [
        "catch up", "look again"]
    assert site.rows("SELECT count(*) FROM analytics_pageview") == before


def test_old_days_leave_the_database_and_then_the_archive(pqa, site):
    pqa.backfill(day(9), day(1))
    kept = pqa.archive_rows()
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id = 8001")
    out = pqa("nightly", "--keep-database-days", 5).stdout
    assert "delete" in out and "80 rows" in out
    dates = site.rows("SELECT DISTINCT date FROM analytics_pageview ORDER BY date")
    assert dates == [(str(day(n)),) for n in range(5, -1, -1)]
    rows = pqa.archive_rows()
    assert rows.keys() == kept.keys() and rows[8001][7] == kept[8001][7] + 1
    refused = pqa("nightly", "--keep-archive-days", 5, "--vacuum", code=2)
    assert f"more than a tenth. If that is meant, run pqa prune --before {day(5)} --yes" in \
        refused.stderr and "vacuum      left out" in refused.stdout
    pqa("prune", "--before", day(5), "--yes")
    assert archived_dates(pqa) == [day(n) for n in range(5, 0, -1)]
    pqa("nightly", "--keep-archive-days", 5, "--keep-database-days", 4)
    assert archived_dates(pqa) == [day(n) for n in range(5, 0, -1)]
    assert len(pqa.archive_rows()) == 100


def test_days_that_are_gone_are_not_read_again(pqa, site):
    pqa.backfill(day(9), day(1))
    pqa("nightly", "--keep-database-days", 5)
    oldest = next(pqa.table_path().rglob(f"*{day(9)}.parquet"))
    oldest.write_bytes(b"damaged")
    pqa("nightly", "--keep-database-days", 5)
    site.insert(rows_of(day(9), 90_001))  # late: now it must be read
    pqa("nightly", "--keep-database-days", 5, code=13)
    assert site.rows("SELECT count(*) FROM analytics_pageview WHERE id > 90000") == [(20,)]


def test_a_part_that_fails_leaves_out_those_behind_it(pqa, site):
    pqa.backfill(day(9), day(1))
    site.execute("UPDATE analytics_pageview SET path = '/other' WHERE id = 1001")
    out = pqa("nightly", "--keep-database-days", 5, "--vacuum", "--compact", code=13).stdout
    assert out.count("left out") == 3
    assert site.rows("SELECT count(*) FROM analytics_pageview") == [(200,)]


def test_the_report_keeps_a_thousand_nights(pqa, tmp_path):
    (tmp_path / "runs").write_text("".join(f'{{"old":{n}}}\n' for n in range(1200)))
    pqa("nightly", "--report-file", tmp_path / "runs")
    lines = report(tmp_path)
    assert len(lines) == 1000 and lines[0] == {"old": 201} and "steps" in lines[-1]


def test_a_monitor_is_told(pqa, monitor, site):
    urls = ["--success-url", f"{monitor.url}/well?token=s3cr3t",
            "--failure-url", f"{monitor.url}/badly"]
    pqa("nightly", *urls)
    assert monitor.asked == ["/well?token=s3cr3t"]
    pqa.db = "sqlite:/nowhere/at/all.db"
    pqa("nightly", *urls, code=10)
    assert monitor.asked[1:] == ["/badly"]
    pqa.db, pqa.store = site.url, "/proc/not/there"
    done = pqa.run("nightly", *urls)
    assert done.returncode != 0 and monitor.asked[2:] == ["/badly"]


def test_a_monitor_that_is_not_there_is_a_warning(pqa, monitor):
    monitor.code = 500
    done = pqa("nightly", "--success-url", f"{monitor.url}/well?token=s3cr3t")
    assert "the monitor could not be told: 127.0.0.1" in done.stderr
    assert "s3cr3t" not in done.stderr + done.stdout and len(monitor.asked) == 3
    assert archived_dates(pqa)


@pytest.mark.parametrize("option", ["--success-url", "--failure-url"])
@pytest.mark.parametrize("url", ["hc.example/s3cr3t", "ftp://hc.example/s3cr3t", "https://"])
def test_an_address_that_is_none_is_refused_before_the_night(pqa, option, url):
    done = pqa("nightly", option, url, code=2)
    assert option in done.stderr and "https://" in done.stderr and "s3cr3t" not in done.stderr
    assert done.stdout == "" and not pqa.store.exists()


def test_a_report_that_cannot_be_written_is_a_failure(pqa, tmp_path):
    (tmp_path / "folder").mkdir()
    done = pqa.run("nightly", "--report-file", tmp_path / "folder")
    assert done.returncode == 2 and "not a regular file" in done.stderr
    assert archived_dates(pqa)


def test_two_nights_at_once_are_refused(pqa, site):
    pqa("nightly")
    lock = next((pqa.store).rglob("*lock*"), None)
    assert lock, "the store has no lock file"
    import fcntl
    with open(lock) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        pqa("nightly", code=11)


def test_status_compares_with_what_is_wanted(pqa, site, tmp_path):
    pqa("nightly", "--report-file", tmp_path / "runs")
    site.execute("UPDATE analytics_pageview SET path = '/other' WHERE id = 1001")
    said = pqa("nightly", "--report-file", tmp_path / "runs", code=13).stderr
    assert said.count("id 1001 ") == 1 and said.count("pqa: ") == 1, "said twice"
    [row] = pqa.ask("status", "--report-file", tmp_path / "runs")
    assert (row["nights"], row["nights_failed"]) == (2, 1) and row["last_night_ms"] > 0
    assert row["newest_age_days"] == 1 and row["days_missing"] == 0
    files = [path.stat().st_size for path in pqa.live_files()]
    assert row["day_size"] == sum(files) // 3 and row["year_size"] == row["day_size"] * 365
    count = site.rows("SELECT count(*) FROM analytics_pageview")[0][0]
    size = (tmp_path / "site.db").stat().st_size
    assert row["database_size"] == size * row["rows"] // count
    text = pqa("status", "--report-file", tmp_path / "runs").stdout
    assert "50.0 % of 2" in text and "> 99.5 %" in text and "these rows in the database" in text
    missing = pqa("status", "--report-file", tmp_path / "typo", code=10).stderr
    assert "the report of the nights" in missing and f"{tmp_path}/typo" in missing
    pqa.settings = {"PQA_REPORT_FILE": tmp_path / "not-yet"}
    assert pqa.ask("status")[0]["nights"] is None
    pqa.settings, pqa.db = {}, None
    [row] = pqa.ask("status")
    assert row["nights"] is None and row["database_size"] is None


def test_status_asks_postgres_for_its_size(postgres_pqa, postgres_site):
    postgres_pqa("export", "--date", FIRST)
    [row] = postgres_pqa.ask("status")
    postgres_site.execute("ANALYZE analytics_pageview")
    [analyzed] = postgres_pqa.ask("status")
    size, rows = postgres_site.rows(
        "SELECT pg_total_relation_size('analytics_pageview'), count(*) FROM analytics_pageview")[0]
    assert row["database_size"] in (None, analyzed["database_size"])
    assert analyzed["database_size"] == size * row["rows"] // rows


def test_a_lost_file_stops_no_other_day(site, pqa):
    pqa("nightly", "--look-back", "3")
    path = pqa.table_path() / f"{day(2):%Y/%m/%d}/pageviews_{day(2)}.parquet"
    path.unlink()
    site.insert(rows_of(day(1), 500001, count=1))
    failed = pqa("nightly", "--look-back", "3", code=13)
    assert "pqa export --rebuild" in failed.stderr
    views = pqa.ask("daily", "--project-id", "1", "--since", day(1), "--until", day(1))
    assert views[0]["views"] == sum(range(1, 21)) + 1
    assert "2 failed" not in failed.stdout
    pqa("export", "--date", day(2), "--rebuild")
    pqa("nightly", "--look-back", "3")
    assert path.exists()
