"""Parquet files of others to Arrow, Arrow of others to Parquet files."""
import os

import pyarrow
import pyarrow.parquet
import pytest

import pqa
from pqa.parquet import ParquetFile, read_table, write_table

TABLE = pyarrow.table({
    "id": pyarrow.array(range(10000), pyarrow.int64()),
    "path": pyarrow.array([None if n % 7 == 0 else f"/page{n % 50}" for n in range(10000)]),
    "tags": pyarrow.array([[n, None] if n % 3 else None for n in range(10000)],
                          pyarrow.list_(pyarrow.int32())),
    "when": pyarrow.array(range(10000), pyarrow.timestamp("us", tz="UTC"))})


@pytest.fixture
def path(tmp_path):
    pyarrow.parquet.write_table(TABLE, tmp_path / "other.parquet", row_group_size=3000)
    return tmp_path / "other.parquet"


def plain(table):
    return table.to_pydict()


def test_read_is_what_pyarrow_wrote(path):
    assert plain(pyarrow.table(read_table(path))) == plain(TABLE)
    rows = read_table(str(path), ["path", "id"])
    taken = pyarrow.table(rows)
    assert taken.column_names == pyarrow.schema(rows).names == ["path", "id"]
    assert pyarrow.table(rows).equals(taken)  # as often as it is asked for


def test_where_chooses_rows(path):
    rows = pyarrow.table(read_table(path, ["id"], "id >= 9990"))
    assert rows.column("id").to_pylist() == list(range(9990, 10000))
    rows = pyarrow.table(read_table(path, ["id"], ["path is null", "id < 10"]))
    assert rows.column("id").to_pylist() == [0, 7]


def test_batches_are_read_one_by_one(path):
    batches = list(ParquetFile(path).iter_batches(["id"], batch_rows=1024))
    assert all(len(batch) <= 1024 for batch in batches)
    ids = [row for batch in batches
           for row in pyarrow.record_batch(batch).column("id").to_pylist()]
    assert ids == list(range(10000))
    with pytest.raises(ValueError, match="taken already"):
        pyarrow.record_batch(batches[0])


def test_metadata_and_schema(path):
    file = ParquetFile(path)
    assert file.metadata["rows"] == 10000 and len(file.metadata["row_groups"]) == 4
    assert "path" in file.schema and "TIMESTAMP" in file.schema


def test_stream_outlives_its_file_and_goes_to_other_libraries(path):
    import duckdb
    import polars
    assert polars.DataFrame(read_table(path, ["id"])).sum().item() == sum(range(10000))
    rows = read_table(path, ["id"])  # noqa: F841: DuckDB finds it by name
    assert duckdb.sql("SELECT sum(id) FROM rows").fetchall()[0][0] == sum(range(10000))


@pytest.mark.parametrize("codec", [None, "none", "snappy", "gzip", "brotli", "zstd", "lz4"])
def test_written_is_what_pyarrow_reads(tmp_path, codec):
    written = write_table(TABLE, tmp_path / "ours.parquet", codec=codec)
    assert written == (10000, os.path.getsize(tmp_path / "ours.parquet"))
    assert plain(pyarrow.parquet.read_table(tmp_path / "ours.parquet")) == plain(TABLE)
    assert os.listdir(tmp_path) == ["ours.parquet"]


def test_writing_takes_streams_of_others_and_options(tmp_path):
    import polars
    frame = polars.DataFrame({"n": list(range(1000)), "s": [f"x{n}" for n in range(1000)]})
    write_table(frame, tmp_path / "a.parquet", portable=True, row_group_rows=300, level=1)
    taken = pyarrow.parquet.ParquetFile(tmp_path / "a.parquet")
    assert taken.metadata.num_row_groups == 4
    assert taken.read().to_pydict() == frame.to_dict(as_series=False)
    reader = pyarrow.RecordBatchReader.from_batches(
        TABLE.schema, (batch for batch in TABLE.to_batches(max_chunksize=777)))
    assert write_table(reader, tmp_path / "b.parquet").num_rows == 10000
    write_table(read_table(tmp_path / "b.parquet"), tmp_path / "c.parquet")
    assert plain(pyarrow.parquet.read_table(tmp_path / "c.parquet")) == plain(TABLE)


def test_what_fails_leaves_nothing_and_the_old_file(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"old")

    def broken():
        yield TABLE.to_batches()[0]
        raise RuntimeError("the stream broke")
    reader = pyarrow.RecordBatchReader.from_batches(TABLE.schema, broken())
    with pytest.raises(pqa.Error, match="the stream broke"):
        write_table(reader, tmp_path / "a.parquet")
    assert os.listdir(tmp_path) == ["a.parquet"]
    assert (tmp_path / "a.parquet").read_bytes() == b"old"


def test_wrong_arguments_are_told(path, tmp_path):
    with pytest.raises(pqa.NotFound):
        read_table(tmp_path / "nothing.parquet")
    with pytest.raises(pqa.Invalid):
        read_table(path, ["no_such_column"])
    with pytest.raises(pqa.Invalid):
        read_table(path, where="id ~ 5")
    with pytest.raises(ValueError, match="no codec 'middle-out'"):
        write_table(TABLE, tmp_path / "x.parquet", codec="middle-out")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 this is no Parquet file PAR1")
    with pytest.raises(pqa.Corrupt):
        ParquetFile(tmp_path / "bad.parquet")
