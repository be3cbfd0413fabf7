"""pqa parquet convert: the same rows, written as asked, and OUT whole or not there."""
import functools
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from random_table import random_table

CORPUS = pathlib.Path(os.environ.get("PARQUET_TEST_DATA", "../shared/parquet-testing"))
GOOD = sorted((CORPUS / "data").glob("*.parquet"))
needs_corpus = pytest.mark.skipif(not GOOD, reason=f"the public corpus is not at {CORPUS}")


def parquet(*arguments, **options):
    return subprocess.run([os.environ["PQA_BIN"], "parquet", *map(str, arguments)], text=True,
                          errors="replace", capture_output=True, timeout=120, **options)


def convert(source, target, *options):
    done = parquet("convert", source, target, *options)
    assert done.returncode == 0, done.stderr
    return pq.ParquetFile(target)


def meta(path):
    return json.loads(parquet("meta", path, "--json").stdout)


def same_rows(left, right):
    """Equal, NaN being equal to itself."""
    return left.schema.equals(right.schema) and (
        left.equals(right) or repr(left.to_pylist()) == repr(right.to_pylist()))


@pytest.fixture
def simple(tmp_path):
    path = tmp_path / "in.parquet"
    table = pa.table({"n": pa.array(range(1000)),
                      "word": [f"word{i % 7}" for i in range(1000)],
                      "tags": [["a"] * (i % 3) for i in range(1000)],
                      "half": [i / 2 if i % 10 else None for i in range(1000)]})
    pq.write_table(table.replace_schema_metadata({"origin": "here"}), path)
    return path


# Why a file of the corpus is not written again, or not as it was.
REFUSED = {"datapage_v1-corrupt-checksum": "page checksum",
           "rle-dict-uncompressed-corrupt-checksum": "page checksum",
           "large_string_map.brotli": "at most 268435456 are read",
           "int96_from_spark": "which nanoseconds do not reach"}
# pyarrow takes a MAP with keys that may be null from this file, but from no other.
NOT_READ_BACK = ("incorrect_map_schema",)


@needs_corpus
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_corpus_file_keeps_its_rows(path, tmp_path):
    target = tmp_path / "out.parquet"
    done = parquet("convert", path, target)
    if done.returncode:
        assert not target.exists()
        assert REFUSED.get(path.stem, "encrypt") in done.stderr
        return
    assert parquet("cat", target).stdout == parquet("cat", path).stdout
    assert meta(target)["key_values"] == meta(path)["key_values"]
    if path.stem in NOT_READ_BACK:
        return
    try:
        before = pq.read_table(path)
    except (pa.ArrowException, OSError):
        return  # pyarrow cannot say; our own reader has
    assert same_rows(pq.read_table(target), before)


OPTIONS = [(),
           ("--codec", "snappy", "--portable", "--page-version", "2"),
           ("--codec", "gzip", "--level", "9", "--page-rows", "10"),
           ("--codec", "brotli", "--encoding", "PLAIN", "--row-group-rows", "25"),
           ("--codec", "lz4_raw", "--page-size", "1K", "--row-group-size", "1K"),
           ("--codec", "none", "--page-version", "2", "--page-rows", "1", "--threads", "3")]


@pytest.mark.parametrize("seed", range(60 if not os.environ.get("PQA_CHECK_ALL") else 2000))
def test_random_nested_table_keeps_its_rows(seed, tmp_path):
    chance = random.Random(seed)
    table = random_table(chance)
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(table, source, row_group_size=chance.choice([17, 1000]),
                   data_page_version=chance.choice(["1.0", "2.0"]),
                   use_dictionary=chance.random() < 0.5, store_schema=chance.random() < 0.5)
    before = pq.read_table(source)
    convert(source, target, *chance.choice(OPTIONS))
    assert same_rows(pq.read_table(target), before)
    assert parquet("cat", target).stdout == parquet("cat", source).stdout


def test_options_decide_how_the_file_is_written(simple, tmp_path):
    file = convert(simple, tmp_path / "out.parquet", "--codec", "gzip", "--level", "9",
                   "--encoding", "PLAIN", "--encoding", "n=DELTA_BINARY_PACKED",
                   "--encoding", "tags=delta_length_byte_array", "--bloom", "word",
                   "--row-group-rows", "400", "--page-rows", "100", "--page-version", "2")
    groups = [file.metadata.row_group(i) for i in range(file.num_row_groups)]
    assert [group.num_rows for group in groups] == [400, 400, 200]
    chunks = {groups[0].column(i).path_in_schema: groups[0].column(i) for i in range(4)}
    assert {chunk.compression for chunk in chunks.values()} == {"GZIP"}
    assert "DELTA_BINARY_PACKED" in chunks["n"].encodings
    assert "DELTA_LENGTH_BYTE_ARRAY" in chunks["tags.list.element"].encodings
    assert set(chunks["word"].encodings) == {"PLAIN", "RLE"}
    written = {c["column"]: c for c in meta(tmp_path / "out.parquet")["row_groups"][0]["columns"]}
    assert len(written["n"]["pages"]) == 4
    assert [c["column"] for c in written.values() if c["bloom_filter"]] == ["word"]
    assert {s["page_type"] for s in written["n"]["encoding_stats"]} == {"DATA_PAGE_V2"}


def test_portable_file_has_only_encodings_that_all_readers_know(simple, tmp_path):
    file = convert(simple, tmp_path / "out.parquet", "--portable")
    group = file.metadata.row_group(0)
    for i in range(group.num_columns):
        assert set(group.column(i).encodings) <= {"PLAIN", "RLE", "RLE_DICTIONARY"}


def test_field_ids_and_key_values_stay(tmp_path):
    schema = pa.schema([pa.field("a", pa.int32(), metadata={"PARQUET:field_id": "7"}),
                        pa.field("b", pa.struct([pa.field(
                            "c", pa.string(), metadata={"PARQUET:field_id": "9"})]))],
                       metadata={"origin": "here", "empty": ""})
    pq.write_table(pa.table({"a": [1], "b": [{"c": "x"}]}, schema=schema), tmp_path / "in")
    file = convert(tmp_path / "in", tmp_path / "out")
    assert file.metadata.metadata[b"origin"] == b"here"
    assert file.metadata.metadata[b"empty"] == b""
    assert file.schema_arrow.field("a").metadata[b"PARQUET:field_id"] == b"7"
    assert file.schema_arrow.field("b").type.field("c").metadata[b"PARQUET:field_id"] == b"9"


def test_columns_and_where_choose(simple, tmp_path):
    file = convert(simple, tmp_path / "out.parquet", "--columns", "tags, n", "--where", "n >= 10",
                   "--where", "word = 'word3'")
    rows = [row for row in pq.read_table(simple).to_pylist()
            if row["n"] >= 10 and row["word"] == "word3"]
    assert file.read().column_names == ["tags", "n"]
    assert file.read().to_pylist() == [{"tags": r["tags"], "n": r["n"]} for r in rows]


def test_file_of_no_rows_is_converted(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int32())}), tmp_path / "in")
    assert convert(tmp_path / "in", tmp_path / "out", "--sort", "a").read().num_rows == 0


# --- Sorting

def sort_expected(rows, keys):
    """Sorts by keys of name and direction; nulls last, NaN behind the other numbers."""
    def rank(value):
        is_nan = isinstance(value, float) and value != value
        return is_nan, 0 if is_nan else value

    for name, descending in reversed(keys):
        there = [row for row in rows if row[name] is not None]
        there.sort(key=lambda row: rank(row[name]), reverse=descending)
        rows = there + [row for row in rows if row[name] is None]
    return rows


SORTED_TYPES = [pa.bool_(), pa.int8(), pa.int64(), pa.uint32(), pa.uint64(), pa.float32(),
                pa.float64(), pa.float16(), pa.string(), pa.binary(), pa.binary(5), pa.date32(),
                pa.timestamp("us", "UTC"), pa.decimal128(9, 2), pa.decimal128(38, 10)]


@pytest.mark.parametrize("direction", ["", " desc"])
@pytest.mark.parametrize("kind", SORTED_TYPES, ids=str)
def test_rows_are_sorted_by_value(kind, direction, tmp_path):
    from random_table import random_value
    chance = random.Random(str(kind))
    keys = ([None, 1.5, -2.0, 0.0, float("nan"), float("inf")] * 5
            if kind == pa.float16() else [random_value(chance, kind) for _ in range(200)])
    if kind == pa.float16():
        import numpy
        keys = [None if key is None else numpy.float16(key) for key in keys]
    table = pa.table({"key": pa.array(keys, kind),
                      "number": pa.array(range(len(keys)), pa.int32()),
                      "list": [[i] * (i % 4) or None for i in range(len(keys))]})
    pq.write_table(table, tmp_path / "in", row_group_size=50)
    file = convert(tmp_path / "in", tmp_path / "out", "--sort", "key" + direction)
    expected = sort_expected(pq.read_table(tmp_path / "in").to_pylist(),
                             [("key", bool(direction))])
    assert repr(file.read().to_pylist()) == repr(expected)
    column, = file.metadata.row_group(0).sorting_columns
    assert (column.column_index, column.descending, column.nulls_first) == (
        0, bool(direction), False)


def test_rows_are_sorted_by_several_columns(simple, tmp_path):
    file = convert(simple, tmp_path / "out.parquet", "--sort", "word desc, half,n DESC")
    expected = sort_expected(pq.read_table(simple).to_pylist(),
                             [("word", True), ("half", False), ("n", True)])
    assert file.read().to_pylist() == expected


@pytest.mark.parametrize("seed", range(20))
def test_random_nested_rows_move_whole(seed, tmp_path):
    chance = random.Random(1000 + seed)
    table = random_table(chance, rows=chance.choice([1, 50, 500]))
    keys = pa.array([chance.choice([None, *range(20)]) for _ in range(table.num_rows)], pa.int32())
    pq.write_table(table.append_column("key", keys), tmp_path / "in", row_group_size=100)
    before = pq.read_table(tmp_path / "in")
    file = convert(tmp_path / "in", tmp_path / "out", "--sort", "key")
    expected = sort_expected(before.to_pylist(), [("key", False)])
    assert repr(file.read().to_pylist()) == repr(expected)


def test_struct_field_can_be_sorted_by(tmp_path):
    table = pa.table({"s": [{"a": 3}, None, {"a": None}, {"a": 1}], "n": [0, 1, 2, 3]})
    pq.write_table(table, tmp_path / "in")
    file = convert(tmp_path / "in", tmp_path / "out", "--sort", "s.a")
    assert file.read().column("n").to_pylist() == [3, 0, 1, 2]


# --- Whole or not there

def listing(folder):
    return sorted(path.name for path in folder.iterdir())


def test_rows_beyond_memory_are_refused(tmp_path):
    pq.write_table(pa.table({"n": range(200_000)}), tmp_path / "in.parquet")
    done = parquet("convert", tmp_path / "in.parquet", tmp_path / "out.parquet", "--sort", "n",
                   "--memory", "1M")
    assert done.returncode == 1 and "--memory" in done.stderr
    assert listing(tmp_path) == ["in.parquet"]


def test_existing_file_is_replaced_only_with_force(simple, tmp_path):
    target = tmp_path / "out.parquet"
    target.write_text("mine")
    done = parquet("convert", simple, target)
    assert done.returncode != 0 and "--force" in done.stderr and target.read_text() == "mine"
    assert convert(simple, target, "--force").metadata.num_rows == 1000
    assert listing(tmp_path) == ["in.parquet", "out.parquet"]


def test_file_can_be_written_over_itself(simple):
    before = pq.read_table(simple)
    convert(simple, simple, "--force", "--codec", "none")
    assert pq.read_table(simple).equals(before)


def test_what_is_no_file_is_never_replaced(simple, tmp_path):
    for name in ("folder", "fifo"):
        path = tmp_path / name
        path.mkdir() if name == "folder" else os.mkfifo(path)
        done = parquet("convert", simple, path, "--force")
        assert done.returncode == 2 and "not a regular file" in done.stderr
        assert path.exists()


def test_damaged_file_leaves_nothing(simple, tmp_path):
    convert(simple, simple, "--force", "--page-rows", "100", "--codec", "none")
    data = bytearray(simple.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "bad.parquet").write_bytes(data)
    done = parquet("convert", tmp_path / "bad.parquet", tmp_path / "out.parquet")
    assert done.returncode == 13
    assert listing(tmp_path) == ["bad.parquet", "in.parquet"]


def test_full_disk_leaves_nothing(simple, tmp_path):
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (1000, 1000))
    done = parquet("convert", simple, tmp_path / "out.parquet", preexec_fn=limit,
                   restore_signals=False)  # SIGXFSZ stays ignored: the write fails instead
    assert done.returncode == 1 and "cannot write" in done.stderr
    assert listing(tmp_path) == ["in.parquet"]


def test_folder_that_is_not_there_is_told(simple, tmp_path):
    done = parquet("convert", simple, tmp_path / "none" / "out.parquet")
    assert done.returncode != 0 and str(tmp_path / "none") in done.stderr


def test_interrupted_conversion_leaves_nothing(tmp_path):
    pq.write_table(pa.table({"n": range(3_000_000)}), tmp_path / "in.parquet")
    running = subprocess.Popen([os.environ["PQA_BIN"], "parquet", "convert",
                                tmp_path / "in.parquet", tmp_path / "out.parquet",
                                "--codec", "brotli", "--level", "11", "--threads", "1"],
                               stderr=subprocess.PIPE)
    while len(listing(tmp_path)) == 1 and running.poll() is None:
        time.sleep(0.001)
    assert listing(tmp_path)[0].startswith(".pqa-")
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=120)
    assert running.returncode == 130
    assert listing(tmp_path) == ["in.parquet"]


# --- Mistakes

@pytest.mark.parametrize("options, words", [
    (("--columns", "n,wrd"), "did you mean 'word'"),
    (("--columns", "n,n"), "twice"),
    (("--sort", "nn"), "did you mean 'n'"),
    (("--sort", "tags.list.element"), "in a list"),
    (("--encoding", "DELTA"), "none of PLAIN"),
    (("--encoding", "word=DELTA_BINARY_PACKED"), "word is BYTE_ARRAY"),
    (("--encoding", "wrd=PLAIN"), "did you mean 'word'"),
    (("--encoding", "RLE"), "fits none of the columns"),
    (("--bloom", "m"), "--bloom: there is no column 'm'"),
    (("--where", "nothing here"), "--where"),
    (("--codec", "zip"), "zstd snappy gzip brotli lz4_raw none"),
    (("--codec", "gzip", "--level", "10"), "level 10"),
    (("--page-size", "1"), "KiB"),
])
def test_mistake_is_explained(options, words, simple, tmp_path):
    done = parquet("convert", simple, tmp_path / "out.parquet", *options)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert listing(tmp_path) == ["in.parquet"]
