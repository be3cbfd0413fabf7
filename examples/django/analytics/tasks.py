"""Celery finds tasks of apps by this module's name."""
from pqa.django.tasks import delete_old_page_counts, export_pageviews_to_parquet

__all__ = ["delete_old_page_counts", "export_pageviews_to_parquet"]
