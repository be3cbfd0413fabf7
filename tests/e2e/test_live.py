"""--live: days that are not archived come from the database, and every row counts once.

Each answer is compared with SQL put to the database alone, written here by hand.
"""
import csv
import datetime
import io
import random
import threading
import uuid

import pytest
from pageview_site import DAYS, FIRST, LAST, PROJECTS, VERSIONS, SqliteDatabase, fill_site
from s3_program import S3Program
from s3_servers import Versitygw

RANGE = ("--since", FIRST, "--until", LAST)
NEW_PROJECT = 4242


@pytest.fixture
def half(pqa):
    """The second and the fourth day are not archived."""
    for first, last in ((0, 0), (2, 2), (4, 5)):
        pqa.backfill(DAYS[first], DAYS[last])
    return pqa


@pytest.fixture
def s3_half(sqlite_site, tmp_path):
    if not Versitygw.is_installed():
        pytest.skip("versitygw is not built: tools/test_servers.sh")
    with Versitygw() as server:
        pqa = S3Program(server, f"tests/{uuid.uuid4().hex[:8]}", sqlite_site.url, tmp_path)
        for first, last in ((0, 0), (2, 2), (4, 5)):
            pqa.backfill(DAYS[first], DAYS[last])
        yield pqa


def rows_of(site, case):
    """path, full_path, version's slug, views, date: of the rows that a case is about."""
    project, since, until, status, version = case
    rows = site.rows(
        "SELECT v.path, v.full_path, b.slug, v.view_count, v.date FROM analytics_pageview v"
        " LEFT JOIN builds_version b ON b.id = v.version_id"
        " WHERE v.project_id = ? AND v.date >= ? AND v.date <= ? AND v.status = ?",
        project, since, until, status)
    return [row for row in rows if version in (None, row[2])]


def sums(rows, column):
    """The database's answer, in the order of ours: most views first, ties bytewise."""
    counts = {}
    for row in rows:
        counts[row[column]] = counts.get(row[column], 0) + row[3]
    return sorted(counts.items(), key=lambda item: (
        -item[1], item[0] is not None, str(item[0] or "").encode()))


def random_cases(seed, count):
    choose = random.Random(seed)
    for _ in range(count):
        since, until = sorted(choose.choices(DAYS, k=2))
        project = choose.choice(list(PROJECTS))
        version = choose.choice([None, VERSIONS[project * 10 + choose.randrange(4)][1]])
        yield project, since, until, choose.choice([200, 200, 404, 301]), version


def arguments(case):
    project, since, until, status, version = case
    return ([PROJECTS[project], "--since", since, "--until", until, "--status", status]
            + (["--project-version", version] if version else []) + ["--live"])


def compare(site, pqa, case):
    rows = rows_of(site, case)
    chosen = arguments(case)
    answer = pqa.ask("top", *chosen, "--limit", 0)
    assert [(row["path"], row["views"]) for row in answer] == sums(rows, 0), case
    answer = pqa.ask("top", *chosen, "--limit", 3)
    assert [(row["path"], row["views"]) for row in answer] == sums(rows, 0)[:3], case
    answer = pqa.ask("top", *chosen, "--limit", 0, "--by", "full_path")
    assert [(row["full_path"], row["views"]) for row in answer] == sums(rows, 1), case
    answer = pqa.ask("versions", *chosen)
    assert [(row["version"], row["views"]) for row in answer] == sums(rows, 2), case
    days = {str(day): views for day, views in sums(rows, 4)}
    answer = pqa.ask("daily", *chosen)
    _, since, until, _, _ = case
    assert [row["date"] for row in answer] == [
        str(since + datetime.timedelta(n)) for n in range((until - since).days + 1)], case
    assert {row["date"]: row["views"] for row in answer if row["date"] in days} == days, case
    assert sum(row["views"] for row in answer) == sum(days.values()), case
    text = pqa("views", *chosen, "--format", "csv").stdout
    answer = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert sorted(answer) == sorted(
        [str(row[4]), row[2] or "", row[0], str(row[3])] for row in rows), case


def test_every_question_equals_sql(site, half):
    for project in PROJECTS:
        compare(site, half, (project, FIRST, LAST, 200, None))
    for case in random_cases(5, 15):
        compare(site, half, case)


def test_not_found_equals_sql(site, half):
    for project in PROJECTS:
        answer = half.ask("not-found", PROJECTS[project], *RANGE, "--limit", 0, "--live")
        expected = sums(rows_of(site, (project, FIRST, LAST, 404, None)), 0)
        assert [(row["path"], row["views"]) for row in answer] == expected


def test_without_live_the_days_are_missing(site, half):
    live = half.ask("daily", "django", *RANGE, "--live")
    archived = half.ask("daily", "django", *RANGE)
    assert [row["views"] > 0 for row in archived] == [True, False, True, False, True, True]
    assert all(row["views"] > 0 for row in live)


def test_note_says_what_came_from_where(half):
    note = half("daily", "django", *RANGE, "--live").stderr
    assert f"{DAYS[1]},{DAYS[3]} from the database" in note
    assert f"{DAYS[0]},{DAYS[2]},{DAYS[4]}..{DAYS[5]} from the archive" in note
    note = half("daily", "django", "--since", DAYS[4], "--until", LAST, "--live").stderr
    assert "the database" not in note


def test_an_archived_day_is_the_archives(site, half):
    """Also where the site deleted its rows since, or added some."""
    before = half.ask("daily", "django", *RANGE, "--live")
    site.execute("DELETE FROM analytics_pageview WHERE date = ?", DAYS[2])
    site.execute("UPDATE analytics_pageview SET view_count = 1000000 WHERE date = ?", LAST)
    assert half.ask("daily", "django", *RANGE, "--live") == before


def test_a_project_that_only_the_database_has(site, half):
    site.execute("INSERT INTO projects_project VALUES (?, ?)", NEW_PROJECT, "brand-new")
    site.insert([(900001, NEW_PROJECT, None, "/x", None, 7, DAYS[1], 200),
                 (900002, NEW_PROJECT, None, "/x", "/en/x", 5, DAYS[3], 200)])
    assert half.ask("top", "brand-new", *RANGE, "--live") == [{"path": "/x", "views": 12}]
    assert half.ask("top", "brand-new", *RANGE) == []
    done = half("top", "no-such-thing", *RANGE, "--live")
    assert "in the database and in the archive" in done.stderr


def test_a_renamed_project_keeps_its_archived_days(site, half):
    expected = half.ask("daily", "django", *RANGE, "--live")
    site.execute("UPDATE projects_project SET slug = 'renamed' WHERE id = 1")
    assert half.ask("daily", "renamed", *RANGE, "--live") == expected


def test_pruned_days_are_nobodys(half):
    before = half.ask("daily", "django", *RANGE, "--live")
    half("prune", "--before", DAYS[2], "--yes")
    answer = half.ask("daily", "django", *RANGE, "--live")
    assert [row["views"] for row in answer[:2]] == [0, 0]
    assert answer[2:] == before[2:]
    assert "pruned" in half("daily", "django", *RANGE, "--live").stderr


def test_a_day_that_is_open_now(site, half):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    site.insert([(910001, 1, 10, "/now", "/en/now", 3, today, 200)])
    answer = half.ask("top", "django", "--since", today, "--until", today, "--live")
    assert answer == [{"path": "/now", "views": 3}]


def test_live_without_a_database_is_refused(half):
    half.db = None
    done = half("top", "django", *RANGE, "--live", code=10)
    assert "--db" in done.stderr


def test_another_database_is_refused(half, tmp_path):
    other = SqliteDatabase(tmp_path / "other.db")
    fill_site(other)
    other.close()
    half.db = other.url
    done = half("top", "django", *RANGE, "--live", code=13)
    assert "is not the database that the archive was made from" in done.stderr


def test_a_database_that_is_not_there_is_no_answer(half, tmp_path):
    half.db = f"sqlite:{tmp_path}/nowhere.db"
    done = half("top", "django", *RANGE, "--live", code=10)
    assert done.stdout == ""


def test_answers_stay_equal_while_days_are_exported_and_deleted(site, pqa):
    """Days move from the database into the archive under questions that run meanwhile."""
    pqa.backfill(FIRST, FIRST)
    expected = pqa.ask("top", "django", *RANGE, "--limit", 0, "--live")
    stop = threading.Event()
    failures, asked = [], []

    def ask():
        while not stop.is_set():
            answer = pqa.ask("top", "django", *RANGE, "--limit", 0, "--live")
            asked.append(1)
            if answer != expected:
                failures.append(sum(row["views"] for row in answer))

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    try:
        for day in DAYS:
            pqa("export", "--date", day, "--delete-after-export", "--delete-batch", 20)
    finally:
        stop.set()
        for asker in askers:
            asker.join()
    total = sum(row["views"] for row in expected)
    assert asked and not failures, f"{len(failures)} of {len(asked)} answers: {failures[:5]}" \
                                   f", expected {total}"
    assert site.rows("SELECT count(*) FROM analytics_pageview") == [(0,)]
    assert pqa.ask("top", "django", *RANGE, "--limit", 0, "--live") == expected


def test_on_s3_with_copies_it_is_the_same(s3_half, sqlite_site):
    """From a bucket, twice: the second time from what the machine has kept."""
    for case in random_cases(9, 4):
        for _ in range(2):
            answer = s3_half.ask("top", *arguments(case), "--limit", 0)
            expected = sums(rows_of(sqlite_site, case), 0)
            assert [(row["path"], row["views"]) for row in answer] == expected, case
    assert (s3_half.folder / ".cache" / "pqa" / "objects").exists()
    s3_half.backfill(DAYS[1], DAYS[1])
    answer = s3_half.ask("daily", "django", *RANGE, "--live")
    days = dict(sums(rows_of(sqlite_site, (1, FIRST, LAST, 200, None)), 4))
    assert {row["date"]: row["views"] for row in answer} == {
        str(day): views for day, views in days.items()}
    s3_half("shadow", "--random", 10, *RANGE)
