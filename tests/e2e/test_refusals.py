"""A source that contradicts the archive is refused, and nothing changes."""
import shutil

import pytest
from pageview_site import DAYS, FIRST, LAST, SqliteDatabase

VICTIM = "SELECT min(id) FROM analytics_pageview WHERE date = ? AND view_count > 1 AND project_id = 1"


def refuses(pqa, *arguments):
    rows, version = pqa.archive_rows(), pqa.version()
    done = pqa(*arguments, code=13)
    assert pqa.archive_rows() == rows and pqa.version() == version
    return done.stderr


@pytest.mark.parametrize("change", [
    "project_id = project_id + 1", "path = '/other.html'", "status = 500",
    "version_id = 77", "view_count = view_count - 1"])
def test_row_that_contradicts_the_archive_is_refused_by_id(site, pqa, change):
    pqa.backfill(FIRST, LAST)
    victim = site.rows(VICTIM, FIRST)[0][0]
    site.execute(f"UPDATE analytics_pageview SET {change} WHERE id = ?", victim)
    said = refuses(pqa, "export", "--date", FIRST)
    assert str(victim) in said
    assert said.count("\n") == 1, "said twice"
    assert said.count(str(FIRST)) == 1, "named twice"


def test_id_reused_after_deletion_is_refused(site, pqa):
    pqa.backfill(FIRST, LAST)
    victim = site.rows(VICTIM, FIRST)[0][0]
    site.execute("DELETE FROM analytics_pageview WHERE id = ?", victim)
    site.insert([(victim, 1, None, "/new-owner.html", None, 1, FIRST, 200)])
    assert str(victim) in refuses(pqa, "export", "--date", FIRST)


def test_id_moved_to_another_day_is_refused(site, pqa):
    """The archive would have it on both days, and every total would count it twice."""
    pqa.backfill(FIRST, LAST)
    victim = site.rows(VICTIM, FIRST)[0][0]
    site.execute("UPDATE analytics_pageview SET date = ? WHERE id = ?", DAYS[1], victim)
    assert str(victim) in refuses(pqa, "export", "--date", DAYS[1])


def test_other_database_is_refused_unless_adopted(site, pqa, request, tmp_path):
    pqa.backfill(FIRST, DAYS[2])
    if isinstance(site, SqliteDatabase):
        other = tmp_path / "other.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), other)
        pqa.db = f"sqlite:{other}"
    else:
        cluster = request.getfixturevalue("cluster")
        pqa.db = cluster.create_database(template="template_site")
    message = refuses(pqa, "export", "--date", LAST)
    assert "--adopt-source" in message
    pqa("export", "--date", LAST, "--adopt-source")
    pqa("export", "--date", DAYS[3])


def test_other_environment_is_refused(site, pqa):
    pqa("export", "--date", FIRST)
    refuses(pqa, "export", "--date", LAST, "--environment", "staging")


def test_sqlite_without_autoincrement_is_still_exported(sqlite_site, sqlite_pqa):
    """Ids may come back there: fine to archive, which the merge watches over."""
    sqlite_site.execute("CREATE TABLE plain AS SELECT * FROM analytics_pageview")
    sqlite_site.execute("DROP TABLE analytics_pageview")
    sqlite_site.execute("CREATE TABLE analytics_pageview (id integer PRIMARY KEY, project_id"
                        " integer, version_id integer, path text, full_path text,"
                        " view_count integer, date date, status integer)")
    sqlite_site.execute("INSERT INTO analytics_pageview SELECT * FROM plain")
    sqlite_pqa.backfill(FIRST, LAST)
    assert sqlite_pqa.archive_rows() == sqlite_site.archive_rows()
