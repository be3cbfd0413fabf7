"""Threads, forks, signals and memory."""
import copy
import multiprocessing
import os
import pathlib
import pickle
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from pageview_site import FIRST, LAST, PROJECTS, make_rows

import pqa
from pqa import _archive


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


def test_a_copy_has_handles_of_its_own(exported):
    """Also in a process that is forked, and in one that gets it by a pickle."""
    expected = answers(exported)
    for copied in (copy.copy(exported), copy.deepcopy(exported),
                   pickle.loads(pickle.dumps(exported))):
        assert copied._idle is not exported._idle and copied in _archive._archives
        assert answers(copied) == expected and repr(copied) == repr(exported)
        exported.close()
        assert answers(copied) == expected  # what the other closes is the other's
        exported._closed = False
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        assert pool.apply(answers, (exported,)) == expected


def test_other_threads_run_while_one_works(sqlite_archive, sqlite_site):
    """An export waits for the database, which another thread of Python has to give free: it
    could not, were the GIL held."""
    days = []
    assert sqlite_site.rows("PRAGMA journal_mode = DELETE") == [("delete",)]  # a writer locks
    locked = sqlite3.connect(sqlite_site.path, isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    export = threading.Thread(target=lambda: days.extend(sqlite_archive.export(FIRST)))
    export.start()
    time.sleep(0.3)
    assert export.is_alive() and days == []
    locked.execute("ROLLBACK")
    export.join()
    assert [day.outcome for day in days] == ["written"]


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_database_that_the_process_has_open_loses_no_rows(sqlite_archive, sqlite_site, mode):
    """As a site has it: were there a second SQLite in the process, it would not see the locks
    of the first, end them, and delete the log that the first goes on writing to."""
    assert sqlite_site.rows(f"PRAGMA journal_mode = {mode}") == [(mode,)]
    sqlite_site.insert([(900001, 1, None, "/one", None, 1, LAST, 200)])
    sqlite_archive.export(FIRST)
    sqlite_archive.daily_totals("django", FIRST, LAST, live=True)
    sqlite_archive.delete_exported(FIRST, FIRST)
    sqlite_archive.close()
    sqlite_site.insert([(900002, 1, None, "/two", None, 1, LAST, 200)])
    count = "SELECT count(*) FROM analytics_pageview WHERE id > 900000"
    other = subprocess.run(
        [sys.executable, "-c", "import sqlite3, sys; "
         "print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())",
         sqlite_site.path, count], capture_output=True, text=True)
    assert other.stdout == "2\n" and sqlite_site.rows(count) == [(2,)]


def test_another_sqlite_than_the_processs_is_not_used(tmp_path):
    program = """
        import io, sys, types
        sys.modules["sqlite3"] = types.SimpleNamespace(connect=lambda path: io.StringIO())
        import pqa
        pqa.Archive("/nowhere")
        try:
            pqa.Archive("/nowhere", db="sqlite:site.db")
        except pqa.Unsupported as error:
            print(error)
        """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=tmp_path,
                          capture_output=True, text=True)
    assert "the SQLite of this Python cannot be used" in done.stdout, done.stderr


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
