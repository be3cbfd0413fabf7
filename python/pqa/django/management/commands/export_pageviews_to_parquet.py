"""
Exports days of the page views into the archive.

    python manage.py export_pageviews_to_parquet              # yesterday
    python manage.py export_pageviews_to_parquet --date 2026-01-27
"""
from __future__ import annotations

import datetime
import logging
from typing import Any, Optional

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

import pqa

from ... import archive as site
from ... import conf as site_conf
from ...parquet import live_files
from ...storages import storage_of_alias

_WRITING = {"threads": int, "memory_bytes": int, "compression_level": int,
            "temporary_directory": str, "environment": str}
_DELETION = {"batch_rows": "--delete-batch", "pause_ms": "--delete-pause",
             "max_replica_lag_s": "--max-replica-lag", "lock_timeout_ms": "--lock-timeout",
             "statement_timeout_ms": "--statement-timeout"}


class Command(BaseCommand):
    help = "Export pageview data to Parquet files and optionally delete from database"

    def add_arguments(self, parser: CommandParser) -> None:
        _add_days(parser)
        parser.add_argument("--delete-after-export", action="store_true",
                            help="Delete from the database what the archive provably has")
        parser.add_argument("--per-project", action="store_true",
                            help="Also export per-project Parquet files")
        parser.add_argument("--per-organization", action="store_true",
                            help="Also export per-organization Parquet files")
        parser.add_argument("--dry-run", action="store_true",
                            help="Read and compare, but write and delete nothing")
        parser.add_argument("--include-open", action="store_true",
                            help="Also a day that is not over yet")
        _add_places(parser)
        _add_deletion(parser)
        _add_writing(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        _set_verbosity(options["verbosity"])
        try:
            self._run(options)
        except pqa.Error as error:
            raise CommandError(f"Export failed: {error}",
                               returncode=error.exit_code) from error
        except ImproperlyConfigured as error:
            raise CommandError(f"Export failed: {error}", returncode=10) from error

    def _run(self, options: dict[str, Any]) -> None:
        days = _days(options)
        self._tell(_heading(days))
        files: dict[str, int] = {}
        copies = site.copies_arguments(
            options["per_project"] or site_conf.wants_per_project(),
            options["per_organization"], files)
        if options["delete_after_export"]:
            self._delete(days, options, copies, files)
        else:
            with site.reading(days, _storage(options["storage"]), database=options["database"],
                              **_archive_arguments(options)) as archive:
                exported = archive.export(since=days[0], until=days[1],
                                          dry_run=options["dry_run"],
                                          include_open=options["include_open"], **copies)
                self._tell_days(archive, exported, options["dry_run"], files)
        self._tell("Export completed successfully!")

    def _delete(self, days: site.Days, options: dict[str, Any], copies: dict[str, Any],
                files: dict[str, int]) -> None:
        archive = site.deleting(_storage(options["storage"]), database=options["database"],
                                delete_database=options["delete_database"],
                                **_archive_arguments(options))
        exported: list[pqa.Day] = []
        deletion = {name: options[name] for name in _DELETION}
        if deletion["max_replica_lag_s"] is None:
            deletion["max_replica_lag_s"] = site_conf.read().max_replica_lag_s
        deleted = archive.delete_exported(*days, dry_run=options["dry_run"],
                                          on_exported=exported.append, **deletion)
        if copies and not options["dry_run"]:
            archive.copies(*days, **copies)
        self._tell_days(archive, exported, options["dry_run"], files)
        rows = sum(day.rows_deleted for day in deleted)
        verb = "Would delete" if options["dry_run"] else "✓ Deleted"
        self._tell(f"{verb} {rows} records from database")
        for day in deleted:
            if day.rows_kept:
                self.stdout.write(f"  - {day.date}: {day.rows_kept} records changed "
                                  "meanwhile and stay until the next run")

    def _tell(self, sentence: str) -> None:
        self.stdout.write(self.style.SUCCESS(sentence))

    def _tell_days(self, archive: pqa.Archive, days: list[pqa.Day], dry_run: bool,
                   copies: dict[str, int]) -> None:
        if dry_run:
            rows = sum(day.rows_new + day.rows_changed for day in days)
            self._tell(f"Would export {rows} new or changed records")
            return
        files: dict[str, int] = {}
        for day in days:
            if day.rows:
                files.update(live_files(archive, day.date))
        files.update(copies)
        rows = sum(day.rows for day in days)
        self._tell(f"✓ Exported {rows} records to {len(files)} file(s)")
        for path, count in files.items():
            self.stdout.write(f"  - {path} ({count} records)")


def _add_days(parser: CommandParser) -> None:
    parser.add_argument("--date", help="Date to export (YYYY-MM-DD). Defaults to yesterday.")
    parser.add_argument("--since", help="First day, instead of --date")
    parser.add_argument("--until", help="Last day, itself included [yesterday]")
    parser.add_argument("--days", type=int, help="The last so many days until yesterday")


def _add_places(parser: CommandParser) -> None:
    parser.add_argument("--database", help="Alias of DATABASES to read from")
    parser.add_argument("--delete-database", help="Alias to delete from [--database]")
    parser.add_argument("--storage", help="Alias of STORAGES that the archive is in")


def _storage(alias: Optional[str]) -> Any:
    return None if alias is None else storage_of_alias(alias)


def _add_deletion(parser: CommandParser) -> None:
    for name, flag in _DELETION.items():
        parser.add_argument(flag, type=int, dest=name, help="As pqa export takes it")


def _add_writing(parser: CommandParser) -> None:
    for name, kind in _WRITING.items():
        flag = "--memory" if name == "memory_bytes" else f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=kind, dest=name, help="As pqa export takes it")
    parser.add_argument("--portable", action="store_true", default=None,
                        help="Write without the DELTA encodings, for old readers")
    parser.add_argument("--adopt-source", action="store_true", default=None,
                        help="The database moved: go on with the archive from this one")


def _archive_arguments(options: dict[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in (*_WRITING, "portable", "adopt_source")
            if options[name] is not None}


def _days(options: dict[str, Any]) -> site.Days:
    date, since, until, days = (options[name] for name in ("date", "since", "until", "days"))
    if sum(choice is not None for choice in (date, since or until, days)) > 1:
        raise CommandError("--date, --since/--until and --days exclude each other",
                           returncode=2)
    yesterday = site.today() - datetime.timedelta(days=1)
    if days is not None and days < 1:
        raise CommandError("--days takes a number of days from 1 on", returncode=2)
    if days is not None:
        return yesterday - datetime.timedelta(days=days - 1), yesterday
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


def _heading(days: site.Days) -> str:
    until = f" to {days[1]}" if days[1] != days[0] else ""
    return f"Exporting pageviews for {days[0]}{until}..."


def _set_verbosity(verbosity: int) -> None:
    """0: warnings only; 1: as the site says; 2 and 3: all that the library says."""
    logger = logging.getLogger(site_conf.read().logger)
    level: Optional[int] = {0: logging.WARNING, 2: logging.INFO,
                            3: logging.DEBUG}.get(verbosity)
    if level is not None:
        logger.setLevel(level)
