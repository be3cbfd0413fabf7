"""What the command says, logs and takes: also when a day fails among others."""
import io
import logging

import pqa
import pytest
from analytics.models import PageView
from django.core.management import CommandError, call_command
from django.db import connection
from pqa.django import archive as site_archive
from pqa.django import command_options
from pqa.django.parquet import ParquetAnalyticsExporter
from projects.models import Project

from test_site import TODAY, YESTERDAY, ago, command, page_view


def failing(*arguments, **options):
    """What it printed before it failed, and the failure."""
    out, problems = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("export_pageviews_to_parquet", *arguments, stdout=out, stderr=problems,
                     no_color=True, **options)
    return out.getvalue(), problems.getvalue(), failed.value


@pytest.fixture
def contradicted(site):
    """Six archived days; two contradict the archive, and late rows of all."""
    for days_ago in range(1, 7):
        page_view(ago(days_ago))
    command(days=6)
    PageView.objects.filter(date__in=[ago(4), ago(2)]).update(view_count=1)
    for days_ago in range(1, 7):
        page_view(ago(days_ago), "/late.html")


def test_a_failed_export_says_what_was_done(contradicted):
    told, problems, error = failing(days=6)
    assert "✓ Exported 8 records to 4 file(s)" in told and "completed" not in told
    assert f"day {ago(4)}" in str(error) and "Nothing of this day was changed" in str(error)
    assert error.returncode == 13
    assert problems.startswith(f"{ago(2)} failed: day {ago(2)}: ")
    assert str(ago(4)) not in problems


def test_a_failed_deletion_says_what_was_done(contradicted):
    told, problems, error = failing("--delete-after-export", days=6)
    assert "✓ Exported 8 records to 4 file(s)" in told
    assert "✓ Deleted 8 records from database" in told and "completed" not in told
    assert (error.returncode, problems.count("failed")) == (13, 1)
    assert set(PageView.objects.values_list("date", flat=True)) == {ago(4), ago(2)}


def test_a_failure_of_the_whole_says_nothing_was_done(site):
    page_view()
    command()
    told, problems, error = failing(environment="staging")
    assert "another source" in str(error)
    assert told.splitlines() == [f"Exporting pageviews for {YESTERDAY}..."] and not problems


def test_a_line_a_day_where_more_is_wanted(contradicted):
    told, problems, error = failing(days=6, verbosity=2)
    lines = told.splitlines()
    assert f"  {ago(6)}: written, 2 records" in lines[1:7]
    assert any(line.startswith(f"  {ago(4)}: failed: day {ago(4)}") for line in lines[1:7])
    told, problems, error = failing("--delete-after-export", days=6, verbosity=2)
    assert f"  {ago(6)}: 2 records deleted" in told


def test_no_word_where_none_is_wanted(contradicted):
    assert command("--delete-after-export", date=str(YESTERDAY), verbosity=0) == ""
    told, problems, error = failing("--delete-after-export", days=6, verbosity=0)
    assert told == "" and problems.count("failed") == 1


def test_the_librarys_words_where_all_are_wanted(site, settings, monkeypatch):
    settings.PQA = {**settings.PQA, "LOGGER": "of.nowhere"}
    logger = logging.getLogger("of.nowhere")
    monkeypatch.setattr(logger, "propagate", False)
    page_view()
    said = f"Exported pageviews for {YESTERDAY}: 1 records to 1 files"
    assert said not in command(verbosity=2)
    assert said in command(verbosity=3)
    assert (logger.level, logger.handlers) == (logging.NOTSET, [])


def test_log_has_the_proof_of_concepts_lines(site, settings, caplog):
    caplog.set_level(logging.INFO, "readthedocs.analytics")
    page_view()
    command(days=2)
    lines = [f"No pageviews found for {ago(2)}",
             f"Exported pageviews for {YESTERDAY}: 1 records to 1 files"]
    assert [line for line in caplog.messages if "pageviews" in line] == lines
    settings.RTD_PARQUET_EXPORT_PER_PROJECT = True
    caplog.clear()
    for days_ago in (2, 1):
        ParquetAnalyticsExporter().export_daily_pageviews(ago(days_ago))
    lines[1] = lines[1].replace("to 1 files", "to 2 files")
    assert [line for line in caplog.messages if "pageviews" in line] == lines
    caplog.clear()
    command("--dry-run")
    assert not [line for line in caplog.messages if "pageviews" in line]


def test_a_day_that_is_not_over_is_exported_where_that_is_said(site):
    page_view(TODAY)
    exporter = ParquetAnalyticsExporter()
    with pytest.raises(pqa.Invalid, match="not over yet .*include_open=True"):
        exporter.export_daily_pageviews(TODAY)
    assert exporter.export_daily_pageviews(TODAY, include_open=True)["total_records"] == 1


@pytest.mark.parametrize("text, bytes_", [("64M", 64 << 20), ("1GiB", 1 << 30), ("2KB", 2048),
                                          ("1048576", 1 << 20), ("3T", 3 << 40)])
def test_sizes_are_the_command_lines(text, bytes_):
    assert command_options.size(text) == bytes_


def test_options_of_pqa_export(site, monkeypatch):
    seen = []
    get_archive = site_archive.get_archive

    def watched(*arguments, **given):
        seen.append(given)
        return get_archive(*arguments, **given)

    monkeypatch.setattr(site_archive, "get_archive", watched)
    for text in ("64X", "", "M", "-1M"):
        with pytest.raises(CommandError, match="not a size, as 64M"):
            command(f"--memory={text}")
    command("--memory", "64M", "--invalid-utf8", "escape", "--threads", "1")
    assert seen[-1] == {"with_database": True, "database": None, "memory_bytes": 64 << 20,
                        "threads": 1, "escape_invalid_utf8": True}
    command("--invalid-utf8", "refuse")
    assert seen[-1]["escape_invalid_utf8"] is False


def test_copies_of_few_rows_are_left_out(site):
    for path in ("/a.html", "/b.html"):
        page_view(path=path)
    PageView.objects.create(project=Project.objects.create(slug="pip"), path="/c.html",
                            date=YESTERDAY, view_count=1)
    told = command("--per-project", "--copy-minimum-rows", "2")
    assert "project/docs/" in told and "project/pip/" not in told


def test_partitions_are_dropped(site):
    if site == "sqlite":
        pytest.skip("SQLite has no partitions")
    page_view()
    with connection.cursor() as cursor:
        for sql in (
                "CREATE TABLE parted (LIKE analytics_pageview INCLUDING DEFAULTS) "
                "PARTITION BY RANGE (date)",
                f"CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('{YESTERDAY}') "
                f"TO ('{TODAY}')",
                "CREATE UNIQUE INDEX ON parted (id, date)",
                "INSERT INTO parted SELECT * FROM analytics_pageview",
                "ALTER TABLE analytics_pageview RENAME TO kept",
                "ALTER TABLE parted RENAME TO analytics_pageview"):
            cursor.execute(sql)
    assert "✓ Deleted 1 records" in command("--delete-after-export", "--drop-partitions")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE "
                       "inhparent = 'analytics_pageview'::regclass")
        assert cursor.fetchone() == (0,)
