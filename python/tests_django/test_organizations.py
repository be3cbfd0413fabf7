"""Copies for projects and organizations, with names from the site's models."""
import pytest
from analytics.models import PageView
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction
from organizations.models import Organization
from pqa.django import conf, names
from projects.models import Project

from test_site import YESTERDAY, command, page_view

PATH = f"org/%s/{YESTERDAY:%Y/%m/%d}/pageviews_{YESTERDAY}.parquet"


def copy_of(tmp_path, organization):
    return tmp_path / "archive/analytics/pageviews" / (PATH % organization)


def fill(model):
    page_view()
    page_view(path="/b.html")
    pip = Project.objects.create(slug="pip")
    PageView.objects.create(project=pip, path="/c.html", date=YESTERDAY, view_count=1)
    owner = model.objects.create(slug="python-foundation")
    owner.projects.add(pip, Project.objects.get(slug="docs"))


def test_copies_of_organizations(site, tmp_path):
    fill(Organization)
    told = command("--per-organization")
    assert f"  - analytics/pageviews/{PATH % 'python-foundation'} (3 records)" in told
    assert copy_of(tmp_path, "python-foundation").exists()


def test_names_are_the_sites(site, settings, tmp_path):
    """A model with a table and columns of other names."""
    class Owner(models.Model):
        key = models.AutoField(primary_key=True, db_column="owner_key")
        slug = models.SlugField(db_column="short_name")
        projects = models.ManyToManyField(Project, db_table="who_owns_what")

        class Meta:
            app_label = "organizations"
            db_table = "owners"

    try:
        found = names._organization_names(Owner)
        assert found == {
            "organizations": "owners", "organization_key": "owner_key",
            "organization_slug": "short_name", "organization_projects": "who_owns_what",
            "organization_projects_organization": "owner_id",
            "organization_projects_project": "project_id"}
        with connection.schema_editor() as editor:
            editor.create_model(Owner)
        fill(Owner)
        settings.PQA = {**settings.PQA, "ORGANIZATION_MODEL": "organizations.Owner"}
        assert "(3 records)" in command("--per-organization")
        assert copy_of(tmp_path, "python-foundation").exists()
    finally:
        from django.apps import apps
        del apps.all_models["organizations"]["owner"]
        del apps.all_models["organizations"]["owner_projects"]
        apps.clear_cache()


def test_organizations_of_djangos_connection(site, settings, tmp_path):
    settings.PQA = {**settings.PQA, "THROUGH_CONNECTION": True}
    with transaction.atomic():
        fill(Organization)
        command("--per-organization")
        transaction.set_rollback(True)
    assert copy_of(tmp_path, "python-foundation").exists()


@pytest.mark.parametrize("model, message", [
    ("nothing.There", "PQA\\['ORGANIZATION_MODEL'\\] is 'nothing.There'"),
    ("projects.Project", "has no field 'projects'")])
def test_models_that_are_no_organizations(settings, model, message):
    settings.PQA = {"ORGANIZATION_MODEL": model}
    with pytest.raises(ImproperlyConfigured, match=message):
        names.site_names(conf.read())
