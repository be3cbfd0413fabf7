"""Celery tasks, under the names that PQA gives them."""
from __future__ import annotations

import datetime
import logging
from typing import Any, Optional

from celery import shared_task

import pqa

from . import archive as site
from . import conf as site_conf
from .parquet import ParquetAnalyticsExporter, to_date

_conf = site_conf.read()
logger = logging.getLogger(_conf.logger)
# What may be right the next time.
_AGAIN = (pqa.Busy, pqa.Conflict, pqa.Timeout, pqa.InputOutput)
_OPTIONS: dict[str, Any] = {
    "bind": True, "queue": _conf.task_queue, "acks_late": True,
    "reject_on_worker_lost": True, "soft_time_limit": _conf.task_soft_time_limit,
    "max_retries": 5}
_LONGEST_WAIT_S = 600


def _try_again(task: Any, error: Exception, date: datetime.date) -> Any:
    """The same day, also after midnight."""
    wait = min(_LONGEST_WAIT_S, 15 * 2 ** task.request.retries)
    return task.retry(exc=error, args=(), kwargs={"date": str(date)}, countdown=wait)


@shared_task(name=_conf.export_task, **_OPTIONS)
def export_pageviews_to_parquet(self: Any, date: Optional[str] = None) -> dict[str, Any]:
    """
    Exports yesterday, or a date as YYYY-MM-DD, into the archive; deletes nothing.

    Safe to run twice, also at once: the second finds nothing new, or waits for the first.
    """
    target_date = to_date(date)
    try:
        result = ParquetAnalyticsExporter().export_daily_pageviews(target_date)
    except _AGAIN as error:
        logger.warning("Export of %s is tried again: %s", target_date, error)
        raise _try_again(self, error, target_date) from error
    except Exception:
        logger.exception("Failed to export pageviews to parquet")
        raise
    logger.info("Exported %d pageviews for %s to %d file(s)", result["total_records"],
                target_date, len(result["files"]))
    return {"status": "success", "date": str(target_date),
            "total_records": result["total_records"],
            "files_created": len(result["files"])}


@shared_task(name=_conf.delete_task, **_OPTIONS)
def delete_old_page_counts(self: Any) -> dict[str, Any]:
    """
    Deletes days older than PQA['KEEP_DATABASE_DAYS'] from the database: what the archive
    provably has of them, after a night's export that takes in what came late. Without that
    setting nothing is deleted, whatever RTD_ANALYTICS_DEFAULT_RETENTION_DAYS says.
    """
    conf = site_conf.read()
    if not conf.keep_database_days:
        logger.info("PQA['KEEP_DATABASE_DAYS'] is not set: nothing is deleted")
        return {"status": "off", "days": 0, "rows_deleted": 0}
    try:
        night = site.deleting().nightly(
            keep_database_days=conf.keep_database_days,
            max_replica_lag_s=conf.max_replica_lag_s,
            per_project=site_conf.wants_per_project())
    except _AGAIN as error:
        raise self.retry(exc=error, countdown=_LONGEST_WAIT_S) from error
    deleted = [step for step in night.steps if step.name == "delete"]
    days, rows = sum(step.days for step in deleted), sum(step.rows for step in deleted)
    logger.info("Deleted %d archived pageviews of %d days", rows, days)
    return {"status": "success", "days": days, "rows_deleted": rows}
