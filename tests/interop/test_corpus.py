"""Every file of the public corpus has the outcome that corpus_table.py says."""
import csv
import fnmatch
import os
import pathlib
import resource
import subprocess
import sys

import arrow_import
import printed_rows
import pyarrow
import pyarrow.parquet
import pytest
from corpus_table import TABLE

CORPUS = pathlib.Path(os.environ.get("PARQUET_TEST_DATA", "../shared/parquet-testing"))
FILES = sorted(str(path.relative_to(CORPUS)) for path in CORPUS.rglob("*") if path.is_file())
pytestmark = pytest.mark.skipif(not FILES, reason=f"the public corpus is not at {CORPUS}")


def rows_for(file):
    return [row for row in TABLE if fnmatch.fnmatchcase(file, row[0])]


def files_with(outcome):
    """(file, what is needed to check it) of all files with this outcome."""
    found = [(file, row[2] if len(row) > 2 else None)
             for file in FILES for row in rows_for(file)[:1] if row[1] == outcome]
    return pytest.mark.parametrize("file, wanted", found or [(None, None)],
                                   ids=[file for file, _ in found] or ["none"])


def same(ours, theirs):
    """Equal, where NaN is equal to NaN."""
    return ours.equals(theirs) or repr(ours.to_pylist()) == repr(theirs.to_pylist())


def assert_read_alike(file, **options):
    theirs = pyarrow.parquet.read_table(CORPUS / file).replace_schema_metadata(None)
    ours = arrow_import.read_table(CORPUS / file, **options)
    ours.validate(full=True)
    assert ours.schema.names == theirs.schema.names
    assert same(ours.cast(theirs.schema.remove_metadata()), theirs)
    return theirs


def assert_printed(file, rows):
    found = printed_rows.cat(CORPUS / file)
    assert len(found) == len(rows)
    for line, row in zip(found, rows):
        assert printed_rows.is_printed_as(line, row), (line, row)


@pytest.mark.parametrize("file", FILES)
def test_file_of_the_corpus_is_in_the_table_once(file):
    assert len(rows_for(file)) == 1, f"{file} has {len(rows_for(file))} rows in corpus_table.py"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_row_of_the_table_has_its_file(row):
    assert any(fnmatch.fnmatchcase(file, row[0]) for file in FILES)


@files_with("rows")
def test_rows_are_those_of_pyarrow(file, wanted):
    assert_printed(file, printed_rows.rows_of(assert_read_alike(file)))


def as_csv(value):
    return "" if value is None else str(value)


@files_with("csv")
def test_rows_are_those_of_pyarrow_and_of_the_csv_beside(file, wanted):
    table = assert_read_alike(file)
    assert_printed(file, printed_rows.rows_of(table))
    with open(CORPUS / wanted, newline="") as text:
        names, *lines = csv.reader(text)
    assert [name.strip() for name in names] == [name.strip(":") for name in table.schema.names]
    assert [[as_csv(value) for value in row.values()] for row in printed_rows.cat(CORPUS / file)
            ] == lines


@files_with("known")
def test_rows_are_those_that_are_documented(file, wanted):
    assert arrow_import.read_table(CORPUS / file).num_rows == len(wanted)
    assert_printed(file, wanted)


@files_with("checksum")
def test_wrong_checksum_is_refused_unless_it_is_not_looked_at(file, wanted):
    with pytest.raises(arrow_import.Failure) as refused:
        arrow_import.verify(CORPUS / file)
    assert refused.value.status == "CORRUPT" and wanted in str(refused.value)
    with pytest.raises(Exception, match="page checksum"):
        arrow_import.read_table(CORPUS / file)
    assert_read_alike(file, skip_checksums=True)


@files_with("bad")
def test_bad_file_is_refused_with_the_reason(file, wanted):
    with pytest.raises(arrow_import.Failure) as refused:
        arrow_import.verify(CORPUS / file)
    assert refused.value.status == "CORRUPT" and wanted in str(refused.value)
    with pytest.raises(Exception):
        arrow_import.read_table(CORPUS / file)


@files_with("locked")
def test_encrypted_file_is_refused_without_keys(file, wanted):
    with pytest.raises(arrow_import.Failure) as refused:
        arrow_import.verify(CORPUS / file)
    assert refused.value.status == "DENIED" and wanted in str(refused.value)


READ_LARGE = """
import arrow_import, numpy, sys
with arrow_import.opened(sys.argv[1], page_limit_bytes=2 << 30) as reader:
    for batch in arrow_import.batches(reader, batch_rows=1):
        entries = batch.column(0).values
        text = numpy.frombuffer(entries.field(0).buffers()[2], numpy.uint8)
        print(len(text), all((part == ord("a")).all() for part in numpy.split(text, 1024)),
              entries.field(1).to_pylist())
        del batch, entries, text
"""


@files_with("large")
def test_large_file_is_read_once_the_limit_allows(file, wanted):
    with pytest.raises(arrow_import.Failure) as refused:
        arrow_import.verify(CORPUS / file)
    assert refused.value.status == "LIMIT" and wanted in str(refused.value)
    if not os.environ.get("PQA_CHECK_ALL"):
        pytest.skip("needs 4 GiB of memory; ./check --all")
    done = subprocess.run([sys.executable, "-c", READ_LARGE, CORPUS / file], text=True,
                          cwd=pathlib.Path(__file__).parent, capture_output=True)
    assert done.stdout == f"{2**30} True [1]\n" * 2, done.stderr
    # Two pages, as the second row is behind the first's, and the batch, of 1 GiB each.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 3.5 * 2**20
