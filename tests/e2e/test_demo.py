"""The way of a newcomer: pqa demo, backfill, questions."""
import csv
import io

from pageview_site import SqliteDatabase
from program import Program


def test_demo_is_archived_and_answers(tmp_path):
    pqa = Program(tmp_path / "store", f"sqlite:{tmp_path}/demo/demo.db", tmp_path)
    pqa("demo", tmp_path / "demo")
    pqa("backfill", "--days", 90)
    site = SqliteDatabase(tmp_path / "demo" / "demo.db")
    rows = site.archive_rows()
    assert 200_000 < len(rows) < 400_000
    assert len({row[1] for row in rows.values()}) > 50
    assert any(row[9] == 404 for row in rows.values())
    assert pqa.archive_rows() == rows
    pqa("verify")
    slug = site.rows("SELECT slug FROM projects_project p JOIN analytics_pageview v ON"
                     " v.project_id = p.id GROUP BY p.id ORDER BY sum(view_count) DESC")[0][0]
    assert len(pqa.ask("top", slug, "--limit", 10)) == 10
    daily = pqa.ask("daily", slug, "--days", 90)
    assert len(daily) == 90 and all(row["views"] > 0 for row in daily)
    assert pqa.ask("not-found", slug, "--days", 90)
    assert len(pqa.ask("versions", slug, "--days", 90)) > 1
    text = pqa("views", slug, "--days", 90).stdout
    assert next(csv.reader(io.StringIO(text))) == ["Date", "Version", "Path", "Views"]
    before = (tmp_path / "demo" / "demo.db").read_bytes()
    pqa("demo", tmp_path / "demo")
    assert (tmp_path / "demo" / "demo.db").read_bytes() == before
