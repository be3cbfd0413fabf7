"""What changes an archive without an export: prune, vacuum, compact, restore, forget."""

import pytest
from pageview_site import DAYS, FIRST, LAST


def rows_since(rows, first):
    return {number: row for number, row in rows.items() if row[8] >= first}


@pytest.fixture
def archive(site, pqa):
    """The program, with all days archived."""
    pqa.backfill(FIRST, LAST)
    return pqa


# --- Prune ---

def test_pruned_days_are_gone_and_stay_so(site, archive):
    rows = site.archive_rows()
    before = DAYS[2]
    said = archive("prune", "--before", before, "--dry-run").stdout
    assert "2 days" in said and "would go" in said
    assert archive.archive_rows() == rows
    version = archive.version()
    refused = archive("prune", "--before", before, code=2)
    assert "--yes" in refused.stderr and archive.version() == version
    said = archive("prune", "--before", before, "--yes").stdout
    left = rows_since(rows, before)
    assert f"{len(rows) - len(left):,} rows" in said
    assert archive.archive_rows() == left
    assert archive.version() == version + 1
    archive.backfill(FIRST, LAST)
    archive("export", "--date", FIRST)
    assert archive.archive_rows() == left
    archive("verify", "--against-database")


def test_prune_can_be_undone(site, archive):
    rows = site.archive_rows()
    archive("prune", "--before", DAYS[3], "--yes")
    said = archive("prune", "--undo").stdout
    assert "3 days" in said and "are back" in said
    assert archive.archive_rows() == rows
    archive("verify", "--against-database")
    assert "no prune" in archive("prune", "--undo", code=10).stderr
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE date = ?",
                 DAYS[0])
    archive("export", "--date", DAYS[0])
    assert archive.archive_rows() == site.archive_rows()


def test_prune_says_what_it_needs(archive):
    assert "which days" in archive("prune", code=2).stderr
    assert "which days" in archive("prune", "--undo", "--before", FIRST, code=2).stderr
    archive.settings["PQA_YES"] = "true"  # agreement is the command line's only
    assert "--yes" in archive("prune", "--before", LAST, code=2).stderr
    assert "future" in archive("prune", "--before", "2999-01-01", code=2).stderr
