"""A small documentation host: on SQLite and a directory, or, where the environment names
them, on PostgreSQL (PGDATABASE, PGHOST, ...; DOCSITE_REPLICA_HOST) and S3
(AWS_STORAGE_BUCKET_NAME, ...)."""
import os
import pathlib

BASE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("DOCSITE_DATA", BASE / "data"))

SECRET_KEY = "only for the example"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
ROOT_URLCONF = "docsite.urls"
INSTALLED_APPS = ["projects", "builds", "organizations", "analytics", "pqa.django"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates",
              "DIRS": [BASE / "docsite" / "templates"]}]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if os.environ.get("PGDATABASE"):
    DATABASES = {"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"],
        "USER": os.environ.get("PGUSER", ""), "PASSWORD": os.environ.get("PGPASSWORD", ""),
        "HOST": os.environ.get("PGHOST", ""), "PORT": os.environ.get("PGPORT", "")}}
else:
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3",
                             "NAME": DATA / "site.sqlite3"}}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": str(DATA / "archive")}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if os.environ.get("AWS_STORAGE_BUCKET_NAME"):
    # With AWS_S3_ACCESS_KEY_ID, AWS_S3_SECRET_ACCESS_KEY and the like: see django-storages.
    AWS_STORAGE_BUCKET_NAME = os.environ["AWS_STORAGE_BUCKET_NAME"]
    AWS_S3_REGION_NAME = os.environ.get("AWS_S3_REGION_NAME", "us-east-1")
    AWS_S3_ENDPOINT_URL = os.environ.get("AWS_S3_ENDPOINT_URL")
    STORAGES["default"] = {"BACKEND": "storages.backends.s3.S3Storage"}

PQA = {
    "MODEL": "analytics.PageView",
    "ORGANIZATION_MODEL": "organizations.Organization",
    "URL_RESOLVER": "docsite.links.urls_of",
    # database, shadow (the database, and the archive's answers are compared) or archive
    "DASHBOARD": os.environ.get("DOCSITE_DASHBOARD", "archive"),
    "SHADOW_EVIDENCE": str(DATA / "shadow.ndjson"),
}
if os.environ.get("DOCSITE_REPLICA_HOST"):
    DATABASES["replica"] = {**DATABASES["default"], "HOST": os.environ["DOCSITE_REPLICA_HOST"]}
    PQA |= {"DATABASE": "replica", "DELETE_DATABASE": "default", "MAX_REPLICA_LAG_S": 60}

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "redis://127.0.0.1:6379/0")
CELERY_RESULT_BACKEND = os.environ.get("CELERY_RESULT_BACKEND", CELERY_BROKER_URL)
CELERY_TIMEZONE = "UTC"
_EVERY = os.environ.get("DOCSITE_EXPORT_EVERY_SECONDS")
if _EVERY:
    _schedule = float(_EVERY)
else:
    try:
        from celery.schedules import crontab
        _schedule = crontab(hour=1, minute=0)  # 1 AM UTC
    except ImportError:  # without Celery: cron calls the management command
        _schedule = None
CELERY_BEAT_SCHEDULE = {
    "export_pageviews_to_parquet": {
        "task": "readthedocs.analytics.tasks.export_pageviews_to_parquet",
        "schedule": _schedule,
    },
}
