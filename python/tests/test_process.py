"""Threads, forks, signals and memory."""
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from pageview_site import FIRST, LAST, PROJECTS, make_rows

import pqa


@pytest.fixture
def exported(sqlite_archive):
    sqlite_archive.backfill(since=FIRST, until=LAST)
    return sqlite_archive


def answers(archive):
    return [(archive.top_pages(slug, FIRST, LAST, limit=0).to_pylist(),
             archive.daily_totals(slug, FIRST, LAST).to_pylist())
            for slug in PROJECTS.values()]


def test_threads_ask_at_once(exported):
    expected = answers(exported)
    with ThreadPoolExecutor(8) as pool:
        for got in pool.map(lambda _: answers(exported), range(24)):
            assert got == expected


def test_other_threads_run_while_one_works(exported):
    """The GIL is not held: this thread counts while another verifies."""
    done = threading.Event()

    def verify():
        for _ in range(5):
            exported.verify()
        done.set()
    threading.Thread(target=verify).start()
    count = 0
    while not done.is_set():
        time.sleep(0.001)
        count += 1
    assert count > 1


def test_forked_process_asks_with_handles_of_its_own(exported):
    expected = answers(exported)  # a handle is open now, and kept
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            good = False
            try:
                good = answers(exported) == expected
            finally:
                os._exit(0 if good else 1)
        children.append(child)
    assert answers(exported) == expected
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert answers(exported) == expected


def test_forked_process_leaves_the_parents_connection_alone(postgres_site, tmp_path):
    with pqa.Archive(tmp_path / "store", db=postgres_site.url) as archive:
        archive.backfill(since=FIRST, until=LAST)
        expected = answers(archive)
        child = os.fork()
        if child == 0:
            good = False
            try:
                good = answers(archive) == expected
                archive.close()
            finally:
                os._exit(0 if good else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert answers(archive) == expected


INTERRUPTED = """
    import signal, sys, threading, time, os
    import pqa
    store, db = sys.argv[1:]
    archive = pqa.Archive(store, db=db, temporary_directory=os.path.dirname(store))
    sent = []
    def interrupt():
        time.sleep(0.4)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=interrupt).start()
    try:
        archive.backfill(since="2024-02-26", until="2024-03-02")
    except KeyboardInterrupt:
        print("interrupted after", time.monotonic() - sent[0])
        sys.exit(7)
    print("finished")
"""


def test_interrupt_stops_an_export_and_loses_nothing(sqlite_site, tmp_path):
    rows = [(n + 1,) + row[1:3] + (f"{row[3]}?{n}",) + row[4:]
            for n, row in enumerate(make_rows(400) * 250)]
    sqlite_site.execute("DELETE FROM analytics_pageview")
    sqlite_site.insert(rows)
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(INTERRUPTED),
                           str(tmp_path / "store"), sqlite_site.url],
                          capture_output=True, text=True)
    assert done.returncode == 7, done.stdout + done.stderr
    assert float(done.stdout.split()[-1]) < 1
    with pqa.Archive(tmp_path / "store", db=sqlite_site.url) as archive:
        archive.backfill(since=FIRST, until=LAST)
        archive.verify(against_database=True)
        assert archive.status()["rows"] == len(rows)


def test_exception_of_a_signal_handler_stops_a_call(exported):
    """As Celery's soft time limit does it."""
    class SoftLimit(Exception):
        pass

    def raise_limit(number, frame):
        raise SoftLimit
    before = signal.signal(signal.SIGUSR1, raise_limit)
    try:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        with pytest.raises(SoftLimit):
            while True:
                exported.verify()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(exported.verify()) == 6


def resident_bytes():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf(
        "SC_PAGE_SIZE")


def ask_and_throw_away(archive, times):
    for _ in range(times):
        table = archive.page_views("django", FIRST, LAST)
        table.to_pylist()
        table.to_csv()
        table.__arrow_c_stream__()
        try:
            archive.top_pages("django", LAST, FIRST)
        except pqa.Invalid:
            pass


def test_thousand_questions_leak_nothing(exported):
    ask_and_throw_away(exported, 200)
    before = resident_bytes()
    ask_and_throw_away(exported, 1000)
    assert resident_bytes() - before < 8 << 20
