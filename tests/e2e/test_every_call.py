"""Killed at, and failed by, every system call that writes, of a whole deletion: export,
verification, DELETE; with SQLite and PostgreSQL, into a directory and into an S3 server.

After each, every row is once in the database or the archive, as another implementation reads
the live files; and the next run finishes the work. `./check` takes a sample of the points;
`./check --all` takes them all.
"""
import collections
import os
import re
import shutil
import subprocess

import pytest
from pageview_site import DAYS
from program import Program
from s3_program import S3Program
from s3_servers import BUCKET, Versitygw

LONG = bool(os.environ.get("PQA_CHECK_ALL"))
SAMPLE = 5
DAY = ("--since", DAYS[2], "--until", DAYS[2])

# What a call that changes something can fail with; recvfrom is how a server is gone.
ERRORS = {
    "write": ["EIO", "ENOSPC"], "pwrite64": ["ENOSPC", "EIO"], "writev": ["EIO"],
    "sendto": ["ECONNRESET"], "sendmsg": ["ECONNRESET"], "recvfrom": ["ECONNRESET"],
    "fsync": ["EIO"], "fdatasync": ["EIO"], "ftruncate": ["EIO"], "fallocate": ["ENOSPC"],
    "link": ["EIO"], "linkat": ["EIO"], "rename": ["EIO"], "renameat2": ["EIO"],
    "unlink": ["EIO"], "unlinkat": ["EIO"], "mkdir": ["ENOSPC"], "chmod": ["EPERM"],
    "fchmod": ["EPERM"], "connect": ["ECONNREFUSED"], "openat": ["EACCES"], "flock": ["ENOLCK"],
    "fcntl": ["EIO"],
}
CHANGING = sorted(ERRORS.keys() - {"recvfrom"})


def has_strace():
    return shutil.which("strace") and subprocess.run(
        ["strace", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not has_strace(), reason="strace cannot trace here")


class Place:
    """A small site and a store, made anew for each point."""

    def __init__(self, site, pqa):
        self.site, self.pqa = site, pqa
        columns = "id, project_id, version_id, path, full_path, view_count, date, status"
        site.execute("DELETE FROM analytics_pageview WHERE id > 240")
        site.execute("DELETE FROM analytics_pageview WHERE date <> ?", DAYS[2])
        site.execute(f"CREATE TABLE kept AS SELECT {columns} FROM analytics_pageview")
        self.fill = f"INSERT INTO analytics_pageview ({columns}) SELECT {columns} FROM kept"
        self.rows = site.archive_rows()
        assert len(self.rows) > 20

    def begin(self):
        self.empty_store()
        self.site.execute("DELETE FROM analytics_pageview")
        self.site.execute(self.fill)

    def run(self, *options):
        return self.pqa.run("delete-exported", *DAY, "--delete-batch", 20, "--threads", 1,
                            wrapper=["strace", "-f", *options] if options else ())

    def points(self, calls, folder):
        """Each call by its name and number: those of the thread that makes the most of it."""
        log = folder / "calls"
        self.begin()
        self.run("-o", log, "-e", f"trace={','.join(calls)}")
        made = collections.Counter(re.findall(r"^(\d+) +(\w+)\(", log.read_text(), re.M))
        most = collections.Counter()
        for (_, call), count in made.items():
            most[call] = max(most[call], count)
        return [(call, number + 1) for call in calls for number in range(most[call])]

    def check(self, what):
        """By id, and each row once: what the database has too is the same row."""
        database, archive = self.site.archive_rows(), self.archive_rows()
        for number, row in self.rows.items():
            found = [rows[number] for rows in (database, archive) if number in rows]
            assert found and all(other == row for other in found), f"{what}: id {number}: {found}"
        assert not (database.keys() | archive.keys()) - self.rows.keys(), what

    def converges(self, what):
        self.check(what)
        self.release()
        done = self.run()
        assert done.returncode == 0, f"{what}: then {done.stderr}"
        assert self.site.archive_rows() == {} and self.archive_rows() == self.rows, what


class LocalPlace(Place):
    def empty_store(self):
        shutil.rmtree(self.pqa.store, ignore_errors=True)

    def release(self):
        pass

    def archive_rows(self):
        return self.pqa.archive_rows()


class S3Place(Place):
    def folder(self):
        return self.pqa.server.data / BUCKET / self.pqa.prefix

    def empty_store(self):
        shutil.rmtree(self.folder(), ignore_errors=True)

    def release(self):
        """The lease of a writer that was killed runs out with time."""
        for lease in self.folder().glob(".pqa-lease-*"):
            lease.unlink()

    def archive_rows(self):
        logged = list(self.folder().glob("analytics/pageviews/_delta_log/*.json"))
        return self.pqa.archive_rows() if logged else {}


@pytest.fixture(scope="module")
def gateway():
    if not Versitygw.is_installed():
        pytest.skip("versitygw is not installed (tools/test_servers.sh)")
    with Versitygw() as server:
        yield server


@pytest.fixture(params=["directory", "s3"])
def place(request, site, tmp_path):
    if request.param == "directory":
        return LocalPlace(site, Program(tmp_path / "store", site.url, tmp_path))
    server = request.getfixturevalue("gateway")
    prefix = f"every-{tmp_path.name}"
    return S3Place(site, S3Program(server, prefix, site.url, tmp_path))


def chosen(points):
    if LONG or len(points) <= SAMPLE:
        return points
    return [points[n * (len(points) - 1) // (SAMPLE - 1)] for n in range(SAMPLE)]


def go_through(place, points, inject):
    """What was injected at each point; the counts are for the campaign's note."""
    outcomes = collections.Counter()
    for point in points:
        call, number, how = point
        place.begin()
        done = place.run("-o", "/dev/null", "-e", f"trace={call}",
                         "-e", f"inject={call}:{inject}{how}:when={number}")
        outcomes[(call, done.returncode)] += 1
        if inject == "error=" and done.returncode == 0:
            assert place.archive_rows() == place.rows, f"{point}: exit code 0 and not archived"
            assert place.site.archive_rows() == {}, f"{point}: exit code 0 and not deleted"
        place.converges(point)
    calls = collections.Counter()
    for (call, _), count in outcomes.items():
        calls[call] += count
    print(f"{len(points)} points: {dict(calls)}; exit codes "
          f"{dict(collections.Counter(code for _, code in outcomes.elements()))}")


def test_killed_at_every_call_that_changes_something(place, tmp_path):
    points = [(*point, "KILL") for point in chosen(place.points(CHANGING, tmp_path))]
    go_through(place, points, "signal=")


def test_failed_by_every_call(place, tmp_path):
    """But for what is sent to PostgreSQL: libpq looks for the reason in what the server sends,
    and a server that was not really cut off sends nothing. What it is answered by is failed."""
    calls = set(ERRORS)
    if place.site.url.startswith("postgres"):
        calls -= {"sendto", "sendmsg"}
    points = [(call, number, error) for call, number in place.points(sorted(calls), tmp_path)
              for error in ERRORS[call]]
    go_through(place, chosen(points), "error=")
