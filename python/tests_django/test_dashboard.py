"""The dashboard's calls with odd arguments: whoever answers, the answer is the same."""
import datetime

import pytest
from analytics.models import PageView
from pqa.django.dashboard import csv_download
from projects.models import Project

from test_site import TODAY, YESTERDAY, ago, command, page_view

UTC = datetime.timezone.utc
PAGES = [("/a.html", 6), ("/b.html", 3)]


@pytest.fixture(params=["database", "shadow", "archive"])
def mode(request, site, settings, tmp_path):
    """Two archived days, and one that is older than the dashboard's."""
    for days_ago, path in [(1, "/a.html"), (2, "/a.html"), (2, "/b.html"), (60, "/old.html")]:
        page_view(ago(days_ago), path)
    command(days=60)
    settings.PQA = {**settings.PQA, "DASHBOARD": request.param, "SHADOW_FRACTION": 0,
                    "SHADOW_EVIDENCE": str(tmp_path / "shadow.ndjson")}
    return Project.objects.get()


def top(project, *arguments, **named):
    return [(page.path, page.count)
            for page in PageView.top_viewed_pages(project, *arguments, **named)]


def days(*arguments, **named):
    return sum(PageView.page_views_by_date("docs", *arguments, **named)["int_data"])


def lines(project, *arguments, **named):
    return csv_download(project, *arguments, **named).getvalue().decode().splitlines()[1:]


def test_dates_are_dates_datetimes_or_texts(mode):
    midnight = datetime.time(0, 30)
    east = datetime.timezone(datetime.timedelta(hours=2))
    for since in (YESTERDAY, str(YESTERDAY), datetime.datetime.combine(YESTERDAY, midnight),
                  datetime.datetime.combine(YESTERDAY, midnight, UTC),
                  datetime.datetime.combine(TODAY, midnight, east)):  # yesterday in UTC
        assert top(mode, since) == [("/a.html", 3)]
        assert days(since) == 3
        assert lines(mode, since, since) == [f"{YESTERDAY},,/a.html,3"]


def test_dates_that_have_no_page_views(mode):
    assert top(mode, datetime.date(1, 1, 1)) == [*PAGES, ("/old.html", 3)]
    assert top(mode, datetime.date(9999, 12, 31)) == []
    assert days(datetime.date(1, 1, 1)) == 9 and days(datetime.date(9999, 12, 31)) == 0
    assert len(lines(mode, datetime.date(1, 1, 1), datetime.date(9999, 12, 31))) == 4
    assert lines(mode, ago(1), ago(2)) == []


def test_status_is_as_the_orm_takes_it(mode):
    assert top(mode, status="200") == PAGES
    assert days(status="200") == 9 and len(lines(mode, status="200")) == 3
    for nothing in (None, 70_000, -1, 404):
        assert (top(mode, status=nothing), days(status=nothing), lines(mode, status=nothing)
                ) == ([], 0, [])
    for call in (lambda: top(mode, status="any"), lambda: days(status="any"),
                 lambda: lines(mode, status="any")):
        with pytest.raises(ValueError):
            call()


def test_limit_none_is_all(mode):
    assert top(mode, limit=None) == top(mode, limit=10**9) == PAGES
    assert top(mode, limit=1) == PAGES[:1]
    assert top(mode, limit=0) == top(mode, limit=-1) == []


def test_a_project_that_is_not_saved_has_no_views(mode):
    assert top(Project(slug="new")) == lines(Project(slug="new")) == []
