#!/usr/bin/env python3
"""The copies of a day for each project: bench/copies.py BUILD STORE DATE

STORE is a local archive with that day; it is copied, to a disk and to versitygw on this
machine. Then: all copies made, looked at again, and made again after a late view in each of
ten projects. Each with the time by the clock, of the processor, and the peak of memory.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from pageview_site import SqliteDatabase, make_tables  # noqa: E402
from s3_servers import BUCKET, Versitygw  # noqa: E402

LATE = 10  # projects with a late view
FIRST_ID = 1 << 40  # above those of the archive


def largest_projects(store, date):
    """Some that have rows on the day."""
    import duckdb
    files = f"{store}/analytics/pageviews/**/*.parquet"
    return duckdb.sql(f"SELECT project_id, any_value(project_slug) FROM '{files}' WHERE date ="
                      f" '{date}' GROUP BY 1 ORDER BY count(*) DESC LIMIT {LATE}").fetchall()


def make_late(path, projects, date):
    database = SqliteDatabase(path)
    make_tables(database)
    for n, (project, slug) in enumerate(projects):
        database.execute("INSERT INTO projects_project VALUES (?, ?)", project, slug)
        database.insert([(FIRST_ID + n, project, None, "/late.html", None, 1, date, 200)])
    database.close()
    return database.url


def measure(name, command, environment):
    started = time.monotonic()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    said = child.stdout.read().strip().splitlines()
    _, status, used = os.wait4(child.pid, 0)
    print(f"{name}: {time.monotonic() - started:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of"
          f" processor time, {used.ru_maxrss / 1024:.0f} MB; exit code"
          f" {os.waitstatus_to_exitcode(status)}: {said[-1] if said else ''}", flush=True)


def measure_store(pqa, name, store, late, date, environment):
    copies = [pqa, "copies", "--store", store, "--date", date]
    print(f"{name}, load {os.getloadavg()[0]:.1f}")
    measure("  all made", [*copies, "--per-project"], environment)
    measure("  again", copies, environment)
    measure(f"  export of a day with {LATE} late views", [
        pqa, "export", "--store", store, "--date", date, "--db", late, "--adopt-source"],
        environment)
    measure("  again", copies, environment)


def main():
    pqa = pathlib.Path(sys.argv[1]).resolve() / "src/cli/pqa"
    store, date = pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    with Versitygw() as server, tempfile.TemporaryDirectory(dir=ROOT / "build-bench") as folder:
        environment = os.environ | server.env() | {"HOME": folder, "AWS_REGION": "us-east-1"}
        late = make_late(f"{folder}/late.sqlite", largest_projects(store, date), date)
        shutil.copytree(store, f"{folder}/local")
        subprocess.run(["sync"], check=True)
        measure_store(pqa, "local disk", f"{folder}/local", late, date, environment)
        for path in (p for p in store.rglob("*") if p.is_file()):
            key = f"{BUCKET}/copies/{path.relative_to(store)}"
            with server.filesystem().open_output_stream(key) as out:
                out.write(path.read_bytes())
        measure_store(pqa, "versitygw", f"s3://{BUCKET}/copies", late, date, environment)


main()
