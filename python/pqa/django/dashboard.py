"""What the live dashboard calls, answered by the archive with live days; or by the database,
where PQA['DASHBOARD'] says so."""
from __future__ import annotations

import csv
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

PageViewResult = namedtuple("PageViewResult", "path, url, count")
UrlOfPath = Callable[[Optional[str]], str]
_DAYS = 30
_CSV_CHUNK = 64 << 10


def _since(since: Optional[datetime.date]) -> datetime.date:
    return site.today() - datetime.timedelta(days=_DAYS) if since is None else since


def _urls(project: Any, per_version: bool) -> UrlOfPath:
    """PQA['URL_RESOLVER'] (project, per_version) -> (path -> URL); else the path itself."""
    named = site_conf.read().url_resolver
    if named is None:
        return lambda path: path or ""
    made: UrlOfPath = import_string(named)(project, per_version)
    return made


def ask(question: str, project_id: int, since: datetime.date, until: datetime.date,
        **arguments: Any) -> pqa.Table:
    """A question of pqa.Archive by project id: days that the archive has not are the
    database's, in one snapshot, so that each row counts once."""
    with site.reading((since, until)) as archive:
        table: pqa.Table = getattr(archive, question)(project_id, since, until, live=True,
                                                      **arguments)
    return table


def _is_archived() -> bool:
    """Whether the archive answers: PQA['DASHBOARD']."""
    return site_conf.read().dashboard == "archive"


class ArchivedPageViewMixin:
    """For the site's PageView: ``class PageView(ArchivedPageViewMixin, models.Model)``."""

    @classmethod
    def top_viewed_pages(cls, project: Any, since: Optional[datetime.date] = None,
                         limit: int = 10, status: int = 200,
                         per_version: bool = False) -> list[PageViewResult]:
        """
        Returns top pages according to view counts.

        :param per_version: If `True`, group the results per version.

        :returns: A list of named tuples ordered by the number of views.
         Each tuple contains: path, url, and count.
        """
        if limit < 1:
            return []
        first = _since(since)
        asked = {"limit": limit, "status": status, "by_full_path": per_version}
        until = max(first, site.today())
        if _is_archived():
            table = ask("top_pages", project.pk, first, until, **asked)
            pages = list(zip(*map(table.column, table.columns)))
        else:
            pages = live.top_pages(_model(cls), project.pk, first, limit, status, per_version)
            shadow.consider("top_pages", project.pk, first, until, **asked)
        urls = _urls(project, per_version)
        return [PageViewResult(path, urls(path), views) for path, views in pages]

    @classmethod
    def page_views_by_date(cls, project_slug: str, since: Optional[datetime.date] = None,
                           status: int = 200) -> dict[str, list[Any]]:
        """
        Returns the total page views count for last 30 days for a particular project, as
        {'labels': ['01 Jul', ...], 'int_data': [150, ...]}.
        """
        today = site.today()
        dates = [today - datetime.timedelta(days=n) for n in range(_DAYS, -1, -1)]
        project_id = cls._project_id(project_slug)
        counts: dict[datetime.date, int] = {}
        first = max(dates[0], _since(since))
        if project_id is not None and first <= today:
            counts = cls._views_by_date(project_id, first, today, status)
        return {"labels": [date.strftime("%d %b") for date in dates],
                "int_data": [counts.get(date, 0) for date in dates]}

    @classmethod
    def _views_by_date(cls, project_id: int, first: datetime.date, today: datetime.date,
                       status: int) -> dict[datetime.date, int]:
        if _is_archived():
            totals = ask("daily_totals", project_id, first, today, status=status)
            return {row["date"]: row["views"] for row in totals}
        counts = live.daily_totals(_model(cls), project_id, first, status)
        shadow.consider("daily_totals", project_id, first, today, status=status)
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

    def top_viewed_pages(self, project: Any, since: Optional[datetime.date] = None,
                         limit: int = 10, status: int = 200,
                         per_version: bool = False) -> list[PageViewResult]:
        return _asked(self.model).top_viewed_pages(project, since, limit, status,
                                                   per_version)

    def page_views_by_date(self, project_slug: str, since: Optional[datetime.date] = None,
                           status: int = 200) -> dict[str, list[Any]]:
        return _asked(self.model).page_views_by_date(project_slug, since, status)


def _asked(model: Any) -> Type[ArchivedPageViewMixin]:
    """The class methods on the manager's model, which need not have the mixin."""
    return type("Asked", (ArchivedPageViewMixin,), {"_meta": model._meta})


def csv_download(project: Any, since: Optional[datetime.date] = None,
                 until: Optional[datetime.date] = None, *, status: int = 200
                 ) -> StreamingHttpResponse:
    """The dashboard's CSV: Date, Version, Path, Views; every row, the newest date first."""
    first = _since(since)
    last = max(first, site.today()) if until is None else until
    rows: Iterator[tuple[Any, ...]]
    if _is_archived():
        table = ask("page_views", project.pk, first, last, status=status)
        rows = zip(*map(table.column, table.columns))
    else:
        rows = live.page_views(_page_views(), project.pk, first, last, status)
        # Its sums: the same rows, added up by page and by version.
        shadow.consider("top_pages", project.pk, first, last, status=status, limit=0)
        shadow.consider("versions", project.pk, first, last, status=status, limit=0)
    response = StreamingHttpResponse(_csv_lines(rows), content_type="text/csv")
    name = f"readthedocs_traffic_analytics_{project.slug}_http{status}_{first}_{last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


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
