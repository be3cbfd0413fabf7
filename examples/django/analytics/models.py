"""The proof of concept's model; what the dashboard asks is answered by the archive."""
import datetime

from builds.models import Version
from django.db import models
from pqa.django.dashboard import ArchivedPageViewMixin
from projects.models import Project


class PageView(ArchivedPageViewMixin, models.Model):
    """PageView counts per day for a project, version, and path."""

    project = models.ForeignKey(Project, related_name="page_views", on_delete=models.CASCADE)
    version = models.ForeignKey(Version, related_name="page_views", on_delete=models.CASCADE,
                                null=True)
    path = models.CharField(max_length=4096)
    full_path = models.CharField(max_length=4096, null=True, blank=True)
    view_count = models.PositiveIntegerField(default=0)
    date = models.DateField(default=datetime.date.today, db_index=True)
    status = models.PositiveIntegerField(default=200)

    class Meta:
        unique_together = ("project", "version", "path", "date", "status")
        constraints = [
            models.UniqueConstraint(
                fields=("project", "path", "date", "status"),
                condition=models.Q(version=None),
                name="analytics_pageview_constraint_unique_without_optional",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "date", "status"],
                         include=["path", "view_count"],
                         name="analytics_pageview_issue_12686"),
        ]
