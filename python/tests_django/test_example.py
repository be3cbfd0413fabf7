"""The example as its README has it: PostgreSQL and S3 by the environment, as processes."""
import contextlib
import os
import subprocess
import sys
import time
import urllib.request

import pytest
from conftest import TOP
from django.utils import timezone
from s3_servers import ACCESS_KEY, BUCKET, SECRET_KEY, free_port

pytest.importorskip("storages")
pytest.importorskip("boto3")
from test_s3 import server  # noqa: E402,F401

MANAGE = [sys.executable, str(TOP / "examples/django/manage.py")]


@pytest.fixture
def environment(tmp_path, cluster, server):  # noqa: F811
    cluster.count += 1
    name = f"docs_{cluster.count}"
    cluster.create_database(name)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "DOCSITE_DATA": str(tmp_path / "data"), "PGDATABASE": name, "PGUSER": "postgres",
            "PGHOST": str(cluster.folder), "PGPORT": str(cluster.PORT),
            "AWS_STORAGE_BUCKET_NAME": BUCKET, "AWS_S3_REGION_NAME": "us-east-1",
            "AWS_S3_ENDPOINT_URL": server.endpoint, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_EC2_METADATA_DISABLED": "true",
            "XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}


@contextlib.contextmanager
def serving(environment):
    """`manage.py demo`: migrated, filled, exported, served; its address."""
    address = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen([*MANAGE, "demo", address], env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        for _ in range(600):
            assert process.poll() is None, process.stdout.read()
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{address}/", timeout=10).close()
                break
            time.sleep(0.1)
        yield f"http://{address}"
    finally:
        process.kill()
        process.wait()


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def objects(server):  # noqa: F811
    return sorted(path.name for path in (server.data / BUCKET).rglob("pageviews_*.parquet"))


def test_the_demo_runs_on_postgresql_and_s3(environment, server):  # noqa: F811
    with serving(environment) as site:
        page = get(f"{site}/projects/django-guide/traffic/")
        download = get(f"{site}/projects/django-guide/traffic.csv")
    today = timezone.now().date()
    assert len(objects(server)) == 40
    assert "/guide/start.html" in page and "/old.html" in page
    dates = {line.split(",")[0] for line in download.splitlines()[1:]}
    assert len(dates) == 31 and str(today) in dates
    again = subprocess.run([*MANAGE, "demo", "--no-serve"], env=environment, text=True,
                           capture_output=True)
    assert again.returncode == 0, again.stderr
    assert len(objects(server)) == 40


def test_the_demo_runs_on_sqlite_and_a_directory(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                   "DOCSITE_DATA": str(tmp_path / "data")}
    with serving(environment) as site:
        assert "django-guide" in get(f"{site}/")
        page = get(f"{site}/projects/django-guide/traffic/")
        download = get(f"{site}/projects/django-guide/traffic.csv")
    assert len(list((tmp_path / "data/archive").rglob("pageviews_*.parquet"))) == 40
    assert "/guide/start.html" in page and "/old.html" in page
    assert len({line.split(",")[0] for line in download.splitlines()[1:]}) == 31


def test_the_checks_have_nothing_to_say(environment):
    done = subprocess.run([*MANAGE, "check", "--fail-level", "WARNING"], env=environment,
                          text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
