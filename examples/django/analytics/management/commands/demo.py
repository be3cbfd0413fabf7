"""python manage.py demo: rows of 40 days, all but today's exported, and the dashboard."""
import datetime
import random

from builds.models import Version
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone
from projects.models import Project

from analytics.models import PageView

DAYS = 40
PATHS = ["/", "/install.html", "/guide/start.html", "/guide/settings.html", "/api/index.html",
         "/changelog.html", "/faq.html"]


class Command(BaseCommand):
    help = "Fills the site, exports its page views and serves the dashboard"

    def add_arguments(self, parser):
        parser.add_argument("--no-serve", action="store_true")
        parser.add_argument("address", nargs="?", default="127.0.0.1:8000")

    def handle(self, *args, **options):
        settings.DATA.mkdir(parents=True, exist_ok=True)
        call_command("migrate", run_syncdb=True, verbosity=0)
        if not Project.objects.exists():
            fill(random.Random(7))
        call_command("export_pageviews_to_parquet", days=DAYS)
        if not options["no_serve"]:
            call_command("runserver", options["address"], use_reloader=False)


def fill(choose):
    today = timezone.now().date()
    rows = []
    for slug in ("django-guide", "pip-notes", "tiny"):
        project = Project.objects.create(slug=slug, name=slug)
        versions = [Version.objects.create(project=project, slug=version)
                    for version in ("latest", "stable")]
        for days_ago in range(DAYS + 1):
            rows += rows_of_day(choose, versions, today - datetime.timedelta(days=days_ago))
    PageView.objects.bulk_create(rows, batch_size=500)


def rows_of_day(choose, versions, date):
    project = versions[0].project
    for version in versions:
        for path in PATHS:
            yield PageView(project=project, version=version, path=path, date=date,
                           full_path=f"/en/{version.slug}{path}",
                           view_count=int(choose.paretovariate(1.1)))
    for path in choose.sample(["/old.html", "/robots.txt", "/wp-login.php"], 2):
        yield PageView(project=project, path=path, full_path=path, date=date, status=404,
                       view_count=choose.randint(1, 9))
