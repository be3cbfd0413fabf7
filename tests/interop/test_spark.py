"""Spark with Delta Lake reads the table, and parquet-java in Spark writes files that are read.
Long: only under ./check --all, with Java 17."""
import io
import os
import pathlib
import random
import shutil
import subprocess
import sys

import arrow_export
import arrow_import
import pyarrow
import pyarrow.parquet
import pytest
import random_tables
from pageview_site import DAYS, FIRST, LAST

pytestmark = pytest.mark.skipif(
    not os.environ.get("PQA_CHECK_ALL") or not shutil.which("java"),
    reason="Spark: only with ./check --all and Java 17")

ASK = """
import sys
from delta import configure_spark_with_delta_pip
from pyspark.sql import SparkSession
builder = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog"))
spark = configure_spark_with_delta_pip(builder).getOrCreate()
row = spark.sql(f"SELECT count(*), sum(id), sum(view_count), count(version_id), count(full_path),"
                f" sum(length(path)) FROM delta.`{sys.argv[1]}`").collect()[0]
print("sums", *row)
row = spark.sql(f"SELECT sum(view_count) FROM delta.`{sys.argv[1]}` WHERE project_slug = 'django'"
                f" AND date >= '2024-02-29'").collect()[0]
print("django", *row)
"""


@pytest.fixture(scope="session")
def spark_python():
    venv = pathlib.Path(__file__).resolve().parents[2] / ".venv-spark"
    if not (venv / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([venv / "bin/pip", "install", "-q", "pyspark==4.0.1",
                        "delta-spark==4.0.0"], check=True)
        (venv / "ready").touch()
    return venv / "bin/python"


def test_spark_reads_the_table(spark_python, sqlite_site, sqlite_pqa, tmp_path):
    sqlite_pqa.backfill(FIRST, LAST)
    sqlite_site.execute("UPDATE analytics_pageview SET view_count = view_count + 1"
                        " WHERE date = ?", FIRST)
    sqlite_pqa("export", "--date", FIRST)
    rows = sqlite_site.archive_rows().values()
    done = subprocess.run([spark_python, "-c", ASK, sqlite_pqa.table_path()], text=True,
                          capture_output=True, timeout=600)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    assert said.get("sums") == " ".join(map(str, [
        len(rows), sum(row[0] for row in rows), sum(row[7] for row in rows),
        sum(row[3] is not None for row in rows), sum(row[6] is not None for row in rows),
        sum(len(row[5]) for row in rows)])), done.stderr[-2000:]
    assert said["django"] == str(sum(row[7] for row in rows if row[2] == "django"
                                     and str(row[8]) >= "2024-02-29"))


CHECKPOINT = """
import sys
from delta import configure_spark_with_delta_pip
from pyspark.sql import SparkSession
builder = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog"))
spark = configure_spark_with_delta_pip(builder).getOrCreate()
path, optimizes = sys.argv[1], sys.argv[2] == "optimize"
if optimizes:
    spark.sql(f"OPTIMIZE delta.`{path}`").collect()
log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(spark._jsparkSession, path)
log.checkpoint()
print("version", log.snapshot().version())
"""


@pytest.mark.parametrize("how", ["as it is", "optimize"])
def test_checkpoint_of_spark_is_read(spark_python, sqlite_site, sqlite_pqa, how):
    """Also where Spark has rewritten the files, and the commits before it are gone."""
    for day in DAYS:
        sqlite_pqa("export", "--date", day)
    done = subprocess.run([spark_python, "-c", CHECKPOINT, sqlite_pqa.table_path(), how],
                          text=True, capture_output=True, timeout=600)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
    assert "version" in said, done.stderr[-3000:]
    log = sqlite_pqa.table_path() / "_delta_log"
    assert list(log.glob(f"{int(said['version']):020}.checkpoint*.parquet"))
    for commit in log.glob("*.json"):
        if int(commit.stem) <= int(said["version"]):
            commit.unlink()
    assert sqlite_pqa.archive_rows() == sqlite_site.archive_rows()
    live = sqlite_pqa.ask("files")
    assert all(file["verified"] == "yes" for file in live) == (how != "optimize"), live
    for slug in ("django", "a", "zz-top"):
        expected = {str(day): 0 for day in DAYS}
        for row in sqlite_site.archive_rows().values():
            if row[2] == slug and row[9] == 200:
                expected[str(row[8])] += row[7]
        answer = sqlite_pqa.ask("daily", slug, "--since", FIRST, "--until", LAST)
        assert {row["date"]: row["views"] for row in answer} == expected
    sqlite_site.execute("UPDATE analytics_pageview SET view_count = view_count + 1"
                        " WHERE date = ?", DAYS[2])
    sqlite_pqa("export", "--date", DAYS[2])
    assert sqlite_pqa.archive_rows() == sqlite_site.archive_rows()


# Writes each file given anew, with the options that its number stands for.
REWRITE = """
import itertools, pathlib, sys
from pyspark.sql import SparkSession
given, written = map(pathlib.Path, sys.argv[1:])
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
codecs = itertools.cycle(["none", "snappy", "gzip", "zstd", "lz4", "lz4_raw"])
times = itertools.cycle(["INT96", "TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"])
for number, path in enumerate(sorted(given.iterdir())):
    spark.conf.set("spark.sql.parquet.outputTimestampType", next(times))
    spark.conf.set("spark.sql.parquet.writeLegacyFormat", number % 5 == 4)
    writer = spark.read.parquet(str(path)).coalesce(1).write.option("compression", next(codecs))
    for name, value in {"parquet.writer.version": ["v1", "v2"][number % 2],
                        "parquet.enable.dictionary": number // 2 % 2 == 0,
                        "parquet.page.size": [100, 1 << 20][number // 4 % 2],
                        "parquet.page.row.count.limit": [3, 20000][number // 3 % 2],
                        "parquet.bloom.filter.enabled": number % 3 == 0}.items():
        writer = writer.option(name, str(value).lower())
    writer.parquet(str(written / path.stem))
"""


def spark_has(type_):
    """Types that Spark reads from Parquet: others are left out of what it is given."""
    t = pyarrow.types
    lacking = [t.is_null, t.is_float16, t.is_time, lambda x: t.is_decimal(x) and x.precision > 38,
               lambda x: t.is_timestamp(x) and x.unit == "ns", lambda x: isinstance(x, pyarrow.BaseExtensionType)]
    return not any(random_tables.contains(type_, is_kind) for is_kind in lacking)


def write_portably(table):
    """Without the encodings that Spark does not read, such as BYTE_STREAM_SPLIT."""
    leaves = [leaf for field in table.schema for leaf in random_tables.parquet_leaves(field.type)]
    return arrow_export.write_table(
        table, [{"encoding": arrow_export.CHOSEN, "portable": True, "codec": 6} for _ in leaves])


def without_timestamps(table):
    """Those Spark gives in the unit and the range that it was told to."""
    return table.select([field.name for field in table.schema
                         if not random_tables.contains(field.type, pyarrow.types.is_timestamp)])


def test_spark_reads_files_and_those_that_it_writes_are_read(spark_python, tmp_path):
    given, written = tmp_path / "given", tmp_path / "written"
    given.mkdir()
    tables = {}
    for seed in range(150):
        table = random_tables.random_table(random.Random(seed), depth=3)
        table = table.select([field.name for field in table.schema if spark_has(field.type)])
        if table.schema.names:
            tables[f"{seed:04}"] = table
            (given / f"{seed:04}.parquet").write_bytes(write_portably(table))
    done = subprocess.run([spark_python, "-c", REWRITE, given, written], text=True,
                          capture_output=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-3000:]
    files = sorted(written.glob("*/*.parquet"))
    assert len(files) == len(list(given.iterdir()))
    for file in files:
        theirs = pyarrow.parquet.read_table(io.BytesIO(file.read_bytes()))
        difference = random_tables.first_difference(arrow_import.read_table(file), theirs)
        assert difference is None, f"{file.parent.name}: {difference}"
        difference = random_tables.first_difference(without_timestamps(theirs), tables[file.parent.name])
        assert difference is None, f"{file.parent.name}, as Spark read it: {difference}"
