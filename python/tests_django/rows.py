"""Page views of many projects, and what the ORM says of them: the live site's answers."""
import csv
import datetime
import io
import random
from collections import Counter

from analytics.models import PageView
from builds.models import Version
from django.db.models import Sum
from django.utils import timezone
from projects.models import Project

ODD_PATHS = ["/", "/it's.html", '/"quoted".html', "/comma,.html", "/=cmd()", "/é/文档.html",
             "/new\nline.html", "/100%25.html", " /space.html"]


def fill(project_count=50, rows_a_day=20, days=35, seed=7):
    """Rows of the last days, today included."""
    choose = random.Random(seed)
    today = timezone.now().date()
    projects = Project.objects.bulk_create(
        [Project(slug=f"project-{n}", name=f"Project {n}") for n in range(project_count)])
    projects = list(Project.objects.order_by("id"))
    Version.objects.bulk_create([Version(project=project, slug=slug) for project in projects
                                 for slug in ("latest", "stable", "v2.0-β")])
    versions = {project.pk: [*project.versions.all(), None] for project in projects}
    rows = []
    for days_ago in range(days):
        date = today - datetime.timedelta(days=days_ago)
        seen = set()
        for _ in range(rows_a_day * project_count):
            project = projects[int(len(projects) * choose.random() ** 2)]
            version = choose.choice(versions[project.pk])
            path = choose.choice(ODD_PATHS) if choose.random() < 0.2 else (
                f"/guide/page{choose.randrange(30)}.html")
            status = 200 if choose.random() < 0.8 else 404
            key = (project.pk, version and version.pk, path, status)
            if key in seen:
                continue
            seen.add(key)
            full_path = None if choose.random() < 0.05 else (
                f"/en/{version.slug}{path}" if version else path)
            rows.append(PageView(project=project, version=version, path=path, date=date,
                                 full_path=full_path, status=status,
                                 view_count=int(choose.paretovariate(1.1)) % 100000))
    PageView.objects.bulk_create(rows, batch_size=500)
    return projects


def live_top(project, since, status, per_version):
    """All pages as the live dashboard counts them: {path: count}."""
    by = "full_path" if per_version else "path"
    return dict(PageView.objects.filter(project=project, date__gte=since, status=status)
                .values_list(by).annotate(count=Sum("view_count")).values_list(by, "count"))


def live_days(project, since, status):
    counts = Counter()
    for date, views in PageView.objects.filter(project=project, date__gte=since,
                                               status=status).values_list("date", "view_count"):
        counts[date] += views
    today = timezone.now().date()
    dates = [today - datetime.timedelta(days=n) for n in range(30, -1, -1)]
    return {"labels": [date.strftime("%d %b") for date in dates],
            "int_data": [counts[date] for date in dates]}


def live_csv(project, since, status=200):
    """The live download's lines, in one order for both."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Date", "Version", "Path", "Views"])
    rows = PageView.objects.filter(project=project, date__gte=since, status=status
                                   ).values_list("date", "version__slug", "path", "view_count")
    for row in sorted(rows, key=lambda row: (-row[0].toordinal(), row[2].encode(),
                                             (row[1] or "").encode(), -row[3])):
        writer.writerow(row)
    return out.getvalue()
