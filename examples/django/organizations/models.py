"""Who owns projects; for copies of an organization's page views."""
from django.db import models
from projects.models import Project


class Organization(models.Model):
    slug = models.SlugField(max_length=255, unique=True)
    name = models.CharField(max_length=100)
    projects = models.ManyToManyField(Project, related_name="organizations")
