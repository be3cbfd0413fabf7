"""A site's exports, questions, deletions: beside what the ORM says of the same rows."""
import datetime
import io

import pqa
import pytest
from analytics.models import PageView
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pqa.django.dashboard import csv_download
from pqa.django.parquet import ParquetAnalyticsExporter, ParquetAnalyticsQuerier
from projects.models import Project

import rows

TODAY = timezone.now().date()
YESTERDAY = TODAY - datetime.timedelta(days=1)


def ago(days):
    return TODAY - datetime.timedelta(days=days)


def command(*arguments, **options):
    out = io.StringIO()
    call_command("export_pageviews_to_parquet", *arguments, stdout=out, no_color=True, **options)
    return out.getvalue()


def page_view(date=YESTERDAY, path="/a.html", **values):
    project, _ = Project.objects.get_or_create(slug="docs")
    return PageView.objects.create(project=project, path=path, date=date, view_count=3,
                                   **values)


@pytest.mark.parametrize("live_days", [1, 8])
def test_answers_of_50_projects_are_the_orms(site, live_days):
    """Today alone is the database's, or more than the last week."""
    projects = rows.fill()
    command("--since", str(ago(40)), "--until", str(ago(live_days)))
    kept = PageView.objects.filter(date__lt=TODAY).count()
    for project in projects:
        for since, status, per_version in [
                (ago(30), 200, False), (ago(30), 404, False), (ago(7), 404, True),
                (ago(12), 200, True)]:
            told = PageView.top_viewed_pages(project, since, 10000, status, per_version)
            assert {page.path: page.count for page in told} == rows.live_top(
                project, since, status, per_version)
            assert [-page.count for page in told] == sorted(-page.count for page in told)
            assert PageView.page_views_by_date(project.slug, since, status) == rows.live_days(
                project, since, status)
        for status in (200, 404):
            assert csv_download(project, status=status).getvalue().decode() == rows.live_csv(
                project, ago(30), status)
    assert PageView.objects.filter(date__lt=TODAY).count() == kept


def test_answers_stay_when_the_rows_are_deleted(site):
    projects = rows.fill(project_count=5, days=12)
    before = {project.slug: (rows.live_top(project, ago(30), 200, False),
                             rows.live_days(project, ago(30), 200)) for project in projects}
    told = command("--delete-after-export", days=12)
    assert "✓ Deleted" in told
    assert set(PageView.objects.values_list("date", flat=True)) == {TODAY}
    for project in projects:
        pages = PageView.top_viewed_pages(project, limit=10000)
        assert ({page.path: page.count for page in pages},
                PageView.page_views_by_date(project.slug)) == before[project.slug]


def test_exporter_returns_the_proof_of_concepts_shape(site):
    page_view()
    page_view(path="/b.html", status=404)
    result = ParquetAnalyticsExporter().export_daily_pageviews()
    path = ParquetAnalyticsExporter().get_parquet_path()
    assert result == {"date": YESTERDAY, "total_records": 2, "files": {path: 2}}
    assert ParquetAnalyticsExporter().export_daily_pageviews(str(YESTERDAY)) == result
    page_view(path="/late.html")
    again = ParquetAnalyticsExporter().export_daily_pageviews(YESTERDAY)
    assert again["total_records"] == 3 and list(again["files"].values()) == [3]
    empty = ParquetAnalyticsExporter().export_daily_pageviews(ago(5))
    assert empty == {"date": ago(5), "total_records": 0, "files": {}}


@pytest.mark.parametrize("date", ["2026-13-01", "yesterday", "", "15.01.2026"])
def test_exporter_refuses_what_is_no_date(site, date):
    with pytest.raises(pqa.Invalid, match="date"):
        ParquetAnalyticsExporter().export_daily_pageviews(date)


def test_querier_returns_the_proof_of_concepts_shapes(site):
    pytest.importorskip("pandas")
    for days_ago, views in [(1, 5), (3, 7)]:
        page_view(ago(days_ago), "/a.html", full_path="/en/latest/a.html")
        page_view(ago(days_ago), "/b'; DROP TABLE x.html", status=404)
        PageView.objects.filter(date=ago(days_ago), path="/a.html").update(view_count=views)
    command(days=4)
    querier = ParquetAnalyticsQuerier()
    assert querier.get_top_pages_from_parquet("docs") == [{"path": "/a.html", "count": 12}]
    assert querier.get_top_pages_from_parquet("docs", since=ago(2), limit=1, status=404) == [
        {"path": "/b'; DROP TABLE x.html", "count": 3}]
    daily = querier.get_daily_totals_from_parquet("docs", since=ago(4))
    assert daily == {"labels": [ago(n).strftime("%d %b") for n in (4, 3, 2, 1, 0)],
                     "int_data": [0, 7, 0, 5, 0]}
    assert querier.get_daily_totals_from_parquet("nobody") == {"labels": [], "int_data": []}
    assert querier.get_top_pages_from_parquet("no'body") == []
    frame = querier.query_pageviews("docs", since=ago(2))
    assert list(frame.columns) == ["id", "project_id", "project_slug", "version_id",
                                   "version_slug", "path", "full_path", "view_count", "date",
                                   "status"]
    assert frame["status"].tolist() == [200, 404]
    assert [date.date() for date in frame["date"]] == [YESTERDAY, YESTERDAY]
    assert sorted(querier.query_pageviews("docs")["id"]) == sorted(
        PageView.objects.values_list("id", flat=True))
    assert querier.query_pageviews("nobody").empty
    none = querier.query_pageviews("docs", ago(2), ago(3))
    assert none.empty and list(none.columns) == list(frame.columns)


def test_command_says_what_the_proof_of_concept_said(site):
    page_view()
    path = ParquetAnalyticsExporter().get_parquet_path()
    assert command().splitlines() == [
        f"Exporting pageviews for {YESTERDAY}...", "✓ Exported 1 records to 1 file(s)",
        f"  - {path} (1 records)", "Export completed successfully!"]
    told = command("--delete-after-export", date=str(YESTERDAY))
    assert "✓ Deleted 1 records from database" in told
    assert PageView.objects.count() == 0


def test_a_file_for_each_project_where_it_is_asked_for(site, settings, tmp_path):
    page_view()
    PageView.objects.create(project=Project.objects.create(slug="pip"), path="/b.html",
                            date=YESTERDAY, view_count=1)
    exporter = ParquetAnalyticsExporter()
    paths = {exporter.get_parquet_path(YESTERDAY): 2,
             exporter.get_parquet_path(YESTERDAY, project="docs"): 1,
             exporter.get_parquet_path(YESTERDAY, project="pip"): 1}
    told = command("--per-project")
    assert "Exported 2 records to 3 file(s)" in told
    for path, count in paths.items():
        assert f"  - {path} ({count} records)" in told
        assert (tmp_path / "archive" / path).exists()
    settings.RTD_PARQUET_EXPORT_PER_PROJECT = True
    assert exporter.export_daily_pageviews(YESTERDAY)["files"] == paths
    told = command("--delete-after-export")
    assert "to 3 file(s)" in told and "✓ Deleted 2 records" in told


@pytest.mark.parametrize("arguments, code", [
    (["--date", "2026-13-01"], 2), (["--date", "2026-01-15", "--days", "3"], 2),
    (["--days", "0"], 2), (["--storage", "nowhere"], 10), (["--database", "nowhere"], 10),
    (["--date", str(TODAY)], 2)])
def test_command_fails_loudly(site, arguments, code):
    with pytest.raises(CommandError) as failed:
        command(*arguments)
    assert failed.value.returncode == code


def test_command_dry_run_writes_nothing(site, tmp_path):
    page_view()
    assert "Would export 1 new" in command("--dry-run")
    assert "Would delete 1 records" in command("--dry-run", "--delete-after-export")
    assert not list(tmp_path.rglob("*.parquet")) and PageView.objects.count() == 1


def test_rows_that_changed_after_the_export_are_not_deleted(site):
    page_view()
    command()
    PageView.objects.update(view_count=99)
    command("--delete-after-export")
    project = Project.objects.get()
    assert PageView.objects.count() == 0
    assert PageView.top_viewed_pages(project)[0].count == 99


def test_delete_task_is_off_until_its_own_setting_is_there(site, settings):
    tasks = pytest.importorskip("pqa.django.tasks")
    for days_ago in (1, 5, 12):
        page_view(ago(days_ago))
    command("--since", str(ago(12)))
    settings.RTD_ANALYTICS_DEFAULT_RETENTION_DAYS = 3
    assert tasks.delete_old_page_counts()["status"] == "off"
    assert PageView.objects.count() == 3
    settings.PQA = {**settings.PQA, "KEEP_DATABASE_DAYS": 6}
    assert tasks.delete_old_page_counts() == {"status": "success", "days": 1,
                                              "rows_deleted": 1}
    assert set(PageView.objects.values_list("date", flat=True)) == {ago(1), ago(5)}
    told = PageView.top_viewed_pages(Project.objects.get())
    assert [(page.path, page.url, page.count) for page in told] == [
        ("/a.html", "https://docs.docs.example/en/latest/a.html", 9)]


def test_export_task_returns_the_proof_of_concepts_value(site):
    tasks = pytest.importorskip("pqa.django.tasks")
    page_view()
    expected = {"status": "success", "date": str(YESTERDAY), "total_records": 1,
                "files_created": 1}
    assert tasks.export_pageviews_to_parquet.name == (
        "readthedocs.analytics.tasks.export_pageviews_to_parquet")
    assert tasks.export_pageviews_to_parquet() == expected
    assert tasks.export_pageviews_to_parquet(date=str(YESTERDAY)) == expected


def test_dashboard_shows_the_archive_and_today(site):
    page_view()
    command()
    page_view(TODAY, "/today.html")
    page_view(TODAY, "/gone.html", status=404, full_path="/en/latest/gone.html")
    page = Client().get("/projects/docs/traffic/")
    assert page.status_code == 200
    for text in ("/a.html", "/today.html", "/en/latest/gone.html"):
        assert text in page.content.decode()
    answer = Client().get("/projects/docs/traffic.csv")
    assert answer["Content-Type"] == "text/csv"
    assert f"docs_http200_{ago(30)}_{TODAY}.csv" in answer["Content-Disposition"]
    assert answer.getvalue().decode().splitlines() == [
        "Date,Version,Path,Views", f"{TODAY},,/today.html,3", f"{YESTERDAY},,/a.html,3"]


def test_a_store_that_is_missing_is_not_answered_by_less(site):
    page_view()
    with pytest.raises(pqa.NotFound, match="export or backfill"):
        PageView.top_viewed_pages(Project.objects.get())


def test_a_project_that_is_unknown_has_no_views(site):
    page_view()
    command()
    assert sum(PageView.page_views_by_date("nobody")["int_data"]) == 0
    assert len(PageView.page_views_by_date("nobody")["labels"]) == 31


def test_rows_of_tests_stay_out_of_a_real_archive(site, settings, tmp_path):
    """A copy of the site's settings, with its STORE."""
    page_view()
    command()
    store = settings.PQA["STORE"]
    before = sorted(path for path in (tmp_path / "archive").rglob("*"))
    settings.PQA = {**settings.PQA, "THROUGH_CONNECTION": True}
    with transaction.atomic():
        page_view(path="/of-a-test.html")
        for refused in (ParquetAnalyticsExporter().export_daily_pageviews, command,
                        lambda: PageView.top_viewed_pages(Project.objects.get())):
            with pytest.raises((ImproperlyConfigured, CommandError),
                               match=f"archive in {store} is not one of tests .*STORE"):
                refused()
        transaction.set_rollback(True)
    assert sorted(path for path in (tmp_path / "archive").rglob("*")) == before
    settings.PQA = {**settings.PQA, "THROUGH_CONNECTION": False}
    assert "Exported 1 records" in command()


def test_an_archive_of_tests_is_used_again(site, settings, tmp_path):
    """Each call copies into another file; a real database does not get into it."""
    settings.PQA = {**settings.PQA, "THROUGH_CONNECTION": True}
    page_view()
    for _ in range(2):
        assert "Exported 1 records" in command()
    assert PageView.top_viewed_pages(Project.objects.get())[0].count == 3
    settings.PQA = {**settings.PQA, "THROUGH_CONNECTION": False}
    with pytest.raises(CommandError, match="another source"):
        command()


def test_the_role_that_django_assumes_is_the_exports_too(site, cluster, settings):
    """Of a user who may read nothing by himself."""
    if site == "sqlite":
        pytest.skip("SQLite has no roles")
    from conftest import use_database
    from django.db import connection, connections
    page_view()
    with connection.cursor() as cursor:
        for sql in ('CREATE ROLE "the site" SUPERUSER', "CREATE ROLE web LOGIN",
                    'GRANT "the site" TO web'):
            cursor.execute(sql)
    values = connections["default"].settings_dict
    use_database(**{name: values[name] for name in ("ENGINE", "NAME", "HOST", "PORT")},
                 USER="web", OPTIONS={"assume_role": "the site"})
    assert "Exported 1 records" in command()
    assert "Deleted 1 records" in command("--delete-after-export")
