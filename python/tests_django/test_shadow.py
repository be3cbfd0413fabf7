"""The dashboard answered by the database, its answers compared with the archive's."""
import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import threading
import time

import pqa
import pytest
from analytics.models import PageView
from conftest import TOP
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client
from pqa.django import archive as site_archive
from pqa.django import conf, shadow
from pqa.django.dashboard import csv_download
from projects.models import Project

import rows
from test_site import YESTERDAY, ago, command, page_view

DAY_MS = 86_400_000


@pytest.fixture
def evidence(tmp_path):
    return tmp_path / "evidence.ndjson"


@pytest.fixture
def shadowed(site, settings, evidence):
    """Every request is compared."""
    settings.PQA = {**settings.PQA, "DASHBOARD": "shadow", "SHADOW_FRACTION": 1,
                    "SHADOW_EVIDENCE": str(evidence)}
    shadow._worker.counts.clear()
    yield settings
    shadow.wait()


def lines(evidence):
    shadow.wait()
    return [json.loads(line) for line in evidence.read_text().splitlines()]


def verdict(*arguments):
    out = io.StringIO()
    call_command("pageviews_shadow", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def test_the_database_answers_without_an_archive(site, settings):
    settings.PQA = {**settings.PQA, "DASHBOARD": "database"}
    for project in rows.fill(project_count=5):
        for status, per_version in [(200, False), (404, True)]:
            told = PageView.top_viewed_pages(project, ago(30), 10000, status, per_version)
            assert {page.path: page.count for page in told} == rows.live_top(
                project, ago(30), status, per_version)
            assert PageView.page_views_by_date(project.slug, ago(30), status) == rows.live_days(
                project, ago(30), status)
        download = csv_download(project).getvalue().decode()
        assert sorted(download.splitlines()) == sorted(rows.live_csv(project, ago(30)).splitlines())
    assert len(PageView.top_viewed_pages(project, limit=3)) == 3
    with pytest.raises(pqa.NotFound):
        site_archive.get_archive().files()


def test_equal_answers_are_kept_as_evidence(shadowed, evidence):
    projects = rows.fill(project_count=3)
    command(days=40)
    for project in projects:
        assert PageView.top_viewed_pages(project)
        assert PageView.top_viewed_pages(project, ago(7), 1000, 404, True)
        assert sum(PageView.page_views_by_date(project.slug)["int_data"])
        shadow.wait()
    assert csv_download(projects[0]).getvalue()
    kept = lines(evidence)
    assert [line["question"] for line in kept] == ["top", "top", "daily"] * 3 + ["top", "versions"]
    assert all(line["equal"] and line["rows"] and line["days_compared"] for line in kept)
    assert {line["days_live"] for line in kept} == {1}
    assert (kept[1]["status"], kept[1]["by_full_path"]) == (404, True)
    assert shadow.counts() == {"equal": 11}
    assert "11 compared: 11 equal, 0 different; 0 could not" in verdict()
    assert "not ready: 11 equal answers on 1 days; 100 on 7 days are wanted" in verdict()
    assert "ready: 11 equal answers on 1 days" in verdict("--days", "1", "--answers", "11")


def make_wrong():
    """The archive takes a day with views that the database never had."""
    page_view()
    page_view(ago(2), "/b.html")
    PageView.objects.filter(date=YESTERDAY).update(view_count=F("view_count") + 1)
    command(days=3)
    PageView.objects.filter(date=YESTERDAY).update(view_count=F("view_count") - 1)


def test_a_wrong_archive_is_caught_and_the_user_does_not_see_it(shadowed, evidence, caplog):
    make_wrong()
    page = Client().get("/projects/docs/traffic/")
    assert page.status_code == 200
    with caplog.at_level(logging.ERROR, "readthedocs.analytics"):
        top = PageView.top_viewed_pages(Project.objects.get())
        shadow.wait()
    assert {page.path: page.count for page in top} == {"/a.html": 3, "/b.html": 3}
    assert "is DIFFERENT in 1 rows: row 1: the archive has 4 views of '/a.html'" in caplog.text
    kept = lines(evidence)
    wrong = [line for line in kept if not line["equal"]]
    assert {line["question"] for line in wrong} == {"top", "daily"}
    assert all(line["different_days"] == [str(YESTERDAY)] for line in wrong)
    with pytest.raises(CommandError, match="not ready.*the last difference: row 1: the archive"
                       ) as failed:
        verdict()
    assert failed.value.returncode == 13


def test_rows_that_the_archive_lacks_are_caught(shadowed, evidence):
    page_view()
    command()
    page_view(path="/late.html")
    PageView.page_views_by_date("docs")
    [line] = lines(evidence)
    assert not line["equal"] and line["different_days"] == [str(YESTERDAY)]
    command()  # takes the late row in
    PageView.page_views_by_date("docs")
    assert [line["equal"] for line in lines(evidence)] == [False, True]
    assert "ready: 1 equal answers on 1 days since the last difference" in verdict(
        "--days", "1", "--answers", "1")


def test_what_fails_does_not_fail_the_request_and_is_counted(shadowed, evidence, caplog):
    """There is no archive at all; then no evidence can be written."""
    page_view()
    with caplog.at_level(logging.WARNING, "readthedocs.analytics"):
        assert PageView.top_viewed_pages(Project.objects.get())[0].count == 3
        shadow.wait()
    assert "top_pages could not be compared" in caplog.text
    [line] = lines(evidence)
    assert "export or backfill" in line["failure"] and "equal" not in line
    assert "0 compared: 0 equal, 0 different; 1 could not be compared" in verdict()
    command()
    for n in range(3):
        PageView.top_viewed_pages(Project.objects.get())
    shadow.wait()
    assert "more than one in 200" in verdict("--days", "1", "--answers", "1")
    shadowed.PQA = {**shadowed.PQA, "SHADOW_EVIDENCE": str(evidence / "no" / "folder")}
    assert PageView.top_viewed_pages(Project.objects.get())[0].count == 3
    shadow.wait()
    assert shadow.counts() == {"failed": 2, "equal": 3}


def test_an_archive_that_cannot_be_opened_is_evidence(shadowed, evidence):
    page_view()
    shadowed.PQA = {**shadowed.PQA, "STORE": "s3://views/x", "S3_ENDPOINT": "http://127.0.0.1:9",
                    "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b", "S3_RETRY_S": 1}
    assert PageView.top_viewed_pages(Project.objects.get())[0].count == 3
    [line] = lines(evidence)
    assert "127.0.0.1:9" in line["failure"]


def test_a_request_does_not_wait_for_the_comparison(shadowed, evidence, monkeypatch):
    page_view()
    command()
    project = Project.objects.get()
    reading = site_archive.reading

    requests_done = threading.Event()

    @contextlib.contextmanager
    def waiting(*arguments, **more):
        requests_done.wait(60)
        with reading(*arguments, **more) as archive:
            yield archive

    monkeypatch.setattr(site_archive, "reading", waiting)
    for _ in range(10):
        PageView.top_viewed_pages(project)
    assert shadow.counts() == {"left out": 6}
    requests_done.set()
    assert len(lines(evidence)) == 4
    assert shadow.counts() == {"equal": 4, "left out": 6}


def test_only_a_share_is_compared(shadowed, evidence):
    page_view()
    command()
    for fraction, few, many in [(0, 0, 0), (0.5, 5, 35)]:
        shadowed.PQA = {**shadowed.PQA, "SHADOW_FRACTION": fraction}
        for _ in range(40):
            PageView.page_views_by_date("docs")
            shadow.wait()
        assert few <= shadow.counts().get("equal", 0) <= many


def test_forked_workers_compare_and_lose_no_line(shadowed, evidence):
    page_view()
    command()
    PageView.page_views_by_date("docs")
    shadow.wait()
    from django.db import connections
    connections.close_all()
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for _ in range(10):
                    PageView.page_views_by_date("docs")
                    shadow.wait()
                code = 0 if shadow.counts() == {"equal": 10} else 2
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert len(lines(evidence)) == 41


def test_a_process_that_ends_waits_for_the_comparison_under_way(site, tmp_path):
    if site != "sqlite":
        pytest.skip("the process's own site is SQLite's")
    page_view()
    command()
    program = """
import django; django.setup()
from django.conf import settings
settings.PQA |= {"SHADOW_FRACTION": 1}
from analytics.models import PageView
print(sum(PageView.page_views_by_date("docs")["int_data"]))
"""
    path = [str(TOP / "examples/django"), *filter(None, sys.path)]
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(path),
                               "DOCSITE_DATA": str(tmp_path), "DOCSITE_DASHBOARD": "shadow"})
    assert (done.returncode, done.stdout) == (0, "3\n"), done.stderr
    assert [line["equal"] for line in lines(tmp_path / "shadow.ndjson")] == [True]


def test_rows_of_djangos_connection_are_compared(shadowed, evidence):
    """In tests of a site: rows that are not committed, in the thread that asks."""
    from django.db import transaction
    shadowed.PQA = {**shadowed.PQA, "THROUGH_CONNECTION": True}
    with transaction.atomic():
        page_view()
        command()
        assert PageView.top_viewed_pages(Project.objects.get())[0].count == 3
        assert [line["equal"] for line in lines(evidence)] == [True]
        transaction.set_rollback(True)


# --- The verdict ---


def made(evidence, days, a_day, **more):
    now = int(time.time() * 1000)
    with evidence.open("a") as file:
        for day in range(days, 0, -1):
            for n in range(a_day):
                line = {"at_ms": now - day * DAY_MS + n, "equal": True, "archive_us": 1000,
                        "database_us": 2000, "message": "", **more}
                file.write(json.dumps(line) + "\n")


def test_a_week_of_equal_answers_is_enough(evidence):
    made(evidence, 6, 20)
    assert "not ready: 120 equal answers on 6 days; 100 on 7 days" in verdict(
        "--evidence", str(evidence))
    evidence.unlink()
    made(evidence, 7, 15)
    told = pqa.shadow_summary(evidence)
    assert told.is_ready and told.message == "ready: 105 equal answers on 7 days"
    assert verdict("--evidence", str(evidence)).splitlines()[1].endswith(
        "archive 1.0 ms, database 2.0 ms a question")
    with evidence.open("a") as file:
        file.write(json.dumps({"at_ms": 1, "failure": "no network"}) + "\n")
    assert not pqa.shadow_summary(evidence).is_ready  # one of 106
    assert pqa.shadow_summary(evidence).failed == 1


def test_a_difference_begins_the_week_again(evidence):
    made(evidence, 7, 20)
    made(evidence, 1, 1, equal=False, message="2026-01-15: the archive has 3 views")
    told = pqa.shadow_summary(evidence)
    assert (told.compared, told.different, told.equal_since, told.is_ready) == (141, 1, 0, False)
    assert told.last_difference == "2026-01-15: the archive has 3 views"


def test_no_evidence_is_said(tmp_path, settings):
    with pytest.raises(CommandError) as failed:
        verdict("--evidence", str(tmp_path / "nothing"))
    assert failed.value.returncode == 10
    with pytest.raises(CommandError, match="No evidence") as failed:
        settings.PQA = {}
        verdict()
    assert failed.value.returncode == 10


@pytest.mark.parametrize("given, message", [
    ({"DASHBOARD": "both"}, "one of database, shadow, archive"),
    ({"DASHBOARD": "shadow"}, "SHADOW_EVIDENCE"),
    ({"SHADOW_FRACTION": 5}, "from 0 to 1")])
def test_settings_that_make_no_sense(settings, given, message):
    settings.PQA = given
    with pytest.raises(ImproperlyConfigured, match=message):
        conf.read()
