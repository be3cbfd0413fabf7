"""System checks, each with settings that it is for; none for settings that are right."""
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest
from django.core.management import call_command
from pqa.django.checks import check_settings


@pytest.fixture
def right(settings, tmp_path):
    settings.PQA = {"STORE": str(tmp_path / "archive"), "MODEL": "analytics.PageView",
                    "URL_RESOLVER": "docsite.links.urls_of"}
    return settings


BY_DATE = "readthedocs.analytics.tasks.delete_old_page_counts"


def identifiers():
    return [message.id for message in check_settings()]


def test_right_settings_have_no_finding(right):
    assert identifiers() == []
    call_command("check", fail_level="WARNING")


@pytest.mark.parametrize("name, value, identifier", [
    ("PQA", {"STOER": "/x"}, "pqa.E001"),
    ("PQA", {"STORAGE": "nowhere"}, "pqa.E002"),
    ("PQA", {"STORE": "s3://bucket"}, "pqa.W001"),
    ("PQA", {"STORE": "/x", "DATABASE": "nowhere"}, "pqa.E004"),
    ("PQA", {"STORE": "/x", "DELETE_DATABASE": "nowhere"}, "pqa.E004"),
    ("PQA", {"STORE": "/x", "MODEL": "builds.Version"}, "pqa.E005"),
    ("PQA", {"STORE": "/x", "ORGANIZATION_MODEL": "projects.Project"}, "pqa.E005"),
    ("PQA", {"STORE": "/x", "DASHBOARD": "shadow"}, "pqa.E001"),
    ("PQA", {"STORE": "/x", "DASHBOARD": "shadow", "SHADOW_EVIDENCE": "/no/folder/x"},
     "pqa.E006"),
    ("PQA", {"STORE": "/x", "DASHBOARD": "database", "KEEP_DATABASE_DAYS": 30}, "pqa.W005"),
    ("PQA", {"STORE": "/x", "S3_ADDRESSING": "nope"}, "pqa.E001"),
    ("PQA", {"STORE": "/x", "URL_RESOLVER": "no.such"}, "pqa.E008"),
    ("PQA", {"STORE": "/x", "URL_RESOLVER": "docsite.links.nothing"}, "pqa.E008"),
    ("PQA", {"STORE": "/x", "MODEL": "analytics.PageView"}, "pqa.W006"),
    ("TIME_ZONE", "Europe/Berlin", "pqa.W003"),
    ("CELERY_BEAT_SCHEDULE", {"delete": {"task": BY_DATE}}, "pqa.W004"),
    ("CELERYBEAT_SCHEDULE", {"delete": {"task": BY_DATE}}, "pqa.W004"),
])
def test_finding(right, monkeypatch, name, value, identifier):
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    setattr(right, name, value)
    assert identifiers() == [identifier]


def test_a_store_that_is_served_is_an_error(right, tmp_path):
    right.MEDIA_ROOT = str(tmp_path)
    assert identifiers() == ["pqa.E003"]
    right.MEDIA_ROOT = str(tmp_path / "media")
    assert identifiers() == []


def test_a_storage_without_a_location_is_an_error(right):
    """Django's default: a directory for each working directory."""
    right.PQA = {}
    right.STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    right.MEDIA_ROOT = ""
    assert identifiers() == ["pqa.E002"]
    right.STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage",
                                  "OPTIONS": {"location": "/srv/archive"}}}
    assert identifiers() == []


def test_methods_that_were_left_in_the_model_are_told(right, monkeypatch):
    from analytics.models import PageView
    monkeypatch.setattr(PageView, "page_views_by_date", classmethod(lambda *a: {}),
                        raising=False)
    assert identifiers() == ["pqa.W007"]
    assert "PageView has a method page_views_by_date" in check_settings()[0].msg


def test_our_own_deletion_may_be_scheduled(right):
    right.CELERY_BEAT_SCHEDULE = {"delete": {"task": "pqa.django.tasks.delete_old_page_counts"}}
    assert identifiers() == []


def test_deletion_that_only_the_database_schedules(tmp_path):
    """As the scheduler of django-celery-beat leaves it behind: in a process of its own, the
    tests' site has no such app."""
    pytest.importorskip("django_celery_beat")
    program = f"""
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django_celery_beat", "pqa.django"], USE_TZ=True, PQA={{"STORE": "/x"}},
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3",
                             "NAME": {str(tmp_path / "site.db")!r}}}}})
django.setup()
from django.core.checks import run_checks
from django.core.management import call_command
from django_celery_beat.models import IntervalSchedule, PeriodicTask

def found(databases):
    return [message for message in run_checks(databases=databases) if message.id == "pqa.W004"]

assert found(["default"]) == []
call_command("migrate", verbosity=0)
every, _ = IntervalSchedule.objects.get_or_create(every=6, period=IntervalSchedule.HOURS)
PeriodicTask.objects.create(name="old", task={BY_DATE!r}, interval=every, enabled=False)
PeriodicTask.objects.create(name="other", task="site.tasks.clean", interval=every)
assert found(["default"]) == []
PeriodicTask.objects.create(name="page views", task={BY_DATE!r}, interval=every)
assert found(None) == []
settings.PQA = {{"STOER": "/x"}}
assert found(["default"]) == []
settings.PQA = {{"STORE": "/x"}}
print(*found(["default"]))
"""
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True)
    assert "The periodic task 'page views' of django-celery-beat still runs" in done.stdout, (
        done.stderr)


POC = pathlib.Path("management/commands/export_pageviews_to_parquet.py")


@pytest.mark.parametrize("body, found", [
    ("from django.core.management.base import BaseCommand as Command", ["pqa.E007"]),
    ("import nothing_such", ["pqa.E007"]),
    ("""
     from pqa.django.management.commands import export_pageviews_to_parquet as ours

     class Command(ours.Command):
         help = "The site's own words"
     """, [])])
def test_a_command_of_the_same_name_comes_first(tmp_path, body, found):
    """As the proof of concept's does where its file stays: in a process of its own."""
    command = tmp_path / "traffic" / POC
    command.parent.mkdir(parents=True)
    for folder in (command.parents[2], command.parents[1], command.parent):
        (folder / "__init__.py").touch()
    command.write_text(textwrap.dedent(body))
    program = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["traffic", "pqa.django"], PQA={"STORE": "/x"},
                   DATABASES={"default": {"ENGINE": "django.db.backends.postgresql",
                                          "NAME": "docs"}}, TIME_ZONE="UTC")
django.setup()
from django.core.checks import run_checks
for message in run_checks():
    if message.id.startswith("pqa"):
        print(message.id, message.msg, message.hint)
"""
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True,
                          env={**os.environ, "PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": ""})
    assert [line.split()[0] for line in done.stdout.splitlines()] == found, done.stderr
    if found:
        assert "of the app traffic, not" in done.stdout and f"Remove {POC}" in done.stdout
