"""The app; it has no models and no migrations: the page views are the site's."""
from django.apps import AppConfig


class PqaConfig(AppConfig):
    name = "pqa.django"
    label = "pqa"
    verbose_name = "Parquet Analytics"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers them
