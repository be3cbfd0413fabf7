"""A real worker and beat with a real broker, as processes."""
import contextlib
import datetime
import itertools
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import pytest
from conftest import TOP, use_sqlite
from django.core.management import call_command
from django.utils import timezone

pytest.importorskip("celery")
pytest.importorskip("redis")
from analytics.models import PageView  # noqa: E402
from projects.models import Project  # noqa: E402

YESTERDAY = timezone.now().date() - datetime.timedelta(days=1)
TASK = "readthedocs.analytics.tasks.export_pageviews_to_parquet"
WAIT_S = 120
_databases = itertools.count()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(*command, **options):
    """A process, with its children in a group of its own."""
    process = subprocess.Popen(list(map(str, command)), start_new_session=True, **options)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def broker():
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="pqa-redis-") as folder, running(
            "redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", folder,
            "--save", "", stdout=subprocess.DEVNULL):
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port


class Host:
    """The example's site, and how its worker is started."""

    def __init__(self, folder, port, database):
        self.folder = folder
        url = f"redis://127.0.0.1:{port}/{database}"
        self.env = {**os.environ, "DOCSITE_DATA": str(folder), "CELERY_BROKER_URL": url,
                    "CELERY_RESULT_BACKEND": url}
        self.log = folder / "worker.log"

    def worker(self, *arguments, **env):
        return running(sys.executable, "-m", "celery", "-A", "docsite", "worker", "-Q", "web",
                       "-c", "1", "-l", "INFO", "-s", self.folder / "beat",
                       *arguments, cwd=TOP / "examples/django", env={**self.env, **env},
                       stdout=open(self.log, "a"), stderr=subprocess.STDOUT)

    def put(self, *arguments, waits=False, **options):
        """Puts the task into the queue; where asked for, the process prints its value."""
        program = ("import sys; from docsite.celery import app; "
                   "sent = app.send_task(sys.argv[1], sys.argv[2:], queue='web', "
                   f"**{options}); " + (f"print(sent.get(timeout={WAIT_S}))" if waits else ""))
        return subprocess.Popen([sys.executable, "-c", program, TASK, *arguments],
                                cwd=TOP / "examples/django", env=self.env, text=True,
                                stdout=subprocess.PIPE)

    def send(self, *arguments):
        """The task's value."""
        return self.put(*arguments, waits=True).communicate(timeout=2 * WAIT_S)[0].strip()

    def files(self):
        return list(self.folder.rglob("pageviews_*.parquet"))

    def wait_for(self, text, times=1):
        for _ in range(WAIT_S * 10):
            told = self.log.read_text() if self.log.exists() else ""
            if told.count(text) >= times:
                return told
            time.sleep(0.1)
        raise AssertionError(f"'{text}' was not told {times} times: {told[-3000:]}")


@pytest.fixture
def host(tmp_path, broker):
    use_sqlite(tmp_path / "site.sqlite3")
    call_command("migrate", run_syncdb=True, verbosity=0)
    project = Project.objects.create(slug="docs")
    PageView.objects.bulk_create(
        PageView(project=project, path=f"/page{n}.html", date=YESTERDAY, view_count=1)
        for n in range(1000))
    return Host(tmp_path, broker, next(_databases))


def test_worker_runs_the_task_under_the_seeds_name(host):
    expected = str({"status": "success", "date": str(YESTERDAY), "total_records": 1000,
                    "files_created": 1})
    with host.worker():
        first, again = host.send(), host.send(str(YESTERDAY))
    assert (first, again) == (expected, expected)
    assert len(host.files()) == 1 and PageView.objects.count() == 1000


def test_beat_runs_it_on_schedule(host):
    with host.worker("-B", DOCSITE_EXPORT_EVERY_SECONDS="2"):
        told = host.wait_for(f"Task {TASK}", 2)
        host.wait_for("'total_records': 1000", 2)
    assert "Traceback" not in told
    assert len(host.files()) == 1 and PageView.objects.count() == 1000


def test_a_worker_killed_amid_the_export_is_redelivered(host):
    """The export waits for the database, so that it is under way when its process is
    killed; Celery then gives the task out again."""
    with host.worker() as worker:
        host.wait_for("ready.")
        with locked(host.folder / "site.sqlite3"):
            host.put()
            host.wait_for("received")
            time.sleep(2)
            for child in children_of(worker.pid):
                os.kill(child, signal.SIGKILL)
            host.wait_for("received", 2)
        told = host.wait_for("'total_records': 1000")
    assert told.count("succeeded in") == 1
    assert len(host.files()) == 1 and PageView.objects.count() == 1000


def test_a_soft_time_limit_stops_the_export_and_loses_nothing(host):
    with host.worker():
        host.wait_for("ready.")
        with locked(host.folder / "site.sqlite3"):
            host.put(soft_time_limit=2)
            host.wait_for("SoftTimeLimitExceeded()")
        value = host.send()
    assert "'total_records': 1000" in value
    assert len(host.files()) == 1 and PageView.objects.count() == 1000


@contextlib.contextmanager
def locked(path):
    """Nobody else can read it meanwhile."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def children_of(process):
    told = subprocess.run(["pgrep", "-P", str(process)], text=True, capture_output=True)
    return [int(child) for child in told.stdout.split()]


def test_two_at_once_export_each_row_once(host):
    with host.worker("--concurrency", "2"):
        programs = [host.put(waits=True) for _ in range(2)]
        told = [program.communicate(timeout=2 * WAIT_S)[0] for program in programs]
    assert all("'total_records': 1000" in line for line in told), told
    assert len(host.files()) == 1
