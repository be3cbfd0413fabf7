"""The example's site, on a database of the tests: of SQLite, and of PostgreSQL."""
import os
import pathlib
import sys
import tempfile

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "examples/django"), str(TOP / "tests/e2e")]
_data = tempfile.TemporaryDirectory(prefix="pqa-django-")
os.environ.update(DJANGO_SETTINGS_MODULE="docsite.settings", DOCSITE_DATA=_data.name)
for _name in ("PGDATABASE", "AWS_STORAGE_BUCKET_NAME", "AWS_ACCESS_KEY_ID"):
    os.environ.pop(_name, None)

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from postgres_cluster import PostgresCluster  # noqa: E402


@pytest.fixture(scope="session")
def cluster():
    if not PostgresCluster.is_installed():
        pytest.skip("no PostgreSQL")
    with PostgresCluster() as started:
        yield started


def use_database(**settings):
    """Makes it Django's default database."""
    connections["default"].close()
    chosen = connections.configure_settings({"default": settings})
    connections.settings["default"] = chosen["default"]
    del connections["default"]


def use_sqlite(path):
    use_database(ENGINE="django.db.backends.sqlite3", NAME=str(path))


def use_postgresql(cluster, name):
    cluster.create_database(name)
    use_database(ENGINE="django.db.backends.postgresql", NAME=name, USER="postgres",
                 HOST=str(cluster.folder), PORT=str(cluster.PORT))


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path, settings):
    """An empty site with an empty archive."""
    if request.param == "sqlite":
        use_sqlite(tmp_path / "site.sqlite3")
    else:
        cluster = request.getfixturevalue("cluster")
        cluster.count += 1
        use_postgresql(cluster, f"docs_{cluster.count}")
    call_command("migrate", run_syncdb=True, verbosity=0)
    settings.PQA = {**settings.PQA, "STORE": str(tmp_path / "archive"),
                    "TEMPORARY_DIRECTORY": str(tmp_path)}
    yield request.param
    connections["default"].close()


class Settings:
    """Settings that are put back after the test."""

    def __init__(self):
        from django.test import override_settings
        object.__setattr__(self, "_override", override_settings)
        object.__setattr__(self, "_open", [])

    def __getattr__(self, name):
        from django.conf import settings
        return getattr(settings, name)

    def __setattr__(self, name, value):
        override = self._override(**{name: value})
        override.enable()
        self._open.append(override)
        if name == "STORAGES" and django.VERSION < (5, 1):
            # Django 4.2 takes the backend for DEFAULT_FILE_STORAGE, and forgets the OPTIONS.
            from django.conf import settings
            settings._wrapped.__dict__.pop("DEFAULT_FILE_STORAGE", None)

    def put_back(self):
        while self._open:
            self._open.pop().disable()


@pytest.fixture
def settings():
    chosen = Settings()
    yield chosen
    chosen.put_back()
