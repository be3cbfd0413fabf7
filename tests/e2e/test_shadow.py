"""pqa shadow: the archive's answers beside the database's, and the evidence."""
import json

import pytest
from pageview_site import DAYS, FIRST, LAST

RANGE = ("--since", FIRST, "--until", LAST)
QUESTIONS = ["top", "daily", "not-found", "versions"]


@pytest.fixture
def archived(pqa):
    """All days but the last."""
    pqa.backfill(FIRST, DAYS[4])
    return pqa


@pytest.fixture
def evidence(tmp_path):
    return tmp_path / "shadow.ndjson"


def lines(evidence):
    return [json.loads(line) for line in evidence.read_text().splitlines()]


def test_equal_answers_are_told_and_kept(site, archived, evidence):
    for question in QUESTIONS:
        done = archived("shadow", question, "django", *RANGE, "--evidence", evidence)
        assert "equal" in done.stdout and "1 not archived yet" in done.stdout
    kept = lines(evidence)
    assert [line["question"] for line in kept] == QUESTIONS
    assert all(line["equal"] and line["project_id"] == 1 and line["days_compared"] == 6
               and line["days_live"] == 1 for line in kept)
    answer = archived.ask("top", "django", *RANGE, "--live", "--limit", 0)
    done = archived("shadow", "top", "django", *RANGE, "--limit", 0)
    assert f"equal, {len(answer)} rows" in done.stdout


def test_a_change_of_the_database_is_a_difference(site, archived, evidence):
    [(row,)] = site.rows("SELECT min(id) FROM analytics_pageview WHERE date = ?"
                         " AND project_id = 1 AND status = 200", DAYS[2])
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 100000"
                 " WHERE id = ?", row)
    for question in ("top", "daily", "versions"):
        done = archived("shadow", question, "django", *RANGE, "--evidence", evidence, code=13)
        assert "DIFFERENT" in done.stdout
    archived("shadow", "not-found", "django", *RANGE, "--evidence", evidence)
    archived("shadow", "daily", "django", "--since", DAYS[3], "--until", LAST)
    kept = lines(evidence)
    assert [line["equal"] for line in kept] == [False, False, False, True]
    assert all(line["different_days"] == [str(DAYS[2])] for line in kept[:3])
    assert "the archive has" in kept[0]["message"]
    archived("export", "--date", DAYS[2])
    archived("shadow", "daily", "django", *RANGE)


def test_a_row_that_the_database_lost_is_a_difference(site, archived):
    site.execute("DELETE FROM analytics_pageview WHERE id IN (SELECT min(id) FROM"
                 " analytics_pageview WHERE project_id = 1 AND status = 200 AND date = ?)", FIRST)
    archived("shadow", "daily", "django", *RANGE, code=13)


def test_days_that_were_deleted_are_not_compared_and_said(site, archived, evidence):
    archived("delete-exported", "--since", FIRST, "--until", DAYS[1])
    done = archived("shadow", "daily", "django", *RANGE, "--evidence", evidence)
    assert "2 gone from the database" in done.stdout
    [line] = lines(evidence)
    assert line["equal"] and line["days_gone"] == 2 and line["days_compared"] == 4


def test_random_questions_are_equal_and_summed(site, archived, evidence):
    done = archived("shadow", "--random", 40, *RANGE, "--evidence", evidence)
    assert "40 compared: 40 equal, 0 different" in done.stdout.splitlines()[-1]
    assert len(lines(evidence)) == 40
    archived.db = None
    done = archived("shadow", "--summary", evidence)
    assert "40 compared: 40 equal" in done.stdout
    assert len({line["question"] for line in lines(evidence)}) == 4


def test_random_questions_find_a_wrong_archive(site, archived, evidence):
    """Every row of the database is another one now; the night's export makes it right."""
    site.execute("UPDATE analytics_pageview SET view_count = view_count + 1")
    archived("shadow", "--random", 20, "--since", FIRST, "--until", DAYS[4],
             "--evidence", evidence, code=13)
    done = archived("shadow", "--summary", evidence, code=13)
    assert " 0 different" not in done.stdout and "not ready: " in done.stdout
    archived("export", "--since", FIRST, "--until", DAYS[4])
    archived("shadow", "--random", 20, "--since", FIRST, "--until", DAYS[4],
             "--evidence", evidence)
    done = archived("shadow", "--summary", evidence, code=13)
    assert "equal answers on 1 days since the last difference; 100 on 7 days" in done.stdout


def test_a_question_that_fails_is_evidence(site, pqa, evidence):
    pqa("shadow", "top", "django", *RANGE, "--evidence", evidence, code=10)
    [line] = lines(evidence)
    assert "there is no" in line["failure"] and line["project"] == "django"
    pqa.backfill(FIRST, LAST)
    site.execute("ALTER TABLE analytics_pageview RENAME TO elsewhere")
    pqa("shadow", "daily", "django", *RANGE, "--evidence", evidence, code=10)
    assert len(lines(evidence)) == 2
    told = pqa("shadow", "--summary", evidence).stdout
    assert "0 compared: 0 equal, 0 different; 2 could not be" in told and "not ready" in told


def test_only_the_last_lines_are_kept_and_bad_ones_passed_over(archived, evidence):
    evidence.write_text("no json\n" + '{"equal": 3}\n' * 11249)
    archived("shadow", "top", "django", *RANGE, "--evidence", evidence)
    text = evidence.read_text().splitlines()
    assert len(text) == 10000 and text[0] == '{"equal": 3}'
    assert "1 compared: 1 equal" in archived("shadow", "--summary", evidence).stdout


def test_usage(archived, tmp_path):
    assert "which question" in archived("shadow", code=2).stderr
    assert "no question" in archived("shadow", "views", "django", code=2).stderr
    archived("shadow", "--summary", tmp_path / "nothing", code=10)
    archived.db = None
    assert "--db" in archived("shadow", "top", "django", *RANGE, code=10).stderr
