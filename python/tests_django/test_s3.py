"""An archive in a bucket, found through django-storages' settings."""
import datetime
import io

import pqa
import pytest
from conftest import use_sqlite
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.utils import timezone
from pqa.django.parquet import ParquetAnalyticsExporter, ParquetAnalyticsQuerier
from s3_servers import ACCESS_KEY, BUCKET, SECRET_KEY, Versitygw

pytest.importorskip("storages")
pytest.importorskip("boto3")
from analytics.models import PageView  # noqa: E402
from projects.models import Project  # noqa: E402

YESTERDAY = timezone.now().date() - datetime.timedelta(days=1)


class Server(Versitygw):
    def before(self):
        super().before()
        (self.data / BUCKET).mkdir(exist_ok=True)

    def make_bucket(self, bucket):
        pass


@pytest.fixture(scope="module")
def server():
    if not Server.is_installed():
        pytest.skip("no versitygw: tools/test_servers.sh builds it")
    with Server() as started:
        yield started


@pytest.fixture
def host(tmp_path, settings, server, monkeypatch):
    """The keys are in settings only."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    use_sqlite(tmp_path / "site.sqlite3")
    call_command("migrate", run_syncdb=True, verbosity=0)
    project = Project.objects.create(slug="docs")
    PageView.objects.create(project=project, path="/a.html", date=YESTERDAY, view_count=3)
    settings.PQA = {"MODEL": "analytics.PageView", "CACHE_DIRECTORY": str(tmp_path / "cache"),
                    "TEMPORARY_DIRECTORY": str(tmp_path)}
    settings.AWS_STORAGE_BUCKET_NAME = BUCKET
    settings.AWS_LOCATION = tmp_path.name
    settings.AWS_S3_REGION_NAME = "us-east-1"
    settings.AWS_S3_ENDPOINT_URL = server.endpoint
    settings.AWS_S3_ADDRESSING_STYLE = "path"
    settings.AWS_ACCESS_KEY_ID = ACCESS_KEY
    settings.AWS_SECRET_ACCESS_KEY = SECRET_KEY
    settings.STORAGES = {"default": {"BACKEND": "storages.backends.s3boto3.S3Boto3Storage"}}
    return settings


def test_the_archive_is_where_the_storage_is(host):
    path = ParquetAnalyticsExporter().get_parquet_path()
    assert ParquetAnalyticsExporter().export_daily_pageviews()["files"] == {path: 1}
    assert storages["default"].size(path) > 0  # boto3 sees it under the same name
    assert ParquetAnalyticsQuerier().get_top_pages_from_parquet("docs") == [
        {"path": "/a.html", "count": 3}]
    call_command("export_pageviews_to_parquet", delete_after_export=True, stdout=io.StringIO())
    assert PageView.objects.count() == 0
    assert [page.count for page in PageView.top_viewed_pages(Project.objects.get())] == [3]
    assert ParquetAnalyticsQuerier().get_s3_url(path).endswith(
        f"/{BUCKET}/{host.AWS_LOCATION}/{path}")


def test_two_storages_of_a_process_have_their_own_keys(host):
    """The keys are a storage's, not the process's."""
    options = {"bucket_name": BUCKET, "access_key": ACCESS_KEY, "secret_key": "wrong-one"}
    host.STORAGES = {**host.STORAGES,
                     "other": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
    with pytest.raises(CommandError) as refused:
        call_command("export_pageviews_to_parquet", storage="other", stdout=io.StringIO())
    assert refused.value.returncode == 12
    assert "wrong-one" not in str(refused.value)
    ParquetAnalyticsExporter().export_daily_pageviews()
    with pytest.raises(pqa.Denied):
        ParquetAnalyticsExporter(storages["other"]).export_daily_pageviews()
