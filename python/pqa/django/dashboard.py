"""What the live dashboard calls, answered by the archive with live days; or by the database,
where PQA['DASHBOARD'] says so."""
from __future__ import annotations

import csv
import dataclasses
import datetime
import io
from collections import namedtuple
from typing import Any, Callable, Iterable, Iterator, Optional, Type

from django.core.exceptions import ImproperlyConfigured
from django.http import StreamingHttpResponse
from django.utils.module_loading import import_string

import pqa

from . import archive as site
from . import conf as site_conf
from . import live, names, shadow
from .parquet import DateOrText, to_date

PageViewResult = namedtuple("PageViewResult", "path, url, count")
UrlOfPath = Callable[[Optional[str]], str]
_DAYS = 30
_CSV_CHUNK = 64 << 10
# No page view is from before or after; the archive answers 100,000 days at once.
_FIRST, _LAST = datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)
_MOST_STATUS = 2**15 - 1


@dataclasses.dataclass(frozen=True)
class _Question:
    """What is asked, in the form that whoever answers takes."""
    project_id: int
    since: datetime.date
    until: datetime.date
    status: int


def _question(project_id: Optional[int], since: DateOrText, until: DateOrText, status: Any
              ) -> Optional[_Question]:
    """The last 30 days and today unless dates are given. None where no row can be meant: a
    project that is not saved, no status, an end before the beginning."""
    first, last = _range(since, until)
    number = -1 if status is None else int(status)  # the ORM takes texts too
    if project_id is None or last < first or not 0 <= number <= _MOST_STATUS:
        return None
    return _Question(project_id, first, last, number)


def _range(since: DateOrText, until: DateOrText) -> site.Days:
    first = _date(since, site.today() - datetime.timedelta(days=_DAYS))
    return first, _date(until, max(first, site.today()))


def _date(date: DateOrText, otherwise: datetime.date) -> datetime.date:
    return min(max(_FIRST, otherwise if date is None else to_date(date)), _LAST)


def _urls(project: Any, per_version: bool) -> UrlOfPath:
    """PQA['URL_RESOLVER'] (project, per_version) -> (path -> URL); else the path itself."""
    named = site_conf.read().url_resolver
    if named is None:
        return lambda path: path or ""
    made: UrlOfPath = import_string(named)(project, per_version)
    return made


def ask(question: str, asked: _Question, **arguments: Any) -> pqa.Table:
    """A question of pqa.Archive by project id: days that the archive has not are the
    database's, in one snapshot, so that each row counts once."""
    with site.reading((asked.since, asked.until)) as archive:
        table: pqa.Table = getattr(archive, question)(
            asked.project_id, asked.since, asked.until, live=True, status=asked.status,
            **arguments)
    return table


def _compare(question: str, asked: _Question, **arguments: Any) -> None:
    shadow.consider(question, asked.project_id, asked.since, asked.until, status=asked.status,
                    **arguments)


def _is_archived() -> bool:
    """Whether the archive answers: PQA['DASHBOARD']."""
    return site_conf.read().dashboard == "archive"


class ArchivedPageViewMixin:
    """For the site's PageView: ``class PageView(ArchivedPageViewMixin, models.Model)``."""

    @classmethod
    def top_viewed_pages(cls, project: Any, since: DateOrText = None,
                         limit: Optional[int] = 10, status: int = 200,
                         per_version: bool = False) -> list[PageViewResult]:
        """
        Returns top pages according to view counts.

        :param limit: `None` for all pages.
        :param per_version: If `True`, group the results per version.

        :returns: A list of named tuples ordered by the number of views.
         Each tuple contains: path, url, and count.
        """
        asked = _question(project.pk, since, None, status)
        if asked is None or (limit is not None and limit < 1):
            return []
        pages = cls._top_pages(asked, limit, bool(per_version))
        urls = _urls(project, per_version)
        return [PageViewResult(path, urls(path), views) for path, views in pages]

    @classmethod
    def _top_pages(cls, asked: _Question, limit: Optional[int], per_version: bool
                   ) -> Iterable[tuple[Any, ...]]:
        arguments = {"limit": limit or 0, "by_full_path": per_version}
        if _is_archived():
            table = ask("top_pages", asked, **arguments)
            return zip(*map(table.column, table.columns))
        pages = live.top_pages(_model(cls), asked.project_id, asked.since, limit, asked.status,
                               per_version)
        _compare("top_pages", asked, **arguments)
        return pages

    @classmethod
    def page_views_by_date(cls, project_slug: str, since: DateOrText = None,
                           status: int = 200) -> dict[str, list[Any]]:
        """
        Returns the total page views count for last 30 days for a particular project, as
        {'labels': ['01 Jul', ...], 'int_data': [150, ...]}.
        """
        today = site.today()
        dates = [today - datetime.timedelta(days=n) for n in range(_DAYS, -1, -1)]
        first = max(dates[0], _date(since, dates[0]))
        asked = _question(cls._project_id(project_slug), first, today, status)
        counts = cls._views_by_date(asked) if asked else {}
        return {"labels": [date.strftime("%d %b") for date in dates],
                "int_data": [counts.get(date, 0) for date in dates]}

    @classmethod
    def _views_by_date(cls, asked: _Question) -> dict[datetime.date, int]:
        if _is_archived():
            return {row["date"]: row["views"] for row in ask("daily_totals", asked)}
        counts = live.daily_totals(_model(cls), asked.project_id, asked.since, asked.status)
        _compare("daily_totals", asked)
        return counts

    @classmethod
    def _project_id(cls, slug: str) -> Optional[int]:
        projects: Any = cls._meta.get_field("project").related_model  # type: ignore
        found: Optional[int] = (projects._base_manager.filter(slug=slug)
                                .values_list("pk", flat=True).first())
        return found


def _model(kind: Any) -> Any:
    """The model, of itself and of what stands in for it."""
    return kind._meta.model


class ArchivedPageViewManagerMixin:
    """The same for a manager: ``PageView.objects.top_viewed_pages(project)``."""

    model: Any

    def top_viewed_pages(self, project: Any, since: DateOrText = None,
                         limit: Optional[int] = 10, status: int = 200,
                         per_version: bool = False) -> list[PageViewResult]:
        return _asked(self.model).top_viewed_pages(project, since, limit, status,
                                                   per_version)

    def page_views_by_date(self, project_slug: str, since: DateOrText = None,
                           status: int = 200) -> dict[str, list[Any]]:
        return _asked(self.model).page_views_by_date(project_slug, since, status)


def _asked(model: Any) -> Type[ArchivedPageViewMixin]:
    """The class methods on the manager's model, which need not have the mixin."""
    return type("Asked", (ArchivedPageViewMixin,), {"_meta": model._meta})


def csv_download(project: Any, since: DateOrText = None, until: DateOrText = None, *,
                 status: int = 200) -> StreamingHttpResponse:
    """The dashboard's CSV: Date, Version, Path, Views; every row, the newest date first."""
    asked = _question(project.pk, since, until, status)
    rows = _csv_rows(asked) if asked else ()
    response = StreamingHttpResponse(_csv_lines(rows), content_type="text/csv")
    first, last = _range(since, until)
    name = f"readthedocs_traffic_analytics_{project.slug}_http{status}_{first}_{last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv_rows(asked: _Question) -> Iterable[tuple[Any, ...]]:
    if _is_archived():
        table = ask("page_views", asked)
        return zip(*map(table.column, table.columns))
    rows = live.page_views(_page_views(), asked.project_id, asked.since, asked.until,
                           asked.status)
    # Its sums: the same rows, added up by page and by version.
    _compare("top_pages", asked, limit=0)
    _compare("versions", asked, limit=0)
    return rows


def _page_views() -> Any:
    named = site_conf.read().model
    if named is None:
        raise ImproperlyConfigured("PQA['MODEL'] must name the page views for the database "
                                   "to answer: 'analytics.PageView'")
    return names.page_view_model(named)


def _csv_lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """As the live view's csv.writer ends lines (CR LF) and quotes."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(["Date", "Version", "Path", "Views"])
    for row in rows:
        writer.writerow(row)
        if line.tell() > _CSV_CHUNK:
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    yield line.getvalue()
