"""Questions of a table whose files others have written: in another order, in small pieces,
with other encodings, joined, without the statistics that pqa writes."""
import random

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pageview_site import DAYS, FIRST, LAST, PROJECTS

ALL = ("--limit", "0")
QUESTIONS = [("top", *ALL), ("top", "--by", "full_path", *ALL), ("top", "--status", "any", *ALL),
             ("daily",), ("not-found", *ALL), ("versions",), ("views",)]


def answers(pqa):
    """Of some projects: what each question gives, over all days and over some."""
    found = {}
    for project in [slug for slug in PROJECTS.values() if slug][:2]:
        for question in QUESTIONS:
            for since, until in ((FIRST, LAST), (DAYS[1], DAYS[2])):
                arguments = (*question, project, "--since", since, "--until", until)
                found[arguments] = pqa.ask(*arguments)
    return found


def rewrite(path, change, **properties):
    """The table's rows written again by delta-rs as one commit, in another layout."""
    table = DeltaTable(path)
    rows = change(table.to_pyarrow_table())
    write_deltalake(table, rows, mode="overwrite", **properties)


def shuffled(rows):
    order = list(range(rows.num_rows))
    random.Random(3).shuffle(order)
    return rows.take(pa.array(order))


@pytest.fixture
def archive(sqlite_pqa):
    sqlite_pqa.backfill(FIRST, LAST)
    return sqlite_pqa


def test_compacted_by_delta_rs_gives_the_same_answers(archive):
    before, version = answers(archive), archive.version()
    DeltaTable(archive.table_path()).optimize.compact()
    assert archive.version() > version
    assert len(DeltaTable(archive.table_path()).file_uris()) == 1
    assert answers(archive) == before


@pytest.mark.parametrize("change", [lambda rows: rows, shuffled], ids=["sorted", "shuffled"])
@pytest.mark.parametrize("properties", [
    {}, {"max_row_group_size": 100, "write_batch_size": 50},
    {"compression": "SNAPPY", "default_column_properties": {"dictionary_enabled": False}},
    {"statistics_truncate_length": 1}], ids=["plain", "small-groups", "no-dictionary", "short"])
def test_rewritten_by_delta_rs_gives_the_same_answers(archive, change, properties):
    from deltalake import ColumnProperties, WriterProperties
    before = answers(archive)
    default = properties.pop("default_column_properties", None)
    writer = WriterProperties(
        **properties, default_column_properties=ColumnProperties(**default) if default else None)
    rewrite(archive.table_path(), change, writer_properties=writer)
    assert answers(archive) == before
    archive("verify", "--since", FIRST, "--until", LAST, code=0)
