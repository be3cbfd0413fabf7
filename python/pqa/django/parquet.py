"""The proof of concept's classes, answered by the archive.

>>> from pqa.django.parquet import ParquetAnalyticsExporter, ParquetAnalyticsQuerier
"""
from __future__ import annotations

import datetime
import logging
import os
from typing import TYPE_CHECKING, Any, Iterable, Optional, TypedDict, Union

from django.utils.dateparse import parse_date

import pqa

from . import archive as site
from . import conf as site_conf

if TYPE_CHECKING:
    import pandas

__all__ = ["DailyTotals", "Exported", "ParquetAnalyticsExporter", "ParquetAnalyticsQuerier",
           "TopPage"]

DateOrText = Union[datetime.date, str, None]


class Exported(TypedDict):
    """What became of a day."""
    date: datetime.date
    total_records: int
    files: dict[str, int]


class TopPage(TypedDict):
    path: str
    count: int


class DailyTotals(TypedDict):
    labels: list[str]
    int_data: list[int]


def to_date(date: DateOrText) -> datetime.date:
    """Yesterday for None; a date, a datetime (its date in UTC where it has a time zone), or
    a text as YYYY-MM-DD. pqa.Invalid (a ValueError)."""
    if date is None:
        return site.today() - datetime.timedelta(days=1)
    if isinstance(date, datetime.datetime):
        is_aware = date.utcoffset() is not None
        return (date.astimezone(datetime.timezone.utc) if is_aware else date).date()
    if isinstance(date, datetime.date):
        return date
    try:
        parsed = parse_date(date)
    except ValueError as error:
        raise pqa.Invalid(f"invalid date '{date}': {error}") from error
    if parsed is None:
        raise pqa.Invalid(f"invalid date '{date}': YYYY-MM-DD is wanted")
    return parsed


class _OfStorage:
    def __init__(self, storage: Any = None) -> None:
        """
        :param storage: Django storage backend (defaults to what PQA says, or the default
         storage)
        """
        if storage is None and site_conf.read().store is None:
            from .storages import default_storage
            storage = default_storage(site_conf.read())
        self.storage = storage


class ParquetAnalyticsExporter(_OfStorage):
    """Exports days of the page views into the archive."""

    def get_parquet_path(self, target_date: Optional[datetime.date] = None,
                         organization: Optional[str] = None,
                         project: Optional[str] = None) -> str:
        """
        The key under which a day is first exported; a later revision has another name.

        :param target_date: The date for the parquet file (defaults to yesterday)
        :param organization: Optional organization slug for org-specific files
        :param project: Optional project slug for project-specific files
        """
        if not isinstance(target_date, datetime.date):
            target_date = to_date(None)
        base = site.TABLE
        if organization:
            base = f"{base}/org/{organization}"
        elif project:
            base = f"{base}/project/{project}"
        return (f"{base}/{target_date.strftime('%Y/%m/%d')}"
                f"/pageviews_{target_date.strftime('%Y-%m-%d')}.parquet")

    def export_daily_pageviews(self, target_date: DateOrText = None, *,
                               include_open: bool = False) -> Exported:
        """
        Merges a day into the archive; done again, it adds what is new.

        :param target_date: The date to export (defaults to yesterday)
        :param include_open: Also today. Until it is exported again, questions have of it what
         there was: the database is not asked for it any more
        :return: {'date': date, 'total_records': int, 'files': {path: record_count, ...}}
        """
        date = to_date(target_date)
        if date == site.today() and not include_open:
            raise pqa.Invalid(f"the day {date} is not over yet (in UTC); include_open=True "
                              "exports what there is of it")
        copies: list[pqa.Copy] = []
        with site.reading((date, date), self.storage) as archive:
            day = archive.export(date, include_open=include_open, **site.copies_arguments(
                site_conf.wants_per_project(), False, copies))[0]
            files = live_files(archive.files(), date) if day.rows else {}
        files.update(site.files_of_copies(copies))
        log_exported(day, len(files))
        return {"date": date, "total_records": day.rows, "files": files}


def live_files(files: Iterable[dict[str, Any]], date: datetime.date) -> dict[str, int]:
    """Those of Archive.files() that have rows of a day, and how many rows they have."""
    return {file["path"]: file["rows"] for file in files
            if file["first_date"] <= date <= file["last_date"]}


def log_exported(day: pqa.Day, file_count: int) -> None:
    """As the proof of concept's exporter says it."""
    logger = logging.getLogger(site_conf.read().logger)
    if day.rows:
        logger.info("Exported pageviews for %s: %d records to %d files", day.date, day.rows,
                    file_count)
    else:
        logger.info("No pageviews found for %s", day.date)


class ParquetAnalyticsQuerier(_OfStorage):
    """Asks the archive; projects are named by their slug."""

    def __init__(self, storage: Any = None) -> None:
        super().__init__(storage)
        self._logger = logging.getLogger(site_conf.read().logger)

    def get_s3_url(self, path: str) -> str:
        """Get the full S3 URL for a parquet file; the file's path where PQA['STORE'] is a
        directory."""
        storage = self.storage
        if storage is None:
            return _url_in_store(site_conf.read(), path)
        if not hasattr(storage, "bucket"):
            return str(storage.url(path))
        location = getattr(storage, "location", None)
        return _s3_url(getattr(storage, "endpoint_url", None),
                       getattr(storage, "addressing_style", None), storage.bucket.name,
                       location if isinstance(location, str) else "", path)

    def _archive(self) -> pqa.Archive:
        return site.get_archive(self.storage)

    def query_pageviews(self, project_slug: str, since: DateOrText = None,
                        until: DateOrText = None) -> "pandas.DataFrame":
        """
        All rows of a project, the newest date first; needs pandas.

        :param since: Start date (defaults to 30 days ago)
        :param until: End date (defaults to today)
        """
        first, last = _range(since, until)
        rows = self._archive().rows(project_slug, first, max(first, last))
        return rows.to_pandas().iloc[:0 if last < first else None]

    def get_top_pages_from_parquet(self, project_slug: str, since: DateOrText = None,
                                   limit: int = 10, status: int = 200) -> list[TopPage]:
        """
        The pages with most views.

        :return: list of dicts with path and count
        """
        if limit < 1:
            return []
        first, last = _range(since, None)
        pages = self._archive().top_pages(project_slug, first, last, limit=limit,
                                          status=status)
        return [{"path": page["path"], "count": page["views"]} for page in pages]

    def get_daily_totals_from_parquet(self, project_slug: str, since: DateOrText = None,
                                      status: int = 200) -> DailyTotals:
        """
        The views of each day, 0 for a day without; no days where no day has any.

        :return: dict with labels and int_data for chart
        """
        first, last = _range(since, None)
        days = self._archive().daily_totals(project_slug, first, last, status=status)
        views = days.column("views")
        if not any(views):
            return {"labels": [], "int_data": []}
        return {"labels": [date.strftime("%d %b") for date in days.column("date")],
                "int_data": views}


def _url_in_store(conf: site_conf.Conf, path: str) -> str:
    store = os.fspath(conf.store or "")
    if not store.startswith("s3://"):
        return os.path.join(store, path)
    bucket, _, location = store[len("s3://"):].partition("/")
    return _s3_url(conf.archive.get("s3_endpoint"), conf.archive.get("s3_addressing"), bucket,
                   location, path)


def _s3_url(endpoint: Optional[str], addressing: Optional[str], bucket: str, location: str,
            path: str) -> str:
    scheme, _, host = str(endpoint or "s3.amazonaws.com").rpartition("://")
    scheme, host = scheme or "https", host.rstrip("/")
    if location.strip("/"):
        path = f"{location.strip('/')}/{path}"
    if addressing == "path" or ":" in host:
        return f"{scheme}://{host}/{bucket}/{path}"
    return f"{scheme}://{bucket}.{host}/{path}"


def _range(since: DateOrText, until: DateOrText) -> tuple[datetime.date, datetime.date]:
    today = site.today()
    first = today - datetime.timedelta(days=30) if since is None else to_date(since)
    return first, max(first, today) if until is None else to_date(until)
