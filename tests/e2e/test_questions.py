"""Every question, row by row, against the same question put to the source in Python."""
import csv
import datetime
import io
import json
import random
from collections import Counter

import pytest
from pageview_site import DAYS, FIRST, LAST, PROJECTS, VERSIONS

ROW = ["id", "project_id", "project_slug", "version_id", "version", "path", "full_path",
       "views", "date", "status"]


@pytest.fixture(scope="module")
def cases():
    """Project, first and last date, status, version: chosen at random, the edges first."""
    choose = random.Random(11)
    some = [(project, FIRST, LAST, 200, None) for project in PROJECTS.values()]
    for _ in range(25):
        since, until = sorted(choose.choices(DAYS, k=2))
        project = choose.choice(list(PROJECTS))
        version = choose.choice([None, VERSIONS[project * 10 + choose.randrange(4)][1]])
        some.append((PROJECTS[project], since, until, choose.choice([200, 404, 301]), version))
    return some


@pytest.fixture
def archived(site, pqa):
    pqa.backfill(FIRST, LAST)
    pqa.rows = [dict(zip(ROW, row)) for row in site.archive_rows().values()]
    return pqa


def arguments(case, status=True):
    project, since, until, code, version = case
    chosen = [project, "--since", since, "--until", until]
    chosen += ["--status", code] if status else []
    return chosen + (["--project-version", version] if version else [])


def matching(rows, case, status=None):
    project, since, until, code, version = case
    return [row for row in rows
            if row["project_slug"] == project and since <= row["date"] <= until
            and row["status"] == (status or code) and version in (None, row["version"])]


def most_viewed(rows, key):
    counts = Counter()
    for row in rows:
        counts[row[key]] += row["views"]
    def order(item):
        return -item[1], (item[0] is not None, (item[0] or "").encode())
    return [{key: name, "views": views} for name, views in sorted(counts.items(), key=order)]


def test_top_equals_the_source(archived, cases):
    for case in cases:
        expected = most_viewed(matching(archived.rows, case), "path")
        assert archived.ask("top", *arguments(case), "--limit", 0) == expected, case
        assert archived.ask("top", *arguments(case), "--limit", 3) == expected[:3], case


def test_top_by_full_path_equals_the_source(archived, cases):
    for case in cases:
        rows = [row for row in matching(archived.rows, case) if row["full_path"] is not None]
        answer = archived.ask("top", *arguments(case), "--limit", 0, "--by", "full_path")
        answer = [row for row in answer if row["full_path"] is not None]
        assert answer == most_viewed(rows, "full_path"), case


def test_not_found_equals_the_source(archived, cases):
    for case in cases:
        expected = most_viewed(matching(archived.rows, case, 404), "path")
        assert archived.ask("not-found", *arguments(case, status=False),
                            "--limit", 0) == expected, case


def test_daily_equals_the_source_and_fills_with_zeros(archived, cases):
    for case in cases:
        counts = Counter()
        for row in matching(archived.rows, case):
            counts[row["date"]] += row["views"]
        _, since, until, _, _ = case
        days = [since + datetime.timedelta(n) for n in range((until - since).days + 1)]
        expected = [{"date": str(day), "views": counts[day]} for day in days]
        assert archived.ask("daily", *arguments(case)) == expected, case


def test_versions_equals_the_source(archived, cases):
    for case in cases:
        expected = most_viewed(matching(archived.rows, case), "version")
        answer = archived.ask("versions", *arguments(case))
        assert sorted(answer, key=str) == sorted(expected, key=str), case
        assert [row["views"] for row in answer] == [row["views"] for row in expected], case


def test_views_is_the_csv_of_read_the_docs(archived, cases):
    for case in cases:
        rows = [[str(row["date"]), row["version"] or "", row["path"], str(row["views"])]
                for row in matching(archived.rows, case)]
        text = archived("views", *arguments(case), "--format", "csv").stdout
        answer = list(csv.reader(io.StringIO(text, newline="")))
        assert answer[0] == ["Date", "Version", "Path", "Views"], case
        assert sorted(answer[1:]) == sorted(rows), case
        dates = [row[0] for row in answer[1:]]
        assert dates == sorted(dates, reverse=True), case


def test_ndjson_csv_and_table_have_the_rows_of_json(archived):
    chosen = ("top", "django", "--since", FIRST, "--until", LAST, "--limit", 5)
    rows = archived.ask(*chosen)
    assert len(rows) == 5
    ndjson = archived(*chosen, "--format", "ndjson").stdout
    assert [json.loads(line) for line in ndjson.splitlines()] == rows
    table = archived(*chosen, "--format", "table").stdout
    assert all(row["path"] in table for row in rows if row["path"].isprintable())
    text = archived(*chosen, "--format", "csv").stdout
    answer = list(csv.reader(io.StringIO(text, newline="")))
    assert [[row["path"], str(row["views"])] for row in rows] == answer[1:]


def test_unknown_project_is_an_empty_answer_that_says_what_is_covered(archived):
    done = archived("top", "no-such-project", "--since", FIRST, "--until", LAST,
                    "--format", "json")
    assert done.stdout.strip() == "[]"
    assert str(FIRST) in done.stderr and str(LAST) in done.stderr


def test_days_not_archived_are_zero_and_said(archived):
    outside = LAST + datetime.timedelta(3)
    rows = archived.ask("daily", "django", "--since", LAST, "--until", outside)
    assert [row["views"] > 0 for row in rows] == [True, False, False, False]
    said = archived("daily", "django", "--since", FIRST - datetime.timedelta(2), "--until",
                    outside).stderr
    assert f"5 of the 11 days are not in the archive (first {FIRST}, last {LAST})" in said
    assert "--live" in said and "pruned" not in said and "future" not in said
    for question in "top", "views", "versions", "not-found":
        said = archived(question, "django", "--since", LAST, "--until", outside).stderr
        assert "3 of the 4 days are not in the archive" in said
    inside = archived("daily", "django", "--since", FIRST, "--until", LAST)
    assert inside.stderr == ""


def test_days_to_come_are_said(archived):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    said = archived("daily", "django", "--since", today + datetime.timedelta(2), "--until",
                    today + datetime.timedelta(2)).stderr
    assert "1 of the 1 day is not in the archive" in said
    assert "future" in said and "--live" not in said


def test_a_day_without_rows_is_in_the_archive(archived):
    before = FIRST - datetime.timedelta(1)
    archived("export", "--date", before)
    assert archived("daily", "django", "--since", before, "--until", LAST).stderr == ""


def test_an_empty_answer_says_of_what(archived):
    for question, options, said in [
            ("top", ["--project-version", "9.9"], "no page views of django in version 9.9"),
            ("top", ["--status", "418"], "no page views of django with status 418"),
            ("versions", ["--status", "418"], "no page views of django with status 418"),
            ("not-found", ["--project-version", "9.9"],
             "no views that found no page of django in version 9.9")]:
        asked = [question, "django", "--since", FIRST, "--until", LAST, *options]
        done = archived(*asked)
        assert done.stdout == "" and done.stderr == f"pqa: {said} from {FIRST} to {LAST}\n"
        assert archived(*asked, "--format", "csv").stderr == ""
    unknown = archived("top", "nobody", "--since", FIRST, "--until", LAST)
    assert unknown.stderr.count("\n") == 1 and "no project 'nobody'" in unknown.stderr


def test_an_archive_without_files_says_so(archived):
    assert "no files of 2023-01" in archived("compact", "--month", "2023-01").stderr
    archived("prune", "--before", LAST + datetime.timedelta(1), "--yes")
    done = archived("files")
    assert done.stdout == "" and f"{archived.store} has no files" in done.stderr
    assert archived("files", "--format", "json").stderr == ""
    assert "no files of a month that is over" in archived("compact").stderr


def test_pruned_days_are_said(archived):
    archived("prune", "--before", DAYS[2], "--yes")
    said = archived("daily", "django", "--since", FIRST, "--until", LAST).stderr
    assert f"2 of the 6 days are not in the archive (first {DAYS[2]}, last {LAST})" in said
    assert f"before {DAYS[2]} were pruned" in said and "--live" not in said
    assert f"covers {DAYS[2]}..{LAST}" in archived("top", "nobody").stderr
    assert archived.ask("status")[0]["pruned_before"] == str(DAYS[2])
    lines = archived("status").stdout.splitlines()
    assert ["pruned", "before", str(DAYS[2])] in [line.split() for line in lines]


def test_answer_needs_no_database(archived):
    expected = archived.ask("top", "django", "--since", FIRST, "--until", LAST)
    archived.db = None
    assert archived.ask("top", "django", "--since", FIRST, "--until", LAST) == expected
    assert archived.ask("top", "--project-id", 1, "--since", FIRST, "--until", LAST) == expected


def test_answer_is_the_same_from_a_merged_day(site, archived):
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1 WHERE date = ?", FIRST)
    archived("export", "--date", FIRST)
    archived.rows = [dict(zip(ROW, row)) for row in site.archive_rows().values()]
    case = ("django", FIRST, LAST, 200, None)
    assert archived.ask("top", *arguments(case), "--limit", 0) == most_viewed(
        matching(archived.rows, case), "path")


def test_status_and_files_say_what_is_there(archived):
    files = archived.ask("files")
    assert sum(row["rows"] for row in files) == len(archived.rows)
    assert {archived.table_path() / row["path"].removeprefix("analytics/pageviews/")
            for row in files} == set(archived.live_files())
    assert str(LAST) in archived("status").stdout
