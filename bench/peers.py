"""What other programs do for the work that bench/run measures; one call a process.

  peers.py export-KIND DB DATE OUT          duckdb-unsorted duckdb-zstd duckdb-v2-zstd9 adbc connectorx
  peers.py query-KIND RUNS PROJECT FILE...  duckdb polars pyarrow: milliseconds of each question
  peers.py write-KIND RUNS FILE OUT         duckdb pyarrow[-delta], one thread, zstd 3, from memory

query and write print medians as JSON; write's are of the processor's time.
"""
import json
import os
import sys
import time
import urllib.parse

COLUMNS = ("v.id, v.project_id, coalesce(p.slug, '') AS project_slug, v.version_id,"
           " b.slug AS version_slug, v.path, v.full_path, v.view_count, v.date,"
           " v.status::smallint AS status")
TABLES = ("{0}analytics_pageview v LEFT JOIN {0}projects_project p ON p.id = v.project_id"
          " LEFT JOIN {0}builds_version b ON b.id = v.version_id")
ORDER = "project_slug{0}, path{0}, version_slug{0} NULLS FIRST, status, date, id"


def median(values):
    return sorted(values)[len(values) // 2]


def milliseconds(runs, work, clock=time.perf_counter):
    times = []
    work()
    for _ in range(runs):
        started = clock()
        work()
        times.append((clock() - started) * 1000)
    return round(median(times), 2)


# --- Export

def libpq_words(url):
    parts = urllib.parse.urlsplit(url)
    words = {"user": parts.username, "password": parts.password, "dbname": parts.path.strip("/"),
             "host": parts.hostname, "port": parts.port} | dict(urllib.parse.parse_qsl(parts.query))
    return " ".join(f"{name}={value}" for name, value in words.items() if value)


def export_duckdb(db, date, out, order, options):
    import duckdb
    import duckdb_extension_postgres_scanner as extension
    folder = os.path.join(os.path.dirname(extension.__file__), "extensions")
    path, = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names
             if name.endswith(".duckdb_extension")]
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"LOAD '{path}'")
    connection.execute(f"ATTACH '{libpq_words(db)}' AS pg (TYPE postgres, READ_ONLY)")
    connection.execute(f"COPY (SELECT {COLUMNS} FROM {TABLES.format('pg.')} WHERE date = '{date}'"
                       f" {order}) TO '{out}' (FORMAT parquet, {options})")


def ordered_in_database(date):
    return (f"SELECT * FROM (SELECT {COLUMNS} FROM {TABLES.format('')} WHERE date = '{date}')"
            " AS day ORDER BY " + ORDER.format(' COLLATE "C"'))


def export_adbc(db, date, out):
    import adbc_driver_postgresql.dbapi
    import pyarrow.parquet
    with adbc_driver_postgresql.dbapi.connect(db) as connection:
        cursor = connection.cursor()
        cursor.execute(ordered_in_database(date))
        reader = cursor.fetch_record_batch()
        with pyarrow.parquet.ParquetWriter(out, reader.schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_batch(batch)


def export_connectorx(db, date, out):
    import connectorx
    import polars
    parts = urllib.parse.urlsplit(db)
    if not parts.hostname:
        words = dict(urllib.parse.parse_qsl(parts.query))
        host = urllib.parse.quote(words.get("host", "/var/run/postgresql"), safe="")
        db = f"postgresql://{parts.username}@{host}:{words.get('port', 5432)}{parts.path}"
    sql = f"SELECT {COLUMNS} FROM {TABLES.format('')} WHERE date = '{date}'"
    frame = connectorx.read_sql(db, sql, return_type="polars", protocol="binary")
    frame.sort(["project_slug", "path", "version_slug", "status", "date", "id"]).write_parquet(
        out, compression="zstd")
    assert isinstance(frame, polars.DataFrame)


# --- Questions

def query_duckdb(runs, project, files):
    import duckdb
    connection = duckdb.connect(config={"threads": 2})
    source = f"FROM read_parquet({files}) WHERE project_slug = ? AND status = 200"
    top = f"SELECT path, sum(view_count) v {source} GROUP BY path ORDER BY v DESC, path LIMIT 10"
    daily = f"SELECT date, sum(view_count) {source} GROUP BY date ORDER BY date"

    def ask(sql):
        return lambda: connection.execute(sql, [project]).fetchall()
    return {"top": milliseconds(runs, ask(top)), "daily": milliseconds(runs, ask(daily))}


def query_polars(runs, project, files):
    import polars
    from polars import col

    def rows():
        return polars.scan_parquet(files).filter(
            (col("project_slug") == project) & (col("status") == 200))

    def top():
        return rows().group_by("path").agg(col("view_count").sum()).sort(
            ["view_count", "path"], descending=[True, False]).head(10).collect()

    def daily():
        return rows().group_by("date").agg(col("view_count").sum()).sort("date").collect()
    return {"top": milliseconds(runs, top), "daily": milliseconds(runs, daily)}


def query_pyarrow(runs, project, files):
    import pyarrow
    import pyarrow.dataset
    from pyarrow.dataset import field
    pyarrow.set_cpu_count(2)

    def ask(key, order):
        table = pyarrow.dataset.dataset(files).to_table(
            [key, "view_count"], (field("project_slug") == project) & (field("status") == 200))
        return table.group_by(key).aggregate([("view_count", "sum")]).sort_by(order)[:10]
    top = [("view_count_sum", "descending"), ("path", "ascending")]
    return {"top": milliseconds(runs, lambda: ask("path", top)),
            "daily": milliseconds(runs, lambda: ask("date", "date"))}


# --- Whole files

def write_pyarrow(runs, path, out, **options):
    import pyarrow.parquet
    table = pyarrow.parquet.read_table(path)
    return milliseconds(runs, lambda: pyarrow.parquet.write_table(
        table, out, compression="zstd", compression_level=3, **options),
        time.process_time), os.path.getsize(out)


DELTA = dict(use_dictionary=["project_id", "project_slug", "version_id", "version_slug",
                             "view_count", "date", "status"],
             column_encoding={"id": "DELTA_BINARY_PACKED", "path": "DELTA_BYTE_ARRAY",
                              "full_path": "DELTA_BYTE_ARRAY"})


def write_duckdb(runs, path, out):
    import duckdb
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(f"CREATE TABLE day AS FROM read_parquet('{path}')")
    return milliseconds(runs, lambda: connection.execute(
        f"COPY day TO '{out}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)"),
        time.process_time), os.path.getsize(out)


SORTED = "ORDER BY " + ORDER.format("")
WORK = {
    "export-duckdb-unsorted": lambda *a: export_duckdb(*a, "", "COMPRESSION snappy"),
    "export-duckdb-zstd": lambda *a: export_duckdb(*a, SORTED, "COMPRESSION zstd"),
    "export-duckdb-v2-zstd9": lambda *a: export_duckdb(
        *a, SORTED, "COMPRESSION zstd, COMPRESSION_LEVEL 9, PARQUET_VERSION v2"),
    "export-adbc": export_adbc,
    "export-connectorx": export_connectorx,
    "query-duckdb": lambda runs, project, *files: query_duckdb(int(runs), project, list(files)),
    "query-polars": lambda runs, project, *files: query_polars(int(runs), project, list(files)),
    "query-pyarrow": lambda runs, project, *files: query_pyarrow(int(runs), project, list(files)),
    "write-pyarrow": lambda runs, path, out: write_pyarrow(int(runs), path, out),
    "write-pyarrow-delta": lambda runs, path, out: write_pyarrow(int(runs), path, out, **DELTA),
    "write-duckdb": lambda runs, path, out: write_duckdb(int(runs), path, out),
}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in WORK:
        sys.exit(__doc__)
    print(json.dumps(WORK[sys.argv[1]](*sys.argv[2:])))
