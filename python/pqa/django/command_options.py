"""The options of ``manage.py export_pageviews_to_parquet``: the proof of concept's, and those
of writing and deleting that ``pqa export`` has."""
from __future__ import annotations

import argparse
import datetime
import re
from typing import Any

from django.core.management.base import CommandError, CommandParser

import pqa

from . import archive as site
from . import conf as site_conf
from .storages import storage_of_alias

_AS_PQA = "As pqa export takes it"
_SIZE = re.compile(r"([0-9]+)(?:([KMGT])(?:i?B)?)?")


def size(text: str) -> int:
    """Bytes of 64M or 1GiB, 1024 each, or plain bytes."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not a size, as 64M or 1G")
    return int(found[1]) << 10 * " KMGT".index(found[2] or " ")


_WRITING = {"threads": int, "memory_bytes": size, "compression_level": int,
            "temporary_directory": str, "environment": str}
_DELETION = {"batch_rows": "--delete-batch", "pause_ms": "--delete-pause",
             "max_replica_lag_s": "--max-replica-lag", "lock_timeout_ms": "--lock-timeout",
             "statement_timeout_ms": "--statement-timeout"}


def add(parser: CommandParser) -> None:
    _add_days(parser)
    parser.add_argument("--delete-after-export", action="store_true",
                        help="Delete from the database what the archive provably has")
    parser.add_argument("--dry-run", action="store_true",
                        help="Read and compare, but write and delete nothing")
    parser.add_argument("--include-open", action="store_true",
                        help="Also a day that is not over yet")
    _add_places(parser)
    _add_copies(parser)
    _add_deletion(parser)
    _add_writing(parser)


def _add_days(parser: CommandParser) -> None:
    parser.add_argument("--date", help="Date to export (YYYY-MM-DD). Defaults to yesterday.")
    parser.add_argument("--since", help="First day, instead of --date")
    parser.add_argument("--until", help="Last day, itself included [yesterday]")
    parser.add_argument("--days", type=int, help="The last so many days until yesterday")


def _add_places(parser: CommandParser) -> None:
    parser.add_argument("--database", help="Alias of DATABASES to read from")
    parser.add_argument("--delete-database", help="Alias to delete from [--database]")
    parser.add_argument("--storage", help="Alias of STORAGES that the archive is in")


def _add_copies(parser: CommandParser) -> None:
    parser.add_argument("--per-project", action="store_true",
                        help="Also export per-project Parquet files")
    parser.add_argument("--per-organization", action="store_true",
                        help="Also export per-organization Parquet files")
    parser.add_argument("--copy-minimum-rows", type=int, help=_AS_PQA)


def _add_deletion(parser: CommandParser) -> None:
    for name, flag in _DELETION.items():
        parser.add_argument(flag, type=int, dest=name, help=_AS_PQA)
    parser.add_argument("--drop-partitions", action="store_true",
                        help="Drop whole partitions of days that the archive has row for row")


def _add_writing(parser: CommandParser) -> None:
    for name, kind in _WRITING.items():
        flag = "--memory" if name == "memory_bytes" else f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=kind, dest=name, help=_AS_PQA)
    parser.add_argument("--portable", action="store_true", default=None,
                        help="Write without the DELTA encodings, for old readers")
    parser.add_argument("--adopt-source", action="store_true", default=None,
                        help="The database moved: go on with the archive from this one")
    parser.add_argument("--invalid-utf8", choices=("refuse", "escape"),
                        help="Refuse bad bytes in text, or escape them as \\xHH")


# --- What was given ---


def archive(options: dict[str, Any]) -> dict[str, Any]:
    """Arguments of pqa.Archive."""
    found = {name: options[name] for name in (*_WRITING, "portable", "adopt_source")
             if options[name] is not None}
    if options["invalid_utf8"] is not None:
        found["escape_invalid_utf8"] = options["invalid_utf8"] == "escape"
    return found


def storage(options: dict[str, Any]) -> Any:
    alias = options["storage"]
    return None if alias is None else storage_of_alias(alias)


def copies(options: dict[str, Any], made: list[pqa.Copy]) -> dict[str, Any]:
    """What an export makes besides; `made` gets each."""
    per_project = options["per_project"] or site_conf.wants_per_project()
    return site.copies_arguments(per_project, options["per_organization"], made,
                                 options["copy_minimum_rows"])


def deletion(options: dict[str, Any]) -> dict[str, Any]:
    found = {name: options[name] for name in _DELETION}
    if found["max_replica_lag_s"] is None:
        found["max_replica_lag_s"] = site_conf.read().max_replica_lag_s
    return {**found, "drop_partitions": options["drop_partitions"]}


def days(options: dict[str, Any]) -> site.Days:
    date, since, until, count = (options[name] for name in ("date", "since", "until", "days"))
    if sum(choice is not None for choice in (date, since or until, count)) > 1:
        raise CommandError("--date, --since/--until and --days exclude each other",
                           returncode=2)
    yesterday = site.today() - datetime.timedelta(days=1)
    if count is not None and count < 1:
        raise CommandError("--days takes a number of days from 1 on", returncode=2)
    if count is not None:
        return yesterday - datetime.timedelta(days=count - 1), yesterday
    if date is not None:
        return (_date(date),) * 2
    last = _date(until) if until else yesterday
    return _date(since) if since else last, last


def _date(text: str) -> datetime.date:
    try:
        return pqa.to_date(pqa.to_days(text))
    except pqa.Invalid as error:
        raise CommandError(f"Invalid date format: {text} ({error})",
                           returncode=2) from error
