"""pqa parquet on our own files and on the format's public test corpus."""
import datetime
import decimal
import json
import os
import pathlib
import subprocess

import pyarrow as pa
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


# --- Rows as csv, a table, one array

@pytest.fixture
def flat(tmp_path):
    path = tmp_path / "flat.parquet"
    table = pa.table({"n": pa.array([1, None, 300], pa.int32()),
                      "text": ["plain", 'a "b", c\n', None],
                      "price": pa.array([decimal.Decimal("0.50"), decimal.Decimal("-12.00"), None],
                                        pa.decimal128(9, 2)),
                      "at": pa.array([0, 1_700_000_000_123, None], pa.timestamp("ms", "UTC")),
                      "raw": [b"\x00\xff", b"", None],
                      "in": [{"a": True}, {"a": None}, None]})
    pyarrow.parquet.write_table(table, path)
    return path


def test_cat_as_csv_has_a_line_a_row(flat):
    assert parquet("cat", flat, "--format", "csv").stdout == (
        "n,text,price,at,raw,in.a\n"
        "1,plain,0.50,1970-01-01T00:00:00.000Z,AP8=,true\n"
        ',"a ""b"", c\n",-12.00,2023-11-14T22:13:20.123Z,"",\n'
        "300,,,,,\n")


def test_cat_as_table_is_aligned(flat):
    assert parquet("cat", flat, "--format", "table", "--columns", "price,text,n").stdout == (
        " price  text            n\n"
        "  0.50  plain           1\n"
        "-12.00  a \"b\", c\\x0A    -\n"
        "     -  -             300\n")


@pytest.mark.parametrize("how", [("--json",), ("--format", "json")])
def test_cat_as_json_is_one_array(flat, how):
    lines = parquet("cat", flat).stdout.splitlines()
    done = parquet("cat", flat, *how)
    assert json.loads(done.stdout) == [json.loads(line) for line in lines]
    assert json.loads(parquet("head", flat, *how, "--limit", 1).stdout) == [json.loads(lines[0])]


def test_rows_of_an_empty_file_are_an_empty_array(tmp_path):
    pyarrow.parquet.write_table(pa.table({"a": pa.array([], pa.int32())}), tmp_path / "empty")
    assert parquet("cat", tmp_path / "empty", "--json").stdout == "[]\n"
    assert parquet("cat", tmp_path / "empty").stdout == ""
    assert parquet("cat", tmp_path / "empty", "--format", "csv").stdout == "a\n"


@pytest.mark.parametrize("format", ["csv", "table"])
def test_lists_have_no_form_in_lines(format, tmp_path):
    table = pa.table({"n": [1, 2], "list": [[1], []]})
    pyarrow.parquet.write_table(table, tmp_path / "nested")
    done = parquet("cat", tmp_path / "nested", "--format", format)
    assert done.returncode == 2 and "in a list" in done.stderr
    done = parquet("cat", tmp_path / "nested", "--format", format, "--columns", "n")
    assert done.stdout.split() == ["n", "1", "2"]


def test_columns_are_those_asked_for(flat):
    row = json.loads(parquet("cat", flat, "--columns", "in,n", "--limit", 1).stdout)
    assert row == {"in": {"a": True}, "n": 1}
    done = parquet("cat", flat, "--columns", "n,txt")
    assert done.returncode == 2 and "did you mean 'text'" in done.stderr


@pytest.mark.parametrize("condition, numbers", [
    ("n = 7", [7]), ("n >= 998", [998, 999]), ("word = 'w3'", list(range(3, 1000, 10))),
    ("half is null", [0]), ("day = '2026-01-02'", [1]), ("n in (5, 7, 2000)", [5, 7])])
@pytest.mark.parametrize("format", ["ndjson", "csv"])
def test_where_filters(condition, numbers, format, tmp_path):
    days = [datetime.date(2026, 1, 1) + datetime.timedelta(i) for i in range(1000)]
    table = pa.table({"n": range(1000), "word": [f"w{i % 10}" for i in range(1000)], "day": days,
                      "half": [i / 2 or None for i in range(1000)]})
    pyarrow.parquet.write_table(table, tmp_path / "in", row_group_size=100)
    done = parquet("cat", tmp_path / "in", "--where", condition, "--columns", "n", "--format",
                   format)
    lines = done.stdout.splitlines()[format == "csv":]
    found = [json.loads(line)["n"] if format == "ndjson" else int(line) for line in lines]
    assert found == numbers, done.stderr
    limited = parquet("cat", tmp_path / "in", "--where", condition, "--columns", "n", "--limit", 1,
                      "--format", format).stdout.splitlines()
    assert limited == done.stdout.splitlines()[:1 + (format == "csv")]


def test_reader_that_goes_away_ends_the_program(tmp_path):
    pyarrow.parquet.write_table(pa.table({"n": range(100_000)}), tmp_path / "in")
    for format in ("ndjson", "csv", "json"):
        command = f"{os.environ['PQA_BIN']} parquet cat {tmp_path}/in --format {format} | head -2"
        done = subprocess.run(command, shell=True, capture_output=True, timeout=60)
        assert len(done.stdout.splitlines()) == 2 and done.stderr == b""


def test_full_output_is_told(flat):
    with open("/dev/full", "w") as full:
        done = subprocess.run([os.environ["PQA_BIN"], "parquet", "cat", flat], stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "standard output" in done.stderr


# --- Metadata

def decoded(value, column):
    """What pyarrow says of a limit, as our JSON has it."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return str(value)


def test_meta_agrees_with_pyarrow(tmp_path):
    table = pa.table({
        "n": pa.array([3, 1, None, 2], pa.int64()), "u": pa.array([1, 2, 3, 2**32 - 1], pa.uint32()),
        "x": [1.5, -2.0, 0.5, None], "s": ["b", "a", None, "c"],
        "d": [datetime.date(2026, 1, i) for i in (1, 2, 3, 4)],
        "t": pa.array([datetime.datetime(2026, 1, 1, i) for i in range(4)], pa.timestamp("us", "UTC")),
        "p": pa.array([decimal.Decimal("1.20")] * 4, pa.decimal128(9, 2)),
        "list": [[1, 2], [], None, [3]]}).replace_schema_metadata({"key": "value \u00e9"})
    path = tmp_path / "in"
    pyarrow.parquet.write_table(table, path, row_group_size=2, compression="gzip",
                                write_page_index=True,
                                sorting_columns=[pyarrow.parquet.SortingColumn(0, True, True)])
    theirs, ours = pyarrow.parquet.ParquetFile(path).metadata, json.loads(
        parquet("meta", path, "--json").stdout)
    assert ours["rows"] == theirs.num_rows and ours["created_by"] == theirs.created_by
    assert {"key": "key", "value": "value \u00e9"} in ours["key_values"]
    assert len(ours["row_groups"]) == theirs.num_row_groups == 2
    for g, group in enumerate(ours["row_groups"]):
        assert group["sorting"] == [{"column_number": 0, "column": "n", "descending": True,
                                     "nulls_first": True}]
        for c, chunk in enumerate(group["columns"]):
            their = theirs.row_group(g).column(c)
            assert chunk["column"] == their.path_in_schema and chunk["codec"] == "GZIP"
            assert chunk["values"] == their.num_values
            assert chunk["compressed_bytes"] == their.total_compressed_size
            assert chunk["uncompressed_bytes"] == their.total_uncompressed_size
            assert set(chunk["encodings"]) == set(their.encodings)
            assert (chunk["offset_index"] is not None) == their.has_offset_index
            assert len(chunk["pages"]) == 1
            assert chunk["statistics"]["null_count"] == their.statistics.null_count
            if chunk["column"].startswith("list"):
                continue
            for limit in ("min", "max"):
                value = decoded(getattr(their.statistics, limit), chunk["column"])
                assert chunk["statistics"][limit] == value, chunk
                assert chunk["pages"][0][limit] == value
    text = parquet("meta", path).stdout
    for part in ("gzip".upper(), "sorted by n descending nulls first", '"2026-01-01"', '"1.20"'):
        assert part in text


def test_meta_of_a_file_with_a_damaged_page_index_is_shown(tmp_path):
    path = tmp_path / "in"
    pyarrow.parquet.write_table(pa.table({"n": range(100)}), path, write_page_index=True)
    chunk = json.loads(parquet("meta", path, "--json").stdout)["row_groups"][0]["columns"][0]
    data = bytearray(path.read_bytes())
    at = chunk["offset_index"]["offset"]
    data[at:at + chunk["offset_index"]["bytes"]] = b"\xff" * chunk["offset_index"]["bytes"]
    path.write_bytes(data)
    done = parquet("meta", path)
    assert done.returncode == 0 and "page index is left out" in done.stderr
    assert "n  " in done.stdout
    assert parquet("verify", path).returncode == 13


# --- Keys

FOOTER_KEY = b"0123456789012345".hex()  # those of the corpus's README
COLUMN_KEYS = ("--column-key", "double_field=" + b"1234567890123450".hex(),
               "--column-key", "float_field=" + b"1234567890123451".hex())
ENCRYPTED = ["columns_and_footer", "columns_and_footer_ctr", "columns_plaintext_footer",
             "columns_and_footer_disable_aad_storage"]


def encrypted(name):
    return CORPUS / f"data/encrypt_{name}.parquet.encrypted"


def with_keys(name):
    aad = ("--aad-prefix", "tester") if name.endswith("disable_aad_storage") else ()
    return encrypted(name), "--footer-key", FOOTER_KEY, *COLUMN_KEYS, *aad


@needs_corpus
@pytest.mark.parametrize("name", ENCRYPTED)
def test_encrypted_file_is_read_with_its_keys(name):
    lines = parquet("cat", *with_keys(name)).stdout.splitlines()
    assert len(lines) == 50 and json.loads(lines[1])["float_field"] == 1.1
    assert lines == parquet("cat", *with_keys("columns_and_footer")).stdout.splitlines()
    assert parquet("verify", *with_keys(name)).returncode == 0
    columns = json.loads(parquet("meta", *with_keys(name), "--json").stdout)["row_groups"][0]["columns"]
    assert {c["column"] for c in columns if c["encrypted"]} >= {"double_field", "float_field"}


@needs_corpus
def test_encrypted_file_without_keys_is_refused():
    assert parquet("cat", encrypted("columns_and_footer")).returncode == 12
    wrong = parquet("cat", encrypted("columns_and_footer"), "--footer-key", "00" * 16)
    assert wrong.returncode not in (0, 2) and "00000000" not in wrong.stderr
    done = parquet("cat", encrypted("columns_plaintext_footer"), "--columns", "boolean_field")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 50
    done = parquet("cat", encrypted("columns_plaintext_footer"))
    assert done.returncode == 12 and "key" in done.stderr
    assert "its key was not given" in parquet("meta", encrypted("columns_plaintext_footer")).stdout


@needs_corpus
def test_keys_may_stand_in_a_file_or_the_environment(tmp_path):
    keys = tmp_path / "keys.conf"
    keys.write_text(f"footer-key = {FOOTER_KEY}\n" + "".join(
        f"column-key = {key}\n" for key in COLUMN_KEYS[1::2]))
    lines = parquet("cat", *with_keys("columns_and_footer")).stdout
    assert parquet("cat", encrypted("columns_and_footer"), "--config", keys).stdout == lines
    environment = os.environ | {"PQA_FOOTER_KEY": b"0123456789012345".hex()}
    uniform = CORPUS / "data/uniform_encryption.parquet.encrypted"
    done = subprocess.run([os.environ["PQA_BIN"], "parquet", "schema", uniform], env=environment,
                          capture_output=True)
    assert done.returncode == 0


@needs_corpus
def test_converted_file_is_told_to_be_readable(tmp_path):
    path, *keys = with_keys("columns_and_footer")
    keys += ["--columns", "float_field,ba_field"]
    done = parquet("convert", path, tmp_path / "out", *keys)
    assert done.returncode == 0 and "is not encrypted" in done.stderr
    assert parquet("cat", tmp_path / "out").stdout == parquet("cat", path, *keys).stdout


@pytest.mark.parametrize("option", [("--footer-key", "secret"), ("--column-key", "a=secret"),
                                    ("--footer-key", "secret" * 16), ("--column-key", "secret")])
def test_key_that_is_none_is_refused_and_not_shown(option, flat):
    done = parquet("cat", flat, *option)
    assert done.returncode == 2 and option[0] in done.stderr and "secret" not in done.stderr


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
