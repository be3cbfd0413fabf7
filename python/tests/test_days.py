"""What changes the archive: results as objects, and the store as the command line sees it."""
import datetime
import json
import logging
import pathlib

import pytest
from pageview_site import DAY_COUNT, DAYS, FIRST, LAST, PROJECTS

import pqa

DAY = datetime.timedelta(1)


def test_export_tells_of_each_day(archive, program, site):
    seen = []
    days = archive.backfill(since=FIRST, until=LAST, on_day=seen.append)
    assert [day.date for day in days] == DAYS and seen == days
    assert {day.outcome for day in days} == {"written"}
    rows = site.archive_rows()
    assert sum(day.rows for day in days) == len(rows)
    assert program.archive_rows() == rows
    assert {day.outcome for day in archive.export(since=FIRST, until=LAST)} == {"unchanged"}
    assert archive.backfill(since=FIRST, until=LAST) == []


def test_dry_run_writes_nothing(archive, program):
    assert archive.export(FIRST, dry_run=True)[0].rows_new > 0
    assert not program.store.exists()


def test_verify_status_and_files(archive, program):
    archive.backfill(since=FIRST, until=LAST)
    files = archive.verify()
    assert len(files) == DAY_COUNT and all(file.status is None for file in files)
    assert len(archive.verify(FIRST, FIRST, against_database=True)) == 2
    status = archive.status()
    assert status["days"] == DAY_COUNT and status["newest_day"] == LAST
    assert status["rows"] == sum(file.rows for file in files)
    assert archive.files().to_pylist()[0]["first_date"] == FIRST
    assert all(pathlib.Path(path).is_file() for path in archive.live_paths())
    assert len(archive.live_paths()) == DAY_COUNT


def test_damaged_file_is_corrupt_and_the_others_are_told(archive):
    archive.backfill(since=FIRST, until=LAST)
    path = pathlib.Path(archive.live_paths()[2])
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(pqa.Corrupt) as caught:
        archive.verify()
    assert caught.value.exit_code == 13
    assert [file.status for file in caught.value.results].count("CORRUPT") == 1
    assert len(caught.value.results) == DAY_COUNT


def test_contradicting_day_fails_and_the_others_are_done(archive, site):
    archive.export(FIRST)
    site.execute("UPDATE analytics_pageview SET path = '/other' WHERE id ="
                 " (SELECT min(id) FROM analytics_pageview WHERE date = ?)", FIRST)
    with pytest.raises(pqa.Corrupt) as caught:
        archive.export(since=FIRST, until=FIRST + DAY)
    assert caught.value.exit_code == 13
    assert {day.date: day.outcome for day in caught.value.results} == {
        FIRST: "failed", FIRST + DAY: "written"}


def test_a_lost_day_is_rebuilt_where_it_is_asked_for(archive, site):
    archive.backfill(since=FIRST, until=LAST)
    pathlib.Path(archive.live_paths()[0]).unlink()
    with pytest.raises(pqa.Corrupt, match="gone|No such file") as caught:
        archive.export(since=FIRST, until=FIRST + DAY)
    assert {day.date: day.outcome for day in caught.value.results} == {
        FIRST: "failed", FIRST + DAY: "unchanged"}
    site.execute("DELETE FROM analytics_pageview WHERE date = ? AND status = 404", FIRST)
    with pytest.raises(pqa.Corrupt, match="the database has"):
        archive.export(FIRST, rebuild=True)
    assert archive.export(FIRST, rebuild=True, accept_loss=True)[0].outcome == "written"
    assert len(archive.verify(against_database=True)) == 2 * DAY_COUNT


def test_delete_restore(archive, site):
    before = site.archive_rows()
    exported = []
    deleted = archive.delete_exported(FIRST, FIRST + DAY, batch_rows=100,
                                      on_exported=exported.append)
    assert [day.date for day in deleted] == [day.date for day in exported] == DAYS[:2]
    assert all(day.status is None and day.rows_deleted > 0 for day in deleted)
    assert len(site.archive_rows()) == len(before) - sum(day.rows_deleted for day in deleted)
    restored = archive.restore(FIRST, FIRST + DAY)
    assert [day.inserted for day in restored] == [day.rows_deleted for day in deleted]
    assert site.archive_rows() == before


def test_import_files(archive, site, program, tmp_path):
    pandas = pytest.importorskip("pandas")
    columns = ["id", "project_id", "project_slug", "version_id", "version_slug", "path",
               "full_path", "view_count", "date", "status"]
    rows = [row for row in site.archive_rows().values() if row[8] == FIRST]
    frame = pandas.DataFrame([dict(zip(columns, row)) for row in rows])
    first, second = tmp_path / "files/pageviews_1.parquet", tmp_path / "files/again.parquet"
    first.parent.mkdir()
    frame.to_parquet(first, index=False, compression="snappy")
    frame.iloc[:10].to_parquet(second, index=False, compression="snappy")
    frame.iloc[:0].to_parquet(tmp_path / "none.parquet", index=False)
    assert archive.import_files(first, dry_run=True)[0].rows_taken == len(rows)
    assert not program.store.exists()
    days, told = [], []
    files = archive.import_files([str(first.parent), tmp_path / "none.parquet"],
                                 on_day=days.append, on_file=told.append)
    assert files == told and {file.rows for file in files} == {len(rows), 10, 0}
    assert sum(file.rows_taken for file in files) == len(rows)
    assert {file.first_date for file in files} == {FIRST, None}
    assert [(day.date, day.outcome, day.rows) for day in days] == [(FIRST, "written", len(rows))]
    assert program.archive_rows() == {row[0]: row for row in rows}
    with pytest.raises(pqa.NotFound):
        archive.import_files([first], since=LAST)
    with pytest.raises(TypeError):
        archive.import_files([1])


def test_prune_asks_and_can_be_undone(archive):
    archive.backfill(since=FIRST, until=LAST)
    rows = archive.status()["rows"]
    with pytest.raises(pqa.Invalid):
        archive.prune(FIRST + 2 * DAY)
    pruned = archive.prune(FIRST + 2 * DAY, more_than_a_tenth=True)
    assert (pruned.days, pruned.before) == (2, FIRST + 2 * DAY)
    assert archive.status()["rows"] == rows - pruned.rows
    assert archive.export(FIRST)[0].outcome == "pruned"
    assert archive.undo_prune().before is None
    assert archive.status()["rows"] == rows


def test_compact_vacuum_forget(archive):
    archive.backfill(since=FIRST, until=LAST)
    months = archive.compact()
    assert [month.outcome for month in months] == ["compacted", "compacted"]
    assert archive.compact("2024-02")[0].outcome == "unchanged"
    swept = archive.vacuum()
    assert swept.objects == 0 and swept.objects_waiting == DAY_COUNT
    with pytest.raises(pqa.Invalid):
        archive.forget("django", ignore_database=True)
    gone = archive.forget("django", agreed=True, ignore_database=True)
    assert gone.project_id == 1 and gone.rows > 0
    assert len(archive.top_pages(1, FIRST, LAST)) == 0


def test_nightly_reports(archive, tmp_path):
    steps = []
    night = archive.nightly(look_back_days=2, report_file=tmp_path / "nights.json",
                            on_step=steps.append)
    assert night.exit_code == 0 and night.steps == tuple(steps)
    assert [step.name for step in steps][:2] == ["catch up", "look again"]
    assert json.loads((tmp_path / "nights.json").read_text().splitlines()[-1])
    assert archive.status(report_file=tmp_path / "nights.json")["nights"] == 1


def test_failed_night_raises_and_is_told(sqlite_program, tmp_path):
    archive = pqa.Archive(sqlite_program.store, db=f"sqlite:{tmp_path}/nothing.db")
    with pytest.raises(pqa.NotFound) as caught:
        archive.nightly(report_file=tmp_path / "nights.json")
    assert isinstance(caught.value.results, pqa.Night)
    assert caught.value.results.exit_code == caught.value.exit_code != 0
    assert (tmp_path / "nights.json").exists()


def test_doctor_finds(archive, tmp_path):
    archive.export(FIRST)
    assert {finding.level for finding in archive.doctor()} <= {"ok", "advice"}
    bad = pqa.Archive(tmp_path / "s", db=f"sqlite:{tmp_path}/nothing.db").doctor()
    assert "problem" in {finding.level for finding in bad}


def test_progress_is_told_in_the_callers_thread(sqlite_archive):
    import threading
    told = []
    sqlite_archive.backfill(since=FIRST, until=LAST, progress=lambda *step: told.append(
        (threading.get_ident(), *step)))
    assert told and {each[0] for each in told} == {threading.get_ident()}
    assert all(isinstance(what, str) and done >= 0 for _, what, done, _ in told)


def test_exception_of_a_callback_stops_the_export(sqlite_archive):
    def stop(day):
        raise ZeroDivisionError(day.date)
    with pytest.raises(ZeroDivisionError):
        sqlite_archive.backfill(since=FIRST, until=LAST, on_day=stop)
    sqlite_archive.backfill(since=FIRST, until=LAST)
    assert len(sqlite_archive.verify(against_database=True)) == 2 * DAY_COUNT


def test_callback_may_use_the_archive(sqlite_archive):
    rows = []
    sqlite_archive.export(since=FIRST, until=FIRST, on_day=lambda day: rows.append(
        sqlite_archive.status()["files"] if day.rows else 0))
    assert len(rows) == 1


def test_copies_for_projects(archive, program):
    copies = []
    archive.export(FIRST, per_project=True, on_copy=copies.append)
    assert copies and {copy.outcome for copy in copies} <= {"written", "skipped"}
    table = program.table_path()
    assert all((table / copy.path).is_file() for copy in copies if copy.outcome == "written")
    assert {copy.outcome for copy in archive.copies(FIRST, LAST)} <= {"unchanged", "skipped"}


def test_verify_depths(archive):
    archive.export(FIRST)
    assert len(archive.verify(depth="sizes")) == len(archive.verify(depth="checksums")) == 1
    with pytest.raises(pqa.Invalid, match="depth"):
        archive.verify(depth="deep")


def test_live_days_and_shadow(archive, tmp_path):
    archive.export(FIRST)
    both = archive.daily_totals("django", FIRST, LAST, live=True)
    archive.backfill(since=FIRST, until=LAST)
    assert both.to_pylist() == archive.daily_totals("django", FIRST, LAST).to_pylist()
    for question in ("top_pages", "daily_totals", "not_found", "versions"):
        compared = archive.shadow(question, "django", FIRST, LAST,
                                  evidence_file=tmp_path / "evidence.json")
        assert compared.is_equal and compared.rows > 0, compared
    assert len((tmp_path / "evidence.json").read_text().splitlines()) == 4
    told = pqa.shadow_summary(tmp_path / "evidence.json", days=1, answers=4)
    assert told.is_ready and told.equal == 4
    assert pqa.shadow_summary(tmp_path / "evidence.json").message == (
        "not ready: 4 equal answers on 1 days; 100 on 7 days are wanted")
    with pytest.raises(pqa.NotFound):
        pqa.shadow_summary(tmp_path / "nothing")


def test_a_shadow_that_fails_is_evidence(archive, tmp_path):
    evidence = tmp_path / "evidence.json"
    with pytest.raises(pqa.NotFound):  # there is no archive
        archive.shadow("top_pages", "django", FIRST, LAST, evidence_file=evidence)
    with pytest.raises(pqa.Error):  # none can be opened
        pqa.Archive("s3://views/x", db="sqlite:/nowhere", s3_endpoint="http://127.0.0.1:9",
                    s3_access_key="a", s3_secret_key="b", s3_retry_s=1).shadow(
            "daily_totals", "django", FIRST, LAST, evidence_file=evidence)
    told = pqa.shadow_summary(evidence)
    assert (told.failed, told.compared) == (2, 0)


def test_shadow_at_random(archive, tmp_path):
    archive.backfill(since=FIRST, until=LAST)
    seen, evidence = [], tmp_path / "evidence.json"
    compared = archive.shadow_random(12, FIRST, LAST, evidence_file=evidence, on_each=seen.append)
    assert len(compared) == 12 and seen == compared and all(each.is_equal for each in compared)
    assert {each.project for each in compared} <= set(PROJECTS.values())
    assert {each.question for each in compared} <= {"top_pages", "daily_totals", "not_found",
                                                    "versions"}
    assert all(FIRST <= each.since <= each.until <= LAST for each in compared)
    assert len(evidence.read_text().splitlines()) == 12


def test_deletion_makes_the_copies_that_an_export_makes(archive, site, tmp_path):
    archive.export(FIRST)
    copies = []
    archive.delete_exported(FIRST, FIRST, per_project=True, minimum_rows=2, on_copy=copies.append)
    rows = archive.rows("django", FIRST, FIRST)
    written = {copy.path: copy for copy in copies if copy.outcome == "written"}
    mine = written["project/django/2024/02/26/pageviews_2024-02-26.parquet"]
    assert mine.rows == len(rows) > 0 and all(copy.rows >= 2 for copy in written.values())
    table = pathlib.Path(archive.live_paths()[0]).parents[3]
    assert (table / mine.path).stat().st_size == mine.size_bytes
    assert site.rows("SELECT count(*) FROM analytics_pageview WHERE date = ?", FIRST) == [(0,)]


@pytest.mark.parametrize("logger", ["readthedocs.analytics", logging.getLogger("site.night")])
def test_dropped_partitions_are_told_to_the_logger(postgres_site, tmp_path, logger, caplog):
    postgres_site.execute("ALTER TABLE analytics_pageview RENAME TO old")
    postgres_site.execute("CREATE TABLE analytics_pageview (LIKE old, PRIMARY KEY (id, date))"
                          " PARTITION BY RANGE (date)")
    postgres_site.execute("CREATE TABLE day PARTITION OF analytics_pageview"
                          f" FOR VALUES FROM ('{FIRST}') TO ('{FIRST + DAY}')")
    postgres_site.execute("INSERT INTO analytics_pageview SELECT * FROM old WHERE date = ?", FIRST)
    with caplog.at_level(logging.INFO, getattr(logger, "name", logger)), pqa.Archive(
            tmp_path / "store", db=postgres_site.url, logger=logger) as archive:
        deleted, = archive.delete_exported(FIRST, FIRST, drop_partitions=True)
    [(name, level, sentence)] = caplog.record_tuples
    assert (name, level) == (getattr(logger, "name", logger), logging.INFO)
    assert "partition public.day was detached and dropped" in sentence
    assert deleted.is_dropped and deleted.status is None
    assert postgres_site.rows("SELECT to_regclass('day')") == [(None,)]
