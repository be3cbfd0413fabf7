"""Stopped, killed, failed by the system, or run twice at once: nothing is lost or doubled.

`invariant` holds after each: the archive reads whole, has only rows of the source with their
values, and each day all or not at all; a run after it completes it.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import defaultdict

import pytest
from pageview_site import FIRST, LAST

LONG = bool(os.environ.get("PQA_CHECK_ALL"))
POINTS = 40 if LONG else 6
CALLS = ["write", "pwrite64", "fsync", "rename", "link", "linkat", "openat", "unlink"]


def days_of(rows):
    days = defaultdict(dict)
    for number, row in rows.items():
        days[row[8]][number] = row
    return days


def invariant(pqa, source_rows):
    whole = days_of(source_rows)
    for day, rows in days_of(pqa.archive_rows()).items():
        assert rows == whole[day], f"{day} is in the archive in part"


def completes(pqa, source_rows):
    invariant(pqa, source_rows)
    pqa.backfill(FIRST, LAST)
    assert pqa.archive_rows() == source_rows
    pqa("verify")


def export_seconds(pqa, tmp_path):
    """How long a backfill takes, in a store of its own."""
    store, pqa.store = pqa.store, tmp_path / "timed"
    started = time.monotonic()
    pqa.backfill(FIRST, LAST)
    pqa.store = store
    return time.monotonic() - started


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_stopped_at_random_moments_then_run_again(site, pqa, tmp_path, stop):
    source_rows = site.archive_rows()
    seconds = export_seconds(pqa, tmp_path)
    choose = random.Random(3)
    for _ in range(POINTS):
        shutil.rmtree(pqa.store, ignore_errors=True)
        process = pqa.start("backfill", "--since", FIRST, "--until", LAST)
        time.sleep(choose.random() * seconds)
        process.send_signal(stop)
        _, err = process.communicate(timeout=60)
        # Before the handler is there, the signal itself ends the program.
        assert process.returncode in (0, -stop, 128 + stop), err
        if pqa.store.exists() and stop != signal.SIGKILL:
            leftover = [path for path in pqa.store.rglob("*.parquet")
                        if path not in pqa.live_files()]
            assert leftover == []
        completes(pqa, source_rows)


def has_strace():
    return shutil.which("strace") and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


needs_strace = pytest.mark.skipif(not has_strace(), reason="strace cannot trace here")


def count_calls(pqa, tmp_path, calls):
    """How often each system call is made by a whole backfill."""
    log = tmp_path / "calls"
    store, pqa.store = pqa.store, tmp_path / "counted"
    pqa.backfill(FIRST, LAST, wrapper=["strace", "-f", "-o", log, "-e", f"trace={','.join(calls)}"])
    pqa.store = store
    counts = defaultdict(int)
    for name in re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.M):
        counts[name] += 1
    return counts


def points(count):
    return sorted({1 + n * (count - 1) // max(POINTS - 1, 1) for n in range(min(count, POINTS))})


@needs_strace
@pytest.mark.parametrize("call", CALLS)
def test_killed_at_a_system_call_then_run_again(sqlite_site, sqlite_pqa, tmp_path, call):
    source_rows = sqlite_site.archive_rows()
    count = count_calls(sqlite_pqa, tmp_path, [call])[call]
    for number in points(count):
        shutil.rmtree(sqlite_pqa.store, ignore_errors=True)
        sqlite_pqa.run("backfill", "--since", FIRST, "--until", LAST, wrapper=[
            "strace", "-f", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:signal=KILL:when={number}"])
        completes(sqlite_pqa, source_rows)


@needs_strace
@pytest.mark.parametrize("call,fault", [
    ("write", "ENOSPC"), ("pwrite64", "ENOSPC"), ("write", "EIO"), ("fsync", "EIO"),
    ("link", "EIO"), ("linkat", "EIO"), ("rename", "EIO"), ("mkdir", "ENOSPC")])
def test_system_call_that_fails_is_a_named_failure(sqlite_site, sqlite_pqa, tmp_path, call,
                                                   fault):
    source_rows = sqlite_site.archive_rows()
    count = count_calls(sqlite_pqa, tmp_path, [call])[call]
    for number in points(count):
        shutil.rmtree(sqlite_pqa.store, ignore_errors=True)
        done = sqlite_pqa.run("backfill", "--since", FIRST, "--until", LAST, wrapper=[
            "strace", "-f", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:error={fault}:when={number}"])
        if done.returncode == 0:
            # What failed was not needed: a message, or a file that had been there.
            assert sqlite_pqa.archive_rows() == source_rows, f"{call} {number}: not archived"
        completes(sqlite_pqa, source_rows)


def test_two_exports_at_once_archive_each_row_once(site, pqa):
    source_rows = site.archive_rows()
    for _ in range(POINTS // 2):
        shutil.rmtree(pqa.store, ignore_errors=True)
        both = [pqa.start("backfill", "--since", FIRST, "--until", LAST) for _ in range(2)]
        ends = [(process.communicate(timeout=60)[1], process.returncode) for process in both]
        assert all(code in (0, 11) for _, code in ends), ends
        assert 0 in (code for _, code in ends), ends
        assert pqa.archive_rows() == source_rows


def test_questions_while_an_export_runs_count_each_row_once(site, pqa):
    pqa.backfill(FIRST, LAST)
    expected = pqa.ask("daily", "django", "--since", FIRST, "--until", LAST)
    site.execute("DELETE FROM analytics_pageview WHERE id % 3 = 0")
    process = pqa.start("export", "--date", FIRST)
    while process.poll() is None:
        assert pqa.ask("daily", "django", "--since", FIRST, "--until", LAST) == expected
    assert process.wait() == 0
    process.communicate()
