"""A replica's alias for reading, the primary's for deleting: a real streaming replica."""
import threading
import time

import pytest
from analytics.models import PageView
from conftest import use_postgresql
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import F
from postgres_cluster import PostgresCluster, Replica
from projects.models import Project

from test_site import YESTERDAY, ago, command, page_view


@pytest.fixture(scope="module")
def replica():
    """A cluster of its own: a standby that is paused stops nobody else."""
    if not PostgresCluster.is_installed():
        pytest.skip("no PostgreSQL")
    with PostgresCluster() as cluster, Replica(cluster) as started:
        yield started


@pytest.fixture
def host(replica, tmp_path, settings):
    cluster = replica.cluster
    name = f"docs_{cluster.count + 1}"
    use_postgresql(cluster, name)
    call_command("migrate", run_syncdb=True, verbosity=0)
    primary = connections.settings["default"]
    connections.settings["replica"] = {**primary, "PORT": str(replica.port)}
    settings.PQA = {**settings.PQA, "STORE": str(tmp_path / "archive"),
                    "TEMPORARY_DIRECTORY": str(tmp_path), "DATABASE": "replica",
                    "DELETE_DATABASE": "default"}
    yield Host(replica, name)
    for alias in ("default", "replica"):
        connections[alias].close()
    del connections["replica"], connections.settings["replica"]


class Host:
    def __init__(self, replica, name):
        self.replica, self.primary_url = replica, replica.cluster.url(name)

    def catch_up(self):
        self.replica.catch_up(self.primary_url)

    def pause(self, *, resume_s=None):
        """Nothing more is replayed, for so long or until resume."""
        self.execute("SELECT pg_wal_replay_pause()")
        if resume_s:
            threading.Timer(resume_s, self.resume).start()

    def resume(self):
        self.execute("SELECT pg_wal_replay_resume()")

    def execute(self, sql):
        import psycopg
        with psycopg.connect(self.replica.url(self.primary_url), autocommit=True) as standby:
            return standby.execute(sql).fetchone()[0]


def test_rows_are_read_from_the_replica_and_deleted_from_the_primary(host):
    page_view()
    page_view(path="/b.html", status=404)
    host.catch_up()
    assert "✓ Deleted 2 records" in command("--delete-after-export")
    assert PageView.objects.count() == 0
    host.catch_up()
    assert PageView.objects.using("replica").count() == 0
    assert [page.count for page in PageView.top_viewed_pages(Project.objects.get())] == [3]


def test_the_replica_is_not_written_to(host, settings):
    page_view()
    host.catch_up()
    settings.PQA = {**settings.PQA, "DELETE_DATABASE": "replica"}
    with pytest.raises(CommandError, match="this is a replica") as refused:
        command("--delete-after-export")
    assert refused.value.returncode == 12 and PageView.objects.count() == 1


def test_what_a_replica_lacks_is_not_deleted(host):
    """It stands still: a row that came, and one that grew, are not in what is exported."""
    kept, grown = page_view(path="/kept.html"), page_view(path="/grown.html")
    host.catch_up()
    host.pause()
    try:
        late = page_view(path="/late.html")
        PageView.objects.filter(pk=grown.pk).update(view_count=F("view_count") + 5)
        assert "✓ Deleted 1 records" in command("--delete-after-export")
        assert set(PageView.objects.values_list("pk", flat=True)) == {grown.pk, late.pk}
    finally:
        host.resume()
    host.catch_up()
    assert "✓ Deleted 2 records" in command("--delete-after-export")
    told = PageView.top_viewed_pages(Project.objects.get())
    assert {page.path: page.count for page in told} == {"/kept.html": 3, "/grown.html": 8,
                                                        "/late.html": 3}
    assert kept.pk


@pytest.mark.parametrize("by_setting", [True, False])
def test_deletion_waits_for_a_replica_that_is_behind(host, settings, by_setting, caplog):
    for n in range(20):
        page_view(path=f"/{n}.html")
    host.catch_up()
    if by_setting:
        settings.PQA = {**settings.PQA, "MAX_REPLICA_LAG_S": 1}
    lag = [] if by_setting else ["--max-replica-lag", "1"]
    host.pause(resume_s=8)
    started = time.monotonic()
    caplog.set_level("INFO", "readthedocs.analytics")
    told = command("--delete-after-export", "--delete-batch", "1", "--delete-pause", "200", *lag)
    assert "✓ Deleted 20 records" in told and PageView.objects.count() == 0
    assert time.monotonic() - started > 7 and "the deletion waits" in caplog.text


def test_delete_task_takes_both_aliases(host, settings):
    tasks = pytest.importorskip("pqa.django.tasks")
    for days_ago in (1, 12):
        page_view(ago(days_ago))
    host.catch_up()
    command("--since", str(ago(12)))
    settings.PQA = {**settings.PQA, "KEEP_DATABASE_DAYS": 6, "MAX_REPLICA_LAG_S": 30}
    assert tasks.delete_old_page_counts() == {"status": "success", "days": 1,
                                              "rows_deleted": 1}
    assert set(PageView.objects.values_list("date", flat=True)) == {YESTERDAY}


def test_live_days_are_the_replicas(host):
    page_view(ago(2))
    host.catch_up()
    command("--date", str(ago(2)))
    page_view(ago(0), "/today.html")
    host.catch_up()
    told = PageView.top_viewed_pages(Project.objects.get())
    assert {page.path for page in told} == {"/a.html", "/today.html"}
