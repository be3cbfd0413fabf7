"""Two and eight writers at once, as processes, on a directory and on S3 servers: the log's
versions have no gap and each row is archived once, also where the lock does not keep them
apart and the log alone must."""
import contextlib
import os
import shutil
import subprocess
import threading
import time

import pytest
from pageview_site import DAYS, FIRST, LAST
from program import Program
from s3_program import S3Program
from s3_servers import BUCKET, Minio, Versitygw

LONG = bool(os.environ.get("PQA_CHECK_ALL"))
ROUNDS = 6 if LONG else 1
WRITERS = [2, 8] if LONG else [8]
SERVERS = {"versitygw": Versitygw, "minio": Minio}
CONFLICTS = ("another process", "somebody else", "is held", "overtaken")


def strace_works():
    return shutil.which("strace") and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def servers():
    with contextlib.ExitStack() as stack:
        started = {}

        def start(name):
            if not SERVERS[name].is_installed():
                pytest.skip(f"{name} is not installed (tools/test_servers.sh)")
            if name not in started:
                started[name] = stack.enter_context(SERVERS[name]())
            return started[name]
        yield start


@pytest.fixture(params=["directory", *SERVERS])
def pqa(request, sqlite_site, tmp_path):
    if request.param == "directory":
        return Program(tmp_path / "store", sqlite_site.url, tmp_path)
    server = request.getfixturevalue("servers")(request.param)
    return S3Program(server, f"writers-{tmp_path.name}", sqlite_site.url, tmp_path)


@contextlib.contextmanager
def leases_that_vanish(pqa):
    """Takes every lease away at once, as if its holder had been silent for too long."""
    end = threading.Event()

    def take():
        while not end.is_set():
            for key in pqa.server.keys(pqa.prefix):
                if "/.pqa-lease-" in key:
                    with contextlib.suppress(OSError):
                        pqa.server.filesystem().delete_file(f"{BUCKET}/{key}")
            time.sleep(0.01)
    thread = threading.Thread(target=take)
    thread.start()
    try:
        yield ()
    finally:
        end.set()
        thread.join()


@contextlib.contextmanager
def past_the_lock(pqa):
    """What a writer is wrapped in so that no lock stops it."""
    if isinstance(pqa, S3Program):
        with leases_that_vanish(pqa) as wrapper:
            yield wrapper
    elif strace_works():
        yield ("strace", "-f", "-o", "/dev/null", "-e", "trace=flock", "-e",
               "inject=flock:retval=0")
    else:
        pytest.skip("strace cannot trace here")


def log_versions(pqa):
    if isinstance(pqa, S3Program):
        return pqa.log_versions()
    log = pqa.table_path() / "_delta_log"
    return sorted(int(path.stem) for path in log.glob("*[0-9].json"))


def run_at_once(pqa, ranges, wrapper=()):
    """The exit codes; one that is not 0 must be another writer's doing."""
    running = [pqa.start("export" if since == until else "backfill",
                         *(("--date", since) if since == until else
                           ("--since", since, "--until", until)), wrapper=wrapper)
               for since, until in ranges]
    ends = [(process.communicate(timeout=300)[1], process.returncode) for process in running]
    for err, code in ends:
        assert code == 0 or any(word in " ".join(err.split()) for word in CONFLICTS), (code, err)
    return [code for _, code in ends]


def check(pqa, site):
    """The last run has nobody beside it, and merges every day: backfill leaves out those
    that were covered before late rows came."""
    pqa("export", "--since", FIRST, "--until", LAST)
    versions = log_versions(pqa)
    assert versions == list(range(len(versions)))
    assert pqa.archive_rows() == site.archive_rows()
    pqa("verify", "--against-database")


def add_rows(site, turn):
    """Late rows for every day, and views that grow: every file is merged anew."""
    site.insert([(100000 + 100 * turn + n, 1, None, f"/late{n}.html", None, 1, day, 200)
                 for n, day in enumerate(DAYS)])
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id % 7 = ?",
                 turn % 7)


def overlapping(count):
    return [(DAYS[n % 3], DAYS[3 + n % 3]) for n in range(count)]


def disjoint(count):
    return [(DAYS[n % len(DAYS)],) * 2 for n in range(count)]


@pytest.mark.parametrize("count", WRITERS)
def test_writers_with_the_lock(pqa, sqlite_site, count):
    for turn in range(ROUNDS):
        add_rows(sqlite_site, turn)
        codes = run_at_once(pqa, overlapping(count))
        assert 0 in codes
    check(pqa, sqlite_site)


@pytest.mark.parametrize("count", WRITERS)
@pytest.mark.parametrize("ranges", [overlapping, disjoint])
def test_writers_past_the_lock(pqa, sqlite_site, count, ranges):
    pqa("export", "--date", FIRST)
    with past_the_lock(pqa) as wrapper:
        for turn in range(ROUNDS):
            add_rows(sqlite_site, turn)
            codes = run_at_once(pqa, ranges(count), wrapper)
            assert 0 in codes
    check(pqa, sqlite_site)
