"""Files that the log has and the store has not, or not as they were: what still goes on, and how
their days are written anew."""
import pathlib

import pytest
from pageview_site import DAY_COUNT, DAYS, FIRST, LAST
from test_export import add_row

MONTH_DAYS = [day for day in DAYS if day.month == FIRST.month]


@pytest.fixture
def archive(site, pqa):
    pqa.backfill(FIRST, LAST)
    return pqa


def file_of(archive, day):
    return archive.table_path() / f"{day:%Y/%m/%d}/pageviews_{day}.parquet"


def lose(path):
    path.unlink()


def damage(path):
    """In the middle of a page."""
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 0xff
    path.chmod(0o644)
    path.write_bytes(content)


def forget_its_end(path):
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-100])


@pytest.fixture(params=[lose, damage, forget_its_end])
def lost(request, archive):
    """The file of the third day."""
    request.param(file_of(archive, DAYS[2]))
    return DAYS[2]


def test_the_other_days_are_exported(site, archive, lost):
    for day in DAYS:
        add_row(site, day)
    done = archive("export", "--since", FIRST, "--until", LAST, code=13)
    assert f"{DAY_COUNT - 1} written, 1 failed" in done.stdout
    assert str(lost) in done.stderr and "pqa export --rebuild" in done.stderr
    done = archive("export", "--date", lost, "--rebuild")
    assert "written" in done.stdout
    assert archive.archive_rows() == site.archive_rows()
    archive("verify", "--against-database")


def test_same_rows_bring_the_lost_file_back_under_its_name(site, archive):
    path = file_of(archive, DAYS[2])
    content, version = path.read_bytes(), archive.version()
    path.unlink()
    archive("export", "--date", DAYS[2], "--rebuild")
    assert path.read_bytes() == content and archive.version() == version
    assert archive.archive_rows() == site.archive_rows()
    archive("verify")


def test_other_rows_have_another_name_than_the_lost_file(site, archive):
    path = file_of(archive, DAYS[2])
    path.unlink()
    add_row(site, DAYS[2])
    archive("export", "--date", DAYS[2], "--rebuild")
    assert not path.exists()
    assert archive.archive_rows() == site.archive_rows()
    archive("verify", "--against-database")


def test_rows_that_the_database_lacks_are_not_given_up_unasked(site, archive, lost):
    site.execute("DELETE FROM analytics_pageview WHERE date = ? AND status = 404", lost)
    refused = archive("export", "--date", lost, "--rebuild", code=13)
    assert "the database has" in refused.stderr and "say --yes" in refused.stderr
    version = archive.version()
    archive("export", "--date", lost, "--rebuild", "--dry-run", "--yes")
    assert archive.version() == version
    archive("export", "--date", lost, "--rebuild", "--yes")
    assert archive.archive_rows() == site.archive_rows()
    archive("verify")


def test_a_day_that_only_the_lost_file_had_stays_lost(site, archive, lost):
    site.execute("DELETE FROM analytics_pageview WHERE date = ?", lost)
    version = archive.version()
    refused = archive("export", "--date", lost, "--rebuild", "--yes", code=13)
    assert "the database has 0 rows" in refused.stderr and "--yes" not in refused.stderr
    assert archive.version() == version


def test_nothing_is_rebuilt_where_nothing_is_lost(site, archive):
    version = archive.version()
    assert "unchanged" in archive("export", "--date", FIRST, "--rebuild").stdout
    assert archive.version() == version
    refused = archive("export", "--rebuild", "--delete-after-export", code=2)
    assert "exclude each other" in refused.stderr


def test_a_lost_month_is_rebuilt_whole(site, archive):
    archive("compact")
    month, = [path for path in archive.live_files() if f"{FIRST:%Y-%m}." in str(path)]
    pathlib.Path(archive.table_path() / month).unlink()
    add_row(site, MONTH_DAYS[0])
    add_row(site, LAST)
    done = archive("export", "--since", FIRST, "--until", LAST, code=13)
    assert f"1 written, 1 unchanged, {len(MONTH_DAYS)} failed" in done.stdout
    archive("export", "--date", MONTH_DAYS[0], "--rebuild")
    assert archive.archive_rows() == site.archive_rows()
    archive("verify", "--against-database")


# --- Days that share a file ---

def test_export_of_a_compacted_month_that_changes_nothing_writes_nothing(site, archive):
    """The database has fewer rows than the file: nothing is to be taken from it."""
    archive("compact")
    site.execute("DELETE FROM analytics_pageview WHERE date = ? AND status = 404", FIRST)
    before = archive.version(), sorted(archive.table_path().rglob("*.parquet"))
    done = archive("export", "--since", FIRST, "--until", LAST)
    assert f"{DAY_COUNT} days: {DAY_COUNT} unchanged" in done.stdout
    assert (archive.version(), sorted(archive.table_path().rglob("*.parquet"))) == before


def test_a_contradiction_in_a_compacted_month_does_not_stop_the_days_behind_it(site, archive):
    archive("compact", "--month", f"{FIRST:%Y-%m}")
    site.execute("UPDATE analytics_pageview SET path = '/other' WHERE id ="
                 " (SELECT min(id) FROM analytics_pageview WHERE date = ?)", FIRST)
    add_row(site, LAST)
    done = archive("export", "--since", FIRST, "--until", LAST, code=13)
    assert f"1 written, 1 unchanged, {len(MONTH_DAYS)} failed" in done.stdout
    late = [row for row in archive.archive_rows().values() if row[5] == "/late.html"]
    assert [row[8] for row in late] == [LAST]
