"""Arrow arrays made by the library are those that pyarrow makes of the same file."""
import datetime
import decimal
import os
import pathlib
import random

import arrow_import
import pyarrow
import pyarrow.parquet
import pytest

CORPUS = pathlib.Path(os.environ.get("PARQUET_TEST_DATA", "../shared/parquet-testing")) / "data"
# What only one of the two reads, and why.
ONLY_OURS = {"incorrect_map_schema": "pyarrow wants the keys of a map to be required"}
NEITHER = {"large_string_map.brotli": "values of 2 GiB"}
REFUSED = {"datapage_v1-corrupt-checksum", "rle-dict-uncompressed-corrupt-checksum"}


def same(ours, theirs):
    """Equal, where NaN is equal to NaN."""
    if ours.equals(theirs):
        return True
    return repr(ours.to_pylist()) == repr(theirs.to_pylist())


def assert_read_alike(path, **options):
    theirs = pyarrow.parquet.read_table(path).replace_schema_metadata(None)
    ours = arrow_import.read_table(path, **options)
    ours.validate(full=True)
    assert ours.schema.names == theirs.schema.names
    assert same(ours.cast(theirs.schema.remove_metadata()), theirs)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the public Parquet corpus is not there")
@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.parquet")), ids=lambda path: path.stem)
def test_public_file_is_read_as_pyarrow_reads_it(path):
    if path.stem in REFUSED:
        with pytest.raises(Exception, match="checksum|CRC"):
            arrow_import.read_table(path)
    elif path.stem in NEITHER:
        with pytest.raises(Exception, match="larger|limit|bytes"):
            arrow_import.read_table(path)
    elif path.stem in ONLY_OURS:
        assert arrow_import.read_table(path).num_rows > 0
    else:
        assert_read_alike(path)


# --- Random tables of any nesting, written by pyarrow

LEAVES = [
    (pyarrow.int8(), lambda r: r.randint(-128, 127)),
    (pyarrow.uint16(), lambda r: r.randint(0, 65535)),
    (pyarrow.int32(), lambda r: r.choice([0, 1, -1, 2**31 - 1, -2**31])),
    (pyarrow.uint32(), lambda r: r.choice([0, 2**32 - 1])),
    (pyarrow.int64(), lambda r: r.choice([0, 2**63 - 1, -2**63, r.randint(-99, 99)])),
    (pyarrow.uint64(), lambda r: r.choice([0, 2**64 - 1])),
    (pyarrow.float32(), lambda r: r.choice([0.0, -0.0, 1.5, float("inf"), float("nan")])),
    (pyarrow.float64(), lambda r: r.choice([1e300, 5e-324, float("-inf"), float("nan")])),
    (pyarrow.bool_(), lambda r: r.random() < 0.5),
    (pyarrow.string(), lambda r: r.choice(["", "a", "é" * r.randint(0, 20), "x" * 300])),
    (pyarrow.binary(), lambda r: bytes(r.randrange(256) for _ in range(r.randint(0, 9)))),
    (pyarrow.binary(5), lambda r: bytes(r.randrange(256) for _ in range(5))),
    (pyarrow.date32(), lambda r: datetime.date(1970, 1, 1) + datetime.timedelta(r.randint(-90000, 90000))),
    (pyarrow.timestamp("us", "UTC"), lambda r: r.randint(-10**15, 10**15)),
    (pyarrow.timestamp("ms"), lambda r: r.randint(-10**12, 10**12)),
    (pyarrow.time64("us"), lambda r: r.randint(0, 86_399_999_999)),
    (pyarrow.time32("ms"), lambda r: r.randint(0, 86_399_999)),
    (pyarrow.decimal128(9, 2), lambda r: decimal.Decimal(r.randint(-10**9 + 1, 10**9 - 1)).scaleb(-2)),
    (pyarrow.decimal128(38, 5),
     lambda r: decimal.Context(prec=60).scaleb(decimal.Decimal(r.randint(-10**38 + 1, 10**38 - 1)), -5)),
    (pyarrow.decimal256(60, 0), lambda r: decimal.Decimal(r.randint(-10**59, 10**59))),
]


def random_type(r, depth):
    kind = r.choice(["leaf", "leaf", "list", "struct", "map"]) if depth else "leaf"
    if kind == "list":
        return pyarrow.list_(pyarrow.field("item", random_type(r, depth - 1), r.random() < 0.7))
    if kind == "struct":
        return pyarrow.struct([pyarrow.field(f"f{i}", random_type(r, depth - 1), r.random() < 0.7)
                               for i in range(r.randint(1, 3))])
    if kind == "map":
        return pyarrow.map_(pyarrow.string(), pyarrow.field("value", random_type(r, depth - 1)))
    return r.choice(LEAVES)[0]


def random_value(r, field):
    type_ = field.type
    if field.nullable and r.random() < 0.2:
        return None
    if pyarrow.types.is_map(type_):
        return [(f"k{i}", random_value(r, type_.item_field)) for i in range(r.choice([0, 1, 1, 4]))]
    if pyarrow.types.is_list(type_):
        return [random_value(r, type_.value_field) for _ in range(r.choice([0, 1, 2, 7]))]
    if pyarrow.types.is_struct(type_):
        return {child.name: random_value(r, child) for child in type_}
    return next(make for leaf, make in LEAVES if leaf.equals(type_))(r)


def random_table(r):
    fields = [pyarrow.field(f"c{i}", random_type(r, r.randint(0, 5)), r.random() < 0.7)
              for i in range(r.randint(1, 5))]
    rows = r.choice([0, 1, 10, 300])
    columns = [pyarrow.array([random_value(r, field) for _ in range(rows)], field.type)
               for field in fields]
    return pyarrow.table(columns, schema=pyarrow.schema(fields))


TABLES = range(2000 if os.environ.get("PQA_CHECK_ALL") else 120)


@pytest.mark.parametrize("seed", TABLES)
def test_random_table_of_pyarrow_is_read_back(seed, tmp_path):
    r = random.Random(seed)
    table, path = random_table(r), tmp_path / "t.parquet"
    pyarrow.parquet.write_table(
        table, path, store_schema=False, row_group_size=r.choice([1, 7, 100, 1000]),
        data_page_size=r.choice([1, 100, 100000]), use_dictionary=r.random() < 0.5,
        data_page_version=r.choice(["1.0", "2.0"]), version="2.6",
        compression=r.choice(["none", "snappy", "gzip", "zstd", "lz4", "brotli"]),
        write_page_index=r.random() < 0.5)
    # Beside the table that was written: pyarrow itself fails to read some of these files.
    ours = arrow_import.read_table(path, batch_rows=r.choice([0, 1, 3, 50]))
    ours.validate(full=True)
    assert same(ours.cast(table.schema), table)
    style = [name for name in ("large_types", "string_views") if r.random() < 0.7]
    other = arrow_import.read_table(path, batch_rows=r.choice([0, 3]), style=style)
    other.validate(full=True)
    assert repr(other.to_pylist()) == repr(ours.to_pylist())


@pytest.mark.parametrize("style, types", [
    ([], (pyarrow.string(), pyarrow.binary(), pyarrow.list_)),
    (["large_types"], (pyarrow.large_string(), pyarrow.large_binary(), pyarrow.large_list)),
    (["string_views"], (pyarrow.string_view(), pyarrow.binary_view(), pyarrow.list_)),
    (["large_types", "string_views"],
     (pyarrow.string_view(), pyarrow.binary_view(), pyarrow.large_list)),
], ids=lambda value: "-".join(value) if isinstance(value, list) else "")
@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", None])
def test_byte_arrays_of_all_lengths_in_every_style(style, types, encoding, tmp_path):
    text, binary, make_list = types
    path = tmp_path / "t.parquet"
    # Around the longest that is in a view, and around the steps in which bytes are copied.
    values = ["é" * (n // 2) + "x" * (n % 2) for n in [*range(140), 1000, 12, 12, 13, 13, 0]]
    values = [value for value in values for _ in range(2)] + [None, None]
    table = pyarrow.table({
        "s": values, "b": [value and value.encode() for value in values],
        "l": pyarrow.array([[value, None, value] for value in values]),
        "m": pyarrow.array([[("k", value)] for value in values],
                           pyarrow.map_(pyarrow.string(), pyarrow.string()))})
    options = {} if encoding is None else dict(use_dictionary=False, column_encoding={
        name: encoding for name in ["s", "b", "l.list.element", "m.key_value.value"]})
    pyarrow.parquet.write_table(table, path, store_schema=False, data_page_size=2000, **options)
    ours = arrow_import.read_table(path, batch_rows=77, style=style)
    ours.validate(full=True)
    assert ours.schema.field("s").type == text
    assert ours.schema.field("b").type == binary
    assert ours.schema.field("l").type == make_list(pyarrow.field("element", text))
    assert ours.to_pylist() == table.to_pylist()


def test_fields_are_chosen_by_name(tmp_path):
    path = tmp_path / "t.parquet"
    table = pyarrow.table({"a": [1, 2], "b": [[1], []], "c": ["x", None]})
    pyarrow.parquet.write_table(table, path)
    assert arrow_import.read_table(path, columns=["c", "a"]).to_pylist() == [
        {"c": "x", "a": 1}, {"c": None, "a": 2}]
    with pytest.raises(arrow_import.Failure, match="no field 'nobody'"):
        arrow_import.read_table(path, columns=["nobody"])
