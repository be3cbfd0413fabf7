"""What the calls of an archive tell of days, files and nights."""
from __future__ import annotations

import dataclasses
import datetime
from typing import Any, Optional, Type, TypeVar

from ._table import to_date

_T = TypeVar("_T")
_DATES = {"date", "first_date", "last_date", "before", "since", "until"}
_NO_DATES = (-2**31, 2**31 - 1)


QUESTIONS = ("top_pages", "daily_totals", "not_found", "versions")


def make(kind: Type[_T], told: dict[str, Any]) -> _T:
    """A structure of the library as one of the classes below."""
    values = {field.name: told[field.name] for field in dataclasses.fields(kind)  # type: ignore
              if field.name in told}
    for name in _DATES & values.keys():
        days = values[name]
        values[name] = None if days in _NO_DATES else to_date(days)
    if "outcome" in values:
        values["outcome"] = _OUTCOMES[kind][values["outcome"]]
    if kind is Shadowed:
        values["question"] = QUESTIONS[values["question"]]
    if "status" in values and values["status"] == "OK":
        values["status"] = None
    return kind(**values)


@dataclasses.dataclass(frozen=True)
class Day:
    """A day that was exported. ``outcome``: written, unchanged, empty, failed or pruned."""
    date: datetime.date
    outcome: str
    rows: int  # in the archive now
    rows_read: int  # of the database
    rows_new: int
    rows_changed: int  # with more views than before
    views: int
    file_bytes: int
    status: Optional[str]  # of a day that failed: an error's
    message: str
    path: Optional[str]


@dataclasses.dataclass(frozen=True)
class ImportedFile:
    """A file of an import; rows = taken + doubled + left out."""
    path: str
    size_bytes: int
    first_date: Optional[datetime.date]  # None: no rows
    last_date: Optional[datetime.date]
    rows: int
    rows_taken: int
    rows_doubled: int  # they were in another file too
    rows_left_out: int  # of days that were not asked for
    is_part: bool  # rows of one project or organization only, by its path
    is_skipped: bool  # found in a folder, and written by pqa itself


@dataclasses.dataclass(frozen=True)
class Copy:
    """A copy of a day for one project or organization. ``outcome``: written, unchanged,
    removed, skipped or failed."""
    date: datetime.date
    outcome: str
    path: Optional[str]  # in the table; None: all copies of the day
    rows: int
    views: int
    size_bytes: int
    status: Optional[str]
    message: str


@dataclasses.dataclass(frozen=True)
class Shadowed:
    """An answer of the archive beside the database's. ``question``: top_pages, daily_totals,
    not_found or versions; ``project``: the slug, of one that was chosen at random."""
    question: str
    project_id: int
    since: datetime.date
    until: datetime.date
    is_equal: bool
    rows: int
    rows_different: int
    days_compared: int
    days_live: int
    days_gone: int
    days_pruned: int
    archive_us: int
    database_us: int
    message: str
    project: Optional[str] = None


@dataclasses.dataclass(frozen=True)
class ShadowSummary:
    """What evidence tells. ``_since``: since the last difference."""
    compared: int
    equal: int
    different: int
    failed: int  # could not be compared
    first_ms: int  # milliseconds since 1970-01-01 UTC
    last_ms: int
    archive_us: int
    database_us: int
    equal_since: int
    failed_since: int
    days_since: int  # on which an answer was equal
    last_difference: str
    is_ready: bool  # it is enough to trust the archive
    message: str  # so in a sentence, with what is missing


@dataclasses.dataclass(frozen=True)
class DeletedDay:
    """What became of a day's rows in the database."""
    date: datetime.date
    rows_deleted: int  # dry_run: that would be
    rows_kept: int  # changed since they were exported
    rows_gone: int  # archived, and not in the database any more
    rows_unverified: int
    batches: int
    longest_batch_us: int
    status: Optional[str]
    message: str
    is_dropped: bool = False  # the rows went with their partition


@dataclasses.dataclass(frozen=True)
class Verified:
    """A file, or a day of the database, that was checked; ``status`` None: it verifies."""
    path: str
    first_date: datetime.date
    last_date: datetime.date
    rows: int
    rows_archived_only: int  # of a day: that the database has not any more
    size_bytes: int
    status: Optional[str]
    message: Optional[str]


@dataclasses.dataclass(frozen=True)
class Pruned:
    """What a prune took out, or its undoing brought back."""
    before: Optional[datetime.date]  # the first date that is kept; None: all are
    days: int
    rows: int
    rows_left: int
    files: int
    files_rewritten: int
    size_bytes: int
    copies: int


@dataclasses.dataclass(frozen=True)
class VacuumedObject:
    """An object that vacuum deleted, or would."""
    path: str
    size_bytes: int
    since_ms: int  # milliseconds since 1970-01-01 UTC
    was_live: bool


@dataclasses.dataclass(frozen=True)
class Vacuumed:
    """What a vacuum did."""
    objects: int
    bytes: int
    objects_waiting: int
    bytes_waiting: int
    log_files: int
    paths: tuple[VacuumedObject, ...] = ()


@dataclasses.dataclass(frozen=True)
class CompactedMonth:
    """A month; ``outcome``: compacted, unchanged or failed."""
    first_date: datetime.date
    last_date: datetime.date
    outcome: str
    files: int
    rows: int
    bytes_before: int
    bytes_after: int
    status: Optional[str]
    message: str


@dataclasses.dataclass(frozen=True)
class RestoredDay:
    """A day whose rows were put back into the database."""
    date: datetime.date
    rows: int
    inserted: int
    equal: int  # were there already
    left_out: int  # of a project or version that is gone (leave_out_gone)
    status: Optional[str]
    message: str


@dataclasses.dataclass(frozen=True)
class Forgotten:
    """What of a project was, or would be, taken out of the archive."""
    project_id: int
    rows: int
    files: int
    objects: int
    objects_checked: int
    log_commits: int


@dataclasses.dataclass(frozen=True)
class Step:
    """A part of a night's work."""
    name: str
    status: Optional[str]
    was_left_out: bool
    days: int
    days_failed: int
    rows: int
    bytes: int
    duration_us: int


@dataclasses.dataclass(frozen=True)
class Night:
    """What became of a night."""
    started_ms: int
    duration_us: int
    exit_code: int
    message: str
    warning: str
    copies: int
    copies_failed: int
    steps: tuple[Step, ...] = ()
    days: tuple[Day, ...] = ()


@dataclasses.dataclass(frozen=True)
class Finding:
    """What doctor saw. ``level``: ok, advice or problem."""
    level: str
    subject: str
    text: str


_OUTCOMES: dict[type, tuple[str, ...]] = {
    Day: ("written", "unchanged", "empty", "failed", "pruned"),
    Copy: ("written", "unchanged", "removed", "skipped", "failed"),
    CompactedMonth: ("compacted", "unchanged", "failed"),
}
