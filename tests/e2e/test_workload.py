"""Real documentation paths of 6,170 projects, from the shared workload: every question for
the ten largest projects and fifty at random, against SQL on the source."""
import os
import pathlib
import random
import subprocess

import pytest
from pageview_site import PostgresDatabase, SqliteDatabase
from program import Program

WORKLOAD = pathlib.Path(os.environ.get("PQA_WORKLOAD", "../shared/workload"))
SINCE, UNTIL = "2024-02-27", "2024-03-02"
ROWS = "2e5" if os.environ.get("PQA_CHECK_ALL") else "3e4"

pytestmark = pytest.mark.skipif(not (WORKLOAD / "pageviews_workload.c").exists(),
                                reason=f"the workload is not at {WORKLOAD}")


@pytest.fixture(scope="module")
def generate(tmp_path_factory):
    """Pipes the SQL that makes the site into a command."""
    folder = tmp_path_factory.mktemp("workload")
    subprocess.run(["cc", "-O2", "-o", folder / "generator",
                    WORKLOAD / "pageviews_workload.c", "-lm"], check=True)
    with open(folder / "pages.tsv", "wb") as pages:
        subprocess.run(["zstd", "-dcq", WORKLOAD / "pages.tsv.zst"], stdout=pages, check=True)

    def run(dialect, command):
        generator = subprocess.Popen(
            [folder / "generator", "--corpus", folder / "pages.tsv", "--first", SINCE,
             "--days", "5", "--rows", ROWS, "--dialect", dialect], stdout=subprocess.PIPE)
        subprocess.run(command, stdin=generator.stdout, check=True, stdout=subprocess.DEVNULL)
        assert generator.wait() == 0
    return run


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def archived(request, generate, tmp_path_factory):
    """The workload's site, backfilled and verified."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        generate("sqlite", ["sqlite3", folder / "site.db"])
        site = SqliteDatabase(folder / "site.db")
    else:
        url = request.getfixturevalue("cluster").create_database()
        generate("postgres", ["psql", "-q", url])
        site = PostgresDatabase(url)
    pqa = Program(folder / "store", site.url, folder)
    pqa.backfill(SINCE, UNTIL)
    pqa("verify", "--against-database")
    yield site, pqa
    site.close()


def test_archive_has_the_rows_of_the_site(archived):
    site, pqa = archived
    assert pqa.archive_rows() == site.archive_rows()


def sums(key, status):
    return (f"SELECT {key}, sum(view_count) FROM analytics_pageview v LEFT JOIN builds_version b"
            f" ON b.id = v.version_id WHERE v.project_id = ? AND status = {status}"
            f" AND date BETWEEN ? AND ? GROUP BY {key}")


def ordered(rows):
    return sorted(((name, int(views)) for name, views in rows),
                  key=lambda row: (-row[1], row[0] is not None, (row[0] or "").encode()))


def check_project(site, pqa, number, slug, since, until):
    place = (number, since, until)

    def ask(question, *more):
        return [tuple(row.values()) for row in
                pqa.ask(question, slug, "--since", since, "--until", until, *more)]
    assert ask("top", "--limit", 0) == ordered(site.rows(sums("path", 200), *place))
    assert ask("not-found", "--limit", 0) == ordered(site.rows(sums("path", 404), *place))
    assert ask("versions") == ordered(site.rows(sums("b.slug", 200), *place))
    daily = {str(date): int(views) for date, views in site.rows(sums("date", 200), *place)}
    answer = ask("daily")
    assert {date: views for date, views in answer if views} == {
        date: views for date, views in daily.items() if views}
    views = site.rows(
        "SELECT date, b.slug, path, view_count FROM analytics_pageview v LEFT JOIN builds_version"
        " b ON b.id = v.version_id WHERE v.project_id = ? AND status = 200 AND date BETWEEN ?"
        " AND ?", *place)
    def text(rows):
        return sorted(tuple("" if value is None else str(value) for value in row) for row in rows)
    assert text(ask("views")) == text(views)


def test_every_question_equals_sql_on_the_source(archived):
    site, pqa = archived
    sizes = site.rows("SELECT p.id, p.slug, count(v.id) FROM projects_project p LEFT JOIN"
                      " analytics_pageview v ON v.project_id = p.id GROUP BY p.id, p.slug")
    largest = sorted(sizes, key=lambda row: -row[2])[:10]
    choose = random.Random(5)
    days = [f"2024-02-{day}" for day in (27, 28, 29)] + ["2024-03-01", "2024-03-02"]
    for number, slug, _ in largest + choose.sample(sizes, 50):
        since, until = sorted(choose.choices(days, k=2))
        check_project(site, pqa, number, slug, since, until)
