from django.db import models


class Project(models.Model):
    name = models.CharField(max_length=63, default="")
    slug = models.SlugField(max_length=63, unique=True)

    def get_default_version(self):
        return "latest"
