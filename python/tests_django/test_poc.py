"""The proof of concept's own tests and workflow, with the import path changed.

What else is changed, and why, is the table CHANGES: docs/django.md has it in words.
"""
import os
import pathlib
import subprocess
import sys
import types

import pytest
from conftest import TOP, use_sqlite
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

SEED = pathlib.Path(os.environ.get("PQA_SEED", TOP / "../shared/seed")) / "poc"
# (what the file says, what is said instead, how often)
CHANGES = [
    ("from readthedocs.analytics.parquet import", "from pqa.django.parquet import", 1),
    # The archive writes by itself, and reads back: a mock cannot stand in for a store.
    ("Exporter(storage=MagicMock())", "Exporter(storage=fresh_storage())", 8),
    ('with patch.object(exporter, "_write_parquet_file") as mock_write:',
     "with watching(exporter) as mock_write:", 3),
    # Nor for an answer: an archive without rows of the project is asked.
    ("Querier(storage=MagicMock())", "Querier(storage=empty_storage())", 2),
    ('with patch.object(querier, "query_pageviews") as mock_query:',
     "with MagicMock() as mock_query:", 2),
]
HELPERS = """
import pathlib, tempfile
from django.core.files.storage import FileSystemStorage

def fresh_storage():
    return FileSystemStorage(location=tempfile.mkdtemp(dir={folder!r}))

class watching:
    def __init__(self, exporter):
        self.folder = pathlib.Path(exporter.storage.location)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self.called = bool(list(self.folder.rglob("*.parquet")))

def empty_storage():
    storage = fresh_storage()
    ParquetAnalyticsExporter(storage).export_daily_pageviews(date(2026, 1, 15))
    return storage
"""


@pytest.fixture
def readthedocs(monkeypatch):
    """The host's modules under their names."""
    import analytics.models
    import builds.models
    import projects.models
    for name, module in {"analytics.models": analytics.models, "builds.models": builds.models,
                         "projects.models": projects.models}.items():
        package = types.ModuleType(f"readthedocs.{name.split('.')[0]}")
        monkeypatch.setitem(sys.modules, package.__name__, package)
        monkeypatch.setitem(sys.modules, f"readthedocs.{name}", module)
    monkeypatch.setitem(sys.modules, "readthedocs", types.ModuleType("readthedocs"))


@pytest.fixture
def sqlite_site(tmp_path, settings):
    use_sqlite(tmp_path / "site.sqlite3")
    call_command("migrate", run_syncdb=True, verbosity=0)
    settings.PQA = {**settings.PQA, "STORE": str(tmp_path / "archive")}
    return tmp_path


def run_source(source, name, folder):
    path = folder / name
    path.write_text(source)
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


@pytest.mark.skipif(not SEED.exists(), reason="no seed beside the repository")
def test_the_proof_of_concepts_tests_pass(sqlite_site, readthedocs, settings):
    """They are TestCases: rows that are never committed, seen by Django's connection only."""
    import unittest
    settings.PQA = {key: value for key, value in settings.PQA.items() if key != "STORE"}
    settings.PQA = {**settings.PQA, "THROUGH_CONNECTION": True}
    source = (SEED / "tests/test_parquet.py").read_text()
    for said, instead, times in CHANGES:
        assert source.count(said) == times, said
        source = source.replace(said, instead)
    module = run_source(source + HELPERS.format(folder=str(sqlite_site)), "poc_tests.py",
                        sqlite_site)
    loaded = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(verbosity=0).run(loaded)
    assert (result.testsRun, result.failures, result.errors) == (11, [], [])


@pytest.mark.skipif(not SEED.exists(), reason="no seed beside the repository")
def test_the_proof_of_concepts_workflow_runs(sqlite_site, readthedocs, capsys):
    from projects.models import Project
    Project.objects.create(slug="my-project")
    source = (SEED / "examples/parquet_workflow_example.py").read_text()
    source = source.replace("from readthedocs.analytics.parquet import",
                            "from pqa.django.parquet import")
    run_source(source, "workflow.py", sqlite_site)
    told = capsys.readouterr().out
    for line in ("✓ Exported 4 records", "✓ Files created: 1",
                 "analytics/pageviews/2026/01/15/pageviews_2026-01-15.parquet (4 records)",
                 "- /docs/api/: 50 views", "15 Jan: 150 views"):
        assert line in told, told
    assert "failed" not in told and "Note:" not in told


def test_one_line_commands_of_the_seed(sqlite_site):
    """As processes: what cron would run."""
    database = str(sqlite_site / "data")
    os.makedirs(database)
    env = {**os.environ, "DOCSITE_DATA": database,
           "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    manage = [sys.executable, TOP / "examples/django/manage.py"]

    def run(*arguments):
        return subprocess.run([*manage, *arguments], env=env, text=True, capture_output=True)

    assert run("migrate", "--run-syncdb").returncode == 0
    for arguments in ([], ["--date", "2026-01-15"],
                      ["--date", "2026-01-15", "--delete-after-export"]):
        done = run("export_pageviews_to_parquet", *arguments)
        assert done.returncode == 0, done.stderr
        assert "Exported 0 records to 0 file(s)" in done.stdout
    failed = run("export_pageviews_to_parquet", "--date", "15/01/2026")
    assert failed.returncode == 2 and "Invalid date format: 15/01/2026" in failed.stderr


def test_get_s3_url():
    from unittest.mock import MagicMock

    from pqa.django.parquet import ParquetAnalyticsQuerier
    storage = MagicMock(addressing_style=None)
    storage.bucket.name = "b"
    for endpoint, url in [(None, "https://b.s3.amazonaws.com/k"),
                          ("https://s3.eu-west-1.amazonaws.com",
                           "https://b.s3.eu-west-1.amazonaws.com/k"),
                          ("http://storage:9000", "http://storage:9000/b/k")]:
        storage.endpoint_url = endpoint
        assert ParquetAnalyticsQuerier(storage).get_s3_url("k") == url
    files = FileSystemStorage(location="/x", base_url="/files/")
    assert ParquetAnalyticsQuerier(files).get_s3_url("a/b") == "/files/a/b"


@pytest.mark.parametrize("given, url", [
    ({"STORE": "/srv/archive"}, "/srv/archive/a/b"),
    ({"STORE": "s3://bucket"}, "https://bucket.s3.amazonaws.com/a/b"),
    ({"STORE": "s3://bucket/site/", "S3_ENDPOINT": "https://s3.eu-west-1.amazonaws.com/"},
     "https://bucket.s3.eu-west-1.amazonaws.com/site/a/b"),
    ({"STORE": "s3://bucket/site", "S3_ENDPOINT": "http://storage:9000"},
     "http://storage:9000/bucket/site/a/b"),
    ({"STORE": "s3://bucket", "S3_ENDPOINT": "https://storage", "S3_ADDRESSING": "path"},
     "https://storage/bucket/a/b")])
def test_get_s3_url_of_a_store(settings, given, url):
    from pqa.django.parquet import ParquetAnalyticsQuerier
    settings.PQA = given
    assert ParquetAnalyticsQuerier().get_s3_url("a/b") == url
