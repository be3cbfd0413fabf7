"""What the database says of page views, by the ORM: the live site's own answers."""
from __future__ import annotations

import datetime
from typing import Any, Iterator, Optional

from django.db.models import Sum


def _rows(model: Any, project_id: int, since: datetime.date, status: int) -> Any:
    return model._default_manager.filter(project=project_id, date__gte=since, status=status)


def top_pages(model: Any, project_id: int, since: datetime.date, limit: Optional[int],
              status: int, per_version: bool) -> list[tuple[Optional[str], int]]:
    by = "full_path" if per_version else "path"
    counted = (_rows(model, project_id, since, status).values_list(by)
               .annotate(count=Sum("view_count")).order_by("-count", by))
    return list(counted.values_list(by, "count")[:limit])


def daily_totals(model: Any, project_id: int, since: datetime.date,
                 status: int) -> dict[datetime.date, int]:
    counted = (_rows(model, project_id, since, status).order_by().values("date")
               .annotate(count=Sum("view_count")))
    return dict(counted.values_list("date", "count"))


def page_views(model: Any, project_id: int, since: datetime.date, until: datetime.date,
               status: int) -> Iterator[tuple[Any, ...]]:
    """Date, version, path and views, the newest date first."""
    rows = _rows(model, project_id, since, status).filter(date__lte=until)
    ordered = rows.order_by("-date", "path", "version__slug", "-view_count")
    found: Iterator[tuple[Any, ...]] = ordered.values_list(
        "date", "version__slug", "path", "view_count").iterator(chunk_size=2000)
    return found
