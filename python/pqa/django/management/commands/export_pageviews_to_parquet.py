"""
Exports days of the page views into the archive.

    python manage.py export_pageviews_to_parquet              # yesterday
    python manage.py export_pageviews_to_parquet --date 2026-01-27
"""
from __future__ import annotations

import contextlib
import dataclasses
import logging
from typing import Any, Callable, ContextManager, Iterable, Iterator, Union

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

import pqa

from ... import archive as site
from ... import command_options
from ... import conf as site_conf
from ...parquet import live_files, log_exported

_AnyDay = Union[pqa.Day, pqa.DeletedDay]


@dataclasses.dataclass
class _Done:
    """What was done so far: a failure does not undo it."""
    exported: list[pqa.Day] = dataclasses.field(default_factory=list)
    copies: list[pqa.Copy] = dataclasses.field(default_factory=list)
    deleted: list[pqa.DeletedDay] = dataclasses.field(default_factory=list)


class Command(BaseCommand):
    help = "Export pageview data to Parquet files and optionally delete from database"
    _verbosity = 1

    def add_arguments(self, parser: CommandParser) -> None:
        command_options.add(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self._verbosity = options["verbosity"]
        try:
            with _logging(self._verbosity, self.stdout):
                self._run(options)
        except pqa.Error as error:
            raise CommandError(f"Export failed: {error}",
                               returncode=error.exit_code) from error
        except ImproperlyConfigured as error:
            raise CommandError(f"Export failed: {error}", returncode=10) from error

    def _run(self, options: dict[str, Any]) -> None:
        days = command_options.days(options)
        self._tell(_heading(days))
        done = _Done()
        work = self._delete if options["delete_after_export"] else self._export
        with _archive(days, options) as archive:
            try:
                work(archive, days, options, done)
            except pqa.Error as error:
                if done.exported or done.deleted:
                    with contextlib.suppress(pqa.Error):  # the first is raised
                        self._tell_done(archive, options, done)
                    self._tell_failed(done, str(error))
                raise
            self._tell_done(archive, options, done)
        self._tell("Export completed successfully!")

    def _export(self, archive: pqa.Archive, days: site.Days, options: dict[str, Any],
                done: _Done) -> None:
        archive.export(since=days[0], until=days[1], dry_run=options["dry_run"],
                       include_open=options["include_open"],
                       on_day=self._take(done.exported),
                       **command_options.copies(options, done.copies))

    def _delete(self, archive: pqa.Archive, days: site.Days, options: dict[str, Any],
                done: _Done) -> None:
        archive.delete_exported(since=days[0], until=days[1], dry_run=options["dry_run"],
                                on_exported=self._take(done.exported),
                                on_day=self._take(done.deleted),
                                **command_options.deletion(options),
                                **command_options.copies(options, done.copies))

    def _take(self, days: list[Any]) -> Callable[[Any], None]:
        def take(day: Any) -> None:
            days.append(day)
            if self._verbosity >= 2:
                self.stdout.write(f"  {day.date}: {_outcome(day)}")
        return take

    # --- What is told ---

    def _tell(self, sentence: str, detail: bool = False) -> None:
        if self._verbosity:
            self.stdout.write(sentence if detail else self.style.SUCCESS(sentence))

    def _tell_done(self, archive: pqa.Archive, options: dict[str, Any], done: _Done) -> None:
        if options["dry_run"]:
            rows = sum(day.rows_new + day.rows_changed for day in done.exported)
            self._tell(f"Would export {rows} new or changed records")
        else:
            self._tell_exported(archive, done)
        if not options["delete_after_export"]:
            return
        rows = sum(day.rows_deleted for day in done.deleted)
        verb = "Would delete" if options["dry_run"] else "✓ Deleted"
        self._tell(f"{verb} {rows} records from database")
        for day in done.deleted:
            if day.rows_kept:
                self._tell(f"  - {day.date}: {day.rows_kept} records changed meanwhile and "
                           "stay until the next run", detail=True)

    def _tell_exported(self, archive: pqa.Archive, done: _Done) -> None:
        days = [day for day in done.exported if day.outcome != "failed"]
        live = list(archive.files()) if any(day.rows for day in days) else []
        files: dict[str, int] = {}
        for day in days:
            its_files = live_files(live, day.date) if day.rows else {}
            files.update(its_files)
            its_copies = [copy for copy in done.copies if copy.date == day.date]
            log_exported(day, len(its_files) + len(site.files_of_copies(its_copies)))
        files.update(site.files_of_copies(done.copies))
        rows = sum(day.rows for day in days)
        self._tell(f"✓ Exported {rows} records to {len(files)} file(s)")
        for path, count in files.items():
            self._tell(f"  - {path} ({count} records)", detail=True)

    def _tell_failed(self, done: _Done, raised: str) -> None:
        """The days of whose failure the exception does not tell."""
        failed: Iterable[_AnyDay] = [*done.exported, *done.deleted]
        for day in failed:
            if day.status and day.message not in raised:
                self.stderr.write(f"{day.date} failed: {day.message}")


def _archive(days: site.Days, options: dict[str, Any]) -> ContextManager[pqa.Archive]:
    storage = command_options.storage(options)
    arguments = command_options.archive(options)
    if options["delete_after_export"]:
        return contextlib.nullcontext(site.deleting(
            storage, database=options["database"],
            delete_database=options["delete_database"], **arguments))
    return site.reading(days, storage, database=options["database"], **arguments)


def _outcome(day: _AnyDay) -> str:
    if day.status:
        return f"failed: {day.message}"
    if isinstance(day, pqa.DeletedDay):
        return f"{day.rows_deleted} records deleted"
    return f"{day.outcome}, {day.rows} records"


def _heading(days: site.Days) -> str:
    until = f" to {days[1]}" if days[1] != days[0] else ""
    return f"Exporting pageviews for {days[0]}{until}..."


@contextlib.contextmanager
def _logging(verbosity: int, stream: Any) -> Iterator[None]:
    """0: warnings only; 1: as the site says; 2 and 3: all that the library says. At 3 it is
    printed where the site's logging leads nowhere."""
    logger = logging.getLogger(site_conf.read().logger)
    levels = {0: logging.WARNING, 2: logging.INFO, 3: logging.DEBUG}
    before, handler = logger.level, logging.StreamHandler(stream)
    prints = verbosity >= 3 and not logger.hasHandlers()
    logger.setLevel(levels.get(verbosity, before))
    if prints:
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
