"""A source that contradicts the archive is refused, and nothing changes."""
import json
import shutil

import pytest
from pageview_site import DAYS, FIRST, LAST, SqliteDatabase

VICTIM = ("SELECT id, version_id, path, view_count, status FROM analytics_pageview WHERE date = ?"
          " AND view_count > 1 AND project_id = 1 AND version_id < 100 AND path LIKE '/guide/%'"
          " ORDER BY id LIMIT 1")


def refuses(pqa, *arguments):
    rows, version = pqa.archive_rows(), pqa.version()
    done = pqa(*arguments, code=13)
    assert pqa.archive_rows() == rows and pqa.version() == version
    return done.stderr


@pytest.mark.parametrize("change, said", [
    ("project_id = 2", "its project_id is 2 in the database and 1 in the archive"),
    ("path = '/other.html'", "its path is '/other.html' in the database and '{path}' in the"),
    ("status = 500", "its status is 500 in the database and {status} in the archive"),
    ("version_id = 77", "its version_id is 77 in the database and {version} in the archive"),
    ("version_id = NULL, status = 500", "its version_id is null in the database and {version} in"
     " the archive, its status is 500"),
    ("view_count = view_count - 1", "its views fell from {views} to ")])
def test_row_that_contradicts_the_archive_is_refused_by_id(site, pqa, change, said):
    """With the column, and what it is on both sides."""
    pqa.backfill(FIRST, LAST)
    victim, version, path, views, status = site.rows(VICTIM, FIRST)[0]
    site.execute(f"UPDATE analytics_pageview SET {change} WHERE id = ?", victim)
    said = said.format(version=version, path=path, views=views, status=status)
    for command in (["export", "--date", FIRST], ["verify", "--against-database"]):
        message = refuses(pqa, *command)
        assert f"id {victim} " in message and said in message
        assert message.count("\n") == 1, "said twice"
        assert message.count(str(FIRST)) == 1, "named twice"
    [file] = [row["path"] for row in pqa.ask("files") if row["first_date"] == str(FIRST)]
    shown = pqa("parquet", "cat", pqa.store / file, "--where", f"id = {victim}", "--json").stdout
    assert json.loads(shown)[0]["path"] == path


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
