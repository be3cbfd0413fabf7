"""pqa parquet on our own files and on the format's public test corpus."""
import json
import os
import pathlib
import subprocess

import pyarrow.parquet
import pytest
from pageview_site import FIRST

CORPUS = pathlib.Path(os.environ.get("PARQUET_TEST_DATA", "../shared/parquet-testing"))
GOOD = sorted((CORPUS / "data").glob("*.parquet"))
BAD = sorted((CORPUS / "bad_data").glob("*.parquet"))
needs_corpus = pytest.mark.skipif(not GOOD, reason=f"the public corpus is not at {CORPUS}")


def parquet(*arguments):
    return subprocess.run([os.environ["PQA_BIN"], "parquet", *map(str, arguments)], text=True,
                          errors="replace", capture_output=True, timeout=120)


@pytest.fixture
def day(sqlite_pqa):
    sqlite_pqa("export", "--date", FIRST)
    path, = sqlite_pqa.live_files()
    return path, pyarrow.parquet.read_table(path).to_pylist()


def test_cat_shows_the_rows(day):
    path, rows = day
    lines = parquet("cat", path, "--format", "ndjson").stdout.splitlines()
    expected = [row | {"date": str(row["date"])} for row in rows]
    assert [json.loads(line) for line in lines] == expected


def test_cat_as_csv_is_refused(day):
    done = parquet("cat", day[0], "--format", "csv")
    assert done.returncode == 2 and "ndjson" in done.stderr


def test_head_shows_the_first_rows(day):
    path, rows = day
    lines = parquet("head", path, "--limit", 3, "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [row["id"] for row in rows[:3]]


def test_schema_and_meta_name_every_column(day):
    path, rows = day
    for command in ("schema", "meta"):
        done = parquet(command, path)
        assert done.returncode == 0 and all(name in done.stdout for name in rows[0])


def test_verify_finds_a_flipped_byte(day, tmp_path):
    path, _ = day
    assert parquet("verify", path).returncode == 0
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    (tmp_path / "flipped.parquet").write_bytes(data)
    done = parquet("verify", tmp_path / "flipped.parquet")
    assert done.returncode == 13 and "flipped.parquet" in done.stderr


def test_file_that_is_no_parquet_is_told(tmp_path):
    (tmp_path / "text.parquet").write_text("not Parquet at all, but longer than a footer")
    for command in ("cat", "schema", "meta", "verify"):
        done = parquet(command, tmp_path / "text.parquet")
        assert done.returncode in (1, 13) and "text.parquet" in done.stderr
    assert parquet("cat", tmp_path / "none.parquet").returncode in (1, 10)


# Files of the corpus that are wrong on purpose, or larger than what is read.
REFUSED = {"datapage_v1-corrupt-checksum": (13, "page checksum"),
           "rle-dict-uncompressed-corrupt-checksum": (13, "page checksum"),
           "large_string_map.brotli": (1, "at most 268435456 are read")}


@needs_corpus
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_corpus_file_is_read_or_named_as_not_supported(path):
    done = parquet("verify", path)
    if path.stem in REFUSED:
        code, words = REFUSED[path.stem]
        assert done.returncode == code and words in done.stderr
        return
    assert done.returncode == 0 or (done.returncode == 1 and "support" in done.stderr), (
        done.returncode, done.stdout + done.stderr)


@needs_corpus
@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_damaged_corpus_file_is_refused_or_read_without_harm(path):
    done = parquet("verify", path)
    assert done.returncode in (0, 1, 13), done.stderr
