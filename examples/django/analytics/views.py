"""The dashboard: top pages, views a day, pages that were not found, and the CSV."""
from django.shortcuts import get_object_or_404, render
from pqa.django.dashboard import csv_download
from projects.models import Project

from .models import PageView

PAGES = 25
CHART_HEIGHT = 100


def projects(request):
    return render(request, "projects.html", {"projects": Project.objects.order_by("slug")})


def traffic(request, slug):
    project = get_object_or_404(Project, slug=slug)
    return render(request, "traffic.html", {
        "project": project,
        "bars": _bars(PageView.page_views_by_date(slug)),
        "pages": PageView.top_viewed_pages(project, limit=PAGES),
        "missing": PageView.top_viewed_pages(project, limit=PAGES, status=404,
                                             per_version=True)})


def _bars(totals):
    most = max(totals["int_data"]) or 1
    return [{"x": 10 * n, "height": views * CHART_HEIGHT / most, "label": label,
             "y": CHART_HEIGHT - views * CHART_HEIGHT / most, "views": views}
            for n, (label, views) in enumerate(zip(totals["labels"], totals["int_data"]))]


def download(request, slug):
    return csv_download(get_object_or_404(Project, slug=slug))
