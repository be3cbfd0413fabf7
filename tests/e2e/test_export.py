"""What an export leaves in the archive, night after night."""
import datetime
import shutil

from pageview_site import DAYS, FIRST, GONE_PROJECT, LAST

ONE_DAY = datetime.timedelta(1)


def add_row(site, date, views=5, path="/late.html", project=1):
    number = site.rows("SELECT max(id) + 1 FROM analytics_pageview")[0][0]
    site.insert([(number, project, None, path, None, views, date, 200)])
    return number


def test_backfill_archives_every_row(site, pqa):
    pqa.backfill(FIRST, LAST)
    assert pqa.archive_rows() == site.archive_rows()
    pqa("verify")
    pqa("verify", "--against-database")


def test_days_one_by_one_are_the_same_as_a_backfill(site, pqa, tmp_path):
    for day in DAYS:
        pqa("export", "--date", day)
    one_by_one, pqa.store = pqa.archive_rows(), tmp_path / "other"
    pqa.backfill(FIRST, LAST)
    assert pqa.archive_rows() == one_by_one == site.archive_rows()


def test_export_twice_changes_nothing(site, pqa):
    pqa("export", "--date", FIRST)
    files, version = pqa.live_files(), pqa.version()
    pqa("export", "--date", FIRST)
    assert pqa.live_files() == files and pqa.version() == version


def test_backfill_twice_changes_nothing(site, pqa):
    pqa.backfill(FIRST, LAST)
    files, version = pqa.live_files(), pqa.version()
    pqa.backfill(FIRST, LAST)
    assert pqa.live_files() == files and pqa.version() == version


def test_same_rows_make_the_same_bytes(site, pqa, tmp_path):
    pqa("export", "--date", FIRST)
    first, = pqa.live_files()
    pqa.store = tmp_path / "other"
    pqa("export", "--date", FIRST)
    second, = pqa.live_files()
    assert first.read_bytes() == second.read_bytes()


def test_first_export_has_the_seeds_name(site, pqa):
    pqa("export", "--date", "2024-02-29")
    path, = pqa.live_files()
    assert path == pqa.table_path() / "2024/02/29/pageviews_2024-02-29.parquet"


def test_late_changed_and_deleted_rows_of_three_days_are_merged(site, pqa):
    days = DAYS[1:4]
    pqa.backfill(FIRST, LAST)
    expected = site.archive_rows()
    for day in days:
        site.execute("UPDATE analytics_pageview SET view_count = view_count + 3"
                     " WHERE date = ? AND id % 5 = 0", day)
        site.execute("DELETE FROM analytics_pageview WHERE date = ? AND id % 7 = 0", day)
        add_row(site, day)
    expected |= site.archive_rows()
    for day in days:
        pqa("export", "--date", day)
    assert pqa.archive_rows() == expected
    pqa("verify")
    assert len(pqa.live_files()) == len(DAYS)


def test_archive_keeps_rows_when_the_site_deletes_a_whole_day(site, pqa):
    pqa.backfill(FIRST, LAST)
    expected = pqa.archive_rows()
    site.execute("DELETE FROM analytics_pageview WHERE date = ?", FIRST)
    pqa("export", "--date", FIRST)
    assert pqa.archive_rows() == expected


def test_renamed_project_keeps_its_history(site, pqa):
    pqa.backfill(FIRST, DAYS[2])
    before = pqa.ask("daily", "django", "--since", FIRST, "--until", DAYS[2])
    site.execute("UPDATE projects_project SET slug = 'django-framework' WHERE id = 1")
    pqa.backfill(DAYS[3], LAST)
    after = pqa.ask("daily", "django-framework", "--since", FIRST, "--until", LAST)
    assert after[:3] == before
    views = dict(site.rows("SELECT date, sum(view_count) FROM analytics_pageview"
                           " WHERE project_id = 1 AND status = 200 GROUP BY date"))
    assert [row["views"] for row in after] == [views.get(day, views.get(str(day))) for day in DAYS]


def test_freed_slug_never_shows_another_owners_paths(site, pqa):
    pqa.backfill(FIRST, DAYS[2])
    site.execute("UPDATE projects_project SET slug = 'django-old' WHERE id = 1")
    site.execute("INSERT INTO projects_project VALUES (500, 'django')")
    add_row(site, LAST, project=500, path="/mine.html")
    pqa.backfill(DAYS[3], LAST)
    rows = pqa.ask("top", "django", "--since", FIRST, "--until", LAST)
    assert [(row["path"], row["views"]) for row in rows] == [("/mine.html", 5)]


def test_deleted_project_keeps_its_slug_in_the_archive(site, pqa):
    pqa.backfill(FIRST, LAST)
    expected = pqa.archive_rows()
    site.execute("DELETE FROM builds_version WHERE project_id = 3")
    site.execute("DELETE FROM projects_project WHERE id = 3")
    add_row(site, FIRST)
    pqa("export", "--date", FIRST)
    rows = pqa.archive_rows()
    assert {number: rows[number] for number in expected} == expected
    assert len(rows) == len(expected) + 1


def test_rows_of_a_project_that_is_gone_are_archived(site, pqa):
    pqa.backfill(FIRST, LAST)
    slugs = {row[2] for row in pqa.archive_rows().values() if row[1] == GONE_PROJECT}
    assert slugs == {""}


def test_day_without_rows_is_covered_and_has_no_file(site, pqa):
    pqa("export", "--date", FIRST - ONE_DAY)
    assert pqa.live_files() == []
    version = pqa.version()
    pqa("export", "--date", FIRST - ONE_DAY)
    assert pqa.version() == version


def test_dry_run_writes_nothing(site, pqa):
    pqa("export", "--date", FIRST, "--dry-run")
    assert pqa.archive_rows() == {}


def test_large_path_is_archived_whole(sqlite_site, sqlite_pqa):
    path = "/" + "x" * 1_000_000
    number = add_row(sqlite_site, FIRST, path=path)
    sqlite_pqa("export", "--date", FIRST)
    assert sqlite_pqa.archive_rows()[number][5] == path
    sqlite_pqa("verify")


def test_site_with_other_names_and_widths_is_exported(postgres_site, postgres_pqa):
    postgres_site.execute("CREATE SCHEMA stats")
    postgres_site.execute(
        'CREATE TABLE stats."page hits" AS SELECT id::integer AS hit, project_id::bigint,'
        " version_id::bigint, path::text, full_path::text, view_count::smallint AS n,"
        " date AS day, status::bigint FROM analytics_pageview WHERE view_count < 30000")
    postgres_site.execute('ALTER TABLE stats."page hits" ADD PRIMARY KEY (hit)')
    expected = {number: row for number, row in postgres_site.archive_rows().items()
                if row[7] < 30000}
    names = {"PQA_PAGE_VIEWS_TABLE": "stats.page hits", "PQA_ID_COLUMN": "hit",
             "PQA_VIEW_COUNT_COLUMN": "n", "PQA_DATE_COLUMN": "day"}
    postgres_pqa.settings = names
    postgres_pqa.backfill(FIRST, LAST)
    assert postgres_pqa.archive_rows() == expected


def test_sort_in_little_memory_gives_the_same_archive(site, pqa, tmp_path):
    pqa("export", "--date", FIRST)
    whole, = pqa.live_files()
    pqa.store = tmp_path / "little"
    pqa("export", "--date", FIRST, "--memory", "1M")
    little, = pqa.live_files()
    assert whole.read_bytes() == little.read_bytes()


def test_moved_store_is_the_same_archive(site, pqa, tmp_path):
    pqa.backfill(FIRST, LAST)
    shutil.move(pqa.store, tmp_path / "moved")
    pqa.store = tmp_path / "moved"
    pqa("verify")
    assert pqa.archive_rows() == site.archive_rows()
