"""The archive."""
from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import logging
import operator
import os
import threading
import weakref
from typing import (TYPE_CHECKING, Any, Callable, Iterable, Iterator, List, Mapping, Optional,
                    SupportsIndex, Type, TypeVar, Union)

from . import _pqa, errors
from ._results import (QUESTIONS, CompactedMonth, Copy, Day, DeletedDay, Finding, Forgotten,
                       ImportedFile, Night, Pruned, RestoredDay, Shadowed, ShadowSummary,
                       Step, Vacuumed, VacuumedObject, Verified, make)
from ._table import _EPOCH, Table

if TYPE_CHECKING:
    from types import TracebackType

    import duckdb

DateLike = Union[datetime.date, str, int]
Progress = Callable[[str, int, int], object]
Path = Union[str, "os.PathLike[str]"]
_T = TypeVar("_T")

_ADDRESSING = {None: 0, "auto": 0, "path": 1, "virtual": 2}
_ENCRYPTION = {None: 0, "default": 0, "s3": 1, "AES256": 1, "kms": 2, "aws:kms": 2}
_DEPTHS: dict[Optional[str], int] = {"rows": 0, "checksums": 1, "sizes": 2}
_SHADOWED: dict[Optional[str], int] = {name: i for i, name in enumerate(QUESTIONS)}
_MOST_IDLE = 4
_VIEWS_HEADINGS = ("Date", "Version", "Path", "Views")
_FIRST, _LAST = datetime.date(1, 1, 1), datetime.date(9999, 12, 31)


def to_days(date: DateLike) -> int:
    """Days since 1970-01-01 of a date: a datetime.date, a text as the command line takes it
    (2026-01-15, today, yesterday, -7d), or an int of days before today (-7)."""
    if isinstance(date, datetime.datetime):
        raise TypeError("a date is wanted, not a datetime: say which day with .date()")
    if isinstance(date, datetime.date):
        return date.toordinal() - _EPOCH
    if isinstance(date, str):
        return _pqa.parse_date(date)
    if isinstance(date, SupportsIndex) and not isinstance(date, bool):
        days = operator.index(date)
        if days > 0:
            raise errors.Invalid(f"{days} is no day before today: write -7 for a week ago")
        return _pqa.today() + days
    raise TypeError(f"a date, a text or an int is wanted, not {type(date).__name__}")


@dataclasses.dataclass(frozen=True)
class Names:
    """Tables and columns of a site whose names differ; None: Read the Docs'."""
    page_views: Optional[str] = None
    id: Optional[str] = None
    project_id: Optional[str] = None
    version_id: Optional[str] = None
    path: Optional[str] = None
    full_path: Optional[str] = None
    view_count: Optional[str] = None
    date: Optional[str] = None
    status: Optional[str] = None
    projects: Optional[str] = None
    project_key: Optional[str] = None
    project_slug: Optional[str] = None
    versions: Optional[str] = None
    version_key: Optional[str] = None
    version_slug: Optional[str] = None
    organizations: Optional[str] = None
    organization_key: Optional[str] = None
    organization_slug: Optional[str] = None
    organization_projects: Optional[str] = None
    organization_projects_organization: Optional[str] = None
    organization_projects_project: Optional[str] = None


def _choose(what: str, choices: Mapping[Optional[str], int], value: Optional[str]) -> int:
    if value not in choices:
        known = ", ".join(str(name) for name in choices if name)
        raise errors.Invalid(f"{what}: '{value}' is not one of {known}")
    return choices[value]


def _text(path: Optional[Path]) -> Optional[str]:
    return None if path is None else os.fspath(path)


@functools.lru_cache(maxsize=None)
def _use_sqlite() -> None:
    _pqa.use_sqlite()


def _look_at(*databases: Optional[str]) -> None:
    """A process must have one SQLite: the library gets that of Python's own module."""
    if any(database and database.startswith("sqlite:") for database in databases):
        _use_sqlite()


class Archive:
    """Page views in a store: questions, and what keeps it.

    ``store`` is a directory or ``s3://bucket/prefix``, ``db`` is ``postgresql://...`` or
    ``sqlite:PATH``, ``delete_db`` the primary where ``db`` is a replica. Nothing is read
    before the first call.

    An archive may be used by many threads at once, and by a process that was forked: each
    call has a handle of its own, and up to four are kept for the next. ``progress`` is
    called with what is done, how much of it and of how much (0: not known), in the thread
    that made the call; ``logger`` (a name or a logger) gets what an operator should know.
    Ctrl-C, and whatever a signal handler raises, stops a call at its next safe point.
    """

    _lock: threading.Lock
    _idle: list[_pqa.Handle]  # _lock's

    def __init__(
            self, store: Path, *, db: Optional[str] = None, delete_db: Optional[str] = None,
            environment: Optional[str] = None,
            names: Union[Names, Mapping[str, str], None] = None,
            temporary_directory: Optional[Path] = None,
            cache_directory: Optional[Path] = None, cache_bytes: Optional[int] = None,
            memory_bytes: Optional[int] = None, threads: Optional[int] = None,
            compression_level: Optional[int] = None, portable: bool = False,
            adopt_source: bool = False, escape_invalid_utf8: bool = False,
            s3_endpoint: Optional[str] = None, s3_region: Optional[str] = None,
            s3_profile: Optional[str] = None, s3_access_key: Optional[str] = None,
            s3_secret_key: Optional[str] = None, s3_session_token: Optional[str] = None,
            s3_ca_bundle: Optional[Path] = None,
            s3_addressing: Optional[str] = None, s3_encryption: Optional[str] = None,
            s3_kms_key: Optional[str] = None, s3_storage_class: Optional[str] = None,
            s3_connect_s: Optional[int] = None, s3_idle_s: Optional[int] = None,
            s3_retry_s: Optional[int] = None, s3_multipart_bytes: Optional[int] = None,
            logger: Union[str, logging.Logger] = "pqa",
            progress: Optional[Progress] = None) -> None:
        self._settings: dict[str, Any] = {
            "store": _text(store), "db": db, "delete_db": delete_db,
            "environment": environment, "temporary_directory": _text(temporary_directory),
            "cache_directory": _text(cache_directory), "cache_bytes": cache_bytes,
            "memory_bytes": memory_bytes, "threads": threads,
            "compression_level": compression_level, "portable": portable,
            "adopt_source": adopt_source, "escape_invalid_utf8": escape_invalid_utf8,
            "s3_endpoint": s3_endpoint, "s3_region": s3_region, "s3_profile": s3_profile,
            "s3_access_key": s3_access_key, "s3_secret_key": s3_secret_key,
            "s3_session_token": s3_session_token,
            "s3_ca_bundle": _text(s3_ca_bundle), "s3_kms_key": s3_kms_key,
            "s3_storage_class": s3_storage_class,
            "s3_addressing": _choose("s3_addressing", _ADDRESSING, s3_addressing),
            "s3_encryption": _choose("s3_encryption", _ENCRYPTION, s3_encryption),
            "s3_connect_s": s3_connect_s, "s3_idle_s": s3_idle_s, "s3_retry_s": s3_retry_s,
            "s3_multipart_bytes": s3_multipart_bytes}
        given = names if isinstance(names, Names) else Names(**(names or {}))
        for name, value in dataclasses.asdict(given).items():
            self._settings[f"names_{name}"] = value
        self._logger = logging.getLogger(logger) if isinstance(logger, str) else logger
        self._progress = progress
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        _look_at(self._settings["db"], self._settings["delete_db"])
        self._start()
        _archives.add(self)

    def __getstate__(self) -> dict[str, Any]:
        """A copy, and what is unpickled, opens handles of its own. Secrets are in it."""
        return {name: value for name, value in vars(self).items()
                if name not in ("_lock", "_idle")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._begin()

    def __repr__(self) -> str:
        return f"pqa.Archive({self._settings['store']!r})"

    def __enter__(self: _A) -> _A:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: "Optional[TracebackType]") -> None:
        self.close()

    def close(self) -> None:
        """Closes what is kept open; calls that are under way end by themselves."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for handle in idle:
            handle.close()

    # --- Handles ---

    def _start(self) -> None:
        """Nothing is open yet; also in a process that was forked, where what its parent has
        open must not be touched."""
        self._lock = threading.Lock()
        self._idle = []

    def _log(self, sentence: str) -> None:
        self._logger.info("%s", sentence)

    def _open(self, create: bool = False) -> _pqa.Handle:
        if self._closed:
            raise ValueError("the archive is closed")
        return _pqa.Handle(self._settings, create, self._log)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[_pqa.Handle]:
        """A handle for a question; one that failed is not used again."""
        with self._lock:
            handle = self._idle.pop() if self._idle and not self._closed else None
        if handle is None:
            handle = self._open()
        yield handle
        with self._lock:
            if not self._closed and len(self._idle) < _MOST_IDLE:
                self._idle.append(handle)

    # --- Questions ---

    def _ask(self, question: str, project: Union[str, int, None], since: Optional[DateLike],
             until: Optional[DateLike], status: Union[int, str, None],
             version: Optional[str] = None, limit: int = 0, by_full_path: bool = False,
             live: bool = False) -> _pqa.Table:
        query = _query(project, since, until, status, version, limit, by_full_path, live)
        with self._asking() as handle:
            table: _pqa.Table = getattr(handle, question)(query)
        return table

    def top_pages(self, project: Union[str, int], since: Optional[DateLike] = None,
                  until: Optional[DateLike] = None, *, limit: int = 25,
                  status: Union[int, str] = 200, version: Optional[str] = None,
                  by_full_path: bool = False,
                  live: bool = False) -> Table:
        """path (or full_path) and views, most views first. ``project`` is a slug or an id,
        ``limit`` 0 all, ``status`` "any" all; the last 30 days unless dates are given.
        ``live``: days that the archive has not exported are answered by the database."""
        return Table(self._ask("top", project, since, until, status, version, limit,
                               by_full_path, live))

    def not_found(self, project: Union[str, int], since: Optional[DateLike] = None,
                  until: Optional[DateLike] = None, *, limit: int = 25,
                  version: Optional[str] = None, by_full_path: bool = False,
                  live: bool = False) -> Table:
        """The same for pages that were not found (status 404)."""
        return Table(self._ask("not_found", project, since, until, None, version, limit,
                               by_full_path, live))

    def daily_totals(self, project: Union[str, int], since: Optional[DateLike] = None,
                     until: Optional[DateLike] = None, *, status: Union[int, str] = 200,
                     version: Optional[str] = None,
                     live: bool = False) -> Table:
        """date and views, every day of the range; no row for a project that is unknown."""
        return Table(self._ask("daily", project, since, until, status, version, live=live))

    def versions(self, project: Union[str, int], since: Optional[DateLike] = None,
                 until: Optional[DateLike] = None, *, limit: int = 0,
                 status: Union[int, str] = 200, live: bool = False) -> Table:
        """version and views, most views first; None for views of no version."""
        return Table(self._ask("versions", project, since, until, status, None, limit, live=live))

    def page_views(self, project: Union[str, int], since: Optional[DateLike] = None,
                   until: Optional[DateLike] = None, *, limit: int = 0,
                   status: Union[int, str] = 200, version: Optional[str] = None,
                     live: bool = False) -> Table:
        """date, version, path and views, a row a page view row: the newest date first. Its
        CSV has the headings of Read the Docs' download."""
        return Table(self._ask("views", project, since, until, status, version, limit,
                               live=live),
                     headings=_VIEWS_HEADINGS)

    def rows(self, project: Union[str, int], since: Optional[DateLike] = None,
             until: Optional[DateLike] = None, *, limit: int = 0,
             status: Union[int, str] = "any", version: Optional[str] = None) -> Table:
        """The archive's ten columns, in the order of page_views; no live days."""
        return Table(self._ask("rows", project, since, until, status, version, limit))

    def duckdb(self, memory_limit: Union[int, str, None] = None, *,
               config: Optional[Mapping[str, Any]] = None) -> "duckdb.DuckDBPyConnection":
        """A connection of DuckDB, in memory, with a view ``pageviews`` over the table: by its
        delta extension where that is installed, else over the files that are live now.

        ``memory_limit`` is in bytes, or a text as DuckDB takes it ("2GB"); ``config`` is
        duckdb.connect's. Nothing is downloaded: a store on S3 needs the extension httpfs,
        which ``INSTALL httpfs`` installs once. The connection has the archive's keys of the
        moment, as a secret."""
        try:
            import duckdb
        except ImportError:
            raise ImportError("Archive.duckdb() needs DuckDB's package: "
                              "pip install 'parquet-analytics[duckdb]'") from None
        connection = duckdb.connect(":memory:", config=dict(config or {}))
        try:
            installed = {name for name, in connection.execute(
                "SELECT extension_name FROM duckdb_extensions() WHERE installed").fetchall()}
            limit = f"{memory_limit}B" if isinstance(memory_limit, int) else memory_limit
            options = {"memory_limit": limit, "has_delta": "delta" in installed,
                       "has_httpfs": "httpfs" in installed}
            with self._asking() as handle:
                statements = handle.duckdb_setup(options).column(0)
            for statement in statements:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection

    # --- State ---

    def status(self, *, report_file: Optional[Path] = None,
               ask_database: Optional[bool] = None) -> dict[str, Any]:
        """What the archive holds, by pqa.h's names; None where it is not known. The nights
        are those of ``report_file``; the database is asked where there is one."""
        asked = bool(self._settings["db"]) if ask_database is None else ask_database
        with self._asking() as handle:
            table = handle.status({"report_file": _text(report_file), "ask_database": asked})
        return Table(table).to_pylist()[0]

    def files(self) -> Table:
        """The live files: path, first_date, last_date, rows, size, verified."""
        with self._asking() as handle:
            return Table(handle.files({}))

    def live_paths(self) -> list[str]:
        """Where the live files are, for other readers: paths of the store's directory, or
        s3://bucket/... of a bucket. Older revisions lie beside them: do not use a glob."""
        store = str(self._settings["store"]).rstrip("/")
        return [f"{store}/{path}" for path in self.files().column("path")]

    # --- Days ---

    def _work(self, name: str, options: dict[str, Any], progress: Optional[Progress],
              create: bool, kind: Type[_T], on_each: Optional[Callable[[_T], object]],
              *others: Callable[[dict[str, Any]], object]) -> List[_T]:
        """Runs a call that tells of each day or file; they are also the failure's results."""
        results: List[_T] = []

        def take(told: dict[str, Any]) -> None:
            results.append(make(kind, told))
            if on_each:
                on_each(results[-1])

        handle = self._open(create)
        try:
            getattr(handle, name)(options, progress or self._progress, take, *others)
        except errors.Error as error:
            error.results = results
            raise
        finally:
            handle.close()
        return results

    def _result(self, name: str, options: dict[str, Any], progress: Optional[Progress],
                kind: Type[_T]) -> _T:
        """Runs a call that has one result."""
        handle = self._open()
        try:
            return make(kind, getattr(handle, name)(options, progress or self._progress))
        finally:
            handle.close()

    def export(self, date: Optional[DateLike] = None, *, since: Optional[DateLike] = None,
               until: Optional[DateLike] = None, include_open: bool = False,
               dry_run: bool = False, skip_covered: bool = False, rebuild: bool = False,
               accept_loss: bool = False, per_project: bool = False,
               per_organization: bool = False, minimum_rows: Optional[int] = None,
               on_day: Optional[Callable[[Day], object]] = None,
               on_copy: Optional[Callable[[Copy], object]] = None,
               progress: Optional[Progress] = None) -> list[Day]:
        """Merges days of the database into the archive: a date, a range, or yesterday.
        ``rebuild``: a day whose file is gone or damaged is written from the database alone,
        where that has no fewer rows and views, or with ``accept_loss`` what there is.

        A day that fails does not stop the others; then the first failure is raised, with the
        days as its ``results`` and exit_code 3 where others were done."""
        first, last = _days_of(date, since, until)
        options = {"since": first, "until": last, "include_open": include_open,
                   "dry_run": dry_run, "skip_covered": skip_covered, "rebuild": rebuild,
                   "accept_loss": accept_loss, "per_project": per_project,
                   "per_organization": per_organization, "minimum_rows": minimum_rows}

        def copied(told: dict[str, Any]) -> None:
            if on_copy:
                on_copy(make(Copy, told))

        try:
            return self._work("export", options, progress, not dry_run, Day, on_day, copied)
        except errors.Error as error:
            _mark_partly(error)
            raise

    def backfill(self, days: Optional[int] = None, *, since: Optional[DateLike] = None,
                 until: Optional[DateLike] = None, dry_run: bool = False,
                 on_day: Optional[Callable[[Day], object]] = None,
                 progress: Optional[Progress] = None) -> list[Day]:
        """Exports those of the last ``days`` days, or of a range, that are not covered yet,
        oldest first."""
        if days is not None and (since is not None or until is not None):
            raise errors.Invalid("days say another range than since and until")
        if days is None and since is None:
            raise errors.Invalid("which days? days=90, or since=... and until=...")
        if days is not None and days < 1:
            raise errors.Invalid(f"days is {days}: a number from 1 on is wanted")
        return self.export(since=-days if days is not None else since, until=until,
                           dry_run=dry_run, skip_covered=True, on_day=on_day,
                           progress=progress)

    def delete_exported(self, since: DateLike, until: DateLike, *, dry_run: bool = False,
                        batch_rows: Optional[int] = None, pause_ms: Optional[int] = None,
                        max_replica_lag_s: Optional[int] = None,
                        lock_timeout_ms: Optional[int] = None,
                        statement_timeout_ms: Optional[int] = None,
                        drop_partitions: bool = False, per_project: bool = False,
                        per_organization: bool = False, minimum_rows: Optional[int] = None,
                        on_day: Optional[Callable[[DeletedDay], object]] = None,
                        on_exported: Optional[Callable[[Day], object]] = None,
                        on_copy: Optional[Callable[[Copy], object]] = None,
                        progress: Optional[Progress] = None) -> list[DeletedDay]:
        """Exports these days, with copies as ``export`` makes them, then deletes from the
        database what the archive provably has; ``drop_partitions``: whole partitions where
        it has them row for row."""
        options = {"since": to_days(since), "until": to_days(until), "dry_run": dry_run,
                   "drop_partitions": drop_partitions, "per_project": per_project,
                   "per_organization": per_organization, "minimum_rows": minimum_rows,
                   **_deletion(batch_rows, pause_ms, max_replica_lag_s, lock_timeout_ms,
                               statement_timeout_ms)}

        def exported(told: dict[str, Any]) -> None:
            if on_exported:
                on_exported(make(Day, told))

        def copied(told: dict[str, Any]) -> None:
            if on_copy:
                on_copy(make(Copy, told))

        return self._work("delete_exported", options, progress, not dry_run, DeletedDay,
                          on_day, exported, copied)

    def verify(self, since: Optional[DateLike] = None, until: Optional[DateLike] = None, *,
               depth: str = "rows", against_database: bool = False,
               on_file: Optional[Callable[[Verified], object]] = None,
               progress: Optional[Progress] = None) -> list[Verified]:
        """Decodes every live file of these days (all) and compares it with the log; and the
        database's rows with the archive's where asked; ``depth`` "checksums" or "sizes" is
        less. Corrupt where anything differs."""
        options = {"since": to_days(_FIRST if since is None else since),
                   "until": to_days(_LAST if until is None else until),
                   "depth": _choose("depth", _DEPTHS, depth),
                   "against_database": against_database}
        return self._work("verify", options, progress, False, Verified, on_file)

    def restore(self, since: DateLike, until: DateLike, *, to_db: Optional[str] = None,
                leave_out_gone: bool = False,
                on_day: Optional[Callable[[RestoredDay], object]] = None,
                progress: Optional[Progress] = None) -> list[RestoredDay]:
        """Puts the archive's rows of these days back into the database;
        ``leave_out_gone``: not those whose project or version was deleted since."""
        _look_at(to_db)
        options = {"since": to_days(since), "until": to_days(until), "to_db": to_db,
                   "leave_out_gone": leave_out_gone}
        return self._work("restore", options, progress, False, RestoredDay, on_day)

    def import_files(self, paths: Union[Path, Iterable[Path]],
                     since: Optional[DateLike] = None, until: Optional[DateLike] = None, *,
                     dry_run: bool = False,
                     on_day: Optional[Callable[[Day], object]] = None,
                     on_file: Optional[Callable[[ImportedFile], object]] = None,
                     progress: Optional[Progress] = None) -> list[ImportedFile]:
        """Takes Parquet files that the proof of concept wrote into the archive: files, and
        those named *.parquet in folders, here or under s3://. Rows that are in several are
        taken once. ``on_day`` is told of each day that is merged."""
        several = [paths] if isinstance(paths, (str, os.PathLike)) else paths
        options = {"paths": [os.fspath(path) for path in several], "dry_run": dry_run,
                   "since": -2**31 if since is None else to_days(since),
                   "until": 2**31 - 1 if until is None else to_days(until)}

        def merged(told: dict[str, Any]) -> None:
            if on_day:
                on_day(make(Day, told))

        return self._work("import_files", options, progress, not dry_run, ImportedFile,
                          on_file, merged)

    def copies(self, since: DateLike, until: DateLike, *,
               per_project: bool = False, per_organization: bool = False,
               minimum_rows: Optional[int] = None,
               on_copy: Optional[Callable[[Copy], object]] = None,
               progress: Optional[Progress] = None) -> list[Copy]:
        """Makes the copies for each project or organization that are missing or not as the
        archive has it; of neither kind: those that each day has."""
        options = {"since": to_days(since), "until": to_days(until),
                   "per_project": per_project, "per_organization": per_organization,
                   "minimum_rows": minimum_rows}
        return self._work("copies", options, progress, False, Copy, on_copy)

    def shadow(self, question: str, project: Union[str, int],
               since: Optional[DateLike] = None, until: Optional[DateLike] = None, *,
               status: Union[int, str, None] = None, version: Optional[str] = None,
               limit: int = 0, by_full_path: bool = False,
               evidence_file: Optional[Path] = None,
               evidence_lines: Optional[int] = None) -> Shadowed:
        """Answers a question (top_pages, daily_totals, not_found or versions) by the archive
        and by the database alone, and compares. evidence_file gets a line a comparison, or a
        failure; at least the last evidence_lines (10,000) are kept."""
        options = {"question": _choose("question", _SHADOWED, question),
                   "evidence_file": _text(evidence_file), "evidence_lines": evidence_lines,
                   **_query(project, since, until, status, version, limit, by_full_path, True)}
        with contextlib.ExitStack() as stack:
            try:
                handle = stack.enter_context(self._asking())
            except errors.Error as error:
                if evidence_file is not None:
                    _pqa.shadow_failed(options, str(error))
                raise
            return make(Shadowed, handle.shadow(options))

    def shadow_random(self, count: int, since: Optional[DateLike] = None,
                      until: Optional[DateLike] = None, *,
                      evidence_file: Optional[Path] = None,
                      on_each: Optional[Callable[[Shadowed], object]] = None,
                      progress: Optional[Progress] = None) -> list[Shadowed]:
        """The same ``count`` times, for questions, projects and ranges at random within the
        last 30 days, or the days given."""
        first, last = _range(since, until, 30)
        options = {"count": count, "since": first, "until": last,
                   "evidence_file": _text(evidence_file)}
        return self._work("shadow_random", options, progress, False, Shadowed, on_each)

    # --- Upkeep ---

    def prune(self, before: DateLike, *, more_than_a_tenth: bool = False,
              dry_run: bool = False, progress: Optional[Progress] = None) -> Pruned:
        """Takes the days before a date out of the archive; undo_prune brings them back for
        seven days. More than a tenth of the rows go only where that is said."""
        return self._result("prune", {"before": to_days(before), "dry_run": dry_run,
                                      "more_than_a_tenth": more_than_a_tenth}, progress,
                            Pruned)

    def undo_prune(self, *, progress: Optional[Progress] = None) -> Pruned:
        """Brings back what the last prune took."""
        return self._result("prune_undo", {}, progress, Pruned)

    def vacuum(self, *, delete: bool = False,
               progress: Optional[Progress] = None) -> Vacuumed:
        """Tells of objects that nothing needs since more than seven days; deletes them where
        that is said."""
        objects: list[VacuumedObject] = []
        handle = self._open()
        try:
            told = handle.vacuum({"remove": delete}, progress or self._progress,
                                 lambda each: objects.append(make(VacuumedObject, each)))
        except errors.Error as error:
            error.results = objects
            raise
        finally:
            handle.close()
        return dataclasses.replace(make(Vacuumed, told), paths=tuple(objects))

    def compact(self, month: Optional[DateLike] = None, *, dry_run: bool = False,
                on_month: Optional[Callable[[CompactedMonth], object]] = None,
                progress: Optional[Progress] = None) -> list[CompactedMonth]:
        """Makes one file of each month that is over; or of the month of a date, which may be
        written as 2026-01."""
        options: dict[str, Any] = {"dry_run": dry_run, "has_month": month is not None}
        if month is not None:
            is_short = isinstance(month, str) and len(month) == 7
            options["month"] = to_days(f"{month}-01" if is_short else month)
        return self._work("compact", options, progress, False, CompactedMonth, on_month)

    def forget(self, project: Union[str, int], *, agreed: bool = False,
               ignore_database: bool = False, dry_run: bool = False,
               progress: Optional[Progress] = None) -> Forgotten:
        """Takes a project (a slug, or an id) out of the archive for good: only where
        ``agreed``."""
        is_id = isinstance(project, SupportsIndex)
        return self._result("forget", {"project": None if is_id else project,
                                       "project_id": project if is_id else None,
                                       "agreed": agreed, "ignore_database": ignore_database,
                                       "dry_run": dry_run}, progress, Forgotten)

    # --- Nights ---

    def nightly(self, *, look_back_days: Optional[int] = None,
                keep_database_days: Optional[int] = None,
                keep_archive_days: Optional[int] = None, compact: bool = False,
                vacuum: bool = False, per_project: bool = False,
                per_organization: bool = False, report_file: Optional[Path] = None,
                metrics_file: Optional[Path] = None, success_url: Optional[str] = None,
                failure_url: Optional[str] = None, batch_rows: Optional[int] = None,
                pause_ms: Optional[int] = None, max_replica_lag_s: Optional[int] = None,
                lock_timeout_ms: Optional[int] = None,
                statement_timeout_ms: Optional[int] = None, drop_partitions: bool = False,
                on_day: Optional[Callable[[Day], object]] = None,
                on_step: Optional[Callable[[Step], object]] = None,
                progress: Optional[Progress] = None) -> Night:
        """What is to be done every night: missing days, the last days again; and, where asked
        for, deletion, pruning, compaction and vacuum. A failure's ``results`` is the Night."""
        if self._closed:
            raise ValueError("the archive is closed")
        options = {"look_back_days": look_back_days, "keep_database_days": keep_database_days,
                   "keep_archive_days": keep_archive_days, "compact": compact,
                   "vacuum": vacuum, "per_project": per_project,
                   "per_organization": per_organization, "report_file": _text(report_file),
                   "metrics_file": _text(metrics_file), "success_url": success_url,
                   "failure_url": failure_url}
        deletion = {"drop_partitions": drop_partitions,
                    **_deletion(batch_rows, pause_ms, max_replica_lag_s, lock_timeout_ms,
                                statement_timeout_ms)}
        nights: list[Night] = []
        days: list[Day] = []
        steps: list[Step] = []

        def take_day(told: dict[str, Any]) -> None:
            days.append(make(Day, told))
            if on_day:
                on_day(days[-1])

        def take_step(told: dict[str, Any]) -> None:
            steps.append(make(Step, told))
            if on_step:
                on_step(steps[-1])

        def take_night(told: dict[str, Any]) -> None:
            nights.append(dataclasses.replace(make(Night, told), steps=tuple(steps),
                                              days=tuple(days)))
            if nights[0].warning:
                self._logger.warning("%s", nights[0].warning)

        try:
            _pqa.nightly(self._settings, options, deletion, progress or self._progress,
                         self._log, take_day, take_step, take_night)
        except errors.Error as error:
            if nights:
                error.results = nights[0]
                error.exit_code = nights[0].exit_code or error.exit_code
            raise
        return nights[0]

    def doctor(self) -> list[Finding]:
        """Looks at database and store; what is right, what to do. Problems are findings."""
        findings: list[Finding] = []
        try:
            _pqa.doctor(self._settings, self._log,
                        lambda *told: findings.append(Finding(*told)))
        except errors.Error as error:
            if not any(finding.level == "problem" for finding in findings):
                findings.append(Finding("problem", error.status, str(error)))
        return findings


def shadow_summary(evidence_file: Path, *, days: int = 0, answers: int = 0) -> ShadowSummary:
    """What the evidence of Archive.shadow tells, and whether it is enough: equal answers,
    so many (100), on so many days (7), since the last difference."""
    return make(ShadowSummary, _pqa.shadow_summary(os.fspath(evidence_file), days, answers))


_A = TypeVar("_A", bound=Archive)
_archives: "weakref.WeakSet[Archive]" = weakref.WeakSet()


def _start_in_child() -> None:
    for archive in list(_archives):
        archive._start()


os.register_at_fork(after_in_child=_start_in_child)


def _range(since: Optional[DateLike], until: Optional[DateLike], days: int) -> tuple[int, int]:
    """The last `days` days up to yesterday, where since and until do not say otherwise."""
    first = None if since is None else to_days(since)
    last = _pqa.today() - 1 if until is None else to_days(until)
    if first is None:
        first = last - days + 1
    elif until is None:
        last = max(first, last)
    return first, last


def _query(project: Union[str, int, None], since: Optional[DateLike],
           until: Optional[DateLike], status: Union[int, str, None], version: Optional[str],
           limit: int, by_full_path: bool, live: bool) -> dict[str, Any]:
    first, last = _range(since, until, 30)
    is_id = isinstance(project, SupportsIndex)
    return {"project": None if is_id else project, "has_project_id": is_id,
            "project_id": project if is_id else None, "since": first, "until": last,
            "any_status": status == "any", "status": None if status == "any" else status,
            "project_version": version, "limit": limit, "by_full_path": by_full_path,
            "live": live}


def _days_of(date: Optional[DateLike], since: Optional[DateLike],
             until: Optional[DateLike]) -> tuple[int, int]:
    if date is None:
        return _range(since, until, 1)
    if since is not None or until is not None:
        raise errors.Invalid("a date says another range than since and until")
    return to_days(date), to_days(date)


def _deletion(batch_rows: Optional[int], pause_ms: Optional[int],
              max_replica_lag_s: Optional[int], lock_timeout_ms: Optional[int],
              statement_timeout_ms: Optional[int]) -> dict[str, Any]:
    return {"batch_rows": batch_rows, "pause_ms": pause_ms,
            "max_replica_lag_s": max_replica_lag_s, "lock_timeout_ms": lock_timeout_ms,
            "statement_timeout_ms": statement_timeout_ms}


def _mark_partly(error: errors.Error) -> None:
    """The exit code of an export of which only some days failed, as the command line's."""
    outcomes = {day.outcome for day in error.results or ()}
    if any(day.status == "CORRUPT" for day in error.results or ()):
        error.exit_code = errors.Corrupt.exit_code
    elif "failed" in outcomes and outcomes & {"written", "unchanged", "empty"}:
        error.exit_code = 3
