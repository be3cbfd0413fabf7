#!/usr/bin/env python3
"""Measures deleting the workload's day after its export, while a writer goes on.

  bench/deletion.py PQA FOLDER [--rows 6e6] [--batch 5000] [--partition]

Makes a PostgreSQL cluster with fsync on. The ledger is kept outside of the database: at the
end every view that the writer was told of is in the database or the archive, once. Beside it:
`DELETE FROM ... WHERE date = D` on a copy of the database. With --partition the day is a
partition, and is dropped first, while rows of the next day are written. Needs
tests/requirements.txt.
"""
import argparse
import datetime
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORKLOAD = pathlib.Path(os.environ.get("PQA_WORKLOAD", ROOT / "../shared/workload"))
sys.path.insert(0, str(ROOT / "tests/e2e"))
DATE = datetime.date(2026, 1, 1)


def load(url, rows, folder):
    subprocess.run(["cc", "-O2", "-o", folder / "generator", WORKLOAD / "pageviews_workload.c",
                    "-lm"], check=True)
    with open(folder / "pages.tsv", "wb") as pages:
        subprocess.run(["zstd", "-dcq", WORKLOAD / "pages.tsv.zst"], stdout=pages, check=True)
    generator = subprocess.Popen(
        [folder / "generator", "--corpus", folder / "pages.tsv", "--first", str(DATE), "--days",
         "1", "--rows", rows], stdout=subprocess.PIPE)
    subprocess.run(["psql", "-q", url], stdin=generator.stdout, stdout=subprocess.DEVNULL,
                   check=True)
    subprocess.run(["psql", "-q", url, "-c", "VACUUM ANALYZE"], check=True)


def make_partitioned(url):
    """The loaded table becomes the partition of its day, with those of the next days beside."""
    table, day = "analytics_pageview", datetime.timedelta(1)
    statements = [f"ALTER TABLE {table} RENAME TO loaded",
                  "ALTER TABLE loaded DROP CONSTRAINT analytics_pageview_pkey",
                  "ALTER TABLE loaded ADD PRIMARY KEY (id, date)",
                  f"CREATE TABLE {table} (LIKE loaded INCLUDING DEFAULTS,"
                  " PRIMARY KEY (id, date)) PARTITION BY RANGE (date)",
                  f"ALTER SEQUENCE analytics_pageview_id_seq OWNED BY {table}.id",
                  f"ALTER TABLE {table} ATTACH PARTITION loaded FOR VALUES FROM ('{DATE}') TO"
                  f" ('{DATE + day}')"]
    statements += [f"CREATE TABLE views_{n} PARTITION OF {table} FOR VALUES FROM"
                   f" ('{DATE + n * day}') TO ('{DATE + (n + 1) * day}')" for n in range(1, 30)]
    for statement in statements + ["VACUUM ANALYZE"]:
        subprocess.run(["psql", "-q", url, "-c", statement], check=True,
                       stdout=subprocess.DEVNULL)


class Writer(threading.Thread):
    """Inserts late views of the day and adds views to old rows, a transaction each."""

    def __init__(self, url, most, date=DATE):
        super().__init__()
        self.url, self.most, self.stop, self.date = url, most, threading.Event(), date
        self.inserted = self.updated = self.views = 0
        self.seconds = []

    def run(self):
        import psycopg
        choose = random.Random(1)
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self.stop.is_set():
                started = time.perf_counter()
                if choose.random() < 0.5:
                    self.inserted += 1
                    self.views += 1
                    connection.execute(
                        "INSERT INTO analytics_pageview (project_id, path, full_path, view_count,"
                        " date, status) VALUES (1, %s, NULL, 1, %s, 200)",
                        (f"/late/{self.inserted}", self.date))
                elif self.most:
                    done = connection.execute(
                        "UPDATE analytics_pageview SET view_count = view_count + 1 WHERE id = %s",
                        (choose.randrange(1, self.most),))
                    self.updated += done.rowcount
                    self.views += done.rowcount
                self.seconds.append(time.perf_counter() - started)
                time.sleep(0.005)


def quantiles(seconds):
    if len(seconds) < 2:
        return "too few"
    cuts = statistics.quantiles(seconds, n=100)
    return (f"p50 {cuts[49] * 1e3:.0f} ms, p99 {cuts[98] * 1e3:.0f} ms,"
            f" max {max(seconds) * 1e3:.0f} ms ({len(seconds)})")


def batch_seconds(log):
    """Of the log's DELETE statements of pqa."""
    found = re.findall(r"duration: ([0-9.]+) ms  (?:execute|statement)[^:]*: DELETE FROM"
                       r" \"analytics_pageview\" AS v", log.read_text(errors="replace"))
    return [float(text) / 1e3 for text in found]


def wal_bytes(connection):
    return int(connection.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()[0])


def archive_views(pqa, store):
    done = subprocess.run([pqa, "status", "--store", store, "--format", "csv"], check=True,
                          capture_output=True, text=True)
    names, values = done.stdout.splitlines()[:2]
    import csv
    row = dict(zip(*csv.reader([names, values])))
    return int(row["rows"]), int(row["views"])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pqa")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rows", default="6e6")
    parser.add_argument("--batch", default="5000")
    parser.add_argument("--partition", action="store_true")
    options = parser.parse_args()
    import psycopg
    from postgres_cluster import PostgresCluster
    with PostgresCluster() as cluster:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            for setting in ("fsync = on", "log_min_duration_statement = 0", "log_parameter_max_length = 0",
                            "max_wal_size = '4GB'", "shared_buffers = '512MB'"):
                connection.execute(f"ALTER SYSTEM SET {setting}")
        # the command line's fsync=off wins over ALTER SYSTEM: started again without it
        cluster.run("pg_ctl", "-D", cluster.folder / "data", "-w", "-o",
                    f"-c listen_addresses='' -c unix_socket_directories={cluster.folder}",
                    "-l", cluster.folder / "log", "restart")
        measure(cluster, options)


def measure_drop(cluster, url, options):
    """On a copy, from an archive that has the day already."""
    import psycopg
    copy = cluster.create_database("dropped", template="workload")
    store = options.folder / "dropped"
    span = ["--since", str(DATE), "--until", str(DATE)]
    common = ["--db", copy, "--store", store]
    subprocess.run([options.pqa, "backfill", *common, *span], check=True,
                   stdout=subprocess.DEVNULL)
    writer = Writer(copy, 0, DATE + datetime.timedelta(1))
    writer.start()
    with psycopg.connect(copy, autocommit=True) as connection:
        written, started = wal_bytes(connection), time.perf_counter()
        done = subprocess.run([options.pqa, "delete-exported", *common, *span,
                               "--drop-partitions"], capture_output=True, text=True)
        seconds = time.perf_counter() - started
        print(done.stdout, done.stderr, f"exit code {done.returncode}")
        print(f"drop: {seconds:.1f} s in all, an export without change and the proof included;"
              f" WAL {(wal_bytes(connection) - written) / 1e6:.0f} MB")
        writer.stop.set()
        writer.join()
        print(f"writer of the next day: {quantiles(writer.seconds)}", flush=True)
        connection.execute("CHECKPOINT")
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE dropped")


def measure(cluster, options):
    import psycopg
    url = cluster.create_database("workload")
    load(url, options.rows, options.folder)
    if options.partition:
        make_partitioned(url)
        measure_drop(cluster, url, options)
    copy = cluster.create_database("copy", template="workload")
    store = options.folder / "store"
    with psycopg.connect(url, autocommit=True) as connection:
        count = ("SELECT count(*), coalesce(sum(view_count), 0), coalesce(max(id), 0)"
                 " FROM analytics_pageview")
        rows, views, most = map(int, connection.execute(count).fetchone())
        print(f"{rows} rows, {views} views; fsync is"
              f" {connection.execute('SHOW fsync').fetchone()[0]}", flush=True)
        writer = Writer(url, most)
        writer.start()
        written = wal_bytes(connection)
        started = time.perf_counter()
        command = [options.pqa, "delete-exported", "--db", url, "--store", store, "--since",
                   str(DATE), "--until", str(DATE), "--delete-batch", options.batch]
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        written = wal_bytes(connection) - written
        writer.stop.set()
        writer.join()
        print(done.stdout, done.stderr, f"exit code {done.returncode}", flush=True)
        print(f"pqa: {seconds:.1f} s in all; WAL {written / 1e6:.0f} MB;"
              f" batches {quantiles(batch_seconds(cluster.folder / 'log'))}")
        print(f"writer: {writer.inserted} inserted, {writer.updated} updated;"
              f" {quantiles(writer.seconds)}", flush=True)
        left = connection.execute(count).fetchone()
        print(f"left: {left[0]} rows, {left[1]} views", flush=True)
        # What changed meanwhile is merged and deleted now that nobody writes.
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        left = connection.execute(count).fetchone()
        expected = (rows + writer.inserted, views + writer.views)
        found = archive_views(options.pqa, store)
        print(f"then: database {left[0]} rows, archive {found}, ledger {expected}:"
              f" {'equal' if found == expected and left[0] == 0 else 'NOT EQUAL'}", flush=True)
    with psycopg.connect(copy, autocommit=True) as connection:
        written = wal_bytes(connection)
        started = time.perf_counter()
        connection.execute("DELETE FROM analytics_pageview WHERE date = %s", (DATE,))
        seconds = time.perf_counter() - started
        print(f"DELETE WHERE date: {seconds:.1f} s, one transaction;"
              f" WAL {(wal_bytes(connection) - written) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
