"""Spark with Delta Lake reads the table. Long: only under ./check --all, with Java 17."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from pageview_site import FIRST, LAST

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
