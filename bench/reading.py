"""Reads Parquet files with pqt and its peers in turn; one thread each.

  reading.py day READ_BENCH RUNS FILE
  reading.py cells READ_BENCH RUNS FOLDER PAGES [PART]

`day` reads every column of one file. `cells` makes files of a column each in FOLDER, by
pyarrow and by DuckDB, where they are not yet; strings are paths of PAGES ("slug TAB path").
PART: only those whose name has it.
Prints JSON: for each file its name and the median of the milliseconds of processor time
(which other work on the machine disturbs less than the clock's) of each reader.
"""
import functools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import duckdb
import numpy
import pyarrow
import pyarrow.parquet

NUMBERS, TEXTS = 2_000_000, 500_000
TEXT_COLUMNS = ["project_slug", "version_slug", "path", "full_path"]


# --- Readers: a function of a path, that returns its milliseconds

# Has glibc's malloc keep what it was given back, as pyarrow's and DuckDB's own allocators
# do: otherwise the kernel clears the same memory again for every run.
KEEPING = {"MALLOC_TRIM_THRESHOLD_": str(2**32), "MALLOC_MMAP_THRESHOLD_": str(2**25)}


class Ours:
    """A read_bench that waits for files."""

    def __init__(self, program, environment):
        self.process = subprocess.Popen([program], env=os.environ | environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def reads(self, kind):
        def read(path):
            self.process.stdin.write(f"{kind} {path}\n")
            self.process.stdin.flush()
            return float(self.process.stdout.readline())
        return read


def timed(work):
    def read(path):
        started = time.process_time()
        result = work(path)
        milliseconds = (time.process_time() - started) * 1000
        del result
        return milliseconds
    return read


def if_it_can(read):
    """None for what cannot be read."""
    def try_to_read(path):
        try:
            return read(path)
        except (duckdb.Error, pyarrow.ArrowException, OSError):
            return None
    return try_to_read


def pyarrow_reads(**options):
    return if_it_can(timed(lambda path: pyarrow.parquet.ParquetFile(
        path, memory_map=True, **options).read(use_threads=False)))


def duckdb_reads(columns, finish):
    connection = duckdb.connect(config={"threads": 1})
    return if_it_can(timed(lambda path: finish(
        connection.sql(f"SELECT {columns} FROM read_parquet('{path}')"))))


def to_arrow(result):
    return result.to_arrow_table()


def in_turn(readers, path, runs):
    """Medians; a first round warms up."""
    times = {name: [] for name in readers}
    for _ in range(runs + 1):
        for name, read in readers.items():
            times[name].append(read(path))
    return {name: None if None in values else round(statistics.median(values[1:]), 3)
            for name, values in times.items()}


def day(program, runs, path):
    ours = Ours(program, KEEPING)
    readers = {
        "pqt, Arrow": ours.reads("stream"),
        "pqt, Arrow with string views": ours.reads("views"),
        "pqt, Arrow, each batch released before the next": ours.reads("batches"),
        "pqt, Arrow, without checksums": ours.reads("trusting"),
        "pqt, Arrow, malloc as it is": Ours(program, {}).reads("stream"),
        "pqt, plain C values": ours.reads("values"),
        "pyarrow": pyarrow_reads(),
        "pyarrow, slugs as dictionaries": pyarrow_reads(read_dictionary=TEXT_COLUMNS[:2]),
        "pyarrow, strings as dictionaries": pyarrow_reads(read_dictionary=TEXT_COLUMNS),
        "DuckDB, to Arrow": duckdb_reads("*", to_arrow),
        "DuckDB, count of each column": duckdb_reads("count(COLUMNS(*))",
                                                     lambda result: result.fetchall()),
    }
    return in_turn(readers, path, runs)


# --- The cells' columns

@functools.cache
def make_columns(pages):
    """Column by name, and by how DuckDB touches its values."""
    random = numpy.random.default_rng(1)
    paths = [line.split("\t")[1] for line in open(pages, encoding="utf-8").read().splitlines()]
    paths = sorted(paths[:TEXTS * 2:2])
    words = [f"{word:x}-{word * 7919 % 9973}" for word in random.integers(0, 2**40, TEXTS)]
    long = ["/".join(paths[n:n + 6]) for n in range(0, TEXTS // 5)]
    steps = random.integers(0, 2000, NUMBERS)
    return {
        "bool": random.integers(0, 2, NUMBERS).astype(bool),
        "bool in runs": numpy.repeat(random.integers(0, 2, NUMBERS // 50).astype(bool), 50),
        "int32 small": random.integers(0, 1000, NUMBERS).astype("int32"),
        "int32 any": random.integers(-2**31, 2**31, NUMBERS).astype("int32"),
        "int64 counter": numpy.cumsum(steps % 3 + 1),
        "int64 times": 1767225600000000 + numpy.cumsum(steps),
        "int64 small": random.integers(0, 100, NUMBERS),
        "int64 any": random.integers(-2**63, 2**63, NUMBERS),
        "float": random.normal(20, 5, NUMBERS).astype("float32"),
        "double prices": numpy.round(random.lognormal(3, 1, NUMBERS), 2),
        "double": random.normal(20, 5, NUMBERS),
        "strings, 50 different": numpy.array(paths[::len(paths) // 50])[
            random.integers(0, 50, TEXTS)],
        "strings, 20,000 different": numpy.array(words[:20000])[
            random.integers(0, 20000, TEXTS)],
        "strings, short, all different": words,
        "strings, long": long,
        "strings, sorted paths": paths,
        "flba 16": [random.bytes(16) for _ in range(TEXTS)],
    }


def arrow_column(name, values, is_nullable):
    type = pyarrow.binary(16) if name.startswith("flba") else None
    mask = numpy.random.default_rng(2).random(len(values)) < 0.1 if is_nullable else None
    column = pyarrow.array(values, type=type, mask=mask)
    return pyarrow.table({"v": column}, schema=pyarrow.schema(
        [pyarrow.field("v", column.type, nullable=is_nullable)]))


PLAIN, DICTIONARY, DELTA = "PLAIN", "dictionary", "DELTA_BINARY_PACKED"
LENGTHS, PREFIXES, SPLIT = "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"

# (column, encoding, codecs; a "?" behind a codec: with nulls too)
PYARROW_CELLS = [
    ("bool", PLAIN, "none? zstd"),
    ("bool", "RLE", "none?"),
    ("bool in runs", "RLE", "none? zstd"),
    ("int32 small", PLAIN, "none? snappy zstd"),
    ("int32 small", DICTIONARY, "none? snappy? zstd?"),
    ("int32 small", DELTA, "none? zstd"),
    ("int32 any", PLAIN, "none zstd"),
    ("int32 any", SPLIT, "none"),
    ("int64 counter", PLAIN, "none? snappy? zstd? gzip lz4 brotli"),
    ("int64 counter", DELTA, "none? snappy zstd?"),
    ("int64 times", DELTA, "none? zstd?"),
    ("int64 small", DICTIONARY, "none? snappy? zstd?"),
    ("int64 small", DELTA, "none"),
    ("int64 any", DELTA, "none"),
    ("int64 any", SPLIT, "none"),
    ("float", PLAIN, "none? zstd"),
    ("float", SPLIT, "none? zstd"),
    ("double prices", DICTIONARY, "none? snappy zstd"),
    ("double", PLAIN, "none? snappy"),
    ("double", SPLIT, "none? zstd?"),
    ("strings, 50 different", PLAIN, "none snappy"),
    ("strings, 50 different", DICTIONARY, "none? snappy? zstd? gzip lz4 brotli"),
    ("strings, 20,000 different", DICTIONARY, "none? snappy? zstd?"),
    ("strings, short, all different", PLAIN, "none? snappy? zstd? gzip lz4 brotli"),
    ("strings, short, all different", LENGTHS, "none? zstd"),
    ("strings, long", PLAIN, "none? snappy? zstd? gzip lz4 brotli"),
    ("strings, long", LENGTHS, "none? zstd"),
    ("strings, sorted paths", PLAIN, "none snappy zstd"),
    ("strings, sorted paths", LENGTHS, "none zstd"),
    ("strings, sorted paths", PREFIXES, "none? snappy zstd?"),
    ("flba 16", PLAIN, "none? zstd"),
    ("flba 16", SPLIT, "none"),
]
DUCKDB_CELLS = [
    (column, version, "snappy? zstd")
    for column in ("int32 small", "int64 counter", "double", "strings, 50 different",
                   "strings, short, all different", "strings, sorted paths")
    for version in ("V1", "V2")
]


def cells(list_of_cells):
    for column, encoding, codecs in list_of_cells:
        for codec in codecs.split():
            for is_nullable in [False, True] if codec.endswith("?") else [False]:
                yield column, encoding, codec.rstrip("?"), is_nullable


def write_pyarrow(path, table, encoding, codec):
    options = dict(use_dictionary=True, data_page_version="2.0", compression=codec)
    if encoding != DICTIONARY:
        options |= dict(use_dictionary=False, column_encoding={"v": encoding})
    pyarrow.parquet.write_table(table, path, **options)


def write_duckdb(path, table, version, codec):
    connection = duckdb.connect(config={"threads": 1})
    connection.register("made", table)
    connection.execute(f"COPY (FROM made) TO '{path}' (FORMAT parquet, COMPRESSION {codec},"
                       f" PARQUET_VERSION {version})")


def touch(name):
    kinds = {"strings": "sum(strlen(v))", "flba": "sum(octet_length(v))",
             "bool": "count(*) FILTER (v)"}
    return next((sql for kind, sql in kinds.items() if name.startswith(kind)), "max(v)")


def measure_cells(program, runs, folder, pages, part=""):
    ours = Ours(program, KEEPING)
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    rows = []
    for writer, write, some in [("pyarrow", write_pyarrow, PYARROW_CELLS),
                                ("DuckDB", write_duckdb, DUCKDB_CELLS)]:
        for column, encoding, codec, is_nullable in cells(some):
            name = f"{column}, {encoding}, {codec}" + (", nulls" if is_nullable else "")
            path = folder / f"{writer} {name}.parquet"
            if part not in path.name:
                continue
            if not path.exists():
                values = make_columns(pages)[column]
                write(path, arrow_column(column, values, is_nullable), encoding, codec)
            readers = {
                "pqt": ours.reads("stream"),
                "pqt, views": ours.reads("views"),
                "pqt, values": ours.reads("values"),
                "pyarrow": pyarrow_reads(),
                "DuckDB to Arrow": duckdb_reads("*", to_arrow),
                "DuckDB aggregate": duckdb_reads(touch(column),
                                                 lambda result: result.fetchall()),
            }
            rows.append([f"{writer}: {name}", in_turn(readers, path, runs)])
    return rows


if __name__ == "__main__":
    if len(sys.argv) < 5 or sys.argv[1] not in ("day", "cells"):
        sys.exit(__doc__)
    pyarrow.set_cpu_count(1)
    measure = day if sys.argv[1] == "day" else measure_cells
    print(json.dumps(measure(sys.argv[2], int(sys.argv[3]), *sys.argv[4:])))
