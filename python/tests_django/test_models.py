"""Models of a site whose tables, columns and keys have names of their own."""
import pytest
from analytics.models import PageView
from django.apps import apps
from django.db import connection, models, transaction
from pqa.django import names
from pqa.django.dashboard import ArchivedPageViewManagerMixin, csv_download

from test_site import TODAY, YESTERDAY, command, page_view


class HitManager(ArchivedPageViewManagerMixin, models.Manager):
    pass


@pytest.fixture
def hits(site, settings):
    """A model that is only like Read the Docs'; it leaves the answers to its manager."""
    class Handbook(models.Model):
        key = models.AutoField(primary_key=True, db_column="handbook_key")
        slug = models.SlugField(db_column="short name")

        class Meta:
            app_label = "projects"
            db_table = "Handbooks"

    class Edition(models.Model):
        code = models.AutoField(primary_key=True)
        slug = models.CharField(max_length=30, db_column="edition")

        class Meta:
            app_label = "builds"
            db_table = "editions"

    class Hit(models.Model):
        number = models.BigAutoField(primary_key=True, db_column="no")
        project = models.ForeignKey(Handbook, models.CASCADE, db_column="handbook")
        version = models.ForeignKey(Edition, models.CASCADE, null=True, db_column="of")
        path = models.CharField(max_length=300, db_column="from")
        full_path = models.CharField(max_length=300, null=True, db_column="full")
        view_count = models.IntegerField(db_column="count")
        date = models.DateField(db_column="day", db_index=True)
        status = models.IntegerField(db_column="code")
        objects = HitManager()

        class Meta:
            app_label = "analytics"
            db_table = "daily hits"

    made = [Handbook, Edition, Hit]
    with connection.schema_editor() as editor:
        for model in made:
            editor.create_model(model)
    settings.PQA = {**settings.PQA, "MODEL": "analytics.Hit", "URL_RESOLVER": None}
    yield Hit
    for model in made:
        del apps.all_models[model._meta.app_label][model._meta.model_name]
    apps.clear_cache()


def fill(hits, date=YESTERDAY):
    handbook = hits.project.field.related_model.objects.create(slug="cooking")
    edition = hits.version.field.related_model.objects.create(slug="first")
    for path, views, version in [("/soup", 5, edition), ("/rice", 8, None)]:
        hits.objects.create(project=handbook, version=version, path=path, date=date,
                            full_path=f"/en{path}", view_count=views, status=200)
    return handbook


def test_names_are_the_models(hits):
    found = names.names_of(hits)
    assert (found.page_views, found.id, found.project_id, found.version_id, found.path,
            found.full_path, found.view_count, found.date, found.status) == (
        "daily hits", "no", "handbook", "of", "from", "full", "count", "day", "code")
    assert (found.projects, found.project_key, found.project_slug) == (
        "Handbooks", "handbook_key", "short name")
    assert (found.versions, found.version_key, found.version_slug) == (
        "editions", "code", "edition")


def test_export_questions_and_deletion(hits):
    handbook = fill(hits)
    hits.objects.create(project=handbook, path="/soup", date=TODAY, view_count=4, status=200)
    assert "✓ Deleted 2 records" in command("--delete-after-export")
    assert [row.date for row in hits.objects.all()] == [TODAY]
    assert hits.objects.top_viewed_pages(handbook) == [("/soup", "/soup", 9),
                                                       ("/rice", "/rice", 8)]
    assert hits.objects.top_viewed_pages(handbook, limit=1, per_version=True)[0].count == 8
    assert hits.objects.page_views_by_date("cooking")["int_data"][-2:] == [13, 4]
    assert csv_download(handbook).getvalue().decode().splitlines()[1:] == [
        f"{TODAY},,/soup,4", f"{YESTERDAY},,/rice,8", f"{YESTERDAY},first,/soup,5"]


def test_rows_that_only_djangos_connection_sees(hits, settings):
    settings.PQA = {**settings.PQA, "THROUGH_CONNECTION": True}
    with transaction.atomic():
        handbook = fill(hits)
        assert "Exported 2 records" in command()
        assert [page.count for page in hits.objects.top_viewed_pages(handbook)] == [8, 5]
        transaction.set_rollback(True)


def test_manager_and_model_answer_alike(site):
    """The example's model has the mixin; its manager answers in its place."""
    page_view()
    command()
    manager = HitManager()
    manager.model = PageView
    project = PageView.objects.get().project
    assert manager.top_viewed_pages(project) == PageView.top_viewed_pages(project) != []
    assert manager.page_views_by_date("docs") == PageView.page_views_by_date("docs")
