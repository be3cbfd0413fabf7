"""What is read from a site's settings; no database and no server is asked."""
import os
import subprocess
import sys

import pqa
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, Storage
from pqa.django import archive, conf, databases, names, storages

POSTGRESQL = "django.db.backends.postgresql"


def postgresql(**values):
    return databases.url_of("default", {"ENGINE": POSTGRESQL, **values})


@pytest.mark.parametrize("settings, url", [
    ({"NAME": "docs"}, "postgresql:///docs"),
    ({"NAME": "docs", "USER": "web", "PASSWORD": "p@ss/w:rd?#% ü", "HOST": "db.example",
      "PORT": 5433},
     "postgresql://web:p%40ss%2Fw%3Ard%3F%23%25%20%C3%BC@/docs?host=db.example&port=5433"),
    ({"NAME": "docs", "HOST": "/var/run/postgresql"},
     "postgresql:///docs?host=%2Fvar%2Frun%2Fpostgresql"),
    ({"NAME": "docs", "HOST": "a,b", "PORT": ""}, "postgresql:///docs?host=a%2Cb"),
    ({"NAME": "a/b?c", "USER": "", "PASSWORD": "x&y"},
     "postgresql:///a%2Fb%3Fc?password=x%26y"),
    ({"NAME": "docs", "OPTIONS": {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem",
                                  "isolation_level": 3, "pool": {"min_size": 2},
                                  "keepalives": True, "connect_timeout": None}},
     "postgresql:///docs?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&keepalives=1"),
    ({"NAME": "docs", "OPTIONS": {"assume_role": "night", "options": "-c search_path=a"}},
     "postgresql:///docs?options=-c%20search_path%3Da%20-c%20role%3Dnight"),
    ({"NAME": "docs", "OPTIONS": {"assume_role": "a b\\c"}},
     "postgresql:///docs?options=-c%20role%3Da%5C%20b%5C%5Cc"),
    ({"NAME": "", "OPTIONS": {"service": "docs"}}, "postgresql:///?service=docs"),
])
def test_postgresql_urls(settings, url):
    assert postgresql(**settings) == url


def test_urls_are_what_psycopg_reads():
    conninfo = pytest.importorskip("psycopg.conninfo")
    given = {"NAME": "d/o c's", "USER": "w@b", "PASSWORD": "p:@/?#[]%+&= \\\"'", "HOST": "::1",
             "PORT": "5433"}
    read = conninfo.conninfo_to_dict(postgresql(**given))
    assert read == {"dbname": given["NAME"], "user": given["USER"], "host": given["HOST"],
                    "password": given["PASSWORD"], "port": given["PORT"]}


@pytest.mark.parametrize("engine", ["django.contrib.gis.db.backends.postgis", POSTGRESQL,
                                    "django_prometheus.db.backends.postgresql",
                                    "psqlextra.backend.postgresql"])
def test_engines_that_wrap_postgresql(engine):
    assert databases.url_of("x", {"ENGINE": engine, "NAME": "docs"}) == "postgresql:///docs"


def test_sqlite_urls(tmp_path):
    engine = "django.db.backends.sqlite3"
    path = tmp_path / "odd name?%.sqlite3"
    assert databases.url_of("x", {"ENGINE": engine, "NAME": path}) == f"sqlite:{path}"
    for name in (":memory:", "", "file:memorydb_default?mode=memory&cache=shared"):
        with pytest.raises(ImproperlyConfigured, match="THROUGH_CONNECTION"):
            databases.url_of("x", {"ENGINE": engine, "NAME": name})
    with pytest.raises(ImproperlyConfigured, match="URI"):
        databases.url_of("x", {"ENGINE": engine, "NAME": "file:/srv/x.db?mode=ro"})


def test_other_databases_are_refused_by_name():
    with pytest.raises(ImproperlyConfigured, match="'main'.*'django.db.backends.mysql'"):
        databases.url_of("main", {"ENGINE": "django.db.backends.mysql", "NAME": "docs"})
    with pytest.raises(ImproperlyConfigured, match="'replica'.*it has default"):
        databases.database_url("replica")


# --- Storages ---


def place(settings, **values):
    for name, value in values.items():
        setattr(settings, name, value)
    return storages.find_place(conf.read())


@pytest.fixture
def no_store(settings):
    settings.PQA = {}
    return settings


def s3(**options):
    return {"default": {"BACKEND": "storages.backends.s3.S3Storage",
                        "OPTIONS": {"bucket_name": "b", **options}}}


def test_plain_store_comes_first(settings):
    settings.PQA = {"STORE": "s3://bucket/site"}
    assert place(settings, STORAGES=s3()) == storages.Place("s3://bucket/site")


def test_file_system_storage(no_store, tmp_path):
    found = place(no_store, STORAGES={"default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path)}}})
    assert found == storages.Place(str(tmp_path))
    assert storages.place_of(FileSystemStorage(location="x")).store == os.path.abspath("x")


def test_storage_alias(settings, tmp_path):
    settings.PQA = {"STORAGE": "analytics"}
    both = {**s3(), "analytics": {"BACKEND": "django.core.files.storage.FileSystemStorage",
                                  "OPTIONS": {"location": str(tmp_path)}}}
    assert place(settings, STORAGES=both).store == str(tmp_path)
    with pytest.raises(ImproperlyConfigured, match="'analytics' is not one of STORAGES"):
        place(settings, STORAGES=s3())


@pytest.mark.parametrize("settings_of_s3, expected", [
    ({"AWS_STORAGE_BUCKET_NAME": "readthedocs-analytics", "AWS_S3_REGION_NAME": "us-west-2"},
     ("s3://readthedocs-analytics", {"s3_region": "us-west-2"})),
    ({"AWS_STORAGE_BUCKET_NAME": "b", "AWS_LOCATION": "a/b/"}, ("s3://b/a/b", {})),
    ({"AWS_STORAGE_BUCKET_NAME": "b", "AWS_S3_ENDPOINT_URL": "http://storage:9000/",
      "AWS_S3_ADDRESSING_STYLE": "path"},
     ("s3://b", {"s3_endpoint": "http://storage:9000/", "s3_addressing": "path"})),
    ({"AWS_STORAGE_BUCKET_NAME": "b", "AWS_S3_ENDPOINT_URL": "storage:9000",
      "AWS_S3_USE_SSL": False}, ("s3://b", {"s3_endpoint": "http://storage:9000"})),
    ({"AWS_STORAGE_BUCKET_NAME": "b", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s",
      "AWS_SESSION_TOKEN": "t"},
     ("s3://b", {"s3_access_key": "k", "s3_secret_key": "s", "s3_session_token": "t"})),
    ({"AWS_STORAGE_BUCKET_NAME": "b", "AWS_S3_ACCESS_KEY_ID": "k3", "AWS_ACCESS_KEY_ID": "k",
      "AWS_S3_SECRET_ACCESS_KEY": "s3", "AWS_SECURITY_TOKEN": "t"},
     ("s3://b", {"s3_access_key": "k3", "s3_secret_key": "s3", "s3_session_token": "t"})),
    ({"AWS_STORAGE_BUCKET_NAME": "b", "AWS_S3_SESSION_PROFILE": "night"},
     ("s3://b", {"s3_profile": "night"})),
    ({"AWS_STORAGE_BUCKET_NAME": "b", "AWS_S3_VERIFY": "/etc/ca.pem"},
     ("s3://b", {"s3_ca_bundle": "/etc/ca.pem"})),
    ({"AWS_STORAGE_BUCKET_NAME": "b", "AWS_DEFAULT_ACL": "private",
      "AWS_S3_FILE_OVERWRITE": False, "AWS_S3_OBJECT_PARAMETERS": {
          "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key", "CacheControl": "no",
          "StorageClass": "STANDARD_IA"}},
     ("s3://b", {"s3_encryption": "aws:kms", "s3_kms_key": "key",
                 "s3_storage_class": "STANDARD_IA"})),
])
def test_settings_of_django_storages(no_store, settings_of_s3, expected):
    pytest.importorskip("storages")
    backend = "storages.backends.s3boto3.S3Boto3Storage"
    found = place(no_store, STORAGES={"default": {"BACKEND": backend}}, **settings_of_s3)
    assert (found.store, found.arguments) == expected
    pqa.Archive(found.store, **found.arguments).close()


def test_options_of_a_storage_come_before_settings(no_store):
    pytest.importorskip("storages")
    options = {"location": "x", "region_name": "eu-west-1", "endpoint_url": "https://s3.test",
               "access_key": "k", "secret_key": "s", "security_token": "t",
               "addressing_style": "virtual"}
    found = place(no_store, AWS_S3_REGION_NAME="us-east-1", STORAGES=s3(**options))
    assert found == storages.Place("s3://b/x", {
        "s3_region": "eu-west-1", "s3_endpoint": "https://s3.test", "s3_access_key": "k",
        "s3_secret_key": "s", "s3_session_token": "t", "s3_addressing": "virtual"})


def test_subclass_with_a_bucket_of_its_own(no_store):
    backend = pytest.importorskip("storages.backends.s3")

    class AnalyticsStorage(backend.S3Storage):
        bucket_name = "analytics"
        region_name = "us-east-2"

    assert storages.place_of(AnalyticsStorage()) == storages.Place(
        "s3://analytics", {"s3_region": "us-east-2"})


def test_default_file_storage_is_read_by_the_package(tmp_path):
    """The seed's configuration, in a process of its own: Django looks at it at its start."""
    pytest.importorskip("storages")
    program = """
from django.conf import settings
settings.configure(DEFAULT_FILE_STORAGE="storages.backends.s3boto3.S3Boto3Storage",
                   AWS_STORAGE_BUCKET_NAME="readthedocs-analytics",
                   AWS_S3_REGION_NAME="us-west-2", RTD_PARQUET_EXPORT_PER_PROJECT=True)
import django; django.setup()
from pqa.django import conf, storages
print(storages.find_place(conf.read()).store, conf.wants_per_project())
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], text=True,
                          capture_output=True)
    assert done.stdout == "s3://readthedocs-analytics True\n", done.stderr


@pytest.mark.parametrize("options, message", [
    ({"bucket_name": None}, "AWS_STORAGE_BUCKET_NAME"),
    ({"verify": False}, "certificates"), ({"proxies": {"https": "x"}}, "HTTPS_PROXY")])
def test_what_s3_settings_cannot_be_followed_is_refused(no_store, options, message):
    pytest.importorskip("storages")
    with pytest.raises(ImproperlyConfigured, match=message):
        place(no_store, STORAGES=s3(**options))


def test_other_storages_are_refused_by_name():
    class Elsewhere(Storage):
        pass

    with pytest.raises(ImproperlyConfigured, match="Elsewhere is no storage.*PQA"):
        storages.place_of(Elsewhere())


# --- PQA ---


@pytest.mark.parametrize("given, message", [
    ({"STORAGES": "x"}, "'STORAGES' that is not known: STORAGE is meant"),
    ({"store": "/x"}, "'store' that is not known: STORE is meant"),
    ({"DB": "postgresql:///docs"}, "'DB' that is not known"), ([], "dict is wanted")])
def test_unknown_keys_are_refused(settings, given, message):
    settings.PQA = given
    with pytest.raises(ImproperlyConfigured, match=message):
        conf.read()


@pytest.mark.parametrize("key, value, wanted", [
    ("THREADS", "4", "a whole number is wanted"), ("THREADS", True, "a whole number is wanted"),
    ("THREADS", 65, "from 0 to 64"), ("KEEP_DATABASE_DAYS", "90", "a whole number is wanted"),
    ("KEEP_DATABASE_DAYS", -5, "from 0 to 100,000"), ("DATABASE", None, "a text is wanted"),
    ("SHADOW_FRACTION", "0.1", "a number is wanted"), ("SHADOW_FRACTION", 1.5, "from 0 to 1"),
    ("SHADOW_LINES", 0, "from 1 to"), ("MAX_REPLICA_LAG_S", 1.5, "a whole number is wanted"),
    ("MEMORY_BYTES", 64, "from 1,048,576 to"), ("PORTABLE", 1, "True or False is wanted"),
    ("CACHE_DIRECTORY", 5, "a text or a path is wanted"),
    ("STORE", 5, "a text or a path is wanted"), ("STORE", "", "a directory or s3://bucket"),
    ("STORE", "s3://", "a directory or s3://bucket"),
    ("STORE", "S3://bucket/x", "a directory or s3://bucket"),
    ("STORE", "s3:/bucket/x", "a directory or s3://bucket")])
def test_values_that_make_no_sense_are_refused(settings, key, value, wanted):
    settings.PQA = {key: value}
    with pytest.raises(ImproperlyConfigured, match=f"^PQA\\['{key}'\\] is {value!r}: {wanted}"):
        conf.read()


def test_values_of_every_kind_are_taken(settings, tmp_path):
    settings.PQA = {"STORE": tmp_path, "SHADOW_FRACTION": 1, "KEEP_DATABASE_DAYS": 0,
                    "TASK_SOFT_TIME_LIMIT": 2.5, "CACHE_DIRECTORY": tmp_path, "THREADS": None,
                    "PORTABLE": True, "LOGGER": "x", "S3_MULTIPART_BYTES": 5 << 20}
    assert conf.read().store == tmp_path
    assert storages.find_place(conf.read()).store == str(tmp_path)


def test_settings_of_the_archive_pass_through(settings):
    settings.PQA = {"STORE": "/srv/x", "ENVIRONMENT": "staging", "THREADS": 1,
                    "CACHE_DIRECTORY": "none"}
    assert conf.read().archive == {"environment": "staging", "threads": 1,
                                   "cache_directory": "none"}
    assert archive.get_archive() is archive.get_archive()
    assert archive.get_archive(threads=2) is not archive.get_archive()


def test_names_of_the_sites_models():
    found = names.names_of(names.page_view_model("analytics.PageView"))
    assert (found.page_views, found.projects, found.versions) == (
        "analytics_pageview", "projects_project", "builds_version")
    assert (found.id, found.project_id, found.version_id, found.project_slug) == (
        "id", "project_id", "version_id", "slug")
    with pytest.raises(ImproperlyConfigured, match="builds.Version has no field 'version'"):
        names.names_of(names.page_view_model("builds.Version"))
    with pytest.raises(ImproperlyConfigured, match="PQA\\['MODEL'\\] is 'nothing'"):
        names.page_view_model("nothing")


def test_tables_of_a_schema_are_refused_by_name(monkeypatch):
    model = names.page_view_model("analytics.PageView")
    for quoted in ('stats"."pageview', '"stats"."pageview"'):
        monkeypatch.setattr(model._meta, "db_table", quoted)
        with pytest.raises(ImproperlyConfigured, match=f"{quoted}.*search_path"):
            names.names_of(model)
    monkeypatch.setattr(model._meta, "db_table", '"PageView"')
    assert names.names_of(model).page_views == "PageView"


def test_a_replica_is_read_and_the_primary_deleted_from(settings, monkeypatch):
    from django.db import connections
    both = connections.configure_settings({
        "default": {"ENGINE": POSTGRESQL, "NAME": "docs", "HOST": "primary"},
        "replica": {"ENGINE": POSTGRESQL, "NAME": "docs", "HOST": "replica"}})
    monkeypatch.setattr(connections, "settings", both)
    del connections["default"]
    settings.PQA = {"STORE": "/x", "DATABASE": "replica", "DELETE_DATABASE": "default"}
    found = archive.get_archive(with_database=True)._settings
    assert found["db"] == "postgresql:///docs?host=replica"
    assert found["delete_db"] == "postgresql:///docs?host=primary"
    named = archive.get_archive(with_database=True, database="default")._settings
    assert (named["db"], named["delete_db"]) == ("postgresql:///docs?host=primary", None)
    del connections["default"], connections["replica"]


def test_rows_of_djangos_connection_are_not_deleted(settings):
    settings.PQA = {"STORE": "/x", "THROUGH_CONNECTION": True}
    with pytest.raises(ImproperlyConfigured, match="exported, not deleted"):
        archive.deleting()


def test_tasks_have_the_names_and_limits_of_the_settings():
    """In a process of its own: they are read where the tasks are registered."""
    pytest.importorskip("celery")
    program = """
from django.conf import settings
settings.configure(PQA={"EXPORT_TASK": "site.export", "DELETE_TASK": "site.delete",
                        "TASK_QUEUE": "night", "TASK_SOFT_TIME_LIMIT": 600})
import django; django.setup()
from celery import current_app
import pqa.django.tasks
for name in ("site.export", "site.delete"):
    task = current_app.tasks[name]
    print(task.queue, task.soft_time_limit, task.acks_late, task.reject_on_worker_lost)
"""
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True)
    assert done.stdout == 2 * "night 600 True True\n", done.stderr
