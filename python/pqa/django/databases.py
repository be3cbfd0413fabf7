"""A database of DATABASES as the URL that the library takes."""
from __future__ import annotations

import os
import re
from typing import Any, Mapping, Optional
from urllib.parse import quote, urlencode

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

# Engines whose tables are PostgreSQL's; others (GIS, poolers, metrics) wrap them.
_POSTGRESQL = ("postgresql", "postgis", "psycopg")
_SQLITE = ("sqlite3", "spatialite")
# Options of psycopg that are Django's or Python's, not libpq's.
_NOT_LIBPQ = {"isolation_level", "server_side_binding", "pool", "prepare_threshold",
              "cursor_factory", "row_factory", "context", "autocommit"}


def database_url(alias: str) -> str:
    """ImproperlyConfigured for an alias that is not there, and a database that is neither
    PostgreSQL nor a file of SQLite."""
    if alias not in connections.settings:
        known = ", ".join(sorted(connections.settings))
        raise ImproperlyConfigured(
            f"PQA names the database '{alias}', which DATABASES has not (it has {known})")
    # The connection's own dict has the test database's name while tests run.
    return url_of(alias, connections[alias].settings_dict)


def url_of(alias: str, settings: Mapping[str, Any]) -> str:
    engine = str(settings.get("ENGINE") or "")
    last = engine.rsplit(".", 1)[-1]
    if last in _SQLITE:
        return _sqlite_url(alias, settings)
    if any(word in engine for word in _POSTGRESQL):
        return _postgresql_url(settings)
    raise ImproperlyConfigured(
        f"the database '{alias}' has the engine '{engine}': page views are read from "
        "PostgreSQL and SQLite")


def _sqlite_url(alias: str, settings: Mapping[str, Any]) -> str:
    name = os.fspath(settings.get("NAME") or "")
    if name in ("", ":memory:") or (name.startswith("file:") and "mode=memory" in name):
        raise ImproperlyConfigured(
            f"the database '{alias}' is in memory, where only Django's own connection sees "
            "it: say PQA['THROUGH_CONNECTION'] = True in the settings of tests, or give the "
            "database a file (TEST = {'NAME': ...})")
    if name.startswith("file:"):
        raise ImproperlyConfigured(
            f"the database '{alias}' has a URI as its name, '{name}': give the file's path")
    return f"sqlite:{os.path.abspath(name)}"


def _text(value: Any) -> str:
    return quote(str(value), safe="")


def _postgresql_url(settings: Mapping[str, Any]) -> str:
    """Host, port and all else as parameters: sockets, lists of hosts and odd characters need
    no rules of their own there. What is empty stays libpq's to say (PG*, ~/.pgpass)."""
    user, password = settings.get("USER"), settings.get("PASSWORD")
    authority = ""
    if user:
        authority = _text(user) + (f":{_text(password)}" if password else "") + "@"
    parameters = dict(_parameters(settings))
    if password and not user:
        parameters["password"] = str(password)
    query = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
    return f"postgresql://{authority}/{_text(settings.get('NAME') or '')}{query}"


def _parameters(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [(name, settings.get(key)) for name, key in (("host", "HOST"), ("port", "PORT"))]
    options = dict(settings.get("OPTIONS") or {})
    role = options.pop("assume_role", None)
    if role:
        options["options"] = f"{options.get('options') or ''} -c role={_word(role)}".lstrip()
    for name, value in options.items():
        if name not in _NOT_LIBPQ:
            found.append(("dbname" if name == "database" else name, value))
    return [(name, _parameter(value)) for name, value in found if value not in (None, "")]


def _word(text: Any) -> str:
    """One word of libpq's options."""
    return re.sub(r"([\s\\])", r"\\\1", str(text))


def _parameter(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def delete_url(alias: Optional[str]) -> Optional[str]:
    return None if alias is None else database_url(alias)
