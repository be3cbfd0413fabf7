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
_ORGANIZATIONS = """
CREATE TABLE organizations_organization (id integer PRIMARY KEY, slug text NOT NULL);
CREATE TABLE organizations_organization_projects (organization_id integer NOT NULL,
  project_id integer NOT NULL);
"""
_COLUMNS = ("id", "project_id", "version_id", "path", "full_path", "view_count", "date",
            "status")


def write(path: str, alias: str, days: tuple[datetime.date, datetime.date],
          conf: Conf) -> None:
    """The rows of these days and all slugs, under Read the Docs' names."""
    found = names.site_names(conf) or pqa.Names()
    copy = sqlite3.connect(path)
    try:
        copy.executescript(_TABLES + (_ORGANIZATIONS if found.organizations else ""))
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
    for table, theirs, first, second in _pairs(found):
        yield (table, f"SELECT {quote(first)}, {quote(second)} FROM {quote(theirs)}", ())


def _pairs(found: pqa.Names) -> Iterator[tuple[str, str, str, str]]:
    """Tables of two columns: in the copy, and the site's with its columns."""
    for table, theirs, key, slug in (
            ("projects_project", found.projects, found.project_key, found.project_slug),
            ("builds_version", found.versions, found.version_key, found.version_slug)):
        yield table, theirs or table, key or "id", slug or "slug"
    if found.organizations:
        yield ("organizations_organization", found.organizations,
               str(found.organization_key), str(found.organization_slug))
        yield ("organizations_organization_projects", str(found.organization_projects),
               str(found.organization_projects_organization),
               str(found.organization_projects_project))


def _copy(copy: sqlite3.Connection, alias: str, table: str, sql: str,
          values: tuple[Any, ...]) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)
        for row in cursor.fetchall():
            plain = [str(value) if isinstance(value, datetime.date) else value
                     for value in row]
            marks = ", ".join("?" * len(plain))
            copy.execute(f"INSERT INTO {table} VALUES ({marks})", plain)
