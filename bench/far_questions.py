#!/usr/bin/env python3
"""Questions to a month on S3, 20 ms away: pqa cold and warm, and DuckDB's httpfs beside it.

  far_questions.py DAY_STORE LATENCY_PROXY [RUNS]

DAY_STORE is a local archive of one day (bench/run leaves one in build-bench/day-*). Its file is
put 30 times under other dates into a versitygw (tools/test_servers.sh), with a log that says
so: each question then does a month's work. LATENCY_PROXY is shared/tools/latency_proxy.py.
Rounds are counted behind another proxy that answers slowly: what comes before anything is
answered is one round.
"""
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("PQA_BUILD", ROOT / "build-check/release"))
PQA = BUILD / "src/cli/pqa"
os.environ["PQA_BIN"] = str(PQA)
sys.path.insert(0, str(ROOT / "tests/e2e"))
from faulty_proxy import FaultyProxy, Slow  # noqa: E402
from s3_program import Trial  # noqa: E402
from s3_servers import ACCESS_KEY, BUCKET, SECRET_KEY, Versitygw, free_port  # noqa: E402

DAY = datetime.date(2026, 1, 1)
DAYS = 30
SMALL, LARGE = "inkscape-textext", "rust-web"
TABLE = "analytics/pageviews"
STORE = f"s3://{BUCKET}/month"


def path_of(date):
    return f"{date:%Y/%m/%d}/pageviews_{date}.parquet"


def make_month(server, day, folder):
    """With a checkpoint at the last commit, as the archive has one at every tenth."""
    from deltalake import DeltaTable
    log = sorted((day / TABLE / "_delta_log").glob("*.json"))
    create, add = log[0].read_text(), log[-1].read_text()
    data = (day / TABLE / path_of(DAY)).read_bytes()
    trial = Trial(server, "month", folder)
    local = folder / "log" / TABLE / "_delta_log"
    local.mkdir(parents=True)
    (local / f"{0:020}.json").write_text(create)
    for number in range(DAYS):
        date = DAY + datetime.timedelta(number)
        text = add.replace(path_of(DAY), path_of(date))
        text = re.sub(r'(\\"date\\":\\")' + str(DAY), rf"\g<1>{date}", text)
        (local / f"{number + 1:020}.json").write_text(text)
        trial.put(f"{TABLE}/{path_of(date)}", data)
    DeltaTable(str(folder / "log" / TABLE)).create_checkpoint()
    for file in sorted(local.iterdir()):
        trial.put(f"{TABLE}/_delta_log/{file.name}", file.read_bytes())


class Latency:
    """On the same port each time: copies belong to a place."""
    port = free_port()

    def __init__(self, script, target):
        self.process = subprocess.Popen(
            [sys.executable, script, str(self.port), str(target), "20"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        time.sleep(1)
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        text = self.process.communicate()[0]
        self.seen = json.loads(text.replace("'", '"')) if text else {}


class Asker:
    """pqa, with a cache of its own."""

    def __init__(self, server, home):
        self.server, self.home = server, home

    def environment(self, endpoint):
        return {"PATH": os.environ["PATH"], "HOME": str(self.home),
                **self.server.env(endpoint)}

    def forget(self):
        shutil.rmtree(self.home / ".cache", ignore_errors=True)

    def ask(self, endpoint, project):
        last = DAY + datetime.timedelta(DAYS - 1)
        started = time.monotonic()
        subprocess.run([PQA, "top", project, "--store", STORE, "--since", str(DAY), "--until",
                        str(last), "--limit", "10"], env=self.environment(endpoint),
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return 1000 * (time.monotonic() - started)

    def in_process(self, endpoint, project, runs):
        last = DAY + datetime.timedelta(DAYS - 1)
        out = subprocess.run([BUILD / "bench/query_bench", STORE, project, str(DAY), str(last),
                              str(runs), "top"], env=self.environment(endpoint), check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        return json.loads(out)["top"]


def count_rounds(server, asker, project):
    counts = []
    asker.forget()
    with FaultyProxy(server) as proxy:
        for _ in range(2):
            proxy.clear()
            proxy.fault(Slow(2), times=10**9)
            asker.ask(proxy.endpoint, project)
            counts.append([len(found) for found in proxy.rounds()])
    return counts


def measure(server, script, asker, project, runs):
    times = {"cold": [], "warm": []}
    seen = {}
    for kind in times:
        for number in range(runs):
            if kind == "cold":
                asker.forget()
            with Latency(script, server.port) as latency:
                times[kind].append(asker.ask(latency.endpoint, project))
            seen[kind] = latency.seen
    with Latency(script, server.port) as latency:
        in_process = asker.in_process(latency.endpoint, project, runs * 4)
    for kind in times:
        print(f"{project}, {kind}: {statistics.median(times[kind]):.0f} ms"
              f" ({min(times[kind]):.0f} to {max(times[kind]):.0f}),"
              f" {seen[kind].get('requests')} requests,"
              f" {seen[kind].get('bytes_down', 0) / 1e6:.2f} MB,"
              f" {seen[kind].get('connections')} connections", flush=True)
    print(f"{project}, warm, in process: {in_process:.0f} ms")
    for kind, rounds in zip(times, count_rounds(server, asker, project)):
        print(f"{project}, {kind}: {len(rounds)} rounds, of {rounds} requests", flush=True)


def load_httpfs(connection):
    """Of the package duckdb-extension-httpfs, where there is one: it needs no download."""
    try:
        import duckdb_extension_httpfs
        place = pathlib.Path(duckdb_extension_httpfs.__file__).parent
        file, = place.rglob("httpfs.duckdb_extension")
        connection.execute(f"LOAD '{file}'")
    except ImportError:
        connection.execute("LOAD httpfs")


def ask_duckdb(server, script, project, runs):
    import duckdb
    connection = duckdb.connect(config={"threads": 2})
    load_httpfs(connection)
    with Latency(script, server.port) as latency:
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{ACCESS_KEY}', SECRET '{SECRET_KEY}',"
            f" ENDPOINT '127.0.0.1:{latency.port}', URL_STYLE 'path', USE_SSL false,"
            f" REGION 'us-east-1')")
        files = [f"s3://{BUCKET}/month/{TABLE}/{path_of(DAY + datetime.timedelta(n))}"
                 for n in range(DAYS)]
        sql = (f"SELECT path, sum(view_count) v FROM read_parquet({files}) WHERE"
               f" project_slug = ? AND status = 200 GROUP BY path ORDER BY v DESC, path LIMIT 10")
        times = []
        for _ in range(runs + 1):
            started = time.monotonic()
            connection.execute(sql, [project]).fetchall()
            times.append(1000 * (time.monotonic() - started))
    print(f"{project}, DuckDB {duckdb.__version__}: first {times[0]:.0f} ms, then"
          f" {statistics.median(times[1:]):.0f} ms, {latency.seen.get('requests')} requests in"
          f" all", flush=True)


def main():
    day, script = pathlib.Path(sys.argv[1]), sys.argv[2]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with Versitygw() as server, tempfile.TemporaryDirectory() as home:
        make_month(server, day, pathlib.Path(home))
        asker = Asker(server, pathlib.Path(home))
        for project in (SMALL, LARGE):
            measure(server, script, asker, project, runs)
        for project in (SMALL, LARGE):
            try:
                ask_duckdb(server, script, project, 2)
            except Exception as error:
                print(f"DuckDB: {error}")
                break


if __name__ == "__main__":
    main()
