"""The settings of a site, read when they are needed: ``override_settings`` works."""
from __future__ import annotations

import dataclasses
import difflib
import functools
import inspect
import os
import re
from typing import (Any, FrozenSet, Mapping, Optional, Tuple, Union, get_args, get_origin,
                    get_type_hints)

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

import pqa

DEFAULT_EXPORT_TASK = "readthedocs.analytics.tasks.export_pageviews_to_parquet"
DEFAULT_DELETE_TASK = "pqa.django.tasks.delete_old_page_counts"
# The database, by the ORM; the same, and some answers are compared with the archive's; the
# archive, with live days from the database.
DASHBOARDS = ("database", "shadow", "archive")
Path = Union[str, "os.PathLike[str]"]


@dataclasses.dataclass(frozen=True)
class Conf:
    """``PQA`` with its defaults; the key is the name in upper case."""
    store: Optional[Path] = None  # a directory or s3://bucket/prefix; comes before storages
    storage: Optional[str] = None  # an alias of STORAGES [default]
    database: str = "default"  # an alias of DATABASES, to read from
    delete_database: Optional[str] = None  # to delete from, where that is a replica
    model: Optional[str] = None  # app.Model of the page views [Read the Docs' tables]
    organization_model: Optional[str] = None  # app.Model, for copies [Read the Docs' tables]
    through_connection: bool = False  # tests: rows are read by Django's own connection
    url_resolver: Optional[str] = None  # makes the addresses of top pages
    dashboard: str = "archive"  # who answers it: one of DASHBOARDS
    shadow_fraction: float = 0.05  # of the requests that are compared where it is "shadow"
    shadow_evidence: Optional[Path] = None  # the file of what was compared
    shadow_lines: Optional[int] = None  # of it that are kept at least [10,000]
    logger: str = "readthedocs.analytics"
    max_replica_lag_s: Optional[int] = None  # deletion waits where a replica is behind so far
    keep_database_days: Optional[int] = None  # older days are deleted [none are]
    export_task: str = DEFAULT_EXPORT_TASK
    delete_task: str = DEFAULT_DELETE_TASK
    task_queue: str = "web"
    task_soft_time_limit: Optional[float] = None  # seconds
    archive: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # pqa.Archive's


_NAMES = {field.name for field in dataclasses.fields(Conf)} - {"archive"}
# What the site's other settings say is not said twice.
_DERIVED = {"self", "store", "db", "delete_db", "logger", "progress", "names"}
# The least and the most of a number; as the command line has them, where it has them.
_BYTES, _SECONDS = (1 << 20, 1 << 46), (1, 3600)
_RANGES = {
    "shadow_fraction": (0, 1), "shadow_lines": (1, 10**9), "max_replica_lag_s": (1, 86400),
    "keep_database_days": (0, 100_000), "task_soft_time_limit": (1, 10**9),
    "threads": (0, 64), "memory_bytes": _BYTES, "cache_bytes": _BYTES,
    "compression_level": (1, 22), "s3_connect_s": _SECONDS, "s3_idle_s": _SECONDS,
    "s3_retry_s": (1, 86400), "s3_multipart_bytes": (5 << 20, 5 << 30)}
_KINDS = {str: "a text", int: "a whole number", float: "a number", bool: "True or False",
          os.PathLike: "a path"}
_URL = re.compile(r"[A-Za-z0-9+.-]{2,}:/")
_S3 = re.compile(r"s3://[^/]+(/|$)")


@functools.lru_cache(maxsize=None)
def archive_arguments() -> FrozenSet[str]:
    """What of pqa.Archive's arguments may stand in PQA."""
    return frozenset(inspect.signature(pqa.Archive.__init__).parameters) - _DERIVED


def read() -> Conf:
    """ImproperlyConfigured for a key that is not known."""
    given = getattr(settings, "PQA", {})
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(f"PQA is a {type(given).__name__}: a dict is wanted")
    own: dict[str, Any] = {}
    passed_on: dict[str, Any] = {}
    for key, value in given.items():
        name = _check_key(key)
        if value is None and name not in _NAMES:
            continue
        _check_value(name, value)
        (own if name in _NAMES else passed_on)[name] = value
    conf = Conf(**own, archive=passed_on)
    _check_store(conf)
    _check_dashboard(conf)
    return conf


@functools.lru_cache(maxsize=None)
def _hints() -> Mapping[str, Any]:
    return {**get_type_hints(pqa.Archive.__init__), **get_type_hints(Conf)}


def _kinds(hint: Any) -> Tuple[type, ...]:
    """The classes that an annotation allows."""
    if get_origin(hint) is Union:
        return tuple(kind for each in get_args(hint) for kind in _kinds(each))
    return (get_origin(hint) or hint,)


def _is_one_of(value: Any, kinds: Tuple[type, ...]) -> bool:
    if isinstance(value, bool):  # which is an int to Python
        return bool in kinds
    return isinstance(value, kinds) or (float in kinds and isinstance(value, int))


def _check_value(name: str, value: Any) -> None:
    kinds = _kinds(_hints()[name])
    if not _is_one_of(value, kinds):
        wanted = " or ".join(text for kind, text in _KINDS.items() if kind in kinds)
        raise ImproperlyConfigured(f"PQA['{name.upper()}'] is {value!r}: {wanted} is wanted")
    if name in _RANGES and value is not None:
        least, most = _RANGES[name]
        if not least <= value <= most:
            raise ImproperlyConfigured(
                f"PQA['{name.upper()}'] is {value!r}: from {least:,} to {most:,} is wanted")


def _check_store(conf: Conf) -> None:
    """A misspelt URL would be a directory's name."""
    if conf.store is None:
        return
    store = os.fspath(conf.store)
    if not store or _URL.match(store) and not _S3.match(store):
        raise ImproperlyConfigured(f"PQA['STORE'] is {store!r}: a directory or "
                                   "s3://bucket/prefix is wanted")


def _check_dashboard(conf: Conf) -> None:
    if conf.dashboard not in DASHBOARDS:
        raise ImproperlyConfigured(f"PQA['DASHBOARD'] is {conf.dashboard!r}: one of "
                                   f"{', '.join(DASHBOARDS)} is wanted")
    if conf.dashboard == "shadow" and not conf.shadow_evidence:
        raise ImproperlyConfigured("PQA['DASHBOARD'] is 'shadow', and PQA['SHADOW_EVIDENCE'] "
                                   "does not say in which file the evidence is kept")


def _check_key(key: str) -> str:
    names = _NAMES | archive_arguments()
    if key == key.upper() and key.lower() in names:
        return key.lower()
    close = difflib.get_close_matches(str(key).upper(), [name.upper() for name in names], 1)
    hint = f": {close[0]} is meant?" if close else ""
    raise ImproperlyConfigured(f"PQA has a key '{key}' that is not known{hint}")


def wants_per_project() -> bool:
    return bool(getattr(settings, "RTD_PARQUET_EXPORT_PER_PROJECT", False))
