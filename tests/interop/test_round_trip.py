"""Random tables, written by the library and read by it and by others; and written by others and
read by it. ./check takes some hundred tables, ./check --all ten thousand."""
import functools
import io
import os
import random
import re
import uuid

import arrow_export
import arrow_import
import duckdb
import polars
import pyarrow
import pyarrow.parquet
import pytest
import random_tables
from arrow_export import CODECS, ENCODINGS

BATCH = 100
TABLES = range(0, 10_000 if os.environ.get("PQA_CHECK_ALL") else 300, BATCH)


def each_seed(first, check):
    """Calls check(random, seed) for a batch of seeds; a failure says which it was."""
    for seed in range(first, first + BATCH):
        try:
            check(random.Random(seed), seed)
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error


# --- What the library may be asked to do

def random_column(r, leaf):
    encoding = r.choice(["CHOSEN", "CHOSEN"] + random_tables.LEAF_ENCODINGS[leaf])
    fallbacks = [name for name in random_tables.LEAF_ENCODINGS[leaf] if name != "RLE_DICTIONARY"]
    return {"encoding": ENCODINGS[encoding], "codec": r.choice(list(CODECS.values())),
            "fallback": ENCODINGS[r.choice(fallbacks)] if encoding == "RLE_DICTIONARY" else 0,
            "portable": r.random() < 0.3, "long_pages": r.random() < 0.1,
            "bloom_filter": leaf != "BOOLEAN" and r.random() < 0.05}


def random_options(r, rows):
    return {"row_group_rows": r.choice((0, 0, 0, rows // 10 + 1, rows // 3 + 1)),
            "row_group_bytes": r.choice((0, 0, 0, 20_000, 1 if rows <= 10 else 0)),
            "page_rows": r.choice((0, 0, 1, 3, 50)), "page_limit_bytes": r.choice((0, 0, 1, 100, 5000)),
            "dictionary_limit_bytes": r.choice((0, 0, 1, 100)), "statistics_limit_bytes": r.choice((0, 1, 8)),
            "no_page_index": r.random() < 0.3, "no_checksums": r.random() < 0.3,
            "no_size_statistics": r.random() < 0.3, "ieee_total_order": r.random() < 0.2,
            "page_v2": r.random() < 0.5, "threads": r.choice((1, 1, 2, 3))}


def write_randomly(r, table):
    leaves = [leaf for field in table.schema for leaf in random_tables.parquet_leaves(field.type)]
    columns = [random_column(r, leaf) for leaf in leaves] if r.random() < 0.8 else None
    batches = table.to_batches(max_chunksize=r.choice((None, 1, 13))) if table.num_rows else []
    return arrow_export.write_batches(table.schema, batches, columns, **random_options(r, table.num_rows))


# --- The readers, and what each of them lacks

def read_by_duckdb(file, names, path):
    path.write_bytes(file)
    return duckdb.sql(f"SELECT {', '.join(names)} FROM '{path}'").to_arrow_table()


def read_by_the_library(file, names, _path):
    """In batches, types and threads that the file's bytes choose."""
    r = random.Random(file)
    table = arrow_import.read_table(
        file, columns=names, batch_rows=r.choice((0, 0, 1, 7, 50)), threads=r.choice((0, 2)),
        style=r.choice(((), ("large_types",), ("string_views",), ("large_types", "string_views"))))
    table.validate(full=True)
    return table


READERS = {
    "the library": read_by_the_library,
    "pyarrow": lambda file, names, path: pyarrow.parquet.read_table(io.BytesIO(file), columns=names),
    "DuckDB": read_by_duckdb,
    "polars": lambda file, names, path: polars.read_parquet(io.BytesIO(file), columns=names).to_arrow(),
}


def is_long_decimal(type_):
    return pyarrow.types.is_decimal(type_) and type_.precision > 38


def is_struct_of_nulls(type_):
    return pyarrow.types.is_struct(type_) and any(pyarrow.types.is_null(field.type) for field in type_)


# Types of which a reader does not give the values, and why: such columns are not compared.
LACKING = {
    "DuckDB": [(is_long_decimal, "decimals have at most 38 digits; more are read as DOUBLE"),
               (is_struct_of_nulls, "a null struct of what is always null is read as one of nulls:"
                                    " of pyarrow's files too")],
    "polars": [(is_long_decimal, "decimals have at most 38 digits; more are an error")],
}

# What a reader says where it lacks something else, and what that is: the column is not compared.
REFUSING = {
    "DuckDB": [("BYTE_STREAM_SPLIT encoding is only supported for FLOAT, DOUBLE, INT32 or INT64",
                "BYTE_STREAM_SPLIT is not read of fixed-size binary")],
    "polars": [(r"Decoding .*\"ByteStreamSplit\"-encoded .* not yet supported",
                "BYTE_STREAM_SPLIT is read of FLOAT and DOUBLE only"),
               (r"Decoding FixedLenByteArray.*\"DeltaByteArray\"-encoded .* not yet supported",
                "DELTA_BYTE_ARRAY is not read of fixed-size binary"),
               ("validity (mask length must match the number of values|must be equal to the array's length)",
                "it panics at DELTA pages in a nested column that hold nulls only: of pyarrow's files too")],
}

# Values that a reader gives in another form.
ALTERED = {
    "DuckDB": {"arrow.uuid": lambda value: str(uuid.UUID(bytes=value))},
    "polars": {"arrow.json": str.encode},
}


def is_refusal(reader, error):
    return any(re.search(said, str(error)) for said, _ in REFUSING.get(reader, []))


def read_columns(reader, file, names, path):
    """The table as the reader has it, without the columns that it says it cannot read."""
    try:
        return READERS[reader](file, names, path).select(names)
    except (Exception, polars.exceptions.PanicException) as error:
        if not is_refusal(reader, error):
            raise
        if len(names) == 1:
            return None
    tables = [read_columns(reader, file, [name], path) for name in names]
    columns = {table.schema.names[0]: table.column(0) for table in tables if table is not None}
    return pyarrow.table(columns) if columns else None


def assert_read_back(reader, file, table, path):
    lacking = LACKING.get(reader, [])
    names = [field.name for field in table.schema
             if not any(random_tables.contains(field.type, is_kind) for is_kind, _ in lacking)]
    found = read_columns(reader, file, names, path) if names else None
    if found is not None:
        difference = random_tables.first_difference(found, table, ALTERED.get(reader, {}))
        assert difference is None, f"{reader}: {difference}"


@pytest.mark.parametrize("first", TABLES)
def test_random_tables_written_are_read_back_by_all_readers(first, tmp_path):
    def check(r, seed):
        table = random_tables.random_table(r)
        file = write_randomly(r, table)
        schema = arrow_import.read_table(file).schema.remove_metadata()
        assert schema.equals(random_tables.written_schema(table.schema)), schema
        for reader in READERS:
            assert_read_back(reader, file, table, tmp_path / f"{seed}.parquet")
    each_seed(first, check)


@pytest.mark.parametrize("seed", range(6 if os.environ.get("PQA_CHECK_ALL") else 1))
def test_long_tables_written_are_read_back_by_all_readers(seed, tmp_path):
    r = random.Random(seed)
    table = random_tables.long_table(r, r.choice((1_000_000, 2_345_678)))
    file = arrow_export.write_table(table, threads=2, page_v2=seed % 2 == 1)
    for reader, read in READERS.items():
        found = read(file, table.schema.names, tmp_path / "long.parquet").select(table.schema.names)
        assert found.cast(table.schema).equals(table), reader
