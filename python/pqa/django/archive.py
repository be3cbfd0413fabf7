"""The archive of a site: the one place where the settings meet pqa.Archive."""
from __future__ import annotations

import contextlib
import datetime
import functools
import os
import tempfile
from typing import Any, Iterable, Iterator, Optional

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

import pqa

from . import conf as site_conf
from . import connection_copy, databases, names, storages

TABLE = "analytics/pageviews"  # in the store
# What an archive of copies of Django's connection says of its source, whichever file it was.
_COPIES = "rows of Django's connection"
Days = tuple[datetime.date, datetime.date]


def today() -> datetime.date:
    """As the proof of concept and the live dashboard say it: the day in UTC."""
    return timezone.now().date()


@functools.lru_cache(maxsize=8)
def _archive(store: str, arguments: tuple[tuple[str, Any], ...]) -> pqa.Archive:
    return pqa.Archive(store, **dict(arguments))


def _arguments(conf: site_conf.Conf, place: storages.Place,
               given: dict[str, Any]) -> dict[str, Any]:
    arguments = {"logger": conf.logger, **place.arguments, **conf.archive, **given}
    return {name: value for name, value in arguments.items() if value is not None}


def try_arguments(conf: site_conf.Conf, place: storages.Place) -> None:
    """Whether pqa.Archive takes them; nothing is opened."""
    pqa.Archive(place.store, **_arguments(conf, place, {})).close()


def _database_arguments(conf: site_conf.Conf, database: Optional[str],
                        delete_database: Optional[str]) -> dict[str, Any]:
    alias = database or conf.database
    found: dict[str, Any] = {"db": databases.database_url(alias)}
    if database is None or delete_database is not None:
        found["delete_db"] = databases.delete_url(delete_database or conf.delete_database)
    found["names"] = names.site_names(conf)
    return found


def get_archive(storage: Any = None, *, with_database: bool = False,
                database: Optional[str] = None, delete_database: Optional[str] = None,
                **arguments: Any) -> pqa.Archive:
    """The site's archive, kept open for the process; threads and children may use it.

    ``with_database`` for what reads or deletes rows there: aliases other than PQA's may be
    named. Other arguments are pqa.Archive's and come before PQA's.
    """
    conf = site_conf.read()
    place = storages.find_place(conf, storage)
    if with_database:
        arguments = {**_database_arguments(conf, database, delete_database), **arguments}
    complete = _arguments(conf, place, arguments)
    return _archive(place.store, tuple(sorted(complete.items())))


@contextlib.contextmanager
def reading(days: Days, storage: Any = None, *, database: Optional[str] = None,
            **arguments: Any) -> Iterator[pqa.Archive]:
    """The archive with the rows of these days to read: in the database, or, where
    PQA['THROUGH_CONNECTION'] says so, copied from Django's connection for as long."""
    conf = site_conf.read()
    if not conf.through_connection:
        yield get_archive(storage, with_database=True, database=database, **arguments)
        return
    place = storages.find_place(conf, storage)
    with tempfile.TemporaryDirectory(prefix="pqa-rows-") as folder:
        path = os.path.join(folder, "rows.sqlite3")
        connection_copy.write(path, database or conf.database, days, conf)
        complete = {**_arguments(conf, place, arguments), "environment": _COPIES}
        complete.update(db=f"sqlite:{path}", adopt_source=_is_of_copies(place, complete))
        with pqa.Archive(place.store, **complete) as archive:
            yield archive


def _is_of_copies(place: storages.Place, arguments: dict[str, Any]) -> bool:
    """Whether the archive is of such copies; not where there is none yet. Rows of a test
    must not get into another."""
    with pqa.Archive(place.store, **arguments) as archive:
        try:
            source = archive.status()["source"]
        except pqa.NotFound:
            return False
    if str(source).startswith(f"{_COPIES}: "):
        return True
    raise ImproperlyConfigured(
        f"PQA['THROUGH_CONNECTION'] is for tests, and the archive in {place.store} is not one "
        f"of tests (it was made from {source or 'files'}): set PQA['STORE'] to a temporary "
        "directory in the settings of tests")


def deleting(storage: Any = None, **arguments: Any) -> pqa.Archive:
    """The archive with the database to delete from."""
    if site_conf.read().through_connection:
        raise ImproperlyConfigured(
            "PQA['THROUGH_CONNECTION'] is for tests: rows that Django's connection has not "
            "committed can be exported, not deleted")
    return get_archive(storage, with_database=True, **arguments)


def copies_arguments(per_project: bool, per_organization: bool, made: list[pqa.Copy],
                     minimum_rows: Optional[int] = None) -> dict[str, Any]:
    """What an export makes besides; `made` gets each copy."""
    if not per_project and not per_organization:
        return {}
    return {"per_project": per_project, "per_organization": per_organization,
            "minimum_rows": minimum_rows, "on_copy": made.append}


def files_of_copies(copies: Iterable[pqa.Copy]) -> dict[str, int]:
    """The paths of those that are there, and their rows."""
    return {f"{TABLE}/{copy.path}": copy.rows for copy in copies
            if copy.path and copy.outcome in ("written", "unchanged")}
