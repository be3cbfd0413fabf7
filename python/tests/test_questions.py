"""Answers equal those of the command line, byte for byte where it writes CSV."""
import datetime

import pytest
from pageview_site import FIRST, LAST, PROJECTS

import pqa

METHODS = {"top": "top_pages", "daily": "daily_totals", "not-found": "not_found",
           "versions": "versions", "views": "page_views"}


@pytest.fixture
def exported(archive):
    archive.backfill(since=FIRST, until=LAST)
    return archive


def as_json(row):
    return {name: value.isoformat() if isinstance(value, datetime.date) else value
            for name, value in row.items()}


@pytest.mark.parametrize("command", METHODS)
def test_answers_equal_the_command_lines(exported, program, command):
    ask = getattr(exported, METHODS[command])
    for slug in PROJECTS.values():
        table = ask(slug, FIRST, LAST)
        arguments = [command, slug, "--since", FIRST, "--until", LAST]
        assert [as_json(row) for row in table] == program.ask(*arguments)
        done = program(*arguments, "--format", "csv")
        assert table.to_csv() == done.stdout


def test_arguments_choose_as_options_do(exported, program):
    for named, options in [
            ({"status": "any"}, ["--status", "any"]), ({"status": 301}, ["--status", "301"]),
            ({"version": "latest"}, ["--project-version", "latest"]),
            ({"limit": 3}, ["--limit", "3"]), ({"limit": 0}, ["--limit", "0"]),
            ({"by_full_path": True}, ["--by", "full_path"])]:
        table = exported.top_pages("django", FIRST, LAST, **named)
        assert table.to_pylist() == program.ask("top", "django", "--since", FIRST, "--until",
                                                LAST, *options)


def test_project_by_id_is_the_project_by_slug(exported):
    by_id = exported.top_pages(1, FIRST, LAST)
    assert by_id.to_pylist() == exported.top_pages("django", FIRST, LAST).to_pylist()


def test_csv_file_has_the_command_lines_bytes(exported, program, tmp_path):
    exported.page_views("django", FIRST, LAST).to_csv(tmp_path / "views.csv")
    program("views", "django", "--since", FIRST, "--until", LAST)
    process = program.start("views", "django", "--since", FIRST, "--until", LAST)
    out, _ = process.communicate()
    assert (tmp_path / "views.csv").read_bytes().decode() == out
    assert out.startswith("Date,Version,Path,Views\n") and len(out.splitlines()) > 50


def test_csv_takes_other_headings_and_counts_them(exported):
    table = exported.daily_totals("django", FIRST, LAST)
    assert table.to_csv(headings=["Day", "a, b"]).startswith('Day,"a, b"\n')
    with pytest.raises(ValueError, match="1 headings for 2 columns"):
        table.to_csv(headings=["Day"])


def test_unknown_project_is_an_empty_answer_with_a_note(exported):
    table = exported.top_pages("nobody", FIRST, LAST)
    assert len(table) == 0 and "no project 'nobody'" in table.note
    assert table.columns == ["path", "views"]
    assert repr(table) == "<pqa.Table: 0 rows of path, views>"


def test_dates_are_dates_texts_or_days_ago():
    today = pqa.to_days("today")
    assert pqa.to_days("yesterday") == pqa.to_days(-1) == pqa.to_days("-1d") == today - 1
    assert pqa.to_days(0) == today
    assert pqa.to_days("1970-01-02") == pqa.to_days(datetime.date(1970, 1, 2)) == 1
    assert pqa.to_date(1) == datetime.date(1970, 1, 2)
    for wrong, kind in [("soon", pqa.Invalid), (7, pqa.Invalid), (1.5, TypeError),
                        (datetime.datetime(2026, 1, 1), TypeError), (True, TypeError)]:
        with pytest.raises(kind):
            pqa.to_days(wrong)


def test_integers_of_numpy_are_integers(exported):
    numpy = pytest.importorskip("numpy")
    one, two = numpy.int64(1), numpy.int16(2)
    assert exported.top_pages(one, FIRST, LAST, limit=two, status=numpy.int32(200)).to_pylist(
    ) == exported.top_pages(1, FIRST, LAST, limit=2).to_pylist()
    assert pqa.to_days(-numpy.int64(7)) == pqa.to_days(-7)
    for call in (lambda: exported.top_pages(1, FIRST, LAST, limit=numpy.float64(2)),
                 lambda: pqa.to_days(numpy.float64(-2))):
        with pytest.raises(TypeError):
            call()


def test_rows_of_a_table_by_their_place(exported):
    table = exported.top_pages("django", FIRST, LAST)
    rows = list(table)
    assert (table[0], table[-1], table[:3], table[1::2]) == (
        rows[0], rows[-1], rows[:3], rows[1::2])
    assert table[len(rows):] == []
    for wrong, kind in [(len(rows), IndexError), ("path", TypeError)]:
        with pytest.raises(kind):
            table[wrong]


def test_default_range_is_the_last_thirty_days(exported):
    days = exported.daily_totals("django").column("date")
    assert len(days) == 30 and days[-1] == pqa.to_date(pqa.to_days("yesterday"))
    assert exported.daily_totals("django", "-7d").column("date")[0] == pqa.to_date(
        pqa.to_days(-7))


COLUMNS = ["id", "project_id", "project_slug", "version_id", "version_slug", "path",
           "full_path", "view_count", "date", "status"]


def test_rows_have_all_columns_of_the_database(exported, site):
    expected = {row for row in site.archive_rows().values() if row[1] == 1}
    table = exported.rows("django", FIRST, LAST)
    assert table.columns == COLUMNS
    assert {tuple(row.values()) for row in table} == expected
    assert [row["date"] for row in table] == sorted((row[8] for row in expected), reverse=True)
    assert len(exported.rows("django", FIRST, FIRST, status=404, limit=1)) == 1
    assert len(exported.rows("nobody", FIRST, LAST).to_pandas()) == 0


def test_live_days_are_the_databases(archive, program):
    archive.export(FIRST)
    for command, name in METHODS.items():
        arguments = [command, "django", "--since", FIRST, "--until", LAST, "--live"]
        table = getattr(archive, name)("django", FIRST, LAST, live=True)
        assert [as_json(row) for row in table] == program.ask(*arguments)
    both = archive.daily_totals("django", FIRST, LAST, live=True).column("views")
    alone = archive.daily_totals("django", FIRST, LAST).column("views")
    assert both[0] == alone[0] and all(both) and not any(alone[1:])
