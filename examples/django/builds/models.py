from django.db import models
from projects.models import Project


class Version(models.Model):
    project = models.ForeignKey(Project, related_name="versions", on_delete=models.CASCADE)
    slug = models.CharField(max_length=255)

    class Meta:
        unique_together = ("project", "slug")
