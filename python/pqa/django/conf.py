"""The settings of a site, read when they are needed: ``override_settings`` works."""
from __future__ import annotations

import dataclasses
import difflib
import inspect
from typing import Any, Mapping, Optional

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

import pqa

DEFAULT_EXPORT_TASK = "readthedocs.analytics.tasks.export_pageviews_to_parquet"
DEFAULT_DELETE_TASK = "pqa.django.tasks.delete_old_page_counts"


@dataclasses.dataclass(frozen=True)
class Conf:
    """``PQA`` with its defaults; the key is the name in upper case."""
    store: Optional[str] = None  # a directory or s3://bucket/prefix; comes before storages
    storage: Optional[str] = None  # an alias of STORAGES [default]
    database: str = "default"  # an alias of DATABASES, to read from
    delete_database: Optional[str] = None  # to delete from, where that is a replica
    model: Optional[str] = None  # app.Model of the page views [Read the Docs' tables]
    through_connection: bool = False  # tests: rows are read by Django's own connection
    url_resolver: Optional[str] = None  # makes the addresses of top pages
    logger: str = "readthedocs.analytics"
    keep_database_days: Optional[int] = None  # older days are deleted [none are]
    export_task: str = DEFAULT_EXPORT_TASK
    delete_task: str = DEFAULT_DELETE_TASK
    task_queue: str = "web"
    task_soft_time_limit: Optional[int] = None  # seconds
    archive: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # pqa.Archive's


_NAMES = {field.name for field in dataclasses.fields(Conf)} - {"archive"}
# What the site's other settings say is not said twice.
_DERIVED = {"self", "store", "db", "delete_db", "logger", "progress", "names"}


def archive_arguments() -> set[str]:
    """What of pqa.Archive's arguments may stand in PQA."""
    return set(inspect.signature(pqa.Archive.__init__).parameters) - _DERIVED


def read() -> Conf:
    """ImproperlyConfigured for a key that is not known."""
    given = getattr(settings, "PQA", {})
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(f"PQA is a {type(given).__name__}: a dict is wanted")
    own: dict[str, Any] = {}
    passed_on: dict[str, Any] = {}
    for key, value in given.items():
        name = _check_key(key)
        (own if name in _NAMES else passed_on)[name] = value
    return Conf(**own, archive=passed_on)


def _check_key(key: str) -> str:
    names = _NAMES | archive_arguments()
    if key == key.upper() and key.lower() in names:
        return key.lower()
    close = difflib.get_close_matches(str(key).upper(), [name.upper() for name in names], 1)
    hint = f": {close[0]} is meant?" if close else ""
    raise ImproperlyConfigured(f"PQA has a key '{key}' that is not known{hint}")


def wants_per_project() -> bool:
    return bool(getattr(settings, "RTD_PARQUET_EXPORT_PER_PROJECT", False))
