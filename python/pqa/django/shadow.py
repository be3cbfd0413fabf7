"""Some of the dashboard's questions again, by the archive: evidence before it is trusted.

The user has the database's answer and waits for nothing: a thread of the process asks both
sides, in one snapshot of the database. Nothing here raises into a request.
"""
from __future__ import annotations

import datetime
import logging
import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Optional

from . import archive as site
from . import conf as site_conf

_MOST_WAITING = 4
_choose = random.Random()


class _Worker:
    """One comparison at a time, a few that wait; what is more is left out."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()  # of this process
        self._room = threading.BoundedSemaphore(_MOST_WAITING)
        self._threads: Optional[ThreadPoolExecutor] = None
        self._lock = threading.Lock()

    def give(self, work: Callable[[], None]) -> None:
        if not self._room.acquire(blocking=False):
            self.counts["left out"] += 1
            return
        try:
            with self._lock:
                if self._threads is None:
                    self._threads = ThreadPoolExecutor(1, "pqa-shadow")
                self._threads.submit(self._run, work)
        except BaseException:
            self._room.release()
            raise

    def _run(self, work: Callable[[], None]) -> None:
        try:
            # A process that ends waits for what is under way, not for what is waiting.
            if threading.main_thread().is_alive():
                work()
        finally:
            self._room.release()

    def wait(self) -> None:
        with self._lock:
            threads, self._threads = self._threads, None
        if threads:
            threads.shutdown(wait=True)


_worker = _Worker()


def _start_in_child() -> None:
    """The thread is the parent's."""
    global _worker
    _worker = _Worker()


os.register_at_fork(after_in_child=_start_in_child)


def counts() -> dict[str, int]:
    """What this process compared: equal, different, failed, left out."""
    return dict(_worker.counts)


def wait() -> None:
    """Until all that was given to the thread is done: for tests."""
    _worker.wait()


def consider(question: str, project_id: int, since: datetime.date, until: datetime.date,
             **arguments: Any) -> None:
    """Compares a question that was just answered, if its turn comes: never raises."""
    conf = site_conf.read()
    if conf.dashboard != "shadow" or until < since:
        return
    if _choose.random() >= conf.shadow_fraction:
        return
    logger = logging.getLogger(conf.logger)

    def work() -> None:
        _guarded(logger, question, lambda: _compare(
            conf, logger, question, project_id, since, until, arguments))

    # What a test's connection sees it sees in its own thread only.
    _guarded(logger, question, work if conf.through_connection else (
        lambda: _worker.give(work)))


def _guarded(logger: logging.Logger, question: str, work: Callable[[], None]) -> None:
    try:
        work()
    except Exception as error:
        _worker.counts["failed"] += 1
        logger.warning("Shadow: %s could not be compared: %s", question, error)


def _compare(conf: site_conf.Conf, logger: logging.Logger, question: str, project_id: int,
             since: datetime.date, until: datetime.date, arguments: dict[str, Any]) -> None:
    with site.reading((since, until)) as archive:
        told = archive.shadow(question, project_id, since, until,
                              evidence_file=conf.shadow_evidence,
                              evidence_lines=conf.shadow_lines, **arguments)
    _worker.counts["equal" if told.is_equal else "different"] += 1
    if not told.is_equal:
        logger.error("Shadow: %s of project %d, %s to %s, is DIFFERENT in %d rows: %s",
                     question, project_id, since, until, told.rows_different, told.message)
