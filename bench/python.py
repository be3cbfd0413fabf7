#!/usr/bin/env python3
"""Measures pqa from Python beside pqa alone, in one run on one machine.

  bench/python.py [--rows 6e6] [--days 30] [--runs 5] [--pandas-rows 1e6] [--db URL]

Export: whole processes, the program, a Python process that calls Archive.export, and the way of
the proof of concept (the database's rows as dicts, a DataFrame, a snappy file), once and of
--pandas-rows rows only: it holds them all (5.5 million took 13.5 GB). Questions: in process, the
archive open, by bench/query_bench and by Archive's methods, for a small and the largest project;
in turns, the median of --runs medians. Memory is the whole process's. Everything made is kept in
build-bench/, where bench/run has its own.
"""
import argparse
import datetime
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
_loader = importlib.machinery.SourceFileLoader("bench_run", str(ROOT / "bench/run"))
bench = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", _loader))
_loader.exec_module(bench)

CALLS_A_RUN = 200


# --- What runs in the package's Python, each in a process of its own

def export_by_package(db, date, store):
    import pqa
    pqa.Archive(store, db=db).export(date)


def export_by_pandas(db, date, out, rows):
    """As the proof of concept does it, without Django's part of the time and memory."""
    import pandas
    import psycopg
    from psycopg.rows import dict_row
    sql = ("SELECT v.id, v.project_id, p.slug AS project_slug, v.version_id, b.slug AS version_slug,"
           " v.path, v.full_path, v.view_count, v.date, v.status FROM analytics_pageview v"
           " JOIN projects_project p ON p.id = v.project_id"
           " LEFT JOIN builds_version b ON b.id = v.version_id WHERE v.date = %s LIMIT %s")
    with psycopg.connect(db, row_factory=dict_row) as connection:
        data = list(connection.execute(sql, [date, int(float(rows))]))
    pandas.DataFrame(data).to_parquet(out, engine="pyarrow", compression="snappy", index=False)


def ask_by_package(store, project, since, until, calls):
    import time

    import pqa
    archive = pqa.Archive(store)
    questions = {"top": lambda: archive.top_pages(project, since, until, limit=10),
                 "daily": lambda: archive.daily_totals(project, since, until)}
    answer = {}
    for name, ask in questions.items():
        ask()
        times = []
        for _ in range(int(calls)):
            started = time.perf_counter()
            ask()
            times.append(time.perf_counter() - started)
        answer[name] = 1000 * statistics.median(times)
    print(json.dumps(answer))


WORK = {"export": export_by_package, "pandas": export_by_pandas, "ask": ask_by_package}


# --- Measuring

def make_python():
    """An environment with the wheel of these sources and what the old way needs."""
    venv = bench.WORK / "venv-package"
    subprocess.run([ROOT / "tools/venv.sh", venv, ROOT / "python/tests/requirements.txt"],
                   check=True)
    wheel = bench.output(ROOT / "tools/wheel.sh", bench.WORK / "wheel").split()[-1]
    bench.run(venv / "bin/pip", "install", "-q", "--force-reinstall", "--no-deps", wheel)
    return venv / "bin/python"


def package(python, *arguments):
    return [python, __file__, "--work", *arguments]


def measure_export(python, database, options):
    store, out = bench.WORK / "package-store", bench.WORK / "pandas.parquet"
    commands = {"pqa export": bench.export(database.url, store),
                "Archive.export": package(python, "export", database.url, bench.DATE, store)}
    runs = {name: [] for name in commands}
    for _ in range(options.runs):
        for name, command in commands.items():
            shutil.rmtree(store, ignore_errors=True)
            runs[name].append(bench.Measured(command))
    alone = statistics.median(m.seconds for m in runs["pqa export"])
    rows = [export_row(name, measured, alone) for name, measured in runs.items()]
    if float(options.pandas_rows):
        old = bench.Measured(package(python, "pandas", database.url, bench.DATE, out,
                                     options.pandas_rows))
        rows.append([f"dicts, pandas, snappy; {float(options.pandas_rows):,.0f} rows at most",
                     f"{old.seconds:.2f}", "", f"{old.megabytes:.0f}"])
    return bench.print_table("One day from PostgreSQL to a Parquet file",
                             ["", "seconds", "x pqa alone", "peak RSS, MB"], rows)


def export_row(name, measured, alone):
    seconds = statistics.median(m.seconds for m in measured)
    return [name, f"{seconds:.2f}", f"{seconds / alone:.3f}",
            f"{statistics.median(m.megabytes for m in measured):.0f}"]


class Asked:
    """A run of questions: milliseconds of each, and the process's memory."""

    def __init__(self, command):
        with open(bench.WORK / "asked", "w+") as answer:
            self.megabytes = bench.Measured(command, stdout=answer).megabytes
            answer.seek(0)
            self.milliseconds = json.loads(answer.read())


def measure_questions(python, database, options):
    store = bench.make_month(database, options)
    last = bench.DATE + datetime.timedelta(options.days - 1)
    rows = []
    for project in (bench.SMALL, bench.LARGE):
        words = [store, project, bench.DATE, last, CALLS_A_RUN]
        commands = {"C": [bench.BUILD / "bench/query_bench", *words],
                    "Python": package(python, "ask", *words)}
        asked = {name: [] for name in commands}
        for _ in range(options.runs):
            for name, command in commands.items():
                asked[name].append(Asked(command))
        rows += question_rows(project, asked)
    return bench.print_table(
        f"{options.days} days, in process, milliseconds a question",
        ["", "pqa alone", "Python", "x", "MB", "MB from Python"], rows)


def question_rows(project, asked):
    memory = [f"{statistics.median(a.megabytes for a in asked[name]):.0f}" for name in asked]
    for question in ("top", "daily"):
        alone, python = (statistics.median(a.milliseconds[question] for a in asked[name])
                         for name in asked)
        yield [f"{project}, {question}", f"{alone:.3f}", f"{python:.3f}",
               f"{python / alone:.3f}", *memory]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="6e6")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pandas-rows", default="1e6", help="0: leave that way out")
    parser.add_argument("--db")
    options = parser.parse_args()
    bench.WORK.mkdir(exist_ok=True)
    bench.peers()
    if not (bench.BUILD / "build.ninja").exists():
        bench.run("meson", "setup", bench.BUILD, ROOT, stdout=subprocess.DEVNULL)
    bench.run("ninja", "-C", bench.BUILD, "src/cli/pqa", "bench/query_bench",
              stdout=subprocess.DEVNULL)
    python = make_python()
    print(f"{datetime.date.today()}, {bench.machine()}; --rows {options.rows}; medians of "
          f"{options.runs}; load {os.getloadavg()[0]:.1f}\n")
    with bench.Database(options) as database:
        measure_export(python, database, options)
        measure_questions(python, database, options)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        WORK[sys.argv[2]](*sys.argv[3:])
    else:
        main()
