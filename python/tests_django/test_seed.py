"""Every line of the seed's quick reference, as written: its commands, code and settings, in a
host that keeps even the import path (docs/django.md has the two lines for it)."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

import pytest
from conftest import TOP

from test_poc import CHANGES, HELPERS, SEED

REFERENCE = SEED.parent / "quick-reference.md"
if not REFERENCE.exists():
    pytest.skip("no seed beside the repository", allow_module_level=True)

FILES = {
    "readthedocs/__init__.py": "",
    "readthedocs/analytics/__init__.py": "",
    "readthedocs/analytics/models.py": "from analytics.models import PageView",
    "readthedocs/analytics/parquet.py":
        "from pqa.django.parquet import ParquetAnalyticsExporter, ParquetAnalyticsQuerier",
    "readthedocs/analytics/tasks.py":
        "from pqa.django.tasks import export_pageviews_to_parquet",
    "readthedocs/projects/__init__.py": "",
    "readthedocs/projects/models.py": "from projects.models import Project",
    "readthedocs/builds/__init__.py": "",
    "readthedocs/builds/models.py": "from builds.models import Version",
    "readthedocs/analytics/tests/conftest.py": """
        import os, tempfile
        os.environ["DOCSITE_DATA"] = tempfile.mkdtemp(dir=os.environ["DOCSITE_DATA"])
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "docsite.settings")
        import django; django.setup()
        from django.conf import settings
        from django.core.management import call_command
        settings.PQA |= {"THROUGH_CONNECTION": True}
        call_command("migrate", run_syncdb=True, verbosity=0)
        """,
}


def blocks(heading, language):
    """The code under a heading of the reference, as it stands there."""
    part = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", REFERENCE.read_text(), re.S | re.M)
    return re.findall(rf"^```{language}\n(.*?)^```", part[1], re.S | re.M)


def only(heading, language=""):
    [text] = blocks(heading, language)
    return text


COMMANDS = [line for line in only("One-Line Commands", "bash").splitlines()
            if line and not line.startswith("#")]
EXAMPLES = blocks("Code Examples", "python")


@pytest.fixture
def host(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(textwrap.dedent(text))
    for name in ("manage.py", "analytics", "builds", "projects", "organizations", "docsite"):
        os.symlink(TOP / "examples/django" / name, tmp_path / name)
    examples = tmp_path / "readthedocs/analytics/examples"
    examples.mkdir()
    shutil.copy(SEED / "examples/parquet_workflow_example.py", examples)
    (tmp_path / "readthedocs/analytics/tests/test_parquet.py").write_text(
        changed_tests(tmp_path))
    return Host(tmp_path)


def changed_tests(folder):
    """The import path stays; what else is changed test_poc.py says."""
    source = (SEED / "tests/test_parquet.py").read_text()
    for said, instead, _ in CHANGES[1:]:
        source = source.replace(said, instead)
    return source + HELPERS.format(folder=str(folder))


class Host:
    def __init__(self, folder):
        self.folder = folder
        path = os.pathsep.join([str(folder), *filter(None, sys.path)])
        self.env = {**os.environ, "PYTHONPATH": path, "DOCSITE_DATA": str(folder),
                    "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.run("python manage.py migrate --run-syncdb")
        self.shell("""
            from datetime import date, timedelta
            from analytics.models import PageView
            from projects.models import Project
            project = Project.objects.create(slug="my-project")
            for day in (date(2026, 1, 15), date.today() - timedelta(days=1)):
                PageView.objects.create(project=project, path="/a.html", date=day, view_count=7)
            """)

    def run(self, line, **more):
        done = subprocess.run(["bash", "-c", line], cwd=self.folder, env=self.env, text=True,
                              capture_output=True, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shell(self, source):
        return self.run("python manage.py shell", input=textwrap.dedent(source))


def test_there_are_five_commands_and_three_examples():
    assert (len(COMMANDS), len(EXAMPLES)) == (5, 3)


@pytest.mark.parametrize("line, told", zip(COMMANDS, [
    "Exported 1 records to 1 file(s)", "Exported 1 records to 1 file(s)",
    "Deleted 1 records from database", "11 passed", "- /docs/api/: 50 views"]))
def test_one_line_command(host, line, told):
    if line.startswith("pytest"):
        pytest.importorskip("pandas")
    assert told in host.run(line)


def test_export_data(host):
    assert "Exported 1 records" in host.shell(EXAMPLES[0])


def test_query_data(host):
    host.run("python manage.py export_pageviews_to_parquet")
    told = host.shell(EXAMPLES[1] + "\nprint(pages)\nprint(sum(daily['int_data']), "
                      "len(daily['labels']))\n")
    assert "[{'path': '/a.html', 'count': 7}]\n7 31\n" in told


def test_schedule_nightly_export(host):
    pytest.importorskip("celery")
    told = host.shell(EXAMPLES[2] + textwrap.dedent("""
        from docsite.celery import app
        app.loader.import_default_modules()
        for entry in CELERY_BEAT_SCHEDULE.values():
            print(entry["task"] in app.tasks, app.tasks[entry["task"]].apply().get())
        """))
    assert "True {'status': 'success'" in told and "'total_records': 1" in told


def test_configuration(host):
    """As a site's settings, with nothing of PQA's."""
    pytest.importorskip("storages")
    (host.folder / "site_settings.py").write_text(
        only("Configuration", "python") + 'INSTALLED_APPS = ["pqa.django"]\nUSE_TZ = True\n')
    host.env["DJANGO_SETTINGS_MODULE"] = "site_settings"
    told = host.run("""python -W ignore -c '
import django; django.setup()
from pqa.django import conf, storages
place = storages.find_place(conf.read())
print(place.store, place.arguments["s3_region"], conf.wants_per_project())
print(conf.read().keep_database_days)
'""")
    assert told == "s3://readthedocs-analytics us-west-2 True\nNone\n"


def test_paths():
    import datetime

    from pqa.django.parquet import ParquetAnalyticsExporter
    exporter = ParquetAnalyticsExporter(storage=object())
    day = datetime.date(2026, 1, 15)
    said = [line for line in only("S3 Path Examples").splitlines()
            if line and not line.startswith("#")]
    assert [exporter.get_parquet_path(day), exporter.get_parquet_path(day, project="django"),
            exporter.get_parquet_path(day, organization="python-foundation")] == said


# What a type of the reference is in a file's schema.
TYPES = {"int64": "INT64", "int32": "INT32", "string": "BYTE_ARRAY STRING",
         "date32": "INT32 DATE", "int16": "INT32 INTEGER(16,signed)"}


def test_schema(host):
    from pqa.parquet import ParquetFile
    host.run("python manage.py export_pageviews_to_parquet --date 2026-01-15")
    [path] = host.folder.rglob("pageviews_2026-01-15.parquet")
    said = re.findall(r"^(\w+): (\w+)( \(nullable\))?$",
                      only(r"Database Schema \(Parquet\)"), re.M)
    expected = []
    for name, kind, nullable in said:
        physical, _, logical = TYPES[kind].partition(" ")
        repetition = "optional" if nullable else "required"
        expected.append(f"{repetition} {physical} {name} {logical}".strip())
    assert ParquetFile(path).schema.splitlines() == expected
