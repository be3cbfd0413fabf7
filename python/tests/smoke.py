"""What an installed wheel can do without anything else: exports a day, asks, reads, forks."""
import datetime
import os
import sqlite3
import sys
import tempfile

import pqa
from pqa.parquet import ParquetFile

TABLES = """
CREATE TABLE projects_project (id integer PRIMARY KEY, slug varchar(63) NOT NULL UNIQUE);
CREATE TABLE builds_version (id integer PRIMARY KEY, project_id integer NOT NULL,
  slug varchar(255) NOT NULL);
CREATE TABLE analytics_pageview (id integer PRIMARY KEY AUTOINCREMENT,
  project_id integer NOT NULL, version_id integer, path varchar(5000) NOT NULL,
  full_path varchar(5000), view_count integer NOT NULL, date date NOT NULL,
  status integer NOT NULL);
INSERT INTO projects_project VALUES (1, 'django');
INSERT INTO builds_version VALUES (1, 1, 'latest')"""
DAY, ROWS = datetime.date(2024, 2, 26), 5000


def make_site(path):
    connection = sqlite3.connect(path)
    connection.executescript(TABLES)
    connection.executemany(
        "INSERT INTO analytics_pageview (project_id, version_id, path, full_path, view_count, date,"
        " status) VALUES (1, 1, ?, ?, ?, ?, 200)",
        [(f"/p{n}", f"/en/p{n}", n, str(DAY)) for n in range(1, ROWS + 1)])
    connection.commit()
    connection.close()


def ask(archive):
    return archive.top_pages("django", DAY, DAY, limit=2).to_pylist()


def ask_in_child(archive):
    child = os.fork()
    if child == 0:
        os._exit(0 if len(ask(archive)) == 2 else 1)
    return os.waitpid(child, 0)[1]


def try_all(folder):
    make_site(f"{folder}/site.db")
    with pqa.Archive(f"{folder}/store", db=f"sqlite:{folder}/site.db") as archive:
        day, = archive.export(DAY)
        assert (day.outcome, day.rows) == ("written", ROWS), day
        assert ask(archive) == [{"path": "/p5000", "views": 5000}, {"path": "/p4999", "views": 4999}]
        assert archive.daily_totals("django", DAY, DAY).column("date") == [DAY]
        assert len(archive.verify()) == 1
        assert list(ParquetFile(*archive.live_paths()).iter_batches())
        assert ask_in_child(archive) == 0
        try:
            archive.top_pages("django", DAY, DAY - datetime.timedelta(1))
        except pqa.Invalid as error:
            assert error.exit_code == 2
        else:
            raise AssertionError("a range that ends before it begins is no error")


with tempfile.TemporaryDirectory() as scratch:
    try_all(scratch)
print("done", sys.version.split()[0], pqa.__version__)
