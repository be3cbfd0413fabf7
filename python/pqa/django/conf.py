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
# The database, by the ORM; the same, and some answers are compared with the archive's; the
# archive, with live days from the database.
DASHBOARDS = ("database", "shadow", "archive")


@dataclasses.dataclass(frozen=True)
class Conf:
    """``PQA`` with its defaults; the key is the name in upper case."""
    store: Optional[str] = None  # a directory or s3://bucket/prefix; comes before storages
    storage: Optional[str] = None  # an alias of STORAGES [default]
    database: str = "default"  # an alias of DATABASES, to read from
    delete_database: Optional[str] = None  # to delete from, where that is a replica
    model: Optional[str] = None  # app.Model of the page views [Read the Docs' tables]
    organization_model: Optional[str] = None  # app.Model, for copies [Read the Docs' tables]
    through_connection: bool = False  # tests: rows are read by Django's own connection
    url_resolver: Optional[str] = None  # makes the addresses of top pages
    dashboard: str = "archive"  # who answers it: one of DASHBOARDS
    shadow_fraction: float = 0.05  # of the requests that are compared where it is "shadow"
    shadow_evidence: Optional[str] = None  # the file of what was compared
    shadow_lines: Optional[int] = None  # of it that are kept at least [10,000]
    logger: str = "readthedocs.analytics"
    max_replica_lag_s: Optional[int] = None  # deletion waits where a replica is behind so far
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
    conf = Conf(**own, archive=passed_on)
    _check_dashboard(conf)
    return conf


def _check_dashboard(conf: Conf) -> None:
    if conf.dashboard not in DASHBOARDS:
        raise ImproperlyConfigured(f"PQA['DASHBOARD'] is {conf.dashboard!r}: one of "
                                   f"{', '.join(DASHBOARDS)} is wanted")
    if conf.dashboard == "shadow" and not conf.shadow_evidence:
        raise ImproperlyConfigured("PQA['DASHBOARD'] is 'shadow', and PQA['SHADOW_EVIDENCE'] "
                                   "does not say in which file the evidence is kept")
    if not 0 <= conf.shadow_fraction <= 1:
        raise ImproperlyConfigured(f"PQA['SHADOW_FRACTION'] is {conf.shadow_fraction}: from 0 "
                                   "to 1 is wanted")


def _check_key(key: str) -> str:
    names = _NAMES | archive_arguments()
    if key == key.upper() and key.lower() in names:
        return key.lower()
    close = difflib.get_close_matches(str(key).upper(), [name.upper() for name in names], 1)
    hint = f": {close[0]} is meant?" if close else ""
    raise ImproperlyConfigured(f"PQA has a key '{key}' that is not known{hint}")


def wants_per_project() -> bool:
    return bool(getattr(settings, "RTD_PARQUET_EXPORT_PER_PROJECT", False))
