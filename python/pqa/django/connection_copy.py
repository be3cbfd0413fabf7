"""For tests: rows that only Django's connection sees, in a file that the library reads."""
from __future__ import annotations

import datetime
import sqlite3
from typing import Any, Iterator

from django.db import connections

import pqa

from . import names
from .conf import Conf

_TABLES = """
CREATE TABLE projects_project (id integer PRIMARY KEY AUTOINCREMENT, slug text NOT NULL);
CREATE TABLE builds_version (id integer PRIMARY KEY AUTOINCREMENT, slug text NOT NULL);
CREATE TABLE analytics_pageview (id integer PRIMARY KEY AUTOINCREMENT,
  project_id integer NOT NULL, version_id integer, path text NOT NULL, full_path text,
  view_count integer NOT NULL, date date NOT NULL, status integer NOT NULL);
"""
_COLUMNS = ("id", "project_id", "version_id", "path", "full_path", "view_count", "date",
            "status")


def write(path: str, alias: str, days: tuple[datetime.date, datetime.date],
          conf: Conf) -> None:
    """The rows of these days and all slugs, under Read the Docs' names."""
    found = names.names_of(names.page_view_model(conf.model)) if conf.model else pqa.Names()
    copy = sqlite3.connect(path)
    try:
        copy.executescript(_TABLES)
        for table, sql, values in _queries(alias, found, days):
            _copy(copy, alias, table, sql, values)
        copy.commit()
    finally:
        copy.close()


def _queries(alias: str, found: pqa.Names, days: tuple[datetime.date, datetime.date]
             ) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    quote = connections[alias].ops.quote_name
    columns = ", ".join(quote(getattr(found, name) or name) for name in _COLUMNS)
    yield ("analytics_pageview",
           f"SELECT {columns} FROM {quote(found.page_views or 'analytics_pageview')}"
           f" WHERE {quote(found.date or 'date')} BETWEEN %s AND %s", days)
    for table, theirs, key, slug in (
            ("projects_project", found.projects, found.project_key, found.project_slug),
            ("builds_version", found.versions, found.version_key, found.version_slug)):
        yield (table, f"SELECT {quote(key or 'id')}, {quote(slug or 'slug')}"
                      f" FROM {quote(theirs or table)}", ())


def _copy(copy: sqlite3.Connection, alias: str, table: str, sql: str,
          values: tuple[Any, ...]) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)
        for row in cursor.fetchall():
            plain = [str(value) if isinstance(value, datetime.date) else value
                     for value in row]
            marks = ", ".join("?" * len(plain))
            copy.execute(f"INSERT INTO {table} VALUES ({marks})", plain)
